"""How much of all contacts and of all cost falls on the people who use most."""

from __future__ import annotations

from typing import Any, NamedTuple

import altair as alt
import pyarrow as pa

from measures.concentration import FEWEST, PERCENTS
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import BLUE, GREY, NARROW, WARM
from measures.report.words import percent, pounds, whole
from measures.sectors import CONCENTRATION, CONTACTS_OF_HIGHEST, COST_OF_HIGHEST

HEIGHT = 300
LINES = {
    COST_OF_HIGHEST: ("cost, of the people who cost most", WARM),
    CONTACTS_OF_HIGHEST: ("contacts, of the people with most", BLUE),
}
EVERYBODY = f"{PERCENTS[-1]} %"


class Point(NamedTuple):
    """One group of the highest: how many percent of people, what share is theirs, and the row."""

    percent: int
    share: float | None
    row: dict[str, Any]


def figures(sectors: pa.Table) -> list[Figure]:
    """The figure; none where the area has too few people to divide."""
    lines = {measure: _points(sectors, measure) for measure in LINES}
    return [_figure(lines)] if any(len(points) > 1 for points in lines.values()) else []


def _points(sectors: pa.Table, measure: str) -> list[Point]:
    found = {r["category"]: r for r in sectors.to_pylist() if (r["measure"], r["breakdown"]) == (measure, CONCENTRATION)}
    all_of_it = (found.get(EVERYBODY) or {}).get("numerator")
    groups = [(percent, found[f"{percent} %"]) for percent in PERCENTS if f"{percent} %" in found]
    return [Point(percent, _share(row, all_of_it), row) for percent, row in groups] if all_of_it else []


def _share(row: dict[str, Any], all_of_it: int) -> float | None:
    return None if row["numerator"] is None or row["suppressed"] else row["numerator"] / all_of_it


def _figure(lines: dict[str, list[Point]]) -> Figure:
    return Figure(
        key="concentration",
        title="Share of contacts and of cost that falls on those who use most",
        reading=f"{_reading(lines)} Groups are made anew for each quantity and each night: many of those who cost most this year "
        f"will not next year. Groups that differ by fewer than {FEWEST} people are left out.",
        panels=[Panel(lambda width: _draw(lines, width), _alt(lines))],
        legend=[(colour, words) for words, colour in LINES.values()],
        columns=("People", "How many", "Their contacts", "Share of contacts", "How many", "Their cost", "Share of cost"),
        rows=_rows(lines),
    )


def _reading(lines: dict[str, list[Point]]) -> str:
    said = []
    for measure, words in ((COST_OF_HIGHEST, "of the cost"), (CONTACTS_OF_HIGHEST, "of the contacts")):
        wanted = [point for point in lines[measure] if point.percent in (1, 5, 20) and point.share is not None]
        parts = [f"{point.percent} % have {percent(point.share)}" for point in wanted]
        if parts:
            said.append(f"{words[0].upper()}{words[1:]}, the highest {', the highest '.join(parts)}.")
    return " ".join(said) or "Too few people use anything to say who uses most."


def _alt(lines: dict[str, list[Point]]) -> str:
    words = {COST_OF_HIGHEST: "cost", CONTACTS_OF_HIGHEST: "contacts"}
    said = (
        f"highest {p.percent} %: {percent(p.share, withheld=True)} of {words[m]}" for m, points in lines.items() for p in points
    )
    return "Curve of concentration. " + "; ".join(said)


def _rows(lines: dict[str, list[Point]]) -> list[list[str]]:
    rows = []
    for size in PERCENTS:
        cells = []
        for measure, say in ((CONTACTS_OF_HIGHEST, whole), (COST_OF_HIGHEST, pounds)):
            point = next((point for point in lines[measure] if point.percent == size), None)
            if point is not None:
                share = percent(point.share, withheld=True)
                cells += [whole(point.row["denominator"]), say(point.row["numerator"]), share]
        if len(cells) == 6:
            rows.append([f"Highest {size} %" if size < PERCENTS[-1] else "Everybody", *cells])
    return rows


def _draw(lines: dict[str, list[Point]], width: int) -> Drawing:
    """From nobody to everybody; the straight line is where everybody would have as much as everybody else."""
    values = [
        {"people": p.percent / 100, "share": p.share, "colour": LINES[measure][1], "what": measure}
        for measure, points in lines.items()
        for p in (Point(0, 0.0, {}), *points)
        if p.share is not None
    ]
    equal = [{"people": each, "share": each} for each in (0, 1)]
    shares = [0, 0.2, 0.5, 0.8, 1] if width > NARROW else [0, 0.2, 0.5, 1]
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("people:Q", scale=scale, axis=alt.Axis(title="share of people, those with most first", format="%", values=shares))
    y = alt.Y("share:Q", scale=scale, axis=alt.Axis(title=None, domain=False, format="%", values=shares))
    straight = over(equal).mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1).encode(x=x, y=y)
    curve = (
        over(values)
        .mark_line(point=True, strokeWidth=2)
        .encode(x=x, y=y, color=alt.Color("colour:N", scale=None), detail="what:N")
    )
    drawn: Drawing = alt.layer(straight, curve).properties(width=min(width - 60, 620), height=HEIGHT)
    return drawn
