"""`caselink stratify explain`: why this person is on the list."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pipelines.cli_options import HERE, AsJson, ProjectFolder, Quiet

Pseudonym = Annotated[str, typer.Argument(help="A pseudonym of the night's own tables.", show_default=False)]
DIGITS = 2


def add_explain_command(stratify_app: typer.Typer) -> None:
    """Mount `explain` on `caselink stratify`."""
    stratify_app.command("explain")(explain)


def explain(
    pseudonym: Pseudonym,
    plain: Annotated[bool, typer.Option("--plain", help="The sheet in plain language that a patient may be given.")] = False,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say why a person of the served night is on a list: what adds up to her scores, facts with feed and date, what is new.

    No identity is read. With --plain, the sheet as Markdown: it tells nothing of mental health, as it may lie about at home.
    """
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.stratify_explaining import explain_person

    console = Console(as_json, quiet)
    answer = explain_person(Project.at(project), pseudonym)
    for line in (sheet_lines if plain else told_lines)(answer):
        console.say(line)
    console.result(answer)


def sheet_lines(answer: dict[str, Any]) -> list[str]:
    """The plain sheet; a sentence where there is none to give."""
    return [answer["sheet"] or "This person is on no list: there is nothing to explain."]


def told_lines(answer: dict[str, Any]) -> list[str]:
    """The explanation as it is read on a screen."""
    lines = [f"Tier: {answer['tier']} ({answer['why']})."]
    for score in answer["scores"]:
        lines += ["", f"{score['score']}: {score['value']:.{DIGITS}f}{_band(score)}"]
        lines += [f"  {each['share']:+.{DIGITS}f}  {each['group']}: {each['size']}" for each in score["reasons"]]
        lines.append(f"  {score['log_odds']:+.{DIGITS}f}  together, as log-odds before recalibration")
    if not answer["facts"]:
        return [*lines, "", "On no list: no facts are kept."]
    told = [f"- {each['words']}" + (f" ({each['told_by']})" if each["told_by"] else "") for each in answer["facts"]]
    return [*lines, "", *told, *answer["gaps"]]


def _band(score: dict[str, Any]) -> str:
    return f" ({score['band']})" if score["band"] else ""
