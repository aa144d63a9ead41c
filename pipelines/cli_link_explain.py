"""`caselink link explain`: why two records are, or are not, one person."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.errors import ConfigurationError

ProjectFolder = Annotated[Path, typer.Option("--project", help="The project folder.", file_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, messages on standard error.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No messages.")]
HERE = Path()
RECORDS = 2


def add_explain_command(link_app: typer.Typer) -> None:
    """Mount `explain` on `caselink link`."""
    link_app.command("explain")(explain)


def explain(
    show_values: Annotated[
        bool, typer.Option("--show-values", help="What both records say, too: identifiers on the screen.")
    ] = False,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show how two records of the served night compare, field by field, and what decided; the act is audited first.

    The records come on standard input, one a line, as source|local_patient_id: a command line can be seen by others, and the
    register's ids are NHS numbers.
    """
    from pipelines.console import Console
    from pipelines.explaining import explain_pair
    from pipelines.project import Project

    console = Console(as_json, quiet)
    given = [line.strip() for line in sys.stdin.read().splitlines() if line.strip()]
    if len(given) != RECORDS:
        raise ConfigurationError(
            "E-ARGUMENT",
            f"standard input holds {len(given)} records, not two.",
            cure="two lines, each source|local_patient_id",
        )
    one, other = given
    answer = explain_pair(Project.at(project), one, other, show_values=show_values, at=dt.datetime.now(dt.UTC))
    console.table(["", "level", "bits", "running total"], waterfall_lines(answer), title="From the prior to the match weight")
    console.say(f"Probability {answer['probability']:.4f}. Found by: {', '.join(answer['rules']) or 'no blocking rule'}.")
    console.say(decision_line(answer["decision"]))
    console.say(order_line(answer))
    for field, values in answer.get("values", {}).items():
        console.say(f"{field}: {values[0] or '-'} | {values[1] or '-'}")
    console.result(answer)


def waterfall_lines(answer: dict[str, Any]) -> list[list[Any]]:
    """Rows of the waterfall: what, level, bits, and the sum so far."""
    steps = [("prior", "", answer["prior"])]
    for part in answer["parts"]:
        steps.append((part["field"], part["level"], part["bits"]))
        if part["commonness"]:
            steps.append((f"{part['field']}: how common", "", part["commonness"]))
    steps += [(each["why"], "", each["bits"]) for each in answer["dependences"]]
    total, lines = 0.0, []
    for what, level, bits in steps:
        total += bits
        lines.append([what, level, f"{bits:+.2f}", f"{total:.2f}"])
    return lines


def order_line(answer: dict[str, Any]) -> str:
    """Which record comes first, whatever the order given: the decision is its own, and its values stand on the left."""
    given = ("first", "second")[answer["first_given"] - 1]
    return f"Decided, and on the left, is the {given} record given ({answer['first']})."


def decision_line(decision: dict[str, Any]) -> str:
    """What was decided of the first record, in words."""
    reason = f" ({decision['reason']})" if decision["reason"] else ""
    together = "they are one person" if decision["linked"] else "they are not linked"
    return f"Decided by step {decision['step']}{reason}: {decision['why']}; {together}."
