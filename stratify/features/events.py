"""What was known of each event at the index date: nothing that was not known that day may show.

- an event that starts on or after it does not exist, nor one in the days of which its feed had not yet spoken (`lags`);
- a hospital spell is told of when it is over: one that ended later was not yet known. One without an end is open;
- a care package or a mental health spell that ended later was known, and open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from stratify.admissions import INPATIENT_TYPES, is_emergency_admission
from stratify.features.lags import NO_LAGS, days_not_heard

# Windows of the counts, in days before the index date. Features of cost, stays and whole-system use look at a year.
WINDOWS = (30, 90, 365, 730)
QUARTER, YEAR = 90, 365
LONGEST = 730

# The value of a recency where there was no such event in two years: one day more than the longest that is looked at.
NEVER = LONGEST + 1

# ATTENDED OR DID NOT ATTEND CODE: 5 on time, 6 late but seen; a GP system's own words. An appointment with another
# mark was not kept; one without a mark was.
SEEN = ("5", "6", "attended", "unknown")

PACKAGE = "social_care_service"

# CLD Service_Type in Release 2 wording, lower case: the extracts bring Release 1 to it, letter case differs in life.
LONG_TERM = "long term support:"
NURSING_CARE = "long term support: nursing care"
CARE_HOME_TYPES = (NURSING_CARE, "long term support: residential care")
HOME_CARE = "long term support: community"
CARER_CLIENT_TYPES = ("unpaid carer", "unpaid carer known by association")

# Told of when they are over, and told of while they last.
TOLD_WHEN_OVER = (*INPATIENT_TYPES, "delayed_discharge")
LASTING = (*TOLD_WHEN_OVER, PACKAGE, "mental_health_spell")


def known_events(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int] = NO_LAGS) -> nw.LazyFrame[Any]:
    """Events of the two years before `as_at`, and older ones still open then, as they were known that day.

    Adds `days_since_start` (1 is the day before), `open`, `days_since_end` (0 while open), `emergency`. What cannot be open
    and has no end, or one not yet heard of, ended when it began.
    """
    at, start, end, kind = nw.lit(as_at), nw.col("start_date"), nw.col("end_date"), nw.col("activity_type")
    past = activity.filter(start < at).with_columns(
        days_since_start=(at - start).cast(nw.Int64),
        not_heard=days_not_heard(lags),
        end_ago=(at - end).cast(nw.Int64),
        emergency=is_emergency_admission(),
    )
    over = (nw.col("end_ago") > nw.col("not_heard")).fill_null(False)
    heard = (nw.col("days_since_start") > nw.col("not_heard")) & (~kind.is_in(TOLD_WHEN_OVER) | end.is_null() | over)
    known = past.filter(heard).with_columns(over=over, open=kind.is_in(LASTING) & ~over)
    ended = nw.when(nw.col("over")).then(nw.col("end_ago")).otherwise(nw.col("days_since_start"))
    known = known.with_columns(days_since_end=nw.when(nw.col("open")).then(nw.lit(0)).otherwise(ended))
    return known.filter((nw.col("days_since_start") <= LONGEST) | (nw.col("days_since_end") <= LONGEST))


def started_within(days: int) -> nw.Expr:
    """Whether a known event began in the `days` days before the index date."""
    return nw.col("days_since_start") <= days


def lasted_into(days: int) -> nw.Expr:
    """Whether a known event was open, or ended, in the `days` days before the index date."""
    return nw.col("days_since_end") <= days


def nights_within(days: int) -> nw.Expr:
    """Nights from a known event's start to its end or the index date, as far as they fall within the last `days`.

    0 where an event ends before it starts.
    """
    first = nw.min_horizontal(nw.col("days_since_start"), nw.lit(days))
    return nw.max_horizontal(first - nw.col("days_since_end"), nw.lit(0)).cast(nw.Int64)
