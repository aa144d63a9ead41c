"""Delayed discharges, by our own definition: there has been no national one with attributions since February 2020."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from measures.rows import AREA, UNKNOWN, Figure, Period, measure_rows, together, whole_months
from schemas.aggregate import Measure
from schemas.table import Rows

DAYS = "delayed_days_own_definition"
PEOPLE = "delayed_people_own_definition"


def delayed_discharges(activity: nw.LazyFrame[Any], as_at: dt.date, *, months: int = 12) -> Rows[Measure]:
    """Days of delay in each of the last whole `months` before `as_at`, by whom the delay is attributed to, and people delayed.

    Own definition. A day of delay is a midnight spent in a bed after the day on which the person was ready to leave
    (`start_date` of a `delayed_discharge`) and before the day of leaving (`end_date`; `as_at` until then). Days
    are per event: two providers that report one person for one midnight count twice. `delayed_days_own_definition` is
    days over people delayed; `delayed_people_own_definition` has no denominator. Attributions are NHS, SOCIAL_CARE,
    BOTH, UNKNOWN as the provider gave them.
    """
    delays = _collect(activity, as_at)
    return together(*(table for period in whole_months(as_at, months) for table in _month(delays, period)))


def _collect(activity: nw.LazyFrame[Any], as_at: dt.date) -> pa.Table:
    delays = activity.filter((nw.col("activity_type") == "delayed_discharge") & (nw.col("start_date") < nw.lit(as_at)))
    columns = delays.select(
        "pseudonym",
        "start_date",
        end=nw.min_horizontal(nw.coalesce(nw.col("end_date"), nw.lit(as_at)), nw.lit(as_at)),
        attribution=nw.coalesce(nw.col("attributes").struct.field("delay_attribution"), nw.lit(UNKNOWN.upper())),
    )
    return columns.collect("pyarrow").to_native()


def _month(delays: pa.Table, month: Period) -> list[pa.Table]:
    after = np.datetime64(month.end, "D") + 1
    start = delays["start_date"].to_numpy().astype("datetime64[D]")
    end = delays["end"].to_numpy().astype("datetime64[D]")
    days = (np.minimum(end, after) - np.maximum(start, np.datetime64(month.start, "D"))).astype(np.int64)
    within = delays.append_column("days", pa.array(days)).filter(pa.array(days > 0))
    groups = within.group_by("attribution").aggregate([("days", "sum"), ("pseudonym", "count_distinct")]).to_pylist()
    lasted = (Figure(g["attribution"], AREA, g["days_sum"], g["pseudonym_count_distinct"]) for g in groups)
    people = (Figure(g["attribution"], AREA, g["pseudonym_count_distinct"], None) for g in groups)
    return [measure_rows(DAYS, "attribution", lasted, month), measure_rows(PEOPLE, "attribution", people, month)]
