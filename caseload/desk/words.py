"""Events, services and indices in words for a professional. Codes are the NHS Data Dictionary's."""

from __future__ import annotations

from caseload.desk.night import Row
from schemas.code_lists import load

ACTIVITY_WORDS = {
    "accident_and_emergency": "A&E",
    "inpatient_emergency": "Emergency admission",
    "inpatient_elective": "Planned admission",
    "inpatient_other": "Other admission",
    "outpatient": "Outpatient appointment",
    "community_contact": "Community health contact",
    "mental_health_contact": "Mental health contact",
    "mental_health_spell": "Mental health ward",
    "gp_appointment": "GP appointment",
    "social_care_request": "Social care: request",
    "social_care_assessment": "Social care: assessment",
    "social_care_service": "Social care: service",
    "social_care_review": "Social care: review",
    "delayed_discharge": "Waiting to leave hospital",
}
SERVICE_WORDS = {
    "accident_and_emergency": "A&E attendances",
    "emergency_inpatient": "Emergency admissions",
    "planned_inpatient": "Planned admissions",
    "outpatient": "Outpatient appointments",
    "community": "Community health contacts",
    "mental_health": "Mental health contacts and stays",
    "primary_care": "GP appointments",
    "social_care": "Social care",
}
# EMERGENCY CARE DEPARTMENT TYPE; CONSULTATION MEDIUM USED. GP extracts give the medium in words.
DEPARTMENTS = {
    "01": "major department", "02": "single-specialty department", "03": "urgent treatment centre or minor injuries",
    "04": "walk-in centre", "05": "same day emergency care",
}  # fmt: skip
MEDIA = {"01": "face to face", "02": "by telephone", "03": "by video", "11": "by video"}
HAPPENED = ("5", "6")  # ATTENDED OR DID NOT ATTEND: seen, seen late

# Of a DeskPerson: what it is, its value, its band, and what the value counts.
INDICES = (
    ("Electronic frailty index", "frailty_index", "frailty_index_band", ""),
    ("Hospital Frailty Risk Score", "hospital_frailty", "hospital_frailty_band", "points"),
    ("Charlson comorbidity index", "charlson", None, ""),
    ("Cambridge multimorbidity score", "cambridge", None, ""),
    ("Long-term conditions", "long_term_conditions", None, ""),
    ("Medicines on repeat", "repeat_medicines", "polypharmacy_band", ""),
    ("Services used in 12 months", "services_used", None, "of 8"),
    ("Population segment", None, "segment", ""),
)


def happened(row: Row) -> bool:
    """Whether an appointment took place; an event that is no appointment did."""
    return row["attended"] is None or row["attended"] in HAPPENED


def event_in_words(row: Row) -> str:
    """What an event was, beyond its kind, provider and dates; empty where the feed says no more."""
    parts = [
        DEPARTMENTS.get(row["department_type"] or ""),
        _code("admission_method", row["admission_method"]),
        f"specialty {row['treatment_function']}" if row["treatment_function"] else None,
        f"team type {row['team_type']}" if row["team_type"] else None,
        row["service_type"],
        row["service_component"],
        f"{row['weekly_units']:g} a week" if row["weekly_units"] else None,
        MEDIA.get(row["contact_medium"] or "", row["contact_medium"] if not (row["contact_medium"] or "0").isdigit() else None),
        row["event_outcome"],
        None if happened(row) else _code("attended_or_dna", row["attended"]),
    ]
    return "; ".join(part for part in parts if part)


def index_rows(person: Row) -> list[Row]:
    """The indices that are known of a person, each with its name, value and band."""
    found = []
    for name, value, band, unit in INDICES:
        number, word = person[value] if value else None, person[band] if band else None
        if number is not None or word is not None:
            found.append({"name": name, "value": _number(number, unit), "band": word or ""})
    return found


def _number(number: float | None, unit: str) -> str:
    return "" if number is None else f"{number:.3g} {unit}".strip()


def _code(listed: str, code: str | None) -> str | None:
    """What a code of one of the project's code lists means; None where there is none, or it is not in the list."""
    return load(listed).codes.get(code) if code else None


DEPARTURES_SHOWN = 50  # of those who left a list since the last night
