"""Every command: how the harness runs it, or why it does not. A new command fails the harness until it is here."""

from __future__ import annotations

from typing import Any

EXCUSED = {
    "init": "makes the project before anything is planted; it reads no extract",
    "synth": "writes a made-up area into an inbox; it reads no extract",
    "run": "the nights themselves",
    "schedule": "`--print` is run; what it serves otherwise is the night under Prefect, which is not run yet",
    "link evaluate": "compares two files of ids that the user keeps; it has no project, and its files are named by the user",
    "link pairs": "not run yet: it has no project, and its files are named by the user",
}

# `{vault}` is a folder in the project's vault, `{inputs}` one in its inbox: files that a person made.
LINES = (
    "doctor", "doctor --json", "check", "check --json", "schedule --print", "runs list", "runs list --json", "runs show",
    "runs show --json", "runs diff current current", "link quality", "link quality --json", "link numbers --out {vault}/numbers",
    "link trace export --out {vault}/trace.csv", "link trace export --out {runs}/trace.csv",
    "link trace import {inputs}/answer.csv",
    "link review export --out {vault}/review --reviewer clerk1", "link review export --out {runs}/review --reviewer clerk1",
    "link review import {inputs}/review.csv --reviewer clerk1", "link review import {inputs}/person.csv --reviewer clerk1",
    "link explain register|{number} gp|{local}", "link explain register|{number} register|{other} --json",
    "link train", "publish rollback", "publish release register", "governance audit verify", "governance audit verify --json",
    "governance bases", "governance bases --json", "governance fields", "governance opt-outs request --out {vault}/request.csv",
    "governance opt-outs receive {inputs}/answer.csv --sent {vault}/request.csv",
    "governance opt-outs receive {vault}/request.csv --sent {vault}/request.csv --checked-on 2026-09-30",
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
    return {name for name in commands() if name in EXCUSED or any(f"{line} ".startswith(f"{name} ") for line in LINES)}
