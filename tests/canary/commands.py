"""Every command: how the harness runs it, or why it does not. A new command fails the harness until it is here."""

from __future__ import annotations

from typing import Any

EXCUSED = {
    "init": "makes the project before anything is planted; it reads no extract",
    "synth": "writes a made-up area into an inbox; it reads no extract",
    "run": "the nights themselves",
    "serve": "shows names to whom the door lets in; what its pages, API and files leave behind is searched by tests of their own",
    "schedule": "`--print` is run; what it serves otherwise is the night under Prefect, which `--full` runs",
}

# `{vault}` is a folder in the project's vault, `{inputs}` one in its inbox: files that a person made; `{backup}` is a vault
# outside the project. Lines that begin with `!` are run without a project; what stands behind `<` is standard input.
LINES = (
    "doctor", "doctor --json", "check", "check --json", "schedule --print", "runs list", "runs list --json", "runs show",
    "runs show --json", "runs diff current current", "link quality", "link quality --json", "link numbers --out {vault}/numbers",
    "link trace export --out {vault}/trace.csv", "link trace export --out {runs}/trace.csv",
    "link trace import {inputs}/answer.csv",
    "link review export --out {vault}/review --reviewer clerk1", "link review export --out {runs}/review --reviewer clerk1",
    "link review import {inputs}/review.csv --reviewer clerk1", "link review import {inputs}/person.csv --reviewer clerk1",
    "link explain < register|{number} gp|{local}", "link explain --json < register|{number} register|{other}",
    "! link pairs --left {inputs}/left.csv --right {inputs}/right.csv --out {vault}/pairs.csv --model {papers}/pairs-model.json",
    "! link pairs --left {inputs}/left.csv --out {vault}/twice.csv --one-to-one --json",
    "! link pairs --left {inputs}/bad.csv --right {inputs}/person.csv --out {vault}/none.csv",
    "! link evaluate --pairs {vault}/pairs.csv --truth {inputs}/truth.csv --json",
    "! link evaluate --pairs {inputs}/person.csv --truth {inputs}/bad.csv",
    "stratify explain {pseudonym}", "stratify explain {pseudonym} --plain", "stratify explain {number}",
    "! stratify features --people {night}/person.parquet --activity {night}/activity --as-at 2026-09-30 --out {papers}/f.parquet",
    "! stratify fit --features {papers}/f.parquet --outcome female --group pseudonym --out {papers}/female.skops --json",
    "! stratify fit --features {inputs}/left.csv --outcome family_name --out {papers}/none.skops",
    "! stratify fit --features {inputs}/bad.csv --outcome given_name --out {papers}/none.skops",
    "! stratify predict --model {papers}/female.skops --features {papers}/f.parquet --out {papers}/chances.csv",
    "! stratify predict --model {papers}/female.skops --features {inputs}/person.csv --out {papers}/none.csv",
    "link train", "publish rollback", "publish release register", "governance audit verify", "governance audit verify --json",
    "governance bases", "governance bases --json", "governance fields", "governance opt-outs request --out {vault}/request.csv",
    "governance opt-outs receive {inputs}/answer.csv --sent {vault}/request.csv",
    "governance opt-outs receive {vault}/request.csv --sent {vault}/request.csv --checked-on 2026-09-30",
    "governance audit checkpoint", "governance audit tail", "governance audit tail --json",
    "governance audit tail --each-line",
    "governance audit purge --before 2020-01-01", "governance audit export --out {vault}/audit.csv",
    "governance audit export --out {runs}/audit.csv", "governance keys show", "governance keys show --json",
    "governance keys check", "! governance keys new {vault}/another.key", "governance rekey", "governance rekey --json",
    "governance attack --sample 2000", "governance attack --sample 2000 --json", "governance papers --out {papers}",
    "governance purge --dry-run", "governance purge --apply --as-at 2026-09-30", "governance statement",
    "governance statement --json", "governance vault backup {backup}", "! governance vault verify {backup}",
    "governance vault restore {backup}", "caseload feedback", "caseload feedback --json", "caseload sessions",
    "caseload sessions --end {number}", "caseload export --team {team} --fhir {papers}/list.json",
    "caseload export --team {number} --fhir {papers}/none.json", "! source new-key --out {vault}/transit.key",
    "! source tokenise --source asc_person --file {client_index} --key {vault}/transit.key --out {tokens} --synthetic",
    "! source tokenise --source cld --file {inputs}/person.csv --key {vault}/transit.key --out {tokens} --synthetic",
)  # fmt: skip


def commands() -> set[str]:
    """Names of every command there is."""
    from typer.main import get_command

    from pipelines.cli import app

    return set(_names(get_command(app), ()))


def _names(command: Any, above: tuple[str, ...]) -> list[str]:
    below = getattr(command, "commands", None)
    if below is None:
        return [" ".join(above)]
    return [name for each, inner in below.items() for name in _names(inner, (*above, each))]


def covered() -> set[str]:
    """Commands that a line runs, or that are excused."""
    run = [f"{line.removeprefix('! ')} " for line in LINES]
    return {name for name in commands() if name in EXCUSED or any(line.startswith(f"{name} ") for line in run)}
