"""A person's features in plain words, one phrase per group of features. None where there is nothing to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stratify.features.long_term import OWN_COLUMN
from stratify.features.recency import NEVER
from stratify.models import wording_situation as situation
from stratify.words import WORDS, plural

Row = Mapping[str, Any]
Wording = Callable[[Row], str | None]

# From here a deprivation decile is worth naming as deprivation.
DEPRIVED_TO = 3


def age(row: Row) -> str | None:
    """`aged 80 to 84`."""
    if row.get("age") is None:
        return None
    low = int(row["age"] // 5) * 5
    return "aged 90 or over" if low >= 90 else f"aged {low} to {low + 4}"


def sex(row: Row) -> str | None:
    """`female` or `male`."""
    return None if row.get("female") is None else ("female" if row["female"] else "male")


def deprivation(row: Row) -> str | None:
    """`lives in a deprived area (decile 2)`."""
    decile = row.get("deprivation_decile")
    return f"lives in a deprived area (decile {decile})" if decile is not None and decile <= DEPRIVED_TO else None


def use_of(service: str) -> Wording:
    """`3 emergency admissions in 12 months, the last 20 days ago`; over two years where there was none in one."""

    def wording(row: Row) -> str | None:
        year, two_years = row.get(f"{service}_365") or 0, row.get(f"{service}_730") or 0
        if not two_years:
            return None
        said = f"{plural(year or two_years, WORDS[service])} in {'12 months' if year else 'two years'}"
        days = row.get(f"days_since_last_{service}")
        return said if days is None or days >= NEVER else f"{said}, the last {plural(days, ('day', 'days'))} ago"

    return wording


def primary_care(row: Row) -> str | None:
    """`12 GP appointments in 12 months`, or the practice's own count of consultations."""
    consultations = row.get("consultations_12m") or 0
    said = plural(consultations, ("GP consultation", "GP consultations")) + " in 12 months" if consultations else None
    return use_of("primary_care")(row) or said


def time_in_hospital(row: Row) -> str | None:
    """`23 nights in hospital in 12 months, in hospital now`."""
    nights = row.get("bed_days_365") or 0
    parts = [f"{plural(nights, ('night', 'nights'))} in hospital in 12 months"] if nights else []
    return ", ".join([*parts, "in hospital now"] if row.get("in_hospital") else parts) or None


def delayed_discharge(row: Row) -> str | None:
    """`9 days of delayed discharge in 12 months`."""
    days = row.get("delayed_days_365") or 0
    return f"{plural(days, ('day', 'days'))} of delayed discharge in 12 months" if days else None


def social_care(row: Row) -> str | None:
    """`in a care home`, or `care package open, 14 units a week`, or reablement, or contacts with the council."""
    if row.get("care_home"):
        return "in a care home"
    if row.get("care_package_open"):
        units = row.get("home_care_weekly_units") or 0
        return f"care package open, {units:g} units a week" if units else "care package open"
    return "reablement in 12 months" if row.get("reablement_365") else use_of("social_care")(row)


def carer(row: Row) -> str | None:
    """`is an unpaid carer`, `has an unpaid carer`."""
    if row.get("is_carer"):
        return "is an unpaid carer"
    return "has an unpaid carer" if row.get("has_carer") else None


def long_term_conditions(row: Row) -> str | None:
    """`4 long-term conditions, COPD and heart failure among them`; `palliative care register` first of all."""
    named = [condition for condition, column in OWN_COLUMN.items() if row.get(column)]
    count = row.get("long_term_conditions") or 0
    parts = ["on the palliative care register"] if row.get("palliative_care") else []
    if count:
        among = f" ({', '.join(named)})" if named else ""
        parts.append(plural(count, ("long-term condition", "long-term conditions")) + among)
    return "; ".join(parts) or None


def medicines(row: Row) -> str | None:
    """`12 medicines on repeat`."""
    count = row.get("repeat_medicines") or 0
    return f"{plural(count, ('medicine', 'medicines'))} on repeat" if count else None


def frailty(row: Row) -> str | None:
    """`electronic frailty index 0.31; hospital frailty points 12.3`."""
    index, points = row.get("efi_score"), row.get("hospital_frailty_risk")
    parts = [f"electronic frailty index {index:.2f}"] if index else []
    return "; ".join([*parts, f"hospital frailty points {points:.1f}"] if points else parts) or None


# Group of features (`Feature.group`): its words.
WORDINGS: dict[str, Wording] = {
    "age": age,
    "sex": sex,
    "deprivation": deprivation,
    **{service: use_of(service) for service in WORDS},
    "primary_care": primary_care,
    "social_care": social_care,
    "time in hospital": time_in_hospital,
    "delayed discharge": delayed_discharge,
    "carer": carer,
    "long-term conditions": long_term_conditions,
    "medicines": medicines,
    "frailty": frailty,
    "diagnoses": situation.illnesses,
    "living situation": situation.home,
    "reablement": situation.reablement,
    "falls": situation.falls,
    "several services": situation.several_services,
    "lifestyle": situation.lifestyle,
    "registration": situation.registration,
    "feeds": situation.feeds,
}
