"""What the practice knows: the latest GP snapshot before the index date. Null where there is none in 400 days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw

from stratify.admissions import attribute
from stratify.features.feature import Feature, Kind, described
from stratify.features.lags import NO_LAGS, lag_of

# A practice's extract older than this says too little about today.
SNAPSHOT_MAX_AGE_DAYS = 400

# Quality and Outcomes Framework registers: the condition in words, and the short code the extracts bring it to
# (`qof_register` in pipelines/reference/extract_codes.csv).
REGISTERS: dict[str, str] = {
    "asthma": "AST",
    "atrial fibrillation": "AF",
    "cancer": "CAN",
    "coronary heart disease": "CHD",
    "chronic kidney disease": "CKD",
    "COPD": "COPD",
    "dementia": "DEM",
    "depression": "DEP",
    "diabetes": "DM",
    "epilepsy": "EP",
    "heart failure": "HF",
    "hypertension": "HYP",
    "learning disability": "LD",
    "osteoporosis": "OST",
    "peripheral arterial disease": "PAD",
    "rheumatoid arthritis": "RA",
    "serious mental illness": "MH",
    "stroke or TIA": "STIA",
}
PALLIATIVE_CARE = "PC"

MENTAL = ("depression", "serious mental illness")
NOT_PHYSICAL = (*MENTAL, "dementia", "learning disability")

SMOKING = ("never", "ex", "current")
UNDERWEIGHT, OBESE = 18.5, 30.0
LEAST_BMI, MOST_BMI = 10.0, 80.0

SNAPSHOT = ("gp_snapshot",)


def latest_snapshot(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int] = NO_LAGS) -> nw.LazyFrame[Any]:
    """Each person's GP snapshot rows of the last date known at `as_at` (two where two practices sent one that day)."""
    start, after = nw.col("start_date"), as_at - lag_of("gp", lags)
    oldest = as_at - dt.timedelta(days=SNAPSHOT_MAX_AGE_DAYS)
    snapshots = activity.filter((nw.col("activity_type") == "gp_snapshot") & (start < after) & (start >= oldest))
    latest = snapshots.group_by("pseudonym").agg(start_date=start.max())
    rows = snapshots.join(latest, on=["pseudonym", "start_date"])
    return rows.with_columns(age_days=(nw.lit(as_at) - start).cast(nw.Int64))


def on_register(code: str) -> nw.Expr:
    """Whether a snapshot lists a register."""
    return nw.col("codes").list.contains(code)


def long_term_conditions() -> nw.Expr:
    """Long-term conditions of 18 on which the practice keeps a register (not obesity, hyperglycaemia, palliative care)."""
    flags = [on_register(code).any().cast(nw.Int64) for code in REGISTERS.values()]
    return nw.sum_horizontal(*flags)


def repeat_medicines() -> nw.Expr:
    """Medicines on repeat prescription."""
    return attribute("repeat_medicines").max()


def consultations_12m() -> nw.Expr:
    """Consultations in 12 months, as the GP system counts them."""
    return attribute("consultations_12m").max()


def efi_score() -> nw.Expr:
    """Electronic frailty index as the GP system gives it, 0 to 1."""
    return attribute("efi_score").max()


def mental_and_physical() -> nw.Expr:
    """Whether the practice's registers list the person both for a mental condition and for another: depression and serious
    mental illness are the mental ones."""
    mental = [on_register(REGISTERS[condition]) for condition in MENTAL]
    physical = [on_register(code) for condition, code in REGISTERS.items() if condition not in NOT_PHYSICAL]
    return nw.any_horizontal(*mental, ignore_nulls=True).any() & nw.any_horizontal(*physical, ignore_nulls=True).any()


def smoker() -> nw.Expr:
    """Whether the practice notes that the person smokes; null where it notes nothing."""
    said = nw.when(attribute("smoking").is_in(SMOKING)).then((attribute("smoking") == "current").cast(nw.Int64))
    return said.max() == 1


def bmi() -> nw.Expr:
    """Body mass index, kg/m2, as the practice last noted it; outside 10 to 80 it is taken for a slip and is null."""
    return _plausible_bmi().max()


def underweight() -> nw.Expr:
    """Whether the body mass index is below 18.5 (World Health Organization)."""
    return _plausible_bmi().max() < UNDERWEIGHT


def obese() -> nw.Expr:
    """Whether the body mass index is 30 or more (World Health Organization)."""
    return _plausible_bmi().max() >= OBESE


def _plausible_bmi() -> nw.Expr:
    given = attribute("bmi")
    return nw.when((given >= LEAST_BMI) & (given <= MOST_BMI)).then(given)


def snapshot_age_days() -> nw.Expr:
    """Days from the practice's latest extract to the index date."""
    return nw.col("age_days").min()


def palliative_care() -> nw.Expr:
    """Whether the person is on the palliative care register."""
    return on_register(PALLIATIVE_CARE).any()


def register_of(condition: str, name: str) -> Feature:
    """Whether the person is on a practice's register of one condition."""
    return Feature(
        name=name,
        description=f"Whether the practice's register of {condition} lists the person.",
        kind="flag",
        frame="snapshot",
        group="long-term conditions",
        feeds=("gp",),
        expression=on_register(REGISTERS[condition]).any(),
        services=SNAPSHOT,
    )


# Each condition's column.
OWN_COLUMN = {condition: condition.lower().replace(" ", "_") for condition in REGISTERS}


def _feature(function: Callable[[], nw.Expr], kind: Kind, group: str, unit: str = "", needs: tuple[str, ...] = ()) -> Feature:
    return described(function, kind=kind, frame="snapshot", group=group, feeds=("gp",), services=SNAPSHOT, needs=needs, unit=unit)


LONG_TERM: list[Feature] = [
    _feature(long_term_conditions, "whole", "long-term conditions", "conditions"),
    *(register_of(condition, name) for condition, name in OWN_COLUMN.items()),
    _feature(mental_and_physical, "flag", "long-term conditions"),
    _feature(palliative_care, "flag", "long-term conditions"),
    _feature(snapshot_age_days, "whole", "primary_care", "days"),
    _feature(repeat_medicines, "whole", "medicines", "medicines"),
    _feature(consultations_12m, "whole", "primary_care", "consultations"),
    _feature(efi_score, "number", "frailty"),
    _feature(smoker, "flag", "lifestyle"),
    _feature(bmi, "number", "lifestyle", "kg/m2"),
    _feature(underweight, "flag", "lifestyle"),
    _feature(obese, "flag", "lifestyle"),
]
