"""How late each feed is: what a night does not know yet, a snapshot of the past must not know either."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import narwhals as nw

NO_LAGS: Mapping[str, int] = {}

# Source: the activity types it tells of. Delays of a mental health ward are told sooner; they are few.
TYPES_OF: dict[str, tuple[str, ...]] = {
    "ecds": ("accident_and_emergency",),
    "sus_apc": ("inpatient_emergency", "inpatient_elective", "inpatient_other", "delayed_discharge"),
    "sus_op": ("outpatient",),
    "csds": ("community_contact",),
    "mhsds": ("mental_health_contact", "mental_health_spell"),
    "gp": ("gp_appointment", "gp_snapshot"),
    "cld": ("social_care_request", "social_care_assessment", "social_care_service", "social_care_review"),
}


# Days after which a source is too old to speak of today, as the calendars of the national flows make it: Client Level Data
# quarterly, hospital and community flows monthly with about six weeks' delay, a GP extract monthly, the register weekly. A
# project may be warned earlier (`[feeds.max_age_days]` in caselink.toml); the features' flags say the same everywhere.
OLDEST_DAYS: Mapping[str, int] = {
    "register": 14, "gp": 45, "sus_apc": 75, "sus_op": 75, "ecds": 75, "csds": 75, "mhsds": 75, "cld": 140,
}  # fmt: skip


def feed_lags(data_to: Mapping[str, dt.date | None], as_at: dt.date) -> dict[str, int]:
    """Source to the days before `as_at` of which it has not spoken, from the last day each source speaks of.

    0 where it speaks of the day before `as_at` or later. A source whose last day is null is left out: it did not arrive.
    """
    return {source: max(0, (as_at - last).days - 1) for source, last in sorted(data_to.items()) if last is not None}


def lag_of(source: str, lags: Mapping[str, int]) -> dt.timedelta:
    """The lag of one source; none where it is not named."""
    return dt.timedelta(days=lags.get(source, 0))


def days_not_heard(lags: Mapping[str, int]) -> nw.Expr:
    """For an event the days before the index date of which its source had not spoken."""
    days: nw.Expr = nw.lit(0)
    for source, types in TYPES_OF.items():
        if lags.get(source):
            days = nw.when(nw.col("activity_type").is_in(types)).then(nw.lit(lags[source])).otherwise(days)
    return days
