"""Events of the listed people as they were known at a look, and which of them were known at the look before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw

from stratify.admissions import attribute
from stratify.features.events import LASTING, SEEN, TOLD_WHEN_OVER, YEAR, known_events
from stratify.features.lags import days_not_heard
from stratify.reasons.look import Look


def known_of_listed(
    activity: nw.LazyFrame[Any], listed: nw.LazyFrame[Any], now: Look, before: Look | None = None
) -> nw.LazyFrame[Any]:
    """What `known_events` knows of the people in `listed` (column `pseudonym`), with what facts are made of.

    Adds `kept` (an appointment that was kept), `in_year`, `days_in_year`, `heard_before` and `open_before`: whether the event was
    known, and open, at the look `before`. Without one, everything was.
    """
    known = known_events(activity.join(listed.select("pseudonym"), on="pseudonym", how="inner"), now.as_at, now.lags)
    attended = attribute("attended")
    known = known.with_columns(
        kept=attended.is_null() | attended.is_in(SEEN),
        in_year=nw.col("days_since_start") <= YEAR,
        days_in_year=_days_in_year(),
    )
    if before is None:
        return known.with_columns(heard_before=nw.lit(True), open_before=nw.col("open"))
    return _as_heard(known, before).with_columns(
        open_before=nw.col("heard_before")
        & nw.col("activity_type").is_in(LASTING)
        & (nw.col("end_date").is_null() | ~nw.col("over_before"))
    )


def _as_heard(known: nw.LazyFrame[Any], before: Look) -> nw.LazyFrame[Any]:
    """`heard_before` by the rules of `known_events` at an earlier look; `over_before`: its end was heard of too."""
    kind, end = nw.col("activity_type"), nw.col("end_date")
    known = known.with_columns(
        unheard=days_not_heard(before.lags),
        start_then=_days(before.as_at, nw.col("start_date")),
        end_then=_days(before.as_at, nw.coalesce(end, nw.col("start_date"))),
    )
    known = known.with_columns(over_before=nw.col("end_then") > nw.col("unheard"))
    told = ~kind.is_in(TOLD_WHEN_OVER) | end.is_null() | nw.col("over_before")
    return known.with_columns(heard_before=(nw.col("start_then") > nw.col("unheard")) & told)


def _days(as_at: dt.date, day: nw.Expr) -> nw.Expr:
    return (nw.lit(as_at) - day).cast(nw.Int64)


def _days_in_year() -> nw.Expr:
    """Nights from an event's start to its end, or the day of the look, within the last year."""
    first = nw.min_horizontal(nw.col("days_since_start"), nw.lit(YEAR))
    return nw.max_horizontal(first - nw.col("days_since_end"), nw.lit(0)).cast(nw.Int64)
