"""Features: what is known of each person at an index date, one declared list, one pass over the activity.

`FEATURES` is the whole list. To add a feature, write it in the file of its group and see it appear in that group's
list; `docs/reference/features.md` is made from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import reduce
from typing import Any

import narwhals as nw

from schemas.activity_types import OTHER_ACTIVITY_TYPES, SERVICES
from stratify.features.cost import COST
from stratify.features.counts import COUNTS
from stratify.features.demographics import DEMOGRAPHICS
from stratify.features.events import LONGEST, known_events, use_by_type
from stratify.features.feature import Feature
from stratify.features.indices import INDICES, index_frames
from stratify.features.lags import NO_LAGS, feed_lags
from stratify.features.long_term import LONG_TERM, latest_snapshot
from stratify.features.recency import RECENCY
from stratify.features.social_care import SOCIAL_CARE
from stratify.features.stays import STAYS

__all__ = ["FEATURES", "available_services", "build_features", "feed_lags", "registered"]

FEATURES: list[Feature] = [
    *DEMOGRAPHICS,
    *COUNTS,
    *RECENCY,
    *STAYS,
    *COST,
    *LONG_TERM,
    *SOCIAL_CARE,
    *INDICES,
]

DAYS_PER_YEAR = 365.25


def build_features(
    people: nw.LazyFrame[Any],
    activity: nw.LazyFrame[Any],
    as_at: dt.date,
    *,
    bands_at: dt.date | None = None,
    available: frozenset[str] | None = None,
    lags: Mapping[str, int] = NO_LAGS,
) -> nw.LazyFrame[Any]:
    """One row per person registered and alive at `as_at`: `pseudonym` and a column per feature, in no order.

    `people` and `activity` are PseudonymisedPerson and PseudonymisedActivity rows. `bands_at` is the date of the
    people's age bands, where that is later than `as_at` (a snapshot in the past). `available` names the services (and
    of `OTHER_ACTIVITY_TYPES`) whose feeds arrived; by default those with an event in the two years before `as_at`,
    which takes one small query. Features of what is not available are null. `lags` are tonight's, by source
    (`feed_lags`): give the same to every snapshot, so that a model learns from feeds as late as those it will be used on.
    Only what was known at `as_at` counts: see `stratify/features/events.py`.
    """
    present = available_services(activity, as_at) if available is None else available
    use = use_by_type(known_events(activity, as_at, lags)).group_by("pseudonym").agg(**_expressions("use"))
    snapshot = latest_snapshot(activity, as_at, lags).group_by("pseudonym").agg(**_expressions("snapshot"))
    years = ((bands_at or as_at) - as_at).days / DAYS_PER_YEAR
    table = registered(people, as_at).with_columns(years_before_band=nw.lit(years))
    table = table.select("pseudonym", **_expressions("person"))
    frames = [use, snapshot, *index_frames(activity, as_at, lags)]
    joined = reduce(lambda left, right: left.join(right, on="pseudonym", how="left"), frames, table)
    return joined.select("pseudonym", **{feature.name: feature.value(present) for feature in FEATURES})


def registered(people: nw.LazyFrame[Any], as_at: dt.date) -> nw.LazyFrame[Any]:
    """People registered and alive at `as_at`.

    The zone knows the month of a death or a registration's end by its first day: somebody who died or left in the
    month of `as_at` is left out, one whose start of registration is not known is taken as registered. Records linked
    to nobody on the register are no registered people: no practice could be proposed anybody for them.
    """
    on_register = nw.col("link_quality").is_null() | (nw.col("link_quality") != "unlinked")
    start, end, died = nw.col("registered_from"), nw.col("registered_to"), nw.col("month_of_death")
    here = on_register & (start.is_null() | (start <= as_at)) & (end.is_null() | (end > as_at))
    return people.filter(here & (died.is_null() | (died > as_at)))


def available_services(activity: nw.LazyFrame[Any], as_at: dt.date) -> frozenset[str]:
    """Services, and other activity types, with any event in the two years before `as_at`. Runs one query."""
    start = nw.col("start_date")
    recent = activity.filter((start < as_at) & (start >= as_at - dt.timedelta(days=LONGEST)))
    kinds = recent.group_by("activity_type").agg(events=nw.len()).collect("pyarrow").to_native()
    seen = set(kinds["activity_type"].to_pylist())
    services = {service for service, types in SERVICES.items() if seen.intersection(types)}
    return frozenset(services | seen.intersection(OTHER_ACTIVITY_TYPES))


def _expressions(frame: str) -> dict[str, nw.Expr]:
    return {feature.name: feature.expression for feature in FEATURES if feature.frame == frame}
