"""SUS+ outpatient (CDS 020): one row per appointment in, one activity per appointment that was seen out. HES names."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.events import activity, was_seen
from pipelines.extracts.layout import (
    EVENT,
    LOCAL_ID,
    Extract,
    TableLayout,
    Tables,
    attendance,
    clinical,
    code,
    date,
    money,
    nhs_number,
    postcode,
    text,
)
from pipelines.extracts.people import latest, latest_values

DIAGNOSES = tuple(f"DIAG_{n:02}" for n in range(1, 13))
OPERATIONS = tuple(f"OPERTN_{n:02}" for n in range(1, 13))

APPOINTMENTS = TableLayout(
    name="sus_op",
    title="Appointments: one row per outpatient appointment, kept or not",
    person_key=(("PROCODE", "LOPATID"),),
    any_of=("NEWNHSNO", "LOPATID"),
    event_key=(
        ("PROCODE", "ATTENDKEY"),
        ("PROCODE", "ATTENDID", "APPTDATE"),
        ("PROCODE", LOCAL_ID, "APPTDATE", "TRETSPEF"),
        ("PROCODE", LOCAL_ID, "APPTDATE"),
    ),
    lists={"DIAGNOSES": DIAGNOSES, "PROCEDURES": OPERATIONS},
    fields=(
        nhs_number("NEWNHSNO", person="nhs_number", aliases=("NHS NUMBER",)),
        code("NHSNOIND", "NHS NUMBER STATUS INDICATOR CODE", codes="nhs_number_status", person="nhs_number_status",
             aliases=("NHS NUMBER STATUS INDICATOR CODE",)),
        text("LOPATID", "LOCAL PATIENT IDENTIFIER", aliases=("LOCAL PATIENT IDENTIFIER",)),
        date("DOB", "PERSON BIRTH DATE", person="date_of_birth", aliases=("PERSON BIRTH DATE",)),
        code("SEX", "PERSON STATED GENDER CODE", codes="gender", person="gender", aliases=("PERSON STATED GENDER CODE",)),
        code("ETHNOS", "ETHNIC CATEGORY", codes="ethnic_category", person="ethnic_category", aliases=("ETHNIC CATEGORY",)),
        postcode("HOMEADD", "POSTCODE OF USUAL ADDRESS", person="postcode", aliases=("POSTCODE OF USUAL ADDRESS",)),
        code("LSOA11", "lower layer super output area, 2011 edition", person="lsoa_code", aliases=("LSOA",)),
        code("GPPRAC", "GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION)", person="gp_practice_code"),
        text("ATTENDKEY", "key of the appointment, where the file has one"),
        text("ATTENDID", "OUT-PATIENT ATTENDANCE IDENTIFIER",
             aliases=("ATTENDANCE IDENTIFIER", "OUT-PATIENT ATTENDANCE IDENTIFIER")),
        date("APPTDATE", "APPOINTMENT DATE", required=True, aliases=("APPOINTMENT DATE",)),
        code("FIRSTATT", "FIRST ATTENDANCE CODE", codes="first_attendance", aliases=("FIRST ATTENDANCE CODE",)),
        attendance("ATTENDED", "ATTENDED OR DID NOT ATTEND CODE", empty_is_seen=False, required=True, may_be_empty=True,
                   aliases=("ATTENDED OR DID NOT ATTEND CODE",)),
        code("OUTCOME", "OUTCOME OF ATTENDANCE CODE", aliases=("OUTCOME OF ATTENDANCE CODE",), carried=False),
        code("CONSMED", "CONSULTATION MEDIUM USED", longest=2, aliases=("CONSULTATION MEDIUM USED",)),
        *(clinical(name, "ICD-10 diagnosis, primary first") for name in DIAGNOSES),
        *(clinical(name, "OPCS-4 procedure") for name in OPERATIONS),
        code("MAINSPEF", "main specialty", carried=False),
        code("TRETSPEF", "ACTIVITY TREATMENT FUNCTION CODE", longest=3),
        code("PROCODE", "provider, three characters",
             aliases=("PROCODE3", "PROVIDER CODE", "ORGANISATION IDENTIFIER (CODE OF PROVIDER)")),
        code("PROCODE5", "provider, five characters", carried=False),
        code("SITETRET", "site of treatment", carried=False),
        date("REQDATE", "REFERRAL REQUEST RECEIVED DATE", aliases=("REFERRAL REQUEST RECEIVED DATE",), carried=False),
        code("REFSOURC", "SOURCE OF REFERRAL", aliases=("SOURCE OF REFERRAL",), carried=False),
        code("PRIORITY", "PRIORITY TYPE CODE", aliases=("PRIORITY TYPE", "PRIORITY TYPE CODE"), carried=False),
        code("SUSHRG", "healthcare resource group", aliases=("HRGNHS",), carried=False),
        money("FINAL_PRICE", "price of the attendance in pounds"),
    ),
)  # fmt: skip


def to_person_records(tables: Tables) -> nw.LazyFrame[Any] | None:
    """People as the appointments know them."""
    return latest_values(tables["sus_op"], APPOINTMENTS)


def to_activity(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Appointments at which the patient was seen (5, 6); others are no activity, and neither are those without a code."""
    seen = latest(tables["sus_op"], EVENT).filter(was_seen(APPOINTMENTS, "ATTENDED"))
    return activity(
        seen,
        "outpatient",
        "APPTDATE",
        "APPTDATE",
        provider="PROCODE",
        codes="DIAGNOSES",
        cost="FINAL_PRICE",
        cost_source="sus_final_price",
        attributes={
            "attended": "ATTENDED",
            "first_attendance": "FIRSTATT",
            "contact_medium": "CONSMED",
            "treatment_function": "TRETSPEF",
            "procedures": "PROCEDURES",
        },
    )


EXTRACT = Extract(
    source="sus_op",
    title="SUS+ outpatient",
    in_plain_words="Hospital appointments",
    calendar="monthly, with a refresh",
    tables=(APPOINTMENTS,),
    to_person_records=to_person_records,
    to_activity=to_activity,
    attributes=("attended", "first_attendance", "contact_medium", "treatment_function", "procedures"),
)
