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
    rate_low = number("lower end of the 95 % interval of a rate that is a share; null where suppressed or none is given")
    rate_high = number("upper end of the same interval; once published, both follow from the published counts alone")
    suppressed = flag("true where small numbers were withheld", required=True)


class FeedAge(Table):
    """One row per source: what arrived and how old it is."""

    zone = Zone.AGGREGATE
    key = ("source",)

    source = text("which extract", required=True)
    state = text("`current`, `stale`, `missing`, `refused`, `held` or `barred` (no legal basis)", required=True)
    files = whole("files read", required=True, minimum=0)
    rows = whole("rows read; null where suppressed", minimum=0)
    rejected = whole("rows put in quarantine; null where suppressed", minimum=0)
    data_to = date("last date the data speaks of")
    age_days = whole("days between data_to and as_at")
    message = text("in one line, what the night used instead, where it did")


class WeightBin(Table):
    """One row per bin of match weight: records that were weighed, by the weight of their best candidate and what came of it."""

    zone = Zone.AGGREGATE
    key = ("bin_from",)

    bin_from = number("lower end of the bin in bits, included", required=True)
    bin_to = number("upper end of the bin in bits, not included", required=True)
    linked = whole("records linked by their weight; null where suppressed", minimum=0)
    review = whole("records waiting for a clerk; null where suppressed", minimum=0)
    unlinked = whole("records whose best candidate was not worth a clerk's time; null where suppressed", minimum=0)
    review_weight = number("bits from which a pair is for a clerk, the same in every row", required=True)
    accept_weight = number("bits from which a pair links, the same in every row", required=True)
