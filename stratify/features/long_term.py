"""What the practice knows: the latest GP snapshot before the index date. Null where there is none in 400 days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import narwhals as nw

from stratify.admissions import attribute
from stratify.features.feature import Feature, Kind, described

# A practice's extract older than this says too little about today.
SNAPSHOT_MAX_AGE_DAYS = 400

# Quality and Outcomes Framework registers: our word for the condition, and the names under which extracts carry it
# (the framework's short code and the words, compared in lower case).
REGISTERS: dict[str, tuple[str, ...]] = {
    "asthma": ("ast", "asthma"),
    "atrial fibrillation": ("af", "atrial fibrillation", "atrial_fibrillation"),
    "cancer": ("can", "cancer"),
    "coronary heart disease": ("chd", "coronary heart disease", "coronary_heart_disease"),
    "chronic kidney disease": ("ckd", "chronic kidney disease", "chronic_kidney_disease"),
    "COPD": ("copd",),
    "dementia": ("dem", "dementia"),
    "depression": ("dep", "depression"),
    "diabetes": ("dm", "diabetes"),
    "epilepsy": ("ep", "epilepsy"),
    "heart failure": ("hf", "heart failure", "heart_failure"),
    "hypertension": ("hyp", "hypertension"),
    "learning disability": ("ld", "learning disability", "learning_disability"),
    "osteoporosis": ("ost", "osteoporosis"),
    "peripheral arterial disease": ("pad", "peripheral arterial disease", "peripheral_arterial_disease"),
    "rheumatoid arthritis": ("ra", "rheumatoid arthritis", "rheumatoid_arthritis"),
    "serious mental illness": ("mh", "smi", "serious mental illness", "serious_mental_illness"),
    "stroke or TIA": ("stia", "stroke", "stroke/tia", "stroke_tia"),
}
PALLIATIVE_CARE = ("pc", "palliative care", "palliative_care")

SNAPSHOT = ("gp_snapshot",)


def latest_snapshot(activity: nw.LazyFrame[Any], as_at: dt.date) -> nw.LazyFrame[Any]:
    """Each person's GP snapshot rows of the last date before `as_at` (two where two practices sent one that day)."""
    start = nw.col("start_date")
    oldest = as_at - dt.timedelta(days=SNAPSHOT_MAX_AGE_DAYS)
    snapshots = activity.filter((nw.col("activity_type") == "gp_snapshot") & (start < as_at) & (start >= oldest))
    latest = snapshots.group_by("pseudonym").agg(start_date=start.max())
    rows = snapshots.join(latest, on=["pseudonym", "start_date"])
    return rows.with_columns(registers=nw.col("codes").cast(nw.String).str.to_lowercase())


def on_register(names: tuple[str, ...]) -> nw.Expr:
    """Whether a snapshot lists a register under one of its names: the whole name, not a part of it."""
    return nw.col("registers").str.contains(r"[\[ ](" + "|".join(names) + r")[,\]]")


def long_term_conditions() -> nw.Expr:
    """Long-term conditions of 18 on which the practice keeps a register (not obesity, hyperglycaemia, palliative care)."""
    flags = [on_register(names).cast(nw.Int64) for names in REGISTERS.values()]
    return nw.sum_horizontal(*flags).max()


def repeat_medicines() -> nw.Expr:
    """Medicines on repeat prescription."""
    return attribute("repeat_medicines").max()


def consultations_12m() -> nw.Expr:
    """Consultations in 12 months, as the GP system counts them."""
    return attribute("consultations_12m").max()


def efi_score() -> nw.Expr:
    """Electronic frailty index as the GP system gives it, 0 to 1."""
    return attribute("efi_score").max()


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


# Conditions with a column of their own: those most telling for unplanned admission.
OWN_COLUMN = {
    "chronic kidney disease": "chronic_kidney_disease",
    "COPD": "copd",
    "dementia": "dementia",
    "diabetes": "diabetes",
    "heart failure": "heart_failure",
    "serious mental illness": "serious_mental_illness",
}


def _feature(function: Callable[[], nw.Expr], kind: Kind, group: str, unit: str = "") -> Feature:
    return described(function, kind=kind, frame="snapshot", group=group, feeds=("gp",), services=SNAPSHOT, unit=unit)


LONG_TERM: list[Feature] = [
    _feature(long_term_conditions, "whole", "long-term conditions", "conditions"),
    *(register_of(condition, name) for condition, name in OWN_COLUMN.items()),
    _feature(palliative_care, "flag", "long-term conditions"),
    _feature(repeat_medicines, "whole", "medicines", "medicines"),
    _feature(consultations_12m, "whole", "primary_care", "consultations"),
    _feature(efi_score, "number", "frailty"),
]
