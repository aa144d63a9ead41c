"""Which services the same people use: combinations as rows of dots with a bar of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pyarrow as pa

from measures.activity import CONTACTS, COST, JOINED_BY, NO_SERVICE
from measures.report.charts.bars import pixels_per_unit
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import BLUE, DARK_BLUE, GRID, TEXT
from measures.report.words import SERVICES, in_order, name_of, percent, plural, pounds, whole

SHOWN = 15
ROW = 28
HEAD = 132  # pixels above the rows for the slanted names of the services
DOT = 11

Found = dict[tuple[str, str], dict[str, Any]]


def figure(overlap: pa.Table) -> Figure:
    """The combinations with most people; all of them in the table."""
    found = {(row["measure"], row["category"]): row for row in overlap.to_pylist()}
    people = {category: row["numerator"] for (measure, category), row in found.items() if measure == "people"}
    order = sorted(people, key=lambda name: (-(people[name] or 0), name))
    shown = [name for name in order if people[name]][:SHOWN]
    services = in_order(SERVICES, {service for name in order if name != NO_SERVICE for service in name.split(JOINED_BY)})
    return Figure(
        key="service-overlap",
        title="Services used by the same people in 12 months",
        reading=_reading(people, found, shown),
        panels=[Panel(lambda width: _draw(shown, services, people, width), _alt(shown, people))],
        columns=("Services used", "People", "Share of people", "Contacts", "Cost"),
        rows=[_cells(name, found) for name in order],
    )


def in_words(combination: str) -> str:
    """`A&E + Outpatients`; `No service`."""
    if combination == NO_SERVICE:
        return "No service"
    return JOINED_BY.join(name_of(SERVICES, service) for service in combination.split(JOINED_BY))


def _reading(people: dict[str, int | None], found: Found, shown: list[str]) -> str:
    if not shown:
        return "No combination of services has enough people to be shown."
    several = [name for name in people if name.count(JOINED_BY) >= 2]
    many = sum(people[name] or 0 for name in several)
    costs = {name: (found.get((COST, name)) or {}).get("numerator") or 0 for name in people}
    share = percent(sum(costs[name] for name in several) / (sum(costs.values()) or 1))
    return (
        f"Each row is one combination, filled dots say of what, the bar how many people. {plural(many, 'person', 'people')} "
        f"used three services or more, and {share} of the cost is theirs. "
        f"The {len(shown)} combinations with most people are drawn; withheld ones are left out of these sums."
    )


def _alt(shown: list[str], people: dict[str, int | None]) -> str:
    return "Combinations of services by people. " + "; ".join(f"{in_words(name)}: {whole(people[name])}" for name in shown)


def _cells(name: str, found: Found) -> list[str]:
    people, contacts, cost = (found.get((measure, name), {}) for measure in ("people", CONTACTS, COST))
    share = percent(people.get("rate"), withheld=bool(people.get("suppressed")))
    counts = [whole(people.get("numerator")), share, whole(contacts.get("numerator")), pounds(cost.get("numerator"))]
    return [in_words(name), *counts]


def _draw(shown: list[str], services: Sequence[str], people: dict[str, int | None], width: int) -> Drawing:
    """Everything in pixels of one drawing: x to the right, y downwards from the first row."""
    step = 36 if width > 500 else 16
    left = step * len(services) + 6
    texts = [whole(people[name]) + (", no service" if name == NO_SERVICE else "") for name in shown]
    ends = [people[name] or 0 for name in shown]
    per_person = pixels_per_unit(zip(ends, texts, strict=True), width - left, max(ends, default=0) or 1)
    dots = [_dot(row, name, number, service, step) for row, name in enumerate(shown) for number, service in enumerate(services)]
    rows = [
        {"y": row * ROW + ROW / 2, "x": left, "x2": left + max(1.0, (people[name] or 0) * per_person), "text": text}
        for row, (name, text) in enumerate(zip(shown, texts, strict=True))
    ]
    heads = [{"x": number * step + step / 2, "y": -8, "text": name_of(SERVICES, s)} for number, s in enumerate(services)]
    height = ROW * len(shown)
    scale = alt.Scale(domain=[0, width], nice=False)
    x, end = alt.X("x:Q", scale=scale, axis=None), alt.X("x2:Q", scale=scale, axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-HEAD, height], range=[0, height + HEAD], nice=False), axis=None)
    drawn = alt.layer(*_matrix(dots, x, y), *_bars(rows, x, end, y), _heads(heads, x, y))
    return drawn.properties(width=width - 4, height=height + HEAD)


def _dot(row: int, name: str, number: int, service: str, step: int) -> dict[str, Any]:
    used = service in name.split(JOINED_BY)
    return {"x": number * step + step / 2, "y": row * ROW + ROW / 2, "row": row, "used": used}


def _matrix(dots: list[dict[str, Any]], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    used = [dot for dot in dots if dot["used"]]
    every = over(dots).mark_circle(size=DOT**2, color=GRID, opacity=1).encode(x=x, y=y)
    line = over(used).mark_line(color=DARK_BLUE, strokeWidth=3).encode(x=x, y=y, detail="row:N")
    full = over(used).mark_circle(size=DOT**2, color=DARK_BLUE, opacity=1).encode(x=x, y=y)
    return [every, line, full]


def _bars(rows: list[dict[str, Any]], x: alt.X, end: alt.X, y: alt.Y) -> list[alt.Chart]:
    base = over(rows).encode(y=y)
    return [
        base.mark_bar(color=BLUE, height=16).encode(x=x, x2="x2:Q"),
        base.mark_text(align="left", dx=6).encode(x=end, text="text:N"),
    ]


def _heads(heads: list[dict[str, Any]], x: alt.X, y: alt.Y) -> alt.Chart:
    named: alt.Chart = over(heads).mark_text(angle=300, align="left", color=TEXT).encode(x=x, y=y, text="text:N")
    return named
