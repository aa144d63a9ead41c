"""What was known of each event at the index date, and one pass over all of them.

The activity table is read once and brought down to one row per person and activity type (`use_by_type`); every
feature of use is then an aggregate over those few rows. Nothing that was not known on the index date may show:

- an event that starts on or after it does not exist, nor one in the days of which its feed had not yet spoken (`lags`);
- a hospital spell is told of when it is over: one that ended later was not yet known. One without an end is open;
- a care package or a mental health spell that ended later was known, and open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from stratify.admissions import INPATIENT_TYPES, attribute, is_emergency_admission
from stratify.features.lags import NO_LAGS, days_not_heard

# Windows of the counts, in days before the index date. Features of cost, stays and whole-system use look at a year.
WINDOWS = (30, 90, 365, 730)
YEAR = 365
LONGEST = 730

# ATTENDED OR DID NOT ATTEND CODE: 5 on time, 6 late but seen; a GP system's own words. An appointment with another
# mark was not kept; one without a mark was.
SEEN = ("5", "6", "attended", "unknown")

PACKAGE = "social_care_service"

# CLD Service_Type in Release 2 wording, lower case: the extracts bring Release 1 to it, letter case differs in life.
LONG_TERM = "long term support:"
CARE_HOME_TYPES = ("long term support: nursing care", "long term support: residential care")
HOME_CARE = "long term support: community"
CARER_CLIENT_TYPES = ("unpaid carer", "unpaid carer known by association")

# Told of when they are over, and told of while they last.
TOLD_WHEN_OVER = (*INPATIENT_TYPES, "delayed_discharge")
LASTING = (*TOLD_WHEN_OVER, PACKAGE, "mental_health_spell")


def known_events(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int] = NO_LAGS) -> nw.LazyFrame[Any]:
    """Events of the two years before `as_at`, and older ones still open then, as they were known that day.

    Adds `days_since_start` (1 is the day before), `open`, `days_since_end` (0 while open), `emergency`.
    """
    at, start, end, kind = nw.lit(as_at), nw.col("start_date"), nw.col("end_date"), nw.col("activity_type")
    past = activity.filter(start < at).with_columns(
        days_since_start=(at - start).cast(nw.Int64),
        not_heard=days_not_heard(lags),
        since_end=(at - nw.coalesce(end, start)).cast(nw.Int64),
        emergency=is_emergency_admission(),
    )
    over = nw.col("since_end") > nw.col("not_heard")
    heard = (nw.col("days_since_start") > nw.col("not_heard")) & (~kind.is_in(TOLD_WHEN_OVER) | end.is_null() | over)
    known = past.filter(heard).with_columns(open=kind.is_in(LASTING) & (end.is_null() | ~over))
    ago = nw.max_horizontal(nw.col("since_end"), nw.lit(0))
    known = known.with_columns(days_since_end=nw.when(nw.col("open")).then(nw.lit(0)).otherwise(ago))
    return known.filter((nw.col("days_since_start") <= LONGEST) | (nw.col("days_since_end") <= LONGEST))


def use_by_type(known: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One row per pseudonym and activity type: the counts, days, pence and flags that features are made of."""
    return measured_events(known).group_by("pseudonym", "activity_type").agg(**_totals())


def measured_events(known: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Each event with what it adds: whether it counts, its days and its pence within the last year."""
    attended, kind = attribute("attended"), nw.col("activity_type")
    kept = attended.is_null() | attended.is_in(SEEN)
    return known.with_columns(
        counts=nw.when(kind == "inpatient_emergency").then(nw.col("emergency")).otherwise(kept),
        package=kind == PACKAGE,
        days_in_year=_days_in_year(),
        weekly_pence=attribute("weekly_cost_pence"),
        hundredths=(attribute("weekly_units") * 100).round(0).cast(nw.Int64),  # whole, so that sums never depend on order
        service_type=attribute("service_type").str.to_lowercase(),
        component=attribute("service_component").str.to_lowercase(),
        carer=attribute("client_type").str.to_lowercase().is_in(CARER_CLIENT_TYPES),
        has_carer=attribute("has_unpaid_carer").str.to_lowercase().is_in(("yes", "y", "true", "1")),
    ).with_columns(pence_in_year=_pence_in_year())


def _days_in_year() -> nw.Expr:
    """Nights from the event's start to its end or the index date, as far as they fall within the last year."""
    first = nw.min_horizontal(nw.col("days_since_start"), nw.lit(YEAR))
    return nw.max_horizontal(first - nw.col("days_since_end"), nw.lit(0)).cast(nw.Int64)


def _pence_in_year() -> nw.Expr:
    """A package by the week for the days it ran in the last year; any other event once it has ended, where it starts."""
    weekly = nw.col("weekly_pence") * nw.col("days_in_year") // 7
    ended = ~nw.col("open") & (nw.col("days_since_start") <= YEAR)
    once = nw.when(ended).then(nw.col("cost_pence"))
    return nw.when(~nw.col("weekly_pence").is_null()).then(weekly).otherwise(once).cast(nw.Int64)


def _totals() -> dict[str, nw.Expr]:
    days, counts, is_open = nw.col("days_since_start"), nw.col("counts"), nw.col("open")
    kind, carer = nw.col("service_type"), nw.col("carer").fill_null(False)
    package = is_open & nw.col("package") & ~carer
    totals = {f"n_{window}": _count(counts & within(window)) for window in WINDOWS}
    return totals | {
        "last_days": nw.when(counts & (days <= LONGEST)).then(days).min(),
        "days_365": nw.col("days_in_year").sum().cast(nw.Int64),
        "pence_365": nw.col("pence_in_year").sum().cast(nw.Int64),
        "any_open": is_open.any(),
        "long_term_open": (package & kind.str.starts_with(LONG_TERM)).any(),
        "care_home_open": (package & kind.is_in(CARE_HOME_TYPES)).any(),
        "home_care_hundredths": nw.when(package & (kind == HOME_CARE)).then(nw.col("hundredths")).sum().cast(nw.Int64),
        "weekly_pence_open": nw.when(package).then(nw.col("weekly_pence")).sum().cast(nw.Int64),
        "reablement_365": _count((nw.col("component") == "reablement") & (nw.col("days_since_end") <= YEAR)),
        "carer_365": (carer & (nw.col("days_since_end") <= YEAR)).any(),
        "has_carer_365": (nw.col("has_carer") & (nw.col("days_since_end") <= YEAR)).any(),
    }


def within(window: int) -> nw.Expr:
    """Starts in the window; a care package also counts while it runs in it."""
    running = nw.col("package") & (nw.col("days_since_end") <= window)
    return (nw.col("days_since_start") <= window) | running


def _count(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Int64)
