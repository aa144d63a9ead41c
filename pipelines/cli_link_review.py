"""`caselink link review`: pairs to a clerk, and her decisions back."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from pipelines.cli_options import HERE, PLAIN, AsJson, ProjectFolder, Quiet
from schemas.errors import ConfigurationError

Reviewer = Annotated[str, typer.Option("--reviewer", help="Id of the clerk, as the project names her; no name.")]

DONE, WITH_REJECTS = 0, 5

review_app = typer.Typer(help="Clerical review: pairs to a clerk, and her decisions back.", **PLAIN)


def add_review_commands(link_app: typer.Typer) -> None:
    """Mount `review` on `caselink link`."""
    link_app.add_typer(review_app, name="review")


@review_app.command("export")
def review_export(
    out: Annotated[Path, typer.Option("--out", help="Folder for the file; it holds identifiers, so not in runs/.")],
    reviewer: Annotated[str | None, typer.Option("--reviewer", help="Id of the clerk whom the file is for; no name.")] = None,
    form: Annotated[str, typer.Option("--format", help="csv, or recordlinkage for its annotator.")] = "csv",
    second: Annotated[bool, typer.Option("--as-second", help="Pairs that others have judged and are due a second look.")] = False,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the pairs that wait for a clerk, the two records side by side, without what linkage thinks of them."""
    from pipelines.clerical_review import export_review
    from pipelines.console import Console
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = export_review(Project.at(project), out, form=form, reviewer=reviewer, second=second, at=dt.datetime.now(dt.UTC))
    console.say(f"{answer['pairs']:,} pairs written to {answer['out']}: it holds identifiers.")
    console.result(answer)


@review_app.command("import")
def review_import(
    file: Annotated[Path, typer.Argument(help="The file that the clerk filled in.")],
    reviewer: Reviewer,
    decided_at: Annotated[
        str | None, typer.Option("--decided-at", help="When she decided, ISO 8601; else when the file was last changed.")
    ] = None,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Take a clerk's decisions into the judgement log, which the next night replays; refused rows end with 5."""
    from pipelines.clerical_review import import_review
    from pipelines.console import Console
    from pipelines.project import Project

    console = Console(as_json, quiet)
    moment = decision_time(decided_at, file)
    answer = import_review(Project.at(project), file, reviewer=reviewer, decided_at=moment, at=dt.datetime.now(dt.UTC))
    for each in answer["rejects"]:
        console.say(f"- line {each['line']}: {each['rule']}")
    console.say(
        f"{answer['added']:,} decisions added, {answer['known']:,} known already, {answer['left_open']:,} left open, "
        f"{answer['rejected']:,} refused."
    )
    told = agreement_in_words(answer["agreement"])
    if told:
        console.say(told)
    console.result(answer)
    raise typer.Exit(WITH_REJECTS if answer["rejected"] else DONE)


def agreement_in_words(agreement: dict[str, Any]) -> str:
    """`Of 26 pairs judged twice 88 % agree; Cohen's kappa 0.71 (0.43 to 0.99).`; nothing where no pair is."""
    if not agreement["pairs"]:
        return ""
    said = f"Of {agreement['pairs']:,} pairs judged twice {agreement['agreed']:.0%} agree"
    if agreement["kappa"] is None:
        return f"{said}; Cohen's kappa cannot be said."
    return f"{said}; Cohen's kappa {agreement['kappa']:.2f} ({agreement['low']:.2f} to {agreement['high']:.2f})."


def decision_time(text: str | None, file: Path) -> dt.datetime:
    """The time given, London's where it has no zone; else when the file was last changed: importing twice adds nothing."""
    if text is None:
        return dt.datetime.fromtimestamp(file.stat().st_mtime if file.is_file() else 0, dt.UTC)
    moment = None
    with contextlib.suppress(ValueError):
        moment = dt.datetime.fromisoformat(text)
    if moment is None:
        raise ConfigurationError("E-ARGUMENT", "--decided-at is no time.", cure="write it as 2026-10-01T09:30")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Europe/London"))
