"""Community Services Data Set: patients, referrals, teams and care contacts."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.events import NO_TEXT, activity, was_seen
from pipelines.extracts.layout import (
    EVENT,
    LOCAL_ID,
    Extract,
    TableLayout,
    Tables,
    attendance,
    code,
    date,
    nhs_number,
    postcode,
    text,
    whole,
)
from pipelines.extracts.people import latest, latest_values

PROVIDER = code("PROVIDER_CODE", "ORGANISATION IDENTIFIER (CODE OF PROVIDER)",
                aliases=("ORGANISATION IDENTIFIER (CODE OF PROVIDER)", "OrgIDProv"))  # fmt: skip
PATIENT = text("LOCAL_PATIENT_IDENTIFIER", "LOCAL PATIENT IDENTIFIER (EXTENDED)", required=True,
               aliases=("LOCAL PATIENT IDENTIFIER (EXTENDED)", "LocalPatientId"))  # fmt: skip
REFERRAL = text("SERVICE_REQUEST_IDENTIFIER", "SERVICE REQUEST IDENTIFIER", required=True,
                aliases=("ServiceRequestId", "UniqServReqID"))  # fmt: skip

PATIENTS = TableLayout(
    name="CYP001MPI",
    title="Master patient index",
    person_key=(("PROVIDER_CODE", "LOCAL_PATIENT_IDENTIFIER"),),
        fields=(
        PATIENT,
        PROVIDER,
        nhs_number("NHS_NUMBER", person="nhs_number"),
        code("NHS_NUMBER_STATUS_INDICATOR_CODE", "NHS NUMBER STATUS INDICATOR CODE", codes="nhs_number_status",
             person="nhs_number_status", aliases=("NHS_NUMBER_STATUS",)),
        date("PERSON_BIRTH_DATE", "PERSON BIRTH DATE", person="date_of_birth"),
        postcode("POSTCODE_OF_USUAL_ADDRESS", "POSTCODE OF USUAL ADDRESS", person="postcode", aliases=("Postcode",)),
        code("PERSON_STATED_GENDER_CODE", "PERSON STATED GENDER CODE", codes="gender", person="gender", aliases=("Gender",)),
        code("ETHNIC_CATEGORY", "ETHNIC CATEGORY", codes="ethnic_category", person="ethnic_category"),
        date("PERSON_DEATH_DATE", "PERSON DEATH DATE", person="date_of_death", aliases=("DATE_OF_DEATH",)),
        code("GENERAL_MEDICAL_PRACTICE_CODE", "GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION)",
             person="gp_practice_code", aliases=("GMPReg",)),
        text("GIVEN_NAME", "clear-mode extension: PERSON GIVEN NAME", person="given_name"),
        text("FAMILY_NAME", "clear-mode extension: PERSON FAMILY NAME", person="family_name"),
    ),
)  # fmt: skip

REFERRALS = TableLayout(
    name="CYP101Referral",
    title="Service or team referrals",
    person_key=(("PROVIDER_CODE", "LOCAL_PATIENT_IDENTIFIER"),),
    event_key=(("PROVIDER_CODE", "SERVICE_REQUEST_IDENTIFIER"),),
    fields=(
        REFERRAL,
        PATIENT,
        PROVIDER,
        date("REFERRAL_REQUEST_RECEIVED_DATE", "REFERRAL REQUEST RECEIVED DATE", carried=False),
        date("SERVICE_DISCHARGE_DATE", "SERVICE DISCHARGE DATE", aliases=("ServDischDate",), carried=False),
        code("SOURCE_OF_REFERRAL", "SOURCE OF REFERRAL FOR COMMUNITY", carried=False),
        code("PRIORITY_TYPE", "PRIORITY TYPE CODE", aliases=("PRIORITY TYPE CODE",), carried=False),
    ),
)

TEAMS = TableLayout(
    name="CYP102ServiceTypeReferredTo",
    title="Service or team type referred to",
    required=False,
    event_key=(("PROVIDER_CODE", "SERVICE_REQUEST_IDENTIFIER"),),
    fields=(
        REFERRAL,
        PROVIDER,
        code("SERVICE_OR_TEAM_TYPE_REFERRED_TO", "SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)", longest=3,
             aliases=("SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)", "TeamType")),
    ),
)  # fmt: skip

CONTACTS = TableLayout(
    name="CYP201CareContact",
    title="Care contacts",
    event_key=(("PROVIDER_CODE", "CARE_CONTACT_IDENTIFIER"),),
    refers_to={"_referral": ("PROVIDER_CODE", "SERVICE_REQUEST_IDENTIFIER")},
    fields=(
        text("CARE_CONTACT_IDENTIFIER", "CARE CONTACT IDENTIFIER", required=True, aliases=("CareContactId",)),
        REFERRAL,
        PROVIDER,
        date("CARE_CONTACT_DATE", "CARE CONTACT DATE", required=True, aliases=("ContactDate", "CareContDate")),
        code("CONSULTATION_MECHANISM", "CONSULTATION MECHANISM", longest=2, aliases=("ConsMechanism",)),
        attendance("ATTENDANCE_STATUS", "ATTENDANCE STATUS", empty_is_seen=True, aliases=("AttendStatus", "AttendOrNot")),
        whole("CLINICAL_CONTACT_DURATION", "CLINICAL CONTACT DURATION OF CARE CONTACT, minutes",
              aliases=("ClinContactDuration",), carried=False),
    ),
)  # fmt: skip


def to_person_records(tables: Tables) -> nw.LazyFrame[Any] | None:
    """People of the master patient index."""
    return latest_values(tables["CYP001MPI"], PATIENTS)


def to_activity(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Care contacts that were seen (5, 6 or no status), through their referral to the patient.

    A contact of an unknown referral is nobody's.
    """
    contacts = latest(tables["CYP201CareContact"], EVENT).filter(was_seen(CONTACTS, "ATTENDANCE_STATUS"))
    referrals = latest(tables["CYP101Referral"], EVENT).select(LOCAL_ID, _referral=nw.col(EVENT))
    rows = contacts.join(referrals, on="_referral", how="inner")
    if "CYP102ServiceTypeReferredTo" in tables:
        teams = latest(tables["CYP102ServiceTypeReferredTo"], EVENT)
        teams = teams.select(_referral=nw.col(EVENT), _team=nw.col("SERVICE_OR_TEAM_TYPE_REFERRED_TO"))
        rows = rows.join(teams, on="_referral", how="left")
    else:
        rows = rows.with_columns(_team=NO_TEXT)
    return activity(
        rows,
        "community_contact",
        "CARE_CONTACT_DATE",
        "CARE_CONTACT_DATE",
        provider="PROVIDER_CODE",
        attributes={"attended": "ATTENDANCE_STATUS", "contact_medium": "CONSULTATION_MECHANISM", "team_type": "_team"},
    )


EXTRACT = Extract(
    source="csds",
    title="Community Services Data Set",
    in_plain_words="Care in the community, such as a district nurse",
    calendar="monthly, primary then refresh",
    tables=(PATIENTS, REFERRALS, TEAMS, CONTACTS),
    to_person_records=to_person_records,
    to_activity=to_activity,
    attributes=("attended", "contact_medium", "team_type"),
)
