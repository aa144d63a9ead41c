"""What `caselink run` says at the end, to a person."""

from __future__ import annotations

from pipelines.config import load_configuration
from pipelines.console import Console
from pipelines.history import resolve
from pipelines.project import Project
from pipelines.running import Result, list_places
from pipelines.small_counts import in_words, written


def summarise(result: Result, project: Project, console: Console) -> None:
    """Steps with their time and memory, warnings, and where the lists and the report are.

    Counts stand as the disclosure policy shows them: what a night says is kept in logs.
    """
    if not result.published:
        console.say(f"Nothing to do: this very night (run {result.run_id}, as at {result.as_at}) has been published already.")
        served = resolve(project, "current")
        if served != result.run_id:
            console.say(
                f"Served now is run {served}: this night was rolled back. Name it in `caselink publish rollback` to serve it."
            )
        return
    policy = load_configuration(project).disclosure.chosen()
    console.table(
        ["step", "seconds", "peak MB", "rows"],
        [[each.step, f"{each.seconds:.1f}", round(each.peak_memory_mb), written(each.rows, policy)] for each in result.receipts],
        title=f"Night of {result.as_at} (run {result.run_id})",
    )
    for warning in result.warnings:
        console.say(f"Warning: {in_words(warning, policy)}")
    folder = project.night(result.run_id)
    console.say("Published." if not result.warnings else "Published, with warnings.")
    for place in list_places(project, result.run_id):
        console.say(f"  lists     {place}")
    console.say(f"  report    {folder / 'report.html'}")
    console.say(f"  handover  {folder / 'handover.md'}")
