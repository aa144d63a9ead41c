"""`caselink link trace` and `caselink link numbers`: NHS numbers asked of the national register, and returned to the sources."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import HERE, PLAIN, AsJson, ProjectFolder, Quiet

DONE, WITH_REJECTS = 0, 5

trace_app = typer.Typer(help="A batch trace against the national register: its file out, its response in.", **PLAIN)


def add_number_commands(link_app: typer.Typer) -> None:
    """Mount `trace` and `numbers` on `caselink link`."""
    link_app.add_typer(trace_app, name="trace")
    link_app.command("numbers")(numbers)


@trace_app.command("export")
def trace_export(
    out: Annotated[Path, typer.Option("--out", help="File to write; it holds identifiers, so not in runs/.")],
    source: Annotated[str | None, typer.Option("--source", help="One source's records only.")] = None,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a file for the national register's batch trace: whose number is missing, unverified or in conflict; audited first."""
    from pipelines.console import Console
    from pipelines.number_files import export_trace
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = export_trace(Project.at(project), out, source, at=dt.datetime.now(dt.UTC))
    rows = [[who, "asked", why, count] for who, reasons in answer["asked"].items() for why, count in reasons.items()]
    rows += [[who, "left out", why, count] for who, reasons in answer["left_out"].items() for why, count in reasons.items()]
    console.table(["source", "records", "why", "count"], rows, title=f"Batch trace of {answer['records']:,} records")
    console.say(f"Written to {answer['out']}: it holds identifiers.")
    console.result(answer)


@trace_app.command("import")
def trace_import(
    response: Annotated[Path, typer.Argument(help="The response file, as the trace service gave it.")],
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check a batch trace's response and keep it as evidence for the next night; refused rows end with 5."""
    from pipelines.console import Console
    from pipelines.number_files import import_trace
    from pipelines.project import Project
    from pipelines.traced import refused_rows

    console = Console(as_json, quiet)
    answer, found = import_trace(Project.at(project), response)
    console.table(["answer", "records"], [[outcome, count] for outcome, count in answer["outcomes"].items()])
    for line in refused_rows(found):
        console.say(f"- {line}")
    console.say(f"{'Kept as' if answer['new'] else 'Known already:'} {answer['file']}; the next `caselink run` uses it.")
    console.result(answer)
    raise typer.Exit(WITH_REJECTS if answer["rejected"] else DONE)


def numbers(
    out: Annotated[Path, typer.Option("--out", help="Folder for one file a source; they hold identifiers, so not in runs/.")],
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write for each source which of its records' NHS numbers were found, superseded or are in conflict; audited first."""
    from pipelines.console import Console
    from pipelines.number_files import export_returns
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = export_returns(Project.at(project), out, at=dt.datetime.now(dt.UTC))
    rows = [[source, finding, count] for source, found in answer["sources"].items() for finding, count in found.items()]
    console.table(["source", "finding", "records"], rows, title="NHS numbers returned")
    console.say(f"Written to {answer['out']}, one file a source: they hold identifiers.")
    console.result(answer)
