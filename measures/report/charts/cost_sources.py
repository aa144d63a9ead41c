"""Where the costs come from: the row's own price, the area's unit costs, national averages, or nowhere."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.cost_sources import BREAKDOWN, CONTACTS, COST, FROM, NO_PRICE
from measures.report.charts.stacks import Part, stacks
from measures.report.figure import Figure, Panel
from measures.report.theme import BLUE, DARK_BLUE, GRID, LIGHT_BLUE, PALE_BLUE
from measures.report.words import COST_SOURCES, SERVICES, in_order, listed, name_of, percent, pounds, whole

COLOURS = {
    "client_level_unit_cost": DARK_BLUE,
    "sus_final_price": BLUE,
    "site_file": LIGHT_BLUE,
    "reference_cost": PALE_BLUE,
    NO_PRICE: GRID,
}

Found = dict[tuple[str, str, str], dict[str, Any]]


def figures(sectors: pa.Table, price_year: str) -> list[Figure]:
    """The figure; none where nothing was used."""
    found: Found = {}
    for row in sectors.to_pylist():
        if row["breakdown"] == BREAKDOWN:
            service, _, source = row["category"].partition(FROM)
            found[row["measure"], service, source] = row
    return [_figure(found, price_year)] if found else []


def _figure(found: Found, price_year: str) -> Figure:
    services = in_order(SERVICES, (service for _, service, _ in found))
    sources = in_order(COST_SOURCES, (source for _, _, source in found))
    parts = [part for service in services for part in _parts(found, service, sources)]
    words = "; ".join(f"{name_of(SERVICES, service)}: {_known(found, [service])} with a cost" for service in services)
    return Figure(
        key="cost-sources",
        title="Where the cost of each service's contacts comes from",
        reading=_reading(found, services, sources, price_year),
        panels=[Panel(lambda width: stacks(parts, width, full=1.0), f"Stacked bar chart of contacts. {words}")],
        legend=[(COLOURS.get(source, GRID), name_of(COST_SOURCES, source)) for source in sources],
        columns=("Service", "Source of cost", "Contacts", "Share of contacts", "Cost"),
        rows=[
            _cells(found, service, source) for service in services for source in sources if (CONTACTS, service, source) in found
        ],
        numeric=range(2, 5),
    )


def _count(found: Found, measure: str, service: str, source: str) -> int:
    return int((found.get((measure, service, source)) or {}).get("numerator") or 0)


def _parts(found: Found, service: str, sources: list[str]) -> list[Part]:
    counts = {source: _count(found, CONTACTS, service, source) for source in sources}
    every = sum(counts.values()) or 1
    return [Part(name_of(SERVICES, service), counts[s] / every, COLOURS.get(s, GRID)) for s in sources if counts[s]]


def _known(found: Found, services: list[str]) -> str:
    counts = [(source, row["numerator"] or 0) for (m, name, source), row in found.items() if m == CONTACTS and name in services]
    every = sum(count for _, count in counts)
    return percent(sum(count for source, count in counts if source != NO_PRICE) / every if every else None)


def _reading(found: Found, services: list[str], sources: list[str], price_year: str) -> str:
    pence = {s: sum(_count(found, COST, service, s) for service in services) for s in sources if s != NO_PRICE}
    every = sum(pence.values()) or 1
    shares = [f"{percent(amount / every)} {_in_sentence(source)}" for source, amount in pence.items() if amount]
    without = [name_of(SERVICES, service) for service in services if not any(_count(found, CONTACTS, service, s) for s in pence)]
    nothing = f" Nothing is known of the cost of {listed(without)}: it is left out, not nil." if without else ""
    return (
        f"A cost is known for {_known(found, services)} of contacts. Of the cost: {listed(shares)}. All costs are in prices of "
        f"{price_year} (GDP deflator).{nothing} Withheld counts are left out of the shares."
    )


def _in_sentence(source: str) -> str:
    name = name_of(COST_SOURCES, source)
    return name[0].lower() + name[1:]


def _cells(found: Found, service: str, source: str) -> list[str]:
    contacts, cost = found[CONTACTS, service, source], found.get((COST, service, source))
    every = sum(row["numerator"] or 0 for (m, name, _), row in found.items() if m == CONTACTS and name == service)
    share = percent((contacts["numerator"] or 0) / every if every and contacts["numerator"] is not None else None, withheld=True)
    said = "" if source == NO_PRICE else pounds(cost["numerator"] if cost else 0)
    return [name_of(SERVICES, service), name_of(COST_SOURCES, source), whole(contacts["numerator"]), share, said]
