"""`caselink governance papers`, `purge` and `statement`: what the Guardian asks for, what goes, and what last night was."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import HERE, AsAt, AsJson, ProjectFolder, Quiet, day_of
from schemas.errors import ConfigurationError


def add_paper_commands(governance_app: typer.Typer) -> None:
    """Mount `papers`, `purge` and `statement` on `caselink governance`."""
    governance_app.command("papers")(papers)
    governance_app.command("purge")(purge)
    governance_app.command("statement")(statement)


def papers(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the papers into.", file_okay=False)],
    project: ProjectFolder = HERE,
    as_at: AsAt = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the Guardian's papers (Markdown and HTML): record of processing, DPIA annex, notice, retention, assurance, safety."""
    from pipelines.config import load_configuration
    from pipelines.console import Console
    from pipelines.papers import write_papers
    from pipelines.project import Project
    from pipelines.running import choose_as_at

    console, place = Console(as_json, quiet), Project.at(project)
    gaps = write_papers(place, out, choose_as_at(load_configuration(place), day_of(as_at)))
    for name, count in gaps.items():
        console.say(f"  {out / name} and .html" + (f": {count} places say [to be written: ...]" if count else ""))
    names = sorted(path for name in gaps for path in (name, str(Path(name).with_suffix(".html"))))
    console.result({"out": str(out), "papers": names, "to_be_written": gaps})


def purge(
    apply: Annotated[bool, typer.Option("--apply", help="Delete what is due.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is due.")] = False,
    project: ProjectFolder = HERE,
    as_at: AsAt = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Delete, or only name, what has outlived the retention schedule; the night that is served stays, whatever its age."""
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.purging import purge as purge_project

    if apply == dry_run:
        raise ConfigurationError("E-ARGUMENT", "a purge is either a dry run or applied.", cure="give --dry-run or --apply")
    console, now = Console(as_json, quiet), dt.datetime.now(dt.UTC)
    answer = purge_project(Project.at(project), day_of(as_at) or now.date(), apply=apply, at=now)
    rows = [[name, "counted when applied" if count is None else count] for name, count in answer["due"].items()]
    console.table(["what", "deleted" if apply else "due"], rows, title=f"Retention on {answer['as_at']}")
    console.result(answer)


def statement(
    run: Annotated[str, typer.Option("--run", help="Run id; else the night that is served.")] = "current",
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show a night's signed statement, once its signature holds and the files are as it says; ends with 4 where not."""
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.statement import read_statement
    from pipelines.statement_page import statement_page

    console = Console(as_json, quiet)
    said = read_statement(Project.at(project), run)
    if not as_json:
        console.say(statement_page(said))
    console.result(said)
