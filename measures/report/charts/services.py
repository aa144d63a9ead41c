"""Use by service: people, contacts and cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from measures.activity import CONTACTS, COST, COSTED, PEOPLE
from measures.report.charts.bars import Bar, bars
from measures.report.figure import Figure, Panel
from measures.report.words import SERVICES, in_order, name_of, percent, place_name, pounds, whole
from measures.rows import AREA

NO_PRICES = "no prices"

Found = dict[tuple[str, str, str], dict[str, Any]]


def find(services: pa.Table) -> Found:
    """Rows by (measure, service, organisation)."""
    return {(row["measure"], row["category"], row["organisation"]): row for row in services.to_pylist()}


def figure(services: pa.Table) -> Figure:
    """People, contacts and cost of the area in the year before the as-at date; every locality in the table."""
    found = find(services)
    order = in_order(SERVICES, (service for _, service, _ in found))
    costed = _sum(found, COSTED) / max(1, _sum(found, CONTACTS))
    reading = (
        "The three charts differ where few people use much, or much is used cheaply. "
        f"A cost is known for {percent(costed)} of contacts; the others add nothing to the third chart."
    )
    places = sorted({place for *_, place in found} - {AREA})
    return Figure(
        key="use-by-service",
        title="Use of each service in 12 months",
        reading=reading,
        panels=[
            _panel(found, order, PEOPLE, "Share of people", lambda row: percent(row["rate"], withheld=True)),
            _panel(found, order, CONTACTS, "Contacts", lambda row: whole(row["numerator"])),
            _panel(found, order, COST, "Cost", lambda row: _cost(found, row)),
        ],
        columns=("Place", "Service", "People", "Share of people", "Contacts", "Cost"),
        rows=[_cells(found, service, place) for place in (AREA, *places) for service in order],
        numeric=range(2, 6),
    )


def _panel(found: Found, order: list[str], measure: str, title: str, say: Callable[[dict[str, Any]], str]) -> Panel:
    drawn = []
    for service in order:
        row = found.get((measure, service, AREA))
        if row is not None:
            value = row["rate"] if measure == PEOPLE else row["numerator"]
            drawn.append(Bar(name_of(SERVICES, service), value, say(row)))
    words = "; ".join(f"{bar.label}: {bar.text}" for bar in drawn)
    return Panel(lambda width: bars(drawn, width), f"Bar chart. {title}, by service. {words}", title)


def _cost(found: Found, row: dict[str, Any]) -> str:
    """Pounds; `no prices` where there were contacts and none of them had a known cost."""
    costed = found.get((COSTED, row.get("category", ""), row.get("organisation", "")), {})
    return NO_PRICES if costed.get("numerator") == 0 and costed.get("denominator") else pounds(row.get("numerator"))


def _sum(found: Found, measure: str) -> int:
    return sum(row["numerator"] or 0 for (name, _, place), row in found.items() if name == measure and place == AREA)


def _cells(found: Found, service: str, place: str) -> list[str]:
    people, contacts, cost = (found.get((measure, service, place), {}) for measure in (PEOPLE, CONTACTS, COST))
    share = percent(people.get("rate"), withheld=bool(people.get("suppressed")))
    counts = [whole(people.get("numerator")), share, whole(contacts.get("numerator")), _cost(found, cost)]
    return [place_name(place), name_of(SERVICES, service), *counts]
