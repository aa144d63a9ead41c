"""`caselink governance attack`: the intruder test of a published night."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pipelines.cli_options import HERE, AsJson, ProjectFolder, Quiet

# What people see of each table: headings, and the keys of the answer under them.
SHOWN = {
    "searches": {"key": "key", "numbers": "numbers", "found": "found", "a second": "numbers_per_second",
                 "all in seconds": "whole_space_seconds"},
    "uniqueness": {"recipient": "recipient", "table": "table", "k": "k", "unique": "unique_share",
                   "in small classes": "below_k_share"},
    "tokens": {"one": "one", "other": "other", "equal": "equal_tokens", "prefix": "longest_prefix",
               "by chance": "prefix_by_chance", "in both": "people_in_both", "order": "order"},
    "joined": {"one": "one", "other": "other", "by": "by", "fit one": "share"},
    "desk_uniqueness": {"team": "recipient", "k": "k", "unique": "unique_share", "in small classes": "below_k_share"},
    "desk_joined": {"one": "one", "other": "other", "fit one": "share"},
    "desk_contacts": {"one": "one", "other": "other", "contacts known": "contacts", "fit one": "share"},
}  # fmt: skip
TITLES = {
    "searches": "Brute force over NHS numbers",
    "uniqueness": "Alone with what is known of them",
    "tokens": "Two recipients' pseudonyms and row orders",
    "joined": "Rows of one recipient that fit one row of another",
    "desk_uniqueness": "Behind the teams' pages: alone with what is known of them",
    "desk_joined": "Behind the teams' pages: people of one team who fit one person of another's, by what is known",
    "desk_contacts": "Behind the teams' pages: sampled people whose last contacts fit one person",
}


def attack(
    project: ProjectFolder = HERE,
    night: Annotated[str, typer.Option("--night", help="A run id, or `current`.")] = "current",
    sample: Annotated[int, typer.Option("--sample", min=1000, help="NHS numbers to hash for the speed.")] = 20_000,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Attack a published night as an intruder: brute force, uniqueness, joining, differencing; ends with 4 over a limit."""
    from pipelines.attack_command import attack_night
    from pipelines.console import Console
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = attack_night(Project.at(project), night, sample=sample)
    for part, columns in SHOWN.items():
        if answer[part]:
            console.table(
                list(columns), [[_text(row[key]) for key in columns.values()] for row in answer[part]], title=TITLES[part]
            )
    counts = answer["differencing"]
    console.say(
        f"Differencing ({counts['policy']}): {counts['withheld']:,} withheld counts, {counts['solved']} of them solved; "
        f"the narrowest could still have {_text(counts['fewest_values'])} values."
    )
    console.result(answer)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 1 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
