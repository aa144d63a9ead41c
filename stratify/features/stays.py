"""Time in a hospital bed, and time waiting to leave one."""

from __future__ import annotations

import narwhals as nw

from stratify.admissions import INPATIENT_TYPES
from stratify.features.aggregates import total
from stratify.features.feature import Feature, described

BEDS = ("emergency_inpatient", "planned_inpatient")
DELAY = ("delayed_discharge",)


def emergency_bed_days_365() -> nw.Expr:
    """Nights in hospital in the last 365 days in spells that began as an emergency; a spell without an end counts so far."""
    return total("days_365", nw.col("activity_type") == "inpatient_emergency")


def bed_days_365() -> nw.Expr:
    """Nights in an acute hospital in the last 365 days, however the spell began; one without an end counts so far."""
    return total("days_365", nw.col("activity_type").is_in(INPATIENT_TYPES))


def in_hospital() -> nw.Expr:
    """Whether a spell has begun and has no end. False for everybody where the feed tells only of finished spells."""
    return nw.when(nw.col("activity_type").is_in(INPATIENT_TYPES)).then(nw.col("any_open")).any()


def delayed_days_365() -> nw.Expr:
    """Days in the last 365 between being ready to leave a hospital bed and leaving it, or the index date."""
    return total("days_365", nw.col("activity_type").is_in(DELAY))


STAYS: list[Feature] = [
    described(
        emergency_bed_days_365, kind="whole", frame="use", group="time in hospital", feeds=("sus_apc",),
        services=("emergency_inpatient",), empty=0, unit="nights",
    ),
    described(
        bed_days_365, kind="whole", frame="use", group="time in hospital", feeds=("sus_apc",),
        services=BEDS, empty=0, unit="nights",
    ),
    described(
        in_hospital, kind="flag", frame="use", group="time in hospital", feeds=("sus_apc",), services=BEDS, empty=False,
    ),
    described(
        delayed_days_365, kind="whole", frame="use", group="delayed discharge", feeds=("sus_apc", "mhsds"),
        services=DELAY, empty=0, unit="days",
    ),
]  # fmt: skip
