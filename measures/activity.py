"""Use by service."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import pyarrow as pa

from measures.rows import AREA, Figure, measure_rows, together, year_before
from measures.use import columns_of_use, use_per_person
from schemas.activity_types import SERVICES
from schemas.aggregate import Measure
from schemas.table import Rows

PEOPLE = "people_using_service"
CONTACTS = "contacts"
COST = "cost_pence"
COSTED = "costed_contacts"


def use_by_service(people: nw.LazyFrame[Any], activity: nw.LazyFrame[Any], as_at: dt.date) -> Rows[Measure]:
    """People, contacts and cost of each of the eight services in the year before `as_at`, for the area and each locality.

    - `people_using_service`: people with a contact, of all people alive and registered at `as_at`;
    - `contacts`: contacts, per person who had one;
    - `cost_pence`: cost in pence, per person who had a contact; contacts without a known cost add nothing;
    - `costed_contacts`: contacts whose cost is known, of all contacts.
    """
    by_locality = _collect(_by_locality(use_per_person(people, activity, as_at)))
    names = [name for name in by_locality.column_names if name != "locality"]
    rows = sorted(by_locality.to_pylist(), key=lambda row: str(row["locality"]))
    area = {"locality": AREA, **{name: sum(row[name] for row in rows) for name in names}}
    figures = [(row, service) for row in (area, *rows) for service in SERVICES]

    def measure(name: str, above: str, below: str) -> Rows[Measure]:
        counted = (Figure(s, r["locality"], r[above.format(s)], r[below.format(s)]) for r, s in figures)
        return measure_rows(name, "service", counted, year_before(as_at))

    return together(
        measure(PEOPLE, "users_{}", "people"),
        measure(CONTACTS, "contacts_{}", "users_{}"),
        measure(COST, "pence_{}", "users_{}"),
        measure(COSTED, "costed_{}", "contacts_{}"),
    )


def _by_locality(use: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    users = (_one_where(nw.col(f"contacts_{service}") > 0).alias(f"users_{service}") for service in SERVICES)
    totals = (nw.col(name).sum().cast(nw.Int64) for name in columns_of_use())
    return use.group_by("locality").agg(nw.len().cast(nw.Int64).alias("people"), *users, *totals)


def _one_where(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Int64)


def _collect(frame: nw.LazyFrame[Any]) -> pa.Table:
    return frame.collect("pyarrow").to_native()
