"""Which sectors the same people use: combinations as rows of dots, with bars of people, contacts and cost per person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import altair as alt
import pyarrow as pa

from measures.leading import BY_NONE, KNOWN_TO_FOUR
from measures.report.charts.bars import pixels_per_unit
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import BLUE, DARK_BLUE, GRID, LIGHT_BLUE, TEXT, WARM
from measures.report.words import NO_FIGURE, SECTORS, WITHHELD, name_of, percent, plural, pounds, whole
from measures.sectors import COMBINATION, CONTACTS, COST, IN_SECTOR, JOINED_BY, NONE, PEOPLE

ROW = 28
HEAD = 104  # pixels above the rows for the slanted names of the sectors
DOT = 11
BROAD = 500  # pixels from which on there is room for all three bars
MANY = 4  # sectors

Found = dict[tuple[str, str], dict[str, Any]]


class Column(NamedTuple):
    """One column of bars: what it says above, and a value and a text for each row."""

    title: str
    colour: str
    values: list[float]
    texts: list[str]


def figure(sectors: pa.Table) -> Figure:
    """The combinations that may be shown, those with most people first; all 32 in the table."""
    found = {(r["measure"], r["category"]): r for r in sectors.to_pylist() if r["breakdown"] in (COMBINATION, "sector")}
    people = {category: row["numerator"] for (measure, category), row in found.items() if measure == PEOPLE}
    order = sorted(people, key=lambda name: (-(people[name] or 0), people[name] is None, name.count(JOINED_BY), name))
    shown = [name for name in order if people[name]]
    return Figure(
        key="sector-combinations",
        title="Sectors used by the same people in 12 months",
        reading=f"{_reading(people, found)}{_led_by_none(sectors)}",
        panels=[Panel(lambda width: _draw(shown, found, width), _alt(shown, found))],
        columns=("Sectors used", "People", "Share of people", "Contacts", "Per person", "Cost", "Per person"),
        rows=[_cells(name, found) for name in order],
    )


def in_words(combination: str) -> str:
    """`Acute + Social care`; `No sector`."""
    if combination == NONE:
        return "No sector"
    return JOINED_BY.join(name_of(SECTORS, sector) for sector in combination.split(JOINED_BY))


def _reading(people: dict[str, int | None], found: Found) -> str:
    if not any(people.values()):
        return "No combination of sectors has enough people to be shown."
    several = [name for name in people if name.count(JOINED_BY) >= MANY - 1]
    many = sum(people[name] or 0 for name in several)
    costs = {name: _number(found, COST, name) or 0 for name in people}
    share = percent(sum(costs[name] for name in several) / (sum(costs.values()) or 1))
    everybody = sum(count or 0 for count in people.values())
    sectors = [
        f"{name_of(SECTORS, name)} {percent(row['rate'], withheld=True)}" for (m, name), row in found.items() if m == IN_SECTOR
    ]
    return (
        f"Each row is one combination: filled dots say of what, bars how many people, and what one of them used and cost. "
        f"{plural(many, 'person', 'people')} ({percent(many / everybody)}) used four sectors or all five; {share} of the cost is "
        f"theirs. Share of people using each: {', '.join(sorted(sectors))}. Withheld combinations are left out of these sums."
    )


def _led_by_none(sectors: pa.Table) -> str:
    """How many of those known to four sectors nobody is seen to lead; nothing where the night does not say."""
    known = [row for row in sectors.to_pylist() if (row["measure"], row["category"]) == (KNOWN_TO_FOUR, BY_NONE)]
    if not known:
        return ""
    if known[0]["numerator"] is None:
        return " For how many of them nobody is seen to lead the care is withheld."
    return f" Nobody is seen to lead the care of {plural(known[0]['numerator'], 'person', 'people')} of them."


def _number(found: Found, measure: str, name: str) -> int | None:
    value: int | None = (found.get((measure, name)) or {}).get("numerator")
    return value


def _rate(found: Found, measure: str, name: str) -> float | None:
    rate: float | None = (found.get((measure, name)) or {}).get("rate")
    return rate


def _alt(shown: list[str], found: Found) -> str:
    said = (f"{in_words(n)}: {whole(_number(found, PEOPLE, n))} people, {_each(found, COST, n)} each" for n in shown)
    return "Combinations of sectors by people. " + "; ".join(said)


def _each(found: Found, measure: str, name: str) -> str:
    """What a person of the combination used or cost; a dash where there is nobody."""
    row = found.get((measure, name), {})
    rate = row.get("rate")
    if rate is None:
        return WITHHELD if row.get("suppressed") else NO_FIGURE
    return pounds(round(rate)) if measure == COST else f"{rate:,.1f}"


def _cells(name: str, found: Found) -> list[str]:
    people = found.get((PEOPLE, name), {})
    contacts, cost = (_number(found, measure, name) for measure in (CONTACTS, COST))
    share = percent(people.get("rate"), withheld=bool(people.get("suppressed")))
    counts = [whole(people.get("numerator")), share, whole(contacts), _each(found, CONTACTS, name)]
    return [in_words(name), *counts, pounds(cost), _each(found, COST, name)]


def _columns(shown: list[str], found: Found, width: int) -> list[Column]:
    people = [_number(found, PEOPLE, name) for name in shown]
    columns = [Column("People", BLUE, [n or 0 for n in people], [whole(n) for n in people])]
    each = [(CONTACTS, "Contacts per person", LIGHT_BLUE), (COST, "Cost per person", WARM)]
    for measure, title, colour in each if width > BROAD else each[1:]:
        values = [_rate(found, measure, name) or 0 for name in shown]
        columns.append(Column(title, colour, values, [_each(found, measure, name) for name in shown]))
    return columns


def _draw(shown: list[str], found: Found, width: int) -> Drawing:
    """Everything in pixels of one drawing: x to the right, y downwards from the first row."""
    step = 36 if width > BROAD else 16
    left = step * len(SECTORS) + 6
    columns = _columns(shown, found, width)
    room = (width - left) / len(columns)
    dots = [_dot(row, name, number, sector, step) for row, name in enumerate(shown) for number, sector in enumerate(SECTORS)]
    bars = [bar for place, column in enumerate(columns) for bar in _bars(column, left + place * room, room)]
    heads = [{"x": number * step + step / 2, "y": -8, "text": name} for number, name in enumerate(SECTORS.values())]
    titles = [{"x": left + place * room, "y": -14, "text": column.title} for place, column in enumerate(columns)]
    height = ROW * len(shown)
    scale = alt.Scale(domain=[0, width], nice=False)
    x, end = alt.X("x:Q", scale=scale, axis=None), alt.X("x2:Q", scale=scale, axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-HEAD, height], range=[0, height + HEAD], nice=False), axis=None)
    drawn = alt.layer(*_matrix(dots, x, y), *_drawn_bars(bars, x, end, y), _heads(heads, x, y), _titles(titles, x, y))
    return drawn.properties(width=width - 4, height=height + HEAD)


def _dot(row: int, name: str, number: int, sector: str, step: int) -> dict[str, Any]:
    used = sector in name.split(JOINED_BY)
    return {"x": number * step + step / 2, "y": row * ROW + ROW / 2, "row": row, "used": used}


def _bars(column: Column, left: float, room: float) -> list[dict[str, Any]]:
    longest = max(column.values, default=0) or 1
    per_unit = pixels_per_unit(zip(column.values, column.texts, strict=True), room - 12, longest)
    return [
        {"y": row * ROW + ROW / 2, "x": left, "x2": left + max(1.0, value * per_unit), "text": text, "colour": column.colour}
        for row, (value, text) in enumerate(zip(column.values, column.texts, strict=True))
    ]


def _matrix(dots: list[dict[str, Any]], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    used = [dot for dot in dots if dot["used"]]
    every = over(dots).mark_circle(size=DOT**2, color=GRID, opacity=1).encode(x=x, y=y)
    line = over(used).mark_line(color=DARK_BLUE, strokeWidth=3).encode(x=x, y=y, detail="row:N")
    full = over(used).mark_circle(size=DOT**2, color=DARK_BLUE, opacity=1).encode(x=x, y=y)
    return [every, line, full]


def _drawn_bars(rows: Sequence[dict[str, Any]], x: alt.X, end: alt.X, y: alt.Y) -> list[alt.Chart]:
    base = over(rows).encode(y=y)
    return [
        base.mark_bar(height=16).encode(x=x, x2="x2:Q", color=alt.Color("colour:N", scale=None)),
        base.mark_text(align="left", dx=6).encode(x=end, text="text:N"),
    ]


def _heads(heads: list[dict[str, Any]], x: alt.X, y: alt.Y) -> alt.Chart:
    named: alt.Chart = over(heads).mark_text(angle=300, align="left", color=TEXT).encode(x=x, y=y, text="text:N")
    return named


def _titles(titles: list[dict[str, Any]], x: alt.X, y: alt.Y) -> alt.Chart:
    named: alt.Chart = over(titles).mark_text(align="left", color=TEXT, fontWeight="bold").encode(x=x, y=y, text="text:N")
    return named
