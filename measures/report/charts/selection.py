"""The national condition by locality, and why people are in a tier or in none."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.report.charts.bars import Bar, bars
from measures.report.figure import Figure, Panel
from measures.report.theme import BLUE, DARK_BLUE
from measures.report.words import percent, place_name, plural, whole
from measures.rows import AREA
from measures.selection import EXCLUDED, NATIONAL, REASONS, RISING, SUPPORTED, WITH_PROFESSIONAL

IN_WORDS = {
    "by rank": "Within the tier's reach by rank",
    "stays": "Beyond its reach, and stays: not far enough beyond",
    "minimum stay": "Beyond its reach, and stays: not long enough in it",
    "leaves soon": "Far beyond its reach, and leaves on one of the next nights",
    "referral": "Referred by a clinician",
    "waits": "Within reach of a higher tier, with no place free in it",
    "beyond": "Beyond the reach of every tier",
    "excluded": "Left out by a rule or a clinician",
    "no score": "No score could be given",
    "no locality": "Practice in no known locality",
    "no places": "No places set for the locality",
}
COLOURS = {WITH_PROFESSIONAL: DARK_BLUE, SUPPORTED: BLUE}
HEADINGS = {WITH_PROFESSIONAL: "Case management with an accountable professional", SUPPORTED: "Supported self-management"}


def figures(tiers: pa.Table) -> list[Figure]:
    """The national condition, then the reasons; none where the night has no such figures."""
    rows = tiers.to_pylist()
    drawn = [_national([row for row in rows if row["measure"] == NATIONAL])]
    drawn.append(_reasons([row for row in rows if row["measure"] in (REASONS, EXCLUDED, RISING)]))
    return [figure for figure in drawn if figure.rows]


def _national(rows: list[dict[str, Any]]) -> Figure:
    rows.sort(key=lambda row: (row["organisation"] != AREA, row["organisation"], row["category"]))
    area = {row["category"]: percent(row["rate"], withheld=row["suppressed"]) for row in rows if row["organisation"] == AREA}
    panels = []
    for category, heading in HEADINGS.items():
        drawn = [_bar(row) for row in rows if row["category"] == category]
        words = "; ".join(f"{bar.label}: {bar.text}" for bar in drawn)
        panels.append(Panel(lambda width, drawn=drawn: bars(drawn, width), f"Bar chart. {words}", heading))  # type: ignore[misc]
    return Figure(
        key="national-condition",
        title="Share of people in case management with a named professional, and in supported self-management",
        reading=f"{area.get(WITH_PROFESSIONAL, '*')} of all people are proposed to an accountable professional in case "
        f"management; {area.get(SUPPORTED, '*')} are in supported self-management. A proposal is not yet an accepted case.",
        panels=panels if rows else (),
        columns=("Place", "Which", "People", "Share of people"),
        rows=[_cells(row) for row in rows],
        numeric=range(2, 4),
    )


def _bar(row: dict[str, Any]) -> Bar:
    text = percent(row["rate"], withheld=row["suppressed"])
    return Bar(place_name(row["organisation"]), row["rate"], text, COLOURS[row["category"]])


def _cells(row: dict[str, Any]) -> list[str]:
    share = percent(row["rate"], withheld=row["suppressed"])
    return [place_name(row["organisation"]), HEADINGS.get(row["category"], row["category"]), whole(row["numerator"]), share]


def _reasons(rows: list[dict[str, Any]]) -> Figure:
    rising = next((row for row in rows if row["measure"] == RISING and row["organisation"] == AREA), {})
    count = rising.get("numerator")
    risen = "*" if count is None else plural(count, "person is", "people are")
    told = [row for row in rows if row["measure"] == REASONS or (row["measure"] == EXCLUDED and row["numerator"] != 0)]
    order = list(IN_WORDS)
    told.sort(
        key=lambda row: (
            row["measure"] != REASONS,
            order.index(row["category"]) if row["category"] in order else 0,
            row["category"],
        )
    )
    return Figure(
        key="tier-reasons",
        title="Why people are in a tier, or in none",
        reading="Places are never exceeded: whoever has one keeps it until well beyond its reach. "
        f"{risen} on the list of rising risk.",
        columns=("Why", "People", "Share of people"),
        rows=[[_reason(row), whole(row["numerator"]), percent(row["rate"], withheld=row["suppressed"])] for row in told],
        numeric=range(1, 3),
    )


def _reason(row: dict[str, Any]) -> str:
    if row["measure"] == EXCLUDED:
        return f"Left out: {row['category'].replace('_', ' ')}"
    return IN_WORDS.get(str(row["category"]), str(row["category"]))
