"""One pass over all events: each person's use by activity type, of which the features of frame `use` are made.

The activity table is brought down to one row per person and activity type; every count, recency, trend and cost is then an
aggregate over those few rows.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from stratify.admissions import attribute
from stratify.features.aggregates import amount, count
from stratify.features.events import (
    LONGEST,
    PACKAGE,
    QUARTER,
    SEEN,
    WINDOWS,
    YEAR,
    lasted_into,
    nights_within,
    started_within,
)

# The year in twelve periods of thirty days, the latest first; its last five days belong to none.
MONTHS = range(12)
DAYS_OF_A_MONTH = 30

# EMERGENCY CARE DEPARTMENT TYPE 01, a major department; EMERGENCY CARE ATTENDANCE CATEGORY 1, first and unplanned.
MAJOR, UNPLANNED = "01", "1"
# FIRST ATTENDANCE CODE: 1 first, face to face; 3 first, 4 follow-up, by telephone or telemedicine.
FIRST, REMOTE = ("1", "3"), ("3", "4")
# CONSULTATION MECHANISM 01, face to face, of community and mental health contacts; a GP system's words.
FACE_TO_FACE = ("01", "face to face", "home visit")
REMOTE_MODES = ("telephone", "video", "online")
HOME_VISIT = "home visit"
# TREATMENT FUNCTION CODE 430, elderly medicine.
ELDERLY_MEDICINE = "430"


def measured(known: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Each known event with whether it was `kept`, whether it `counts` as use, and its pence within the last year."""
    attended, kind = attribute("attended"), nw.col("activity_type")
    kept = attended.is_null() | attended.is_in(SEEN)
    return known.with_columns(
        kept=kept,
        counts=nw.when(kind == "inpatient_emergency").then(nw.col("emergency")).otherwise(kept),
        package=kind == PACKAGE,
        weekly_pence=nw.max_horizontal(attribute("weekly_cost_pence"), nw.lit(0)),
        pence_in_year=_pence_in_year(),
    )


def _pence_in_year() -> nw.Expr:
    """A package by the week for the days it ran in the last year; any other event once it has ended, where it starts."""
    by_week = attribute("weekly_cost_pence")
    weekly = by_week * nights_within(YEAR) // 7
    ended = ~nw.col("open") & started_within(YEAR)
    once = nw.when(ended).then(nw.col("cost_pence"))
    pence = nw.when(~by_week.is_null()).then(weekly).otherwise(once).cast(nw.Int64)
    return nw.when(pence > 0).then(pence)


def use_by_type(events: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One row per pseudonym and activity type of `measured` events: counts, days since the last, pence."""
    return events.group_by("pseudonym", "activity_type").agg(**_totals())


def _totals() -> dict[str, nw.Expr]:
    counts, days = nw.col("counts"), nw.col("days_since_start")
    in_year, medium = counts & started_within(YEAR), attribute("contact_medium")
    visit = attribute("first_attendance")
    return {
        **{f"n_{window}": count(counts & within(window)) for window in WINDOWS},
        **{f"began_{window}": count(counts & started_within(window)) for window in (QUARTER, YEAR)},
        **{f"month_{month}": _seen_in(month) for month in MONTHS},
        "last_days": nw.when(counts & started_within(LONGEST)).then(days).min(),
        "pence_365": amount(nw.col("pence_in_year"), ~nw.col("pence_in_year").is_null()),
        "major_365": count(in_year & (attribute("department_type") == MAJOR)),
        "unplanned_365": count(in_year & (attribute("attendance_category") == UNPLANNED)),
        "first_365": count(in_year & visit.is_in(FIRST)),
        "remote_365": count(in_year & (visit.is_in(REMOTE) | medium.is_in(REMOTE_MODES))),
        "elderly_medicine_365": count(in_year & (attribute("treatment_function") == ELDERLY_MEDICINE)),
        "face_to_face_365": count(in_year & medium.is_in(FACE_TO_FACE)),
        "home_visits_365": count(in_year & (medium == HOME_VISIT)),
    }


def within(window: int) -> nw.Expr:
    """Starts in the window; a care package also counts while it runs in it."""
    return started_within(window) | (nw.col("package") & lasted_into(window))


def _seen_in(month: int) -> nw.Expr:
    days = nw.col("days_since_start")
    inside = (days > DAYS_OF_A_MONTH * month) & (days <= DAYS_OF_A_MONTH * (month + 1))
    return nw.when(nw.col("counts") & inside).then(nw.lit(1)).otherwise(nw.lit(0)).max()
