"""Share of people who use each service, locality by locality."""

from __future__ import annotations

from typing import Any

import altair as alt
import pyarrow as pa

from measures.activity import PEOPLE
from measures.report.charts.bars import GAP, row_axis, row_key
from measures.report.charts.services import Found, find
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import BLUE, CHARACTER, PALE, TEXT
from measures.report.words import SERVICES, in_order, name_of, percent, place_name
from measures.rows import AREA, UNKNOWN

ROW = 34
HEAD = 140  # pixels above the cells for the slanted names of the services
LABEL_SHARE = 0.34
WHITE_FROM = 0.55  # of the darkest cell: from here on the figure in a cell is white


def figure(services: pa.Table) -> Figure:
    """A cell a locality and service; the darker, the larger the share."""
    found = find(services)
    order = in_order(SERVICES, (service for _, service, _ in found))
    places = sorted({place for *_, place in found} - {AREA})
    rates = {(p, s): found[PEOPLE, s, p]["rate"] or 0.0 for p in places for s in order if (PEOPLE, s, p) in found}
    cells = [_cell(found, place, service, rates) for place, service in rates]
    return Figure(
        key="use-by-locality",
        title="Of 100 people, how many used each service in 12 months",
        reading=_reading(rates, order, places),
        panels=[Panel(lambda width: _draw(cells, order, width), _alt(rates, order))],
        columns=("Locality", *(name_of(SERVICES, service) for service in order)),
        rows=[[place_name(place), *(_share(found, place, service) for service in order)] for place in (AREA, *places)],
    )


def _reading(rates: dict[tuple[str, str], float], order: list[str], places: list[str]) -> str:
    spread = {s: [rates[p, s] for p in places if p != UNKNOWN and rates.get((p, s))] for s in order}
    known = {service: max(values) / min(values) for service, values in spread.items() if len(values) > 1}
    if not known:
        return "Read down a column to compare localities."
    widest = max(known, key=lambda service: (known[service], service))
    return (
        f"Read down a column to compare localities. They differ most in {name_of(SERVICES, widest)}: the highest is "
        f"{known[widest]:.1f} times the lowest. Figures are not age-standardised."
    )


def _alt(rates: dict[tuple[str, str], float], order: list[str]) -> str:
    ranges = []
    for service in order:
        values = [rate for (_, mine), rate in rates.items() if mine == service]
        if values:
            ranges.append(f"{name_of(SERVICES, service)} {percent(min(values))} to {percent(max(values))}")
    return "Heat map of localities by service. " + "; ".join(ranges)


def _share(found: Found, place: str, service: str) -> str:
    row = found.get((PEOPLE, service, place), {})
    return percent(row.get("rate"), withheld=bool(row.get("suppressed")))


def _cell(found: Found, place: str, service: str, rates: dict[tuple[str, str], float]) -> dict[str, Any]:
    row, largest = found[PEOPLE, service, place], max(rates.values()) or 1
    text = "*" if row["suppressed"] else f"{100 * (row['rate'] or 0):.0f}"
    share = rates[place, service] / largest
    ink = "white" if share >= WHITE_FROM else TEXT
    return {
        "place": place_name(place),
        "service": service,
        "share": share,
        "text": text,
        "ink": ink,
    }


def _draw(cells: list[dict[str, Any]], order: list[str], width: int) -> Drawing:
    places = list(dict.fromkeys(cell["place"] for cell in cells))
    label_width = min(LABEL_SHARE * width, max((len(place) for place in places), default=0) * CHARACTER + GAP)
    keys = {place: row_key(number, place, int(label_width / CHARACTER)) for number, place in enumerate(places)}
    step = (width - label_width - 40) / max(1, len(order))  # 40 for the last slanted name
    names = [name_of(SERVICES, service) for service in order]
    rows = [{**cell, "row": keys[cell["place"]], "column": name_of(SERVICES, cell["service"])} for cell in cells]
    top = alt.Axis(title=None, ticks=False, domain=False, orient="top", labelAngle=-60, labelAlign="left", maxExtent=HEAD)
    base = over(rows).encode(x=alt.X("column:N", sort=names, axis=top, scale=alt.Scale(domain=names)), y=row_axis(label_width))
    shade = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=[PALE, BLUE]), legend=None)
    text = base.mark_text().encode(text="text:N", color=alt.Color("ink:N", scale=None))
    square = base.mark_rect(stroke="white", strokeWidth=2).encode(color=shade)
    layered = alt.layer(square, text).resolve_scale(color="independent")
    drawn: Drawing = layered.properties(width=step * len(order), height=alt.Step(ROW))
    return drawn
