"""`caselink governance audit`: whether the audit log is as it was written, its witnesses, and what it says."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import HERE, PLAIN, AsJson, ProjectFolder, Quiet

audit_app = typer.Typer(help="The audit log: who opened or changed what, why, and about whom.", **PLAIN)


@audit_app.command("verify")
def audit_verify(
    since: Annotated[list[Path] | None, typer.Option("--since", help="Checkpoints kept elsewhere; may be repeated.")] = None,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check that no line of the audit log was changed, taken out, put in or cut off; ends with 4 where one was.

    The chain shows every change but a cut at the end and an old copy; those show against the signed checkpoints in the configured
    places and in the files of --since.
    """
    from pipelines.config import load_configuration
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.witness import check_log

    console, place = Console(as_json, quiet), Project.at(project)
    answer = check_log(place, load_configuration(place), since=since or [], at=_now())
    whole = f"is whole: {answer['lines']:,} lines, the last one with the hash {answer['last_hash']}"
    console.say(f"The audit log {whole if answer['lines'] else 'is empty'}.")
    if answer["checkpoints"]:
        console.say(f"It agrees with {answer['checkpoints']:,} checkpoints, the last of {answer['last_checkpoint']}.")
    else:
        console.say("No checkpoint was compared: lines cut off at the end would not show.")
    console.result(answer)


@audit_app.command("checkpoint")
def audit_checkpoint(project: ProjectFolder = HERE, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Sign what the log is now and add it to every place of `[audit] checkpoints`."""
    from dataclasses import asdict

    from pipelines.config import load_configuration
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.witness import write_checkpoint

    console, place = Console(as_json, quiet), Project.at(project)
    configuration = load_configuration(place)
    checkpoint = write_checkpoint(place, configuration, at=_now())
    places = len(configuration.audit.checkpoints)
    console.say(f"Checkpoint of line {checkpoint.seq:,}, signed with the key {checkpoint.key_id}, added to {places} places.")
    console.result(asdict(checkpoint))


@audit_app.command("tail")
def audit_tail(
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=10_000, help="How many acts, or lines.")] = 20,
    each_line: Annotated[bool, typer.Option("--each-line", help="Every line by itself, with the pseudonym it is about.")] = False,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show the last acts in the audit log, one about many people once. Reading leaves a line, which is not among those shown."""
    from pipelines.audit_reading import acts_of_log, tail_of_log
    from pipelines.audit_words import act_lines, row_lines
    from pipelines.console import Console
    from pipelines.project import Project

    console, place = Console(as_json, quiet), Project.at(project)
    rows = tail_of_log(place, lines, at=_now()) if each_line else acts_of_log(place, lines, at=_now())
    for row in () if as_json else rows:
        for indent, line in row_lines(row) if each_line else act_lines(row):
            console.block(line, indent=indent)
    console.result({"lines" if each_line else "acts": rows})


@audit_app.command("export")
def audit_export(
    out: Annotated[Path, typer.Option("--out", help="The file to write, .csv or .jsonl; outside the project or in its vault/.")],
    since: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD (UTC).")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD (UTC).")] = None,
    subject: Annotated[bool, typer.Option("--subject", help="Of one person; her NHS number comes on standard input.")] = False,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write lines of the audit log between two days to a new file: all of them, or who saw one person's record.

    The NHS number is never an argument: arguments stay in histories and lists of processes. The export leaves a line in the log.
    """
    from pipelines.audit_reading import export_log, span
    from pipelines.console import Console
    from pipelines.project import Project

    console = Console(as_json, quiet)
    number = sys.stdin.readline().strip() if subject else None
    answer = export_log(Project.at(project), out, within=span(since, until), nhs_number=number, at=_now())
    console.say(f"{answer['lines']:,} lines written to {answer['out']}.")
    console.result(answer)


@audit_app.command("purge")
def audit_purge(
    before: Annotated[str, typer.Option("--before", help="Payloads of lines before this day go, YYYY-MM-DD (UTC).")],
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Delete what is kept beside the log's lines of earlier days. The lines and their chain stay; the purge is a line too."""
    from pipelines.audit_reading import purge_log
    from pipelines.console import Console
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = purge_log(Project.at(project), before, at=_now())
    console.say(f"{answer['payloads']:,} payloads deleted.")
    console.result(answer)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
