"""A person's features in plain words, one phrase per group of features. None where there is nothing to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stratify.features.long_term import OWN_COLUMN
from stratify.features.recency import NEVER
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


def diagnoses(row: Row) -> str | None:
    """`Charlson comorbidity index 5`."""
    weight = row.get("charlson_index") or 0
    return f"Charlson comorbidity index {weight}" if weight else None


def registration(row: Row) -> str | None:
    """`registered with the practice for less than a year`; longer is nothing to tell."""
    years = row.get("years_registered")
    return "registered for less than a year" if years is not None and years < 1 else None


def several_services(row: Row) -> str | None:
    """`6 services used in 12 months, from 4 organisations`."""
    used, providers = row.get("services_used_365") or 0, row.get("providers_365") or 0
    if not used:
        return None
    of = f", from {plural(providers, ('organisation', 'organisations'))}" if providers > 1 else ""
    return f"{plural(used, ('service', 'services'))} used in 12 months{of}"


def reablement(row: Row) -> str | None:
    """`reablement now`, `reablement in 12 months`."""
    if row.get("reablement_open"):
        return "reablement now"
    return "reablement in 12 months" if row.get("reablement_365") else None


LIVES = {
    "care_home": "in a care home",
    "lives_in_care_home": "in a care home",
    "no_settled_home": "no settled home",
    "lives_in_supported_housing": "lives in sheltered or supported housing",
    "lives_with_family": "lives with family or friends",
    "rents_home": "lives in a rented home",
    "lives_in_own_home": "lives in a home of her own or his own",
}


def living_situation(row: Row) -> str | None:
    """`in a care home`, `lives in a rented home`."""
    return next((words for name, words in LIVES.items() if row.get(name)), None)


def lifestyle(row: Row) -> str | None:
    """`smokes; body mass index 34`: the index only where it is low or high."""
    parts = ["smokes"] if row.get("smoker") else []
    if row.get("underweight") or row.get("obese"):
        parts.append(f"body mass index {row['bmi']:.0f}")
    return "; ".join(parts) or None


def falls(row: Row) -> str | None:
    """`in hospital with a hip fracture in two years`, `in hospital with a fall in two years`."""
    if row.get("hip_fracture_730"):
        return "in hospital with a hip fracture in two years"
    return "in hospital with a fall in two years" if row.get("fall_730") else None


# Group of features (`Feature.group`): its words.
WORDINGS: dict[str, Wording] = {
    "age": age,
    "sex": sex,
    "deprivation": deprivation,
    "registration": registration,
    **{service: use_of(service) for service in WORDS},
    "primary_care": primary_care,
    "social_care": social_care,
    "time in hospital": time_in_hospital,
    "delayed discharge": delayed_discharge,
    "several services": several_services,
    "reablement": reablement,
    "living situation": living_situation,
    "lifestyle": lifestyle,
    "falls": falls,
    "carer": carer,
    "long-term conditions": long_term_conditions,
    "medicines": medicines,
    "frailty": frailty,
    "diagnoses": diagnoses,
}
