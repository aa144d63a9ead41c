"""`caselink governance bases`, `fields` and `opt-outs`: what may be read, for what, and of whom not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import HERE, PLAIN, AsAt, AsJson, ProjectFolder, Quiet, day_of
from schemas.errors import ConfigurationError

opt_outs_app = typer.Typer(help="The national opt-out check: its file out, its answer in.", **PLAIN)


def add_bases_commands(governance_app: typer.Typer) -> None:
    """Mount `bases`, `fields` and `opt-outs` on `caselink governance`."""
    governance_app.command("bases")(bases)
    governance_app.command("fields")(fields)
    governance_app.add_typer(opt_outs_app, name="opt-outs")


def bases(project: ProjectFolder = HERE, as_at: AsAt = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Show purposes and legal bases on a day (--as-at; else that of caselink.toml, else today): what holds, what soon ends.

    Ends as a night of that day would on these grounds: with 4 where none may run, with 5 where one would leave a source unread
    or warn of a flow.
    """
    from pipelines.bases import bases_report
    from pipelines.bases_words import agreement_lines, closing_lines, last_line, purpose_lines
    from pipelines.config import load_configuration
    from pipelines.console import Console
    from pipelines.outlook import outlook
    from pipelines.plan import check_day
    from pipelines.project import Project
    from pipelines.running import choose_as_at, today_in_london, where_from

    console, place = Console(as_json, quiet), Project.at(project)
    configuration, given = load_configuration(place), day_of(as_at)
    day = choose_as_at(configuration, given)
    today = check_day(configuration, today_in_london())
    ahead = outlook(place, configuration, (day, today) if today and today > day else (day,))  # what has ended does not come back
    report = bases_report(configuration, day)
    console.block(f"For {day.isoformat()}, {where_from(configuration, given)}. For another day: --as-at YYYY-MM-DD.")
    for part in (purpose_lines(report["purposes"]), agreement_lines(report["bases"]), closing_lines(report, ahead)):
        console.say("")
        for indent, line in part:
            console.block(line, indent=indent)
    console.block(last_line(report, ahead))
    console.result(report | ahead.as_dict())
    raise typer.Exit(ahead.exit_code)


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
    """Write the NHS numbers of the served night to a new file for the national check service; audited first."""
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
    accept_many: Annotated[
        bool, typer.Option("--accept-many", help="Keep the list though more have opted out than is plausible; audited.")
    ] = False,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Keep who is missing from the answer as the national opt-out list for the next night, in place of an earlier one."""
    from pipelines.console import Console
    from pipelines.national_check import LONDON, receive_answer
    from pipelines.project import Project

    console, now = Console(as_json, quiet), dt.datetime.now(dt.UTC)
    day = day_of(checked_on, "--checked-on") or now.astimezone(LONDON).date()
    kept = receive_answer(Project.at(project), answer, sent, checked_on=day, at=now, accept_many=accept_many)
    console.say(f"{kept['sent']:,} numbers were sent, {kept['returned']:,} came back; the next night goes by the new list.")
    before = "" if kept["share_before"] is None else f"; of the list before, {kept['share_before']:.1%}"
    console.block(f"{kept['share']:.1%} of those sent count as opted out{before}.")
    console.block(f"It counts as a check on {kept['checked_on']}, for nights of that date and later.")
    if kept["night_before"]:
        console.block(
            f"Warning: caselink.toml's as_at is {kept['night_before']}, before the check: a night of that date does not "
            "read the list, and is refused for want of one. Say --checked-on, or change as_at."
        )
    console.result(kept)
