"""`caselink governance bases`, `fields` and `opt-outs`: what may be read, for what, and of whom not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import HERE, PLAIN, AsAt, AsJson, ProjectFolder, Quiet, day_of
from schemas.errors import ConfigurationError

SOURCE_REFUSED = 4

opt_outs_app = typer.Typer(help="The national opt-out check: its file out, its answer in.", **PLAIN)


def add_bases_commands(governance_app: typer.Typer) -> None:
    """Mount `bases`, `fields` and `opt-outs` on `caselink governance`."""
    governance_app.command("bases")(bases)
    governance_app.command("fields")(fields)
    governance_app.add_typer(opt_outs_app, name="opt-outs")


def bases(project: ProjectFolder = HERE, as_at: AsAt = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Show purposes and legal bases on a day: what holds, ends within 30 days, or is missing (exit code 4)."""
    from pipelines.bases import bases_report
    from pipelines.config import load_configuration
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.running import choose_as_at

    console = Console(as_json, quiet)
    configuration = load_configuration(Project.at(project))
    answer = bases_report(configuration, choose_as_at(configuration, day_of(as_at)))
    columns = ["purpose", "flow", "owner", "review_by", "state"]
    console.table(
        columns, [[each[name] for name in columns] for each in answer["purposes"]], title=f"Purposes on {answer['as_at']}"
    )
    columns = ["source", "purpose", "reference", "valid_to", "days_left", "state"]
    console.table(columns, [[each[name] for name in columns] for each in answer["bases"]], title="Legal bases")
    for source, purposes in answer["refused"].items():
        console.say(f"- {source} is not covered for {', '.join(purposes)}.")
    console.result(answer)
    raise typer.Exit(SOURCE_REFUSED if answer["refused"] else 0)


def fields(
    project: ProjectFolder = HERE,
    write: Annotated[bool, typer.Option("--write", help="Write fields.csv with every column, where there is none.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show how many columns of each table may be used for which purpose; with --write, write the list to start from."""
    from pipelines.console import Console
    from pipelines.fields import FIELDS_FILE, count_fields, load_fields, widest_list
    from pipelines.project import Project

    console = Console(as_json, quiet)
    path = Project.at(project).root / FIELDS_FILE
    if write:
        if path.exists():
            raise ConfigurationError("E-FIELDS-EXISTS", f"{FIELDS_FILE} is there already.", cure="edit it")
        path.write_text(widest_list(), encoding="utf-8")
        console.say(f"Written: {FIELDS_FILE}. Take out what a purpose does not need.")
    rows = count_fields(load_fields(path))
    columns = ["table", "purpose", "columns", "of"]
    console.table(columns, [[row[name] for name in columns] for row in rows], title="Columns that may be used")
    console.result({"fields": rows})


@opt_outs_app.command("request")
def opt_outs_request(
    out: Annotated[Path, typer.Option("--out", help="File to write; it holds NHS numbers, so not in runs/.")],
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the NHS numbers of the served night for the national check service; audited first."""
    from pipelines.console import Console
    from pipelines.national_check import write_request
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = write_request(Project.at(project), out, at=dt.datetime.now(dt.UTC))
    console.say(f"Written to {answer['out']}: {answer['numbers']:,} NHS numbers. Send it, and keep it for the answer.")
    console.result(answer)


@opt_outs_app.command("receive")
def opt_outs_receive(
    answer: Annotated[Path, typer.Argument(help="The cleaned list, as the check service gave it.")],
    sent: Annotated[Path, typer.Option("--sent", help="The file that was sent.")],
    checked_on: Annotated[str | None, typer.Option("--checked-on", help="Day of the check, YYYY-MM-DD; else today.")] = None,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Keep who is missing from the answer as the national opt-out list for the next night, in place of an earlier one."""
    from pipelines.console import Console
    from pipelines.national_check import receive_answer
    from pipelines.project import Project

    console = Console(as_json, quiet)
    now = dt.datetime.now(dt.UTC)
    kept = receive_answer(Project.at(project), answer, sent, checked_on=day_of(checked_on, "--checked-on") or now.date(), at=now)
    console.say(f"{kept['sent']:,} numbers were sent, {kept['returned']:,} came back; the next night goes by the list.")
    console.result(kept)
