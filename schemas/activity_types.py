"""What kinds of activity there are, which service each belongs to, and what an event may say beyond its dates."""

from __future__ import annotations

import pyarrow as pa

# The eight services of whole-system use. Every activity type belongs to exactly one, or to none (snapshots, delays).
SERVICES: dict[str, tuple[str, ...]] = {
    "accident_and_emergency": ("accident_and_emergency",),
    "emergency_inpatient": ("inpatient_emergency",),
    "planned_inpatient": ("inpatient_elective", "inpatient_other"),
    "outpatient": ("outpatient",),
    "community": ("community_contact",),
    "mental_health": ("mental_health_contact", "mental_health_spell"),
    "primary_care": ("gp_appointment",),
    "social_care": ("social_care_request", "social_care_assessment", "social_care_service", "social_care_review"),
}

# Not use of a service in themselves: a practice's register entry at a date, and days waiting to leave a bed.
OTHER_ACTIVITY_TYPES = ("gp_snapshot", "delayed_discharge")

# The five sectors that commission and lead care, and their services: the ground of every combination of services.
SECTORS: dict[str, tuple[str, ...]] = {
    "acute": ("accident_and_emergency", "emergency_inpatient", "planned_inpatient", "outpatient"),
    "community": ("community",),
    "mental_health": ("mental_health",),
    "primary_care": ("primary_care",),
    "social_care": ("social_care",),
}

ACTIVITY_TYPES = frozenset(kind for kinds in SERVICES.values() for kind in kinds) | frozenset(OTHER_ACTIVITY_TYPES)

# cost_source, first choice first: what the row itself said, the area's own unit cost, a national average.
COST_ORDER = ("client_level_unit_cost", "sus_final_price", "site_file", "reference_cost")
COST_SOURCES = frozenset(COST_ORDER)

# The only things an event may carry across the wall beside dates, provider, codes and cost. No free text, no local
# identifier: a new key is added here, by name, or it does not travel.
ACTIVITY_ATTRIBUTES = pa.struct(
    [
        ("admission_method", pa.string()),          # ADMISSION METHOD CODE
        ("admission_source", pa.string()),          # SOURCE OF ADMISSION CODE
        ("patient_classification", pa.string()),    # PATIENT CLASSIFICATION CODE
        ("discharge_method", pa.string()),          # DISCHARGE METHOD CODE
        ("discharge_destination", pa.string()),     # DISCHARGE DESTINATION CODE
        ("ready_date", pa.date32()),                # DISCHARGE READY DATE
        ("procedures", pa.string()),                # OPCS-4 codes joined by |, as acsc_icd10.csv's exclusions need
        ("treatment_function", pa.string()),        # TREATMENT FUNCTION CODE
        ("attended", pa.string()),                  # ATTENDED OR DID NOT ATTEND CODE / ATTENDANCE STATUS
        ("first_attendance", pa.string()),          # FIRST ATTENDANCE CODE
        ("department_type", pa.string()),           # EMERGENCY CARE DEPARTMENT TYPE
        ("attendance_category", pa.string()),       # EMERGENCY CARE ATTENDANCE CATEGORY
        ("contact_medium", pa.string()),            # CONSULTATION MEDIUM / MECHANISM
        ("team_type", pa.string()),                 # SERVICE OR TEAM TYPE REFERRED TO
        ("client_type", pa.string()),               # CLD Client_Type
        ("service_type", pa.string()),              # CLD Service_Type (Release 2 wording)
        ("service_component", pa.string()),         # CLD Service_Component
        ("delivery_mechanism", pa.string()),        # CLD Delivery_Mechanism
        ("primary_support_reason", pa.string()),    # CLD Primary_Support_Reason
        ("accommodation_status", pa.string()),      # CLD Accommodation_Status
        ("has_unpaid_carer", pa.string()),          # CLD Has_Unpaid_Carer
        ("event_outcome", pa.string()),             # CLD Event_Outcome
        ("weekly_units", pa.float64()),             # CLD Planned_units_per_week
        ("weekly_cost_pence", pa.int64()),          # CLD unit cost as a weekly figure, at price year
        ("delay_attribution", pa.string()),         # NHS, SOCIAL_CARE, BOTH, UNKNOWN
        ("delay_reason", pa.string()),              # MHS518 ClinReadyforDischDelayReason
        ("consultations_12m", pa.int64()),          # GP extract
        ("repeat_medicines", pa.int64()),           # GP extract
        ("efi_score", pa.float64()),                # GP extract: electronic frailty index as the GP system gives it
        ("smoking", pa.string()),                   # GP extract
        ("bmi", pa.float64()),                      # GP extract
    ]
)  # fmt: skip
