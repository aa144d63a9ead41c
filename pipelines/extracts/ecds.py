"""Emergency Care Data Set (CDS 011): one row per attendance. Data Dictionary items as column names."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.events import activity
from pipelines.extracts.layout import (
    EVENT,
    LOCAL_ID,
    Extract,
    TableLayout,
    Tables,
    clinical,
    code,
    codes,
    date,
    money,
    nhs_number,
    postcode,
    text,
    time,
)
from pipelines.extracts.people import latest, latest_values

DIAGNOSES = tuple(f"EMERGENCY_CARE_DIAGNOSIS_{n:02}" for n in range(1, 13))

ATTENDANCES = TableLayout(
    name="ecds",
    title="Attendances: one row per emergency care attendance",
    person_key=(("PROVIDER_CODE", "LOCAL_PATIENT_IDENTIFIER"),),
    any_of=("NHS_NUMBER", "LOCAL_PATIENT_IDENTIFIER"),
    event_key=(
        ("PROVIDER_CODE", "UNIQUE_ATTENDANCE_IDENTIFIER"),
        ("PROVIDER_CODE", LOCAL_ID, "ARRIVAL_DATE", "ARRIVAL_TIME"),
        ("PROVIDER_CODE", LOCAL_ID, "ARRIVAL_DATE"),
    ),
    lists={"DIAGNOSES": (*DIAGNOSES, "DIAGNOSIS_ALL")},
    fields=(
        nhs_number("NHS_NUMBER", person="nhs_number"),
        code("NHS_NUMBER_STATUS_INDICATOR_CODE", "NHS NUMBER STATUS INDICATOR CODE", codes="nhs_number_status",
             person="nhs_number_status", aliases=("NHS_NUMBER_STATUS",)),
        text("LOCAL_PATIENT_IDENTIFIER", "LOCAL PATIENT IDENTIFIER"),
        date("PERSON_BIRTH_DATE", "PERSON BIRTH DATE", person="date_of_birth"),
        code("PERSON_STATED_GENDER_CODE", "PERSON STATED GENDER CODE", codes="gender", person="gender"),
        code("ETHNIC_CATEGORY", "ETHNIC CATEGORY", codes="ethnic_category", person="ethnic_category"),
        postcode("POSTCODE_OF_USUAL_ADDRESS", "POSTCODE OF USUAL ADDRESS", person="postcode"),
        code("LSOA", "lower layer super output area of the address", person="lsoa_code"),
        code("GENERAL_MEDICAL_PRACTICE_CODE", "GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION)",
             person="gp_practice_code", aliases=("GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION)",)),
        code("PROVIDER_CODE", "ORGANISATION IDENTIFIER (CODE OF PROVIDER)",
             aliases=("ORGANISATION IDENTIFIER (CODE OF PROVIDER)", "ORGANISATION CODE (CODE OF PROVIDER)")),
        text("UNIQUE_ATTENDANCE_IDENTIFIER", "unique attendance identifier",
             aliases=("EMERGENCY CARE ATTENDANCE IDENTIFIER",)),
        date("ARRIVAL_DATE", "EMERGENCY CARE ARRIVAL DATE", required=True, aliases=("EMERGENCY CARE ARRIVAL DATE",)),
        time("ARRIVAL_TIME", "EMERGENCY CARE ARRIVAL TIME", aliases=("EMERGENCY CARE ARRIVAL TIME",)),
        code("ATTENDANCE_CATEGORY", "EMERGENCY CARE ATTENDANCE CATEGORY: 1 first and unplanned",
             codes="emergency_care_attendance_category", aliases=("EMERGENCY CARE ATTENDANCE CATEGORY",)),
        code("DEPARTMENT_TYPE", "EMERGENCY CARE DEPARTMENT TYPE: 01 major", codes="emergency_care_department_type",
             aliases=("EMERGENCY CARE DEPARTMENT TYPE",)),
        clinical("ARRIVAL_MODE", "EMERGENCY CARE ARRIVAL MODE, SNOMED CT",
                 aliases=("EMERGENCY CARE ARRIVAL MODE",), carried=False),
        clinical("ATTENDANCE_SOURCE", "EMERGENCY CARE ATTENDANCE SOURCE, SNOMED CT",
                 aliases=("EMERGENCY CARE ATTENDANCE SOURCE",), carried=False),
        clinical("CHIEF_COMPLAINT", "EMERGENCY CARE CHIEF COMPLAINT, SNOMED CT",
                 aliases=("EMERGENCY CARE CHIEF COMPLAINT",), carried=False),
        clinical("ACUITY", "EMERGENCY CARE ACUITY, SNOMED CT", aliases=("EMERGENCY CARE ACUITY",), carried=False),
        *(clinical(name, "EMERGENCY CARE DIAGNOSIS, SNOMED CT") for name in DIAGNOSES),
        codes("DIAGNOSIS_ALL", "all diagnoses in one text, where the file has no EMERGENCY_CARE_DIAGNOSIS_01"),
        clinical("DISCHARGE_STATUS", "EMERGENCY CARE DISCHARGE STATUS, SNOMED CT",
                 aliases=("EMERGENCY CARE DISCHARGE STATUS",), carried=False),
        clinical("DISCHARGE_DESTINATION", "EMERGENCY CARE DISCHARGE DESTINATION, SNOMED CT",
                 aliases=("EMERGENCY CARE DISCHARGE DESTINATION",), carried=False),
        clinical("DISCHARGE_FOLLOW_UP", "EMERGENCY CARE DISCHARGE FOLLOW UP, SNOMED CT",
                 aliases=("EMERGENCY CARE DISCHARGE FOLLOW UP",), carried=False),
        date("DEPARTURE_DATE", "EMERGENCY CARE DEPARTURE DATE", aliases=("EMERGENCY CARE DEPARTURE DATE",)),
        time("DEPARTURE_TIME", "EMERGENCY CARE DEPARTURE TIME", aliases=("EMERGENCY CARE DEPARTURE TIME",), carried=False),
        date("DECISION_TO_ADMIT_DATE", "DECISION TO ADMIT DATE", carried=False),
        time("DECISION_TO_ADMIT_TIME", "DECISION TO ADMIT TIME", carried=False),
        clinical("ACCOMMODATION_STATUS", "ACCOMMODATION STATUS, SNOMED CT", carried=False),
        code("HEALTHCARE_RESOURCE_GROUP", "healthcare resource group, VBnnZ", aliases=("HRG",), carried=False),
        money("FINAL_PRICE", "price of the attendance in pounds"),
    ),
)  # fmt: skip


def to_person_records(tables: Tables) -> nw.LazyFrame[Any] | None:
    """People as the attendances know them."""
    return latest_values(tables["ecds"], ATTENDANCES)


def to_activity(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Attendances of every category; features decide which of them count."""
    return activity(
        latest(tables["ecds"], EVENT),
        "accident_and_emergency",
        "ARRIVAL_DATE",
        "DEPARTURE_DATE",
        provider="PROVIDER_CODE",
        codes="DIAGNOSES",
        cost="FINAL_PRICE",
        cost_source="sus_final_price",
        attributes={"department_type": "DEPARTMENT_TYPE", "attendance_category": "ATTENDANCE_CATEGORY"},
    )


EXTRACT = Extract(
    source="ecds",
    title="Emergency Care Data Set",
    in_plain_words="Visits to A&E",
    calendar="monthly, with a refresh",
    tables=(ATTENDANCES,),
    to_person_records=to_person_records,
    to_activity=to_activity,
    attributes=("department_type", "attendance_category"),
)
