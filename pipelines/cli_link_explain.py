"""`caselink link explain`: why two records are, or are not, one person."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Annotated, Any

import typer

from pipelines.cli_options import HERE, AsJson, ProjectFolder, Quiet
from schemas.errors import ConfigurationError

Record = Annotated[str | None, typer.Argument(help="A record, as source|local_patient_id.", show_default=False)]
RECORDS = 2


def add_explain_command(link_app: typer.Typer) -> None:
    """Mount `explain` on `caselink link`."""
    link_app.command("explain")(explain)


def explain(
    one: Record = None,
    other: Record = None,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="What both records say, too: identifiers on the screen.")
    ] = False,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show how two records of the served night compare, field by field, and what decided; the act is audited first.

    Two records, each source|local_patient_id. Without them they are read from standard input, one a line: better for the
    register's, whose ids are NHS numbers, as a command line can be seen by others on the machine and stays in the history.
    """
    from pipelines.console import Console
    from pipelines.explaining import explain_pair
    from pipelines.project import Project

    console = Console(as_json, quiet)
    given = [each for each in (one, other) if each] or [line.strip() for line in sys.stdin.read().splitlines() if line.strip()]
    if len(given) != RECORDS:
        raise ConfigurationError(
            "E-ARGUMENT",
            f"{len(given)} records are given, not two.",
            cure="two lines, each source|local_patient_id",
        )
    answer = explain_pair(Project.at(project), *given, show_values=show_values, at=dt.datetime.now(dt.UTC))
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
