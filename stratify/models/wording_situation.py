"""Words of what a person's features say beside her use of services: where she lives, what the practice notes, what feeds lack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]

# Feature of `living situation`: its words. The first that holds is told.
HOMES = {
    "nursing_care": "in a nursing home",
    "care_home": "in a care home",
    "lives_in_care_home": "in a care home",
    "no_settled_home": "no settled home",
    "lives_in_supported_housing": "lives in supported housing",
    "lives_with_family": "lives with family or friends",
    "rents_home": "lives in a rented home",
    "lives_in_own_home": "lives in a home of her or his own",
}

# Diagnoses of ended hospital spells of two years, in words. Delirium is told apart, with mental health.
ILLNESSES = {
    "sepsis_730": "sepsis",
    "pneumonia_730": "pneumonia",
    "kidney_failure_730": "kidney failure",
    "urinary_infection_730": "an infection of the urinary tract",
    "cancer_730": "cancer",
    "circulatory_730": "a disease of the heart or circulation",
    "respiratory_730": "a disease of the lungs or airways",
}
MOST_ILLNESSES = 3

FEED_WORDS = {
    "missing_ecds": "A&E",
    "missing_sus_apc": "hospital",
    "missing_sus_op": "outpatient",
    "missing_csds": "community health",
    "missing_mhsds": "mental health",
    "missing_gp": "GP",
    "missing_cld": "council social care",
}

NEW_TO_PRACTICE_YEARS = 1


def home(row: Row) -> str | None:
    """`in a care home`, `lives in supported housing`, `no settled home`."""
    return next((words for name, words in HOMES.items() if row.get(name)), None)


def illnesses(row: Row) -> str | None:
    """`Charlson comorbidity index 5; in hospital within two years with sepsis, pneumonia`."""
    weight = row.get("charlson_index") or 0
    parts = [f"Charlson comorbidity index {weight}"] if weight else []
    found = [words for name, words in ILLNESSES.items() if row.get(name)][:MOST_ILLNESSES]
    return "; ".join([*parts, f"in hospital within two years with {', '.join(found)}"] if found else parts) or None


def falls(row: Row) -> str | None:
    """`broken hip within two years`, `in hospital with a fall within two years`."""
    if row.get("hip_fracture_730"):
        return "broken hip within two years"
    return "in hospital with a fall within two years" if row.get("fall_730") else None


def reablement(row: Row) -> str | None:
    """`reablement now`, `reablement in 12 months`."""
    if row.get("reablement_open"):
        return "reablement now"
    return "reablement in 12 months" if row.get("reablement_365") else None


def several_services(row: Row) -> str | None:
    """`6 of 8 services used in 12 months`."""
    used = row.get("services_used_365") or 0
    return f"{used} of 8 services used in 12 months" if used > 1 else None


def lifestyle(row: Row) -> str | None:
    """`smokes; underweight`, as the practice notes it."""
    said = {"smoker": "smokes", "underweight": "underweight", "obese": "obese"}
    return "; ".join(words for name, words in said.items() if row.get(name)) or None


def registration(row: Row) -> str | None:
    """`new to the practice` in the first year."""
    years = row.get("years_registered")
    return "new to the practice" if years is not None and years < NEW_TO_PRACTICE_YEARS else None


def feeds(row: Row) -> str | None:
    """`no current GP data`, `no current data of 3 feeds`."""
    lacking = [words for name, words in FEED_WORDS.items() if row.get(name)]
    if not lacking:
        return None
    return f"no current {lacking[0]} data" if len(lacking) == 1 else f"no current data of {len(lacking)} feeds"
