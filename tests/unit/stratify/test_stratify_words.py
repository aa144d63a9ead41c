"""Plain words for reasons, and the generated page of all words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stratify.features import FEATURES
from stratify.models.wording import WORDINGS
from stratify.reference_page import reference_page
from stratify.scores import SCORES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "features.md"


@pytest.mark.parametrize(
    ("group", "row", "words"),
    [
        ("age", {"age": 82.5}, "aged 80 to 84"),
        ("age", {"age": 92.5}, "aged 90 or over"),
        ("sex", {"female": True}, "female"),
        ("sex", {"female": False}, "male"),
        ("deprivation", {"deprivation_decile": 2}, "lives in a deprived area (decile 2)"),
        ("deprivation", {"deprivation_decile": 8}, None),
        (
            "emergency_inpatient",
            {"emergency_inpatient_365": 3, "emergency_inpatient_730": 4, "days_since_last_emergency_inpatient": 20},
            "3 emergency admissions in 12 months, the last 20 days ago",
        ),
        (
            "emergency_inpatient",
            {"emergency_inpatient_365": 0, "emergency_inpatient_730": 1, "days_since_last_emergency_inpatient": 400},
            "1 emergency admission in two years, the last 400 days ago",
        ),
        ("emergency_inpatient", {"emergency_inpatient_365": 0, "emergency_inpatient_730": 0}, None),
        ("mental_health", {"mental_health_365": 5, "mental_health_730": 9}, "5 mental health contacts in 12 months"),
        ("primary_care", {"primary_care_365": 1, "primary_care_730": 1}, "1 GP appointment in 12 months"),
        ("primary_care", {"consultations_12m": 14}, "14 GP consultations in 12 months"),
        ("time in hospital", {"bed_days_365": 1, "in_hospital": True}, "1 night in hospital in 12 months, in hospital now"),
        ("time in hospital", {"bed_days_365": 0, "in_hospital": True}, "in hospital now"),
        ("delayed discharge", {"delayed_days_365": 9}, "9 days of delayed discharge in 12 months"),
        ("social_care", {"care_home": True, "care_package_open": True}, "in a care home"),
        ("social_care", {"care_package_open": True, "home_care_weekly_units": 10.5}, "care package open, 10.5 units a week"),
        ("social_care", {"care_package_open": True, "home_care_weekly_units": 0.0}, "care package open"),
        ("social_care", {"reablement_365": 1}, "reablement in 12 months"),
        ("social_care", {"social_care_365": 2, "social_care_730": 2}, "2 social care events in 12 months"),
        ("carer", {"is_carer": True, "has_carer": True}, "is an unpaid carer"),
        ("carer", {"has_carer": True}, "has an unpaid carer"),
        (
            "long-term conditions",
            {"long_term_conditions": 4, "copd": True, "heart_failure": True, "palliative_care": True},
            "on the palliative care register; 4 long-term conditions (COPD, heart failure)",
        ),
        ("long-term conditions", {"long_term_conditions": 1}, "1 long-term condition"),
        ("medicines", {"repeat_medicines": 12}, "12 medicines on repeat"),
        (
            "frailty",
            {"efi_score": 0.314, "hospital_frailty_risk": 12.3},
            "electronic frailty index 0.31; hospital frailty points 12.3",
        ),
        ("diagnoses", {"charlson_index": 5}, "Charlson comorbidity index 5"),
        ("diagnoses", {"sepsis_730": True, "cancer_730": True}, "in hospital within two years with sepsis, cancer"),
        ("diagnoses", {"delirium_730": True}, None),
        ("living situation", {"rents_home": True, "no_settled_home": True}, "no settled home"),
        ("living situation", {"nursing_care": True, "care_home": True}, "in a nursing home"),
        ("reablement", {"reablement_open": True, "reablement_365": 1}, "reablement now"),
        ("reablement", {"reablement_365": 1}, "reablement in 12 months"),
        ("falls", {"fall_730": True}, "in hospital with a fall within two years"),
        ("falls", {"fall_730": True, "hip_fracture_730": True}, "broken hip within two years"),
        ("several services", {"services_used_365": 6}, "6 of 8 services used in 12 months"),
        ("several services", {"services_used_365": 1}, None),
        ("lifestyle", {"smoker": True, "underweight": True}, "smokes; underweight"),
        ("registration", {"years_registered": 0.9}, "new to the practice"),
        ("registration", {"years_registered": 1.0}, None),
        ("feeds", {"missing_gp": True, "missing_cld": False}, "no current GP data"),
        ("feeds", {"missing_gp": True, "missing_cld": True}, "no current data of 2 feeds"),
    ],
)
def test_words(group: str, row: dict[str, Any], words: str | None) -> None:
    assert WORDINGS[group](row) == words


@pytest.mark.parametrize("group", WORDINGS)
def test_nothing_known_gives_no_words(group: str) -> None:
    assert WORDINGS[group](dict.fromkeys(feature.name for feature in FEATURES)) is None
    assert WORDINGS[group]({}) is None


def test_the_page_names_every_feature_and_score() -> None:
    page = reference_page()
    assert all(f"`{item.name}`" in page for item in (*FEATURES, *SCORES))


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "make docs writes it"
