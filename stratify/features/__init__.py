"""Features: what is known of each person at an index date, one declared list, one pass over the activity.

`FEATURES` is the whole list. To add a feature, write it in the file of its group and see it appear in that group's
list; `docs/reference/features.md` is made from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from typing import Any

import narwhals as nw

from schemas.activity_types import OTHER_ACTIVITY_TYPES, SERVICES
from stratify.admissions import attribute
from stratify.features.breadth import BREADTH
from stratify.features.contacts import CONTACTS
from stratify.features.cost import COST
from stratify.features.counts import COUNTS
from stratify.features.demographics import DEMOGRAPHICS
from stratify.features.diagnosis_groups import DIAGNOSIS_GROUPS
from stratify.features.events import LONGEST, known_events, started_within
from stratify.features.feature import Feature, carried
from stratify.features.frames import frames
from stratify.features.groups import GROUPS
from stratify.features.indices import INDICES, index_frames
from stratify.features.lags import NO_LAGS, feed_lags
from stratify.features.living import LIVING
from stratify.features.long_term import LONG_TERM
from stratify.features.missing import MISSING, missing_columns
from stratify.features.recency import RECENCY
from stratify.features.social_care import SOCIAL_CARE
from stratify.features.stays import STAYS
from stratify.features.trend import TREND

__all__ = ["FEATURES", "GROUPS", "NOT_MODELLED", "available_services", "build_features", "feed_lags", "registered"]

FEATURES: list[Feature] = [
    *DEMOGRAPHICS,
    *COUNTS,
    *RECENCY,
    *TREND,
    *BREADTH,
    *CONTACTS,
    *STAYS,
    *COST,
    *LONG_TERM,
    *SOCIAL_CARE,
    *LIVING,
    *DIAGNOSIS_GROUPS,
    *INDICES,
    *MISSING,
]

# Names of the features that no model may read.
NOT_MODELLED: frozenset[str] = frozenset(feature.name for feature in FEATURES if not feature.modelled)

NEEDED = tuple(sorted({name for feature in FEATURES for name in feature.needs}))

DAYS_PER_YEAR = 365.25


def build_features(
    people: nw.LazyFrame[Any],
    activity: nw.LazyFrame[Any],
    as_at: dt.date,
    *,
    bands_at: dt.date | None = None,
    available: frozenset[str] | None = None,
    lags: Mapping[str, int] = NO_LAGS,
    only: Collection[str] | None = None,
) -> nw.LazyFrame[Any]:
    """One row per person registered and alive at `as_at`: `pseudonym` and a column per feature, in no order.

    `people` and `activity` are PseudonymisedPerson and PseudonymisedActivity rows. `bands_at` is the date of the
    people's age bands, where that is later than `as_at` (a snapshot in the past). `available` is what arrived, as
    `available_services` finds it; by default that is found here, which takes one small query. Features of what is not
    available are null. `lags` are tonight's, by source (`feed_lags`): give the same to every snapshot, so that a model
    learns from feeds as late as those it will be used on.
    Only what was known at `as_at` counts: see `stratify/features/events.py`. `only`: names of the features to build; by
    default all, in the order of `FEATURES` either way.
    """
    wanted = [feature for feature in FEATURES if only is None or feature.name in only]
    present = available_services(activity, as_at, lags) if available is None else available
    years = ((bands_at or as_at) - as_at).days / DAYS_PER_YEAR
    table = registered(people, as_at).with_columns(
        years_before_band=nw.lit(years),
        years_registered=(nw.lit(as_at) - nw.col("registered_from")).cast(nw.Int64).cast(nw.Float64) / DAYS_PER_YEAR,
    )
    table = table.select("pseudonym", **_expressions("person", wanted))
    grouped = _grouped(activity, as_at, lags, wanted)
    joined = reduce(lambda left, right: left.join(right, on="pseudonym", how="left"), grouped, table)
    flagged = joined.with_columns(**missing_columns(present, lags))
    return flagged.select("pseudonym", **{feature.name: feature.value(present) for feature in wanted})


def _grouped(
    activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int], wanted: Sequence[Feature]
) -> list[nw.LazyFrame[Any]]:
    """Every frame with a wanted feature, brought down to one row a person; the widest last, as each join goes through all
    columns before it."""
    needed = {feature.frame for feature in wanted}
    of_frame = {name: (rows, _expressions(name, wanted)) for name, rows in frames(activity, as_at, lags, needed).items()}
    ordered = sorted(of_frame.values(), key=lambda pair: len(pair[1]))
    indices = index_frames(activity, as_at, lags) if "index" in needed else []
    return [*indices, *(rows.group_by("pseudonym").agg(**values) for rows, values in ordered)]


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


def available_services(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int] = NO_LAGS) -> frozenset[str]:
    """What arrived by `as_at`: services and other activity types with an event known that began in the two years before.

    And of each activity type the attributes that some such event carries (`outpatient.first_attendance`). One query.
    """
    recent = known_events(activity, as_at, lags).filter(started_within(LONGEST))
    carrying = {name: (~attribute(name).is_null()).any() for name in NEEDED}
    found = recent.group_by("activity_type").agg(**carrying).collect("pyarrow").to_native().to_pylist()
    seen = {row["activity_type"] for row in found}
    services = {service for service, types in SERVICES.items() if seen.intersection(types)}
    attributes = {carried(row["activity_type"], name) for row in found for name in NEEDED if row[name]}
    return frozenset(services | attributes | seen.intersection(OTHER_ACTIVITY_TYPES))


def _expressions(frame: str, wanted: Sequence[Feature]) -> dict[str, nw.Expr]:
    return {feature.name: feature.expression for feature in wanted if feature.frame == frame}
