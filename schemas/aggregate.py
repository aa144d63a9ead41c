"""Tables of the aggregate zone: counts about organisations, never about a person."""

from __future__ import annotations

from schemas.table import Table, date, flag, number, text, whole
from schemas.zones import Zone


class Measure(Table):
    """One row per measure, breakdown, organisation and period."""

    zone = Zone.AGGREGATE
    key = ("measure", "breakdown", "category", "organisation", "period_start")

    measure = text("name of the measure", required=True)
    breakdown = text("what the rows are split by: `source`, `service`, `locality`, `tier`, ...", required=True)
    category = text("value of the breakdown", required=True)
    organisation = text("organisation the row is about; `area` for all", required=True)
    period_start = date("first day of the period", required=True)
    period_end = date("last day of the period", required=True)
    numerator = whole("count or pence above the line; null where suppressed", minimum=0)
    denominator = whole("count below the line; null where suppressed or where there is none", minimum=0)
    rate = number("numerator over denominator; null where suppressed")
    suppressed = flag("true where small numbers were withheld", required=True)


class FeedAge(Table):
    """One row per source: what arrived and how old it is."""

    zone = Zone.AGGREGATE
    key = ("source",)

    source = text("which extract", required=True)
    state = text("`current`, `stale`, `missing`, `refused` or `held`", required=True)
    files = whole("files read", required=True, minimum=0)
    rows = whole("rows read", required=True, minimum=0)
    rejected = whole("rows put in quarantine", required=True, minimum=0)
    data_to = date("last date the data speaks of")
    age_days = whole("days between data_to and as_at")
    message = text("in one line, what the night used instead, where it did")
