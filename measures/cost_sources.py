"""Where costs come from: contacts and pence of each service by the source of their price, and contacts without one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw

from measures.rows import AREA, Figure, measure_rows, together, year_before
from measures.use import events_of_year, population
from schemas.activity_types import SERVICES
from schemas.aggregate import Measure
from schemas.table import Rows

BREAKDOWN = "cost source"
CONTACTS, COST = "contacts_by_cost_source", "cost_by_source"
NO_PRICE, UNSTATED = "no_price", "unstated"
FROM = " from "  # how service and source are joined: `outpatient from reference_cost`


def cost_by_source(people: nw.LazyFrame[Any], activity: nw.LazyFrame[Any], as_at: dt.date) -> Rows[Measure]:
    """Figures of the area in the year before `as_at`, of people alive and registered at `as_at`.

    `contacts_by_cost_source`: contacts of a service whose cost is from a source, or is not known (`no_price`), and
    `cost_by_source`: their pence; each per person who had one. A category is written `outpatient from reference_cost`.
    """
    used = events_of_year(activity, as_at).join(population(people, as_at), on="pseudonym", how="inner")
    of_person = _summed(used.select("pseudonym", "contact", "pence", service=_service(), source=_source()), "pseudonym")
    found = _summed(of_person, people=nw.len().cast(nw.Int64)).collect("pyarrow").to_native().to_pylist()
    rows = [row for row in found if row["service"] is not None]

    def measure(name: str, column: str, *, priced: bool) -> Rows[Measure]:
        kept = (row for row in rows if not priced or row["source"] != NO_PRICE)
        figures = (Figure(row["service"] + FROM + row["source"], AREA, row[column], row["people"]) for row in kept)
        return measure_rows(name, BREAKDOWN, figures, year_before(as_at))

    return together(measure(CONTACTS, "contact", priced=False), measure(COST, "pence", priced=True))


def _summed(frame: nw.LazyFrame[Any], *by: str, **more: nw.Expr) -> nw.LazyFrame[Any]:
    sums = {name: nw.col(name).sum().cast(nw.Int64) for name in ("contact", "pence")}
    return frame.group_by(*by, "service", "source").agg(**sums, **more)


def _service() -> nw.Expr:
    answer = nw.lit(None).cast(nw.String)
    for service, kinds in SERVICES.items():
        answer = nw.when(nw.col("activity_type").is_in(kinds)).then(nw.lit(service)).otherwise(answer)
    return answer


def _source() -> nw.Expr:
    known = nw.coalesce(nw.col("cost_source"), nw.lit(UNSTATED))
    return nw.when(nw.col("pence").is_null()).then(nw.lit(NO_PRICE)).otherwise(known)
