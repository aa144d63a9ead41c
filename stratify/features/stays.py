"""Time in a hospital bed, how stays began and ended, and time waiting to leave one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw

from stratify.admissions import INPATIENT_TYPES, attribute
from stratify.features.aggregates import amount, count, of_type, some
from stratify.features.events import LONGEST, NEVER, QUARTER, YEAR, nights_within, started_within
from stratify.features.feature import Feature, Frame, Kind, Value, described

BEDS = ("emergency_inpatient", "planned_inpatient")
EMERGENCY = ("emergency_inpatient",)
DELAY = ("delayed_discharge",)
WARD = ("mental_health",)
STAY_TYPES = (*INPATIENT_TYPES, "delayed_discharge", "mental_health_spell")

# NHS England counts a stay of 21 nights or more as long; one of a night at most is short.
SHORT, LONG = 1, 21
READMITTED_WITHIN = 30

# ADMISSION METHOD CODE: from the emergency department of this provider, or of another.
FROM_AE = ("21", "2A")
# PATIENT CLASSIFICATION CODE 2, day case; 3 and 4, regular attender by day or night.
DAY_CASE, REGULAR = "2", ("3", "4")
# DISCHARGE METHOD CODE: by the patient, a relative or an advocate. DISCHARGE DESTINATION CODE: care homes.
SELF_DISCHARGE = ("2", "6", "7")
CARE_HOMES = ("54", "65", "85")
BY_SOCIAL_CARE = ("SOCIAL_CARE", "BOTH")

IN_ACUTE_BED = of_type(*INPATIENT_TYPES)


def emergency_bed_days_365() -> nw.Expr:
    """Nights in hospital in the last 365 days in spells that began as an emergency; a spell without an end counts so far."""
    return amount(nights_within(YEAR), of_type("inpatient_emergency"))


def bed_days_90() -> nw.Expr:
    """Nights in an acute hospital in the last 90 days, however the spell began; one without an end counts so far."""
    return amount(nights_within(QUARTER), IN_ACUTE_BED)


def bed_days_365() -> nw.Expr:
    """Nights in an acute hospital in the last 365 days, however the spell began; one without an end counts so far."""
    return amount(nights_within(YEAR), IN_ACUTE_BED)


def in_hospital() -> nw.Expr:
    """Whether a spell has begun and has no end. False for everybody where the feed tells only of finished spells."""
    return some(IN_ACUTE_BED & nw.col("open"))


def days_since_discharge() -> nw.Expr:
    """Days from the end of the last acute hospital spell to the index date; 731 where none ended in two years."""
    left = IN_ACUTE_BED & ~nw.col("open") & (nw.col("days_since_end") <= LONGEST)
    return nw.when(left).then(nw.col("days_since_end")).min()


def short_stay_emergency_365() -> nw.Expr:
    """Emergency admissions in 365 days that were over by the next day."""
    return count(_emergency() & ~nw.col("open") & (nights_within(LONGEST) <= SHORT))


def long_stay_emergency_365() -> nw.Expr:
    """Emergency admissions in 365 days that lasted 21 nights or more, so far where without an end."""
    return count(_emergency() & (nights_within(LONGEST) >= LONG))


def admissions_from_ae_365() -> nw.Expr:
    """Emergency admissions in 365 days from an emergency department (admission method 21 or 2A)."""
    return count(_emergency() & attribute("admission_method").is_in(FROM_AE))


def _emergency() -> nw.Expr:
    return nw.col("emergency") & started_within(YEAR)


def day_cases_365() -> nw.Expr:
    """Day cases in 365 days (patient classification 2)."""
    return count(IN_ACUTE_BED & started_within(YEAR) & (attribute("patient_classification") == DAY_CASE))


def regular_attendances_365() -> nw.Expr:
    """Regular attendances by day or night in 365 days, for dialysis or chemotherapy as a rule (classification 3 or 4)."""
    return count(IN_ACUTE_BED & started_within(YEAR) & attribute("patient_classification").is_in(REGULAR))


def self_discharges_365() -> nw.Expr:
    """Spells begun in 365 days that the patient, a relative or an advocate ended (discharge method 2, 6 or 7)."""
    return count(IN_ACUTE_BED & started_within(YEAR) & attribute("discharge_method").is_in(SELF_DISCHARGE))


def discharged_to_care_home_365() -> nw.Expr:
    """Spells begun in 365 days that ended with a move to a care home (discharge destination 54, 65 or 85)."""
    return count(IN_ACUTE_BED & started_within(YEAR) & attribute("discharge_destination").is_in(CARE_HOMES))


def delayed_discharges_365() -> nw.Expr:
    """Times in 365 days that somebody ready to leave a hospital bed stayed in it."""
    return count(of_type(*DELAY) & started_within(YEAR))


def delayed_days_365() -> nw.Expr:
    """Days in the last 365 between being ready to leave a hospital bed and leaving it, or the index date."""
    return amount(nights_within(YEAR), of_type(*DELAY))


def delayed_days_social_care_365() -> nw.Expr:
    """Days of `delayed_days_365` attributed to social care, alone or with the NHS. The acute feed attributes none."""
    return amount(nights_within(YEAR), of_type(*DELAY) & attribute("delay_attribution").is_in(BY_SOCIAL_CARE))


def mental_health_spells_730() -> nw.Expr:
    """Spells in a mental health bed begun in the last 730 days."""
    return count(of_type("mental_health_spell") & nw.col("kept") & started_within(LONGEST))


def mental_health_bed_days_365() -> nw.Expr:
    """Nights in a mental health bed in the last 365 days; a spell without an end counts so far."""
    return amount(nights_within(YEAR), of_type("mental_health_spell"))


def on_mental_health_ward() -> nw.Expr:
    """Whether a spell in a mental health bed is open on the index date."""
    return some(of_type("mental_health_spell") & nw.col("open"))


def readmissions_by_day(events: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One row per person and day of the last year on which an emergency admission came within 30 days of a discharge."""
    spells = events.filter(IN_ACUTE_BED)
    came = spells.filter(_emergency()).select("pseudonym", came="days_since_start")
    left = spells.filter(~nw.col("open")).select("pseudonym", left="days_since_end")
    after = nw.col("left") - nw.col("came")
    pairs = came.join(left, on="pseudonym", how="inner").filter((after >= 1) & (after <= READMITTED_WITHIN))
    return pairs.group_by("pseudonym", "came").agg(discharges=nw.len())


