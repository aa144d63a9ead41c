"""`caselink link quality`: how well a published night linked, group by group."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli_options import HERE, AsJson, ProjectFolder, Quiet

RunId = Annotated[str, typer.Option("--run", help="A run id, or `current`.")]

NO_JUDGEMENTS = (
    "No pair of the review sample is judged yet (a new quarter or model draws a new one): "
    "precision and recall cannot be estimated."
)


def add_quality_command(link_app: typer.Typer) -> None:
    """Mount `quality` on `caselink link`."""
    link_app.command("quality")(quality)


def quality(project: ProjectFolder = HERE, run: RunId = "current", as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Show a published night's linkage quality by group, its weights and thresholds, and estimates from judgements."""
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.published_quality import estimate_lines, group_lines, published_quality, weight_lines

    console = Console(as_json, quiet)
    answer = published_quality(Project.at(project), run)
    thresholds = f"review from {answer['review_weight']} bits, link from {answer['accept_weight']}"
    for title, lines in (
        (f"Records linked, night of {answer['as_at']}", group_lines(answer["groups"])),
        (f"Best candidates by match weight: {thresholds}", weight_lines(answer["weights"])),
        ("Estimated from judgements", estimate_lines(answer["estimates"])),
    ):
        if lines:
            console.table(list(lines[0]), [list(line.values()) for line in lines], title=title)
    if not answer["estimates"]:
        console.say(NO_JUDGEMENTS)
    console.result(answer)