def readmissions_365() -> nw.Expr:
    """Days in the last 365 on which an emergency admission began 1 to 30 days after an acute hospital spell had ended."""
    return count(nw.col("discharges") > 0)


# Whose stays they are: the group of features, and the feeds.
OF_SERVICES: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {
    EMERGENCY: ("emergency_inpatient", ("sus_apc",)),
    BEDS: ("time in hospital", ("sus_apc",)),
    DELAY: ("delayed discharge", ("mhsds", "sus_apc")),
    WARD: ("mental_health", ("mhsds",)),
}


def _stay(
    function: Callable[[], nw.Expr],
    services: tuple[str, ...],
    *needs: str,
    frame: Frame = "stay",
    kind: Kind = "whole",
    empty: Value = 0,
    unit: str = "nights",
) -> Feature:
    group, feeds = OF_SERVICES[services]
    return described(
        function, kind=kind, frame=frame, group=group, feeds=feeds, services=services, needs=needs, empty=empty, unit=unit
    )


STAYS: list[Feature] = [
    _stay(emergency_bed_days_365, EMERGENCY),
    _stay(bed_days_90, BEDS),
    _stay(bed_days_365, BEDS),
    _stay(in_hospital, BEDS, kind="flag", empty=False, unit=""),
    _stay(days_since_discharge, BEDS, empty=NEVER, unit="days"),
    _stay(short_stay_emergency_365, EMERGENCY, unit="admissions"),
    _stay(long_stay_emergency_365, EMERGENCY, unit="admissions"),
    _stay(admissions_from_ae_365, EMERGENCY, "admission_method", unit="admissions"),
    _stay(readmissions_365, EMERGENCY, frame="readmission", unit="days"),
    _stay(day_cases_365, BEDS, "patient_classification", unit="spells"),
    _stay(regular_attendances_365, BEDS, "patient_classification", unit="spells"),
    _stay(self_discharges_365, BEDS, "discharge_method", unit="spells"),
    _stay(discharged_to_care_home_365, BEDS, "discharge_destination", unit="spells"),
    _stay(delayed_discharges_365, DELAY, unit="delays"),
    _stay(delayed_days_365, DELAY, unit="days"),
    _stay(delayed_days_social_care_365, DELAY, "delay_attribution", unit="days"),
    _stay(mental_health_spells_730, WARD, unit="spells"),
    _stay(mental_health_bed_days_365, WARD),
    _stay(on_mental_health_ward, WARD, kind="flag", empty=False, unit=""),
]
