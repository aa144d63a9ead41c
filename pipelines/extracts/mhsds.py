"""Mental Health Services Data Set, version 6: patients, referrals, contacts, spells and delays."""

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
    code,
    date,
    nhs_number,
    postcode,
    text,
)
from pipelines.extracts.people import latest, latest_values

PROVIDER = code("OrgIDProv", "ORGANISATION IDENTIFIER (CODE OF PROVIDER)",
                aliases=("ORGANISATION IDENTIFIER (CODE OF PROVIDER)", "PROVIDER_CODE"))  # fmt: skip
PERSON_ID = text("Person_ID", "the collection's key for the person")
PATIENT = text("LocalPatientId", "LOCAL PATIENT IDENTIFIER (EXTENDED)",
                aliases=("LOCAL PATIENT IDENTIFIER (EXTENDED)", "LOCAL PATIENT IDENTIFIER"))  # fmt: skip
REFERRAL = text("UniqServReqID", "key of the referral", aliases=("ServiceRequestId", "SERVICE REQUEST IDENTIFIER"))
SPELL = text("UniqHospProvSpellID", "key of the hospital provider spell", aliases=("HospProvSpellID", "UniqHospProvSpellNum"))
PERSON_KEY = (("Person_ID",), ("OrgIDProv", "LocalPatientId"))

PATIENTS = TableLayout(
    name="MHS001MPI",
    title="Master patient index",
    person_key=PERSON_KEY,
    any_of=("Person_ID", "LocalPatientId"),
    fields=(
        PERSON_ID,
        PATIENT,
        PROVIDER,
        nhs_number("NHSNumber", person="nhs_number"),
        code("NHSNumberStatus", "NHS NUMBER STATUS INDICATOR CODE", codes="nhs_number_status", person="nhs_number_status",
             aliases=("NHS NUMBER STATUS INDICATOR CODE",)),
        date("PersonBirthDate", "PERSON BIRTH DATE", person="date_of_birth"),
        postcode("Postcode", "POSTCODE OF USUAL ADDRESS", person="postcode"),
        code("Gender", "PERSON STATED GENDER CODE", codes="gender", person="gender"),
        code("EthnicCategory", "ETHNIC CATEGORY", codes="ethnic_category", person="ethnic_category"),
        code("LSOA", "lower layer super output area of the address", person="lsoa_code", aliases=("LSOA2011", "LSOA2021")),
        date("PersDeathDate", "PERSON DEATH DATE", person="date_of_death", aliases=("PERSON_DEATH_DATE",)),
        text("GIVEN_NAME", "clear-mode extension: PERSON GIVEN NAME", person="given_name"),
        text("FAMILY_NAME", "clear-mode extension: PERSON FAMILY NAME", person="family_name"),
    ),
)  # fmt: skip

PRACTICES = TableLayout(
    name="MHS002GP",
    title="GP practice registration",
    required=False,
    person_key=PERSON_KEY,
    any_of=("Person_ID", "LocalPatientId"),
    fields=(
        PERSON_ID,
        PATIENT,
        PROVIDER,
        code("GMPReg", "GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION); V81997, V81998 and V81999 are dropped",
             required=True, may_be_empty=True, person="gp_practice_code", aliases=("GMPCodeReg",)),
    ),
)  # fmt: skip

REFERRALS = TableLayout(
    name="MHS101Referral",
    title="Service or team referrals",
    person_key=PERSON_KEY,
    event_key=(("OrgIDProv", "UniqServReqID"),),
    any_of=("Person_ID", "LocalPatientId"),
    fields=(
        text("UniqServReqID", "key of the referral", required=True, aliases=REFERRAL.aliases),
        PERSON_ID,
        PATIENT,
        PROVIDER,
        date("ReferralRequestReceivedDate", "REFERRAL REQUEST RECEIVED DATE", carried=False),
        date("ServDischDate", "SERVICE DISCHARGE DATE", carried=False),
        code("PrimReasonReferralMH", "PRIMARY REASON FOR REFERRAL (MENTAL HEALTH)", carried=False),
        code("ClinRespPriorityType", "CLINICAL RESPONSE PRIORITY TYPE", carried=False),
    ),
)

CONTACTS = TableLayout(
    name="MHS201CareContact",
    title="Care contacts",
    person_key=PERSON_KEY,
    event_key=(("OrgIDProv", "UniqCareContID"),),
    refers_to={"_referral": ("OrgIDProv", "UniqServReqID")},
    any_of=("UniqServReqID", "Person_ID", "LocalPatientId"),
    fields=(
        text("UniqCareContID", "key of the contact", required=True, aliases=("CareContactId", "CARE CONTACT IDENTIFIER")),
        REFERRAL,
        PERSON_ID,
        PATIENT,
        PROVIDER,
        date("CareContDate", "CARE CONTACT DATE", required=True, aliases=("CARE CONTACT DATE",)),
        attendance("AttendStatus", "ATTENDANCE STATUS", empty_is_seen=True, aliases=("AttendOrDNACode", "ATTENDANCE STATUS")),
        code("ConsMechanismMH", "CONSULTATION MECHANISM (MENTAL HEALTH)", longest=2, aliases=("ConsMediumUsed", "ConsMechanism")),
    ),
)  # fmt: skip

SPELLS = TableLayout(
    name="MHS501HospProvSpell",
    title="Hospital provider spells",
    required=False,
    person_key=PERSON_KEY,
    event_key=(("OrgIDProv", "UniqHospProvSpellID"),),
    refers_to={"_referral": ("OrgIDProv", "UniqServReqID")},
    any_of=("UniqServReqID", "Person_ID", "LocalPatientId"),
    fields=(
        text("UniqHospProvSpellID", "key of the hospital provider spell", required=True, aliases=SPELL.aliases),
        REFERRAL,
        PERSON_ID,
        PATIENT,
        PROVIDER,
        date("StartDateHospProvSpell", "START DATE (HOSPITAL PROVIDER SPELL)", required=True),
        date("DischDateHospProvSpell", "DISCHARGE DATE (HOSPITAL PROVIDER SPELL); empty while in hospital"),
        code("MethAdmMHHospProvSpell", "METHOD OF ADMISSION (MENTAL HEALTH)", longest=2),
        code("DestOfDischHospProvSpell", "DESTINATION OF DISCHARGE", longest=2),
    ),
)

DELAYS = TableLayout(
    name="MHS518ClinReadyforDischarge",
    title="Clinically ready for discharge",
    required=False,
    person_key=PERSON_KEY,
    event_key=(
        ("OrgIDProv", "UniqHospProvSpellID", "StartDateClinReadyforDisch"),
        ("OrgIDProv", LOCAL_ID, "StartDateClinReadyforDisch"),
    ),
    refers_to={"_spell": ("OrgIDProv", "UniqHospProvSpellID")},
    any_of=("UniqHospProvSpellID", "Person_ID", "LocalPatientId"),
    fields=(
        SPELL,
        PERSON_ID,
        PATIENT,
        PROVIDER,
        date("StartDateClinReadyforDisch", "first day clinically ready for discharge", required=True),
        date("EndDateClinReadyforDisch", "last day; empty while waiting"),
        code("ClinReadyforDischDelayReason", "why the person waits", codes="clin_ready_for_discharge_reasons"),
        code("AttribToIndic", "who the delay is attributed to: 04 NHS, 05 social care, 06 both",
             codes="delayed_discharge_attribution"),
        code("OrgIDRespLAClinReadyforDisch", "the responsible council", carried=False),
    ),
)  # fmt: skip


# AttribToIndic to the words of our own event (standards of the delayed transfer return: NHS, social care, both).
ATTRIBUTION = {"04": "NHS", "05": "SOCIAL_CARE", "06": "BOTH"}


def to_person_records(tables: Tables) -> nw.LazyFrame[Any] | None:
    """People of the master patient index, with the practice of MHS002GP."""
    people = latest_values(tables["MHS001MPI"], PATIENTS)
    if "MHS002GP" not in tables:
        return people
    practices = latest_values(tables["MHS002GP"], PRACTICES).select(LOCAL_ID, "gp_practice_code")
    return people.join(practices, on=LOCAL_ID, how="left")


def to_activity(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Contacts that were seen (5, 6 or no status), hospital provider spells, and delayed discharges.

    Each with its own or its referral's person.
    """
    found = [_contacts(tables)]
    if "MHS501HospProvSpell" in tables:
        found.append(_stays(tables))
    if "MHS518ClinReadyforDischarge" in tables:
        found.append(_delays(tables))
    return nw.concat(found)


def _contacts(tables: Tables) -> nw.LazyFrame[Any]:
    contacts = latest(tables["MHS201CareContact"], EVENT).filter(was_seen(CONTACTS, "AttendStatus"))
    return activity(
        _with_person(contacts, "_referral", _referral_people(tables)),
        "mental_health_contact",
        "CareContDate",
        "CareContDate",
        provider="OrgIDProv",
        attributes={"attended": "AttendStatus", "contact_medium": "ConsMechanismMH"},
    )


def _stays(tables: Tables) -> nw.LazyFrame[Any]:
    return activity(
        _with_person(latest(tables["MHS501HospProvSpell"], EVENT), "_referral", _referral_people(tables)),
        "mental_health_spell",
        "StartDateHospProvSpell",
        "DischDateHospProvSpell",
        provider="OrgIDProv",
        attributes={"admission_method": "MethAdmMHHospProvSpell", "discharge_destination": "DestOfDischHospProvSpell"},
    )


def _delays(tables: Tables) -> nw.LazyFrame[Any]:
    delays = latest(tables["MHS518ClinReadyforDischarge"], EVENT)
    attribution = nw.lit("UNKNOWN")
    for code_, words in ATTRIBUTION.items():
        attribution = nw.when(nw.col("AttribToIndic") == code_).then(nw.lit(words)).otherwise(attribution)
    return activity(
        _with_person(delays, "_spell", _spell_people(tables)),
        "delayed_discharge",
        "StartDateClinReadyforDisch",
        "EndDateClinReadyforDisch",
        provider="OrgIDProv",
        attributes={
            "ready_date": "StartDateClinReadyforDisch",
            "delay_attribution": attribution,
            "delay_reason": "ClinReadyforDischDelayReason",
        },
    )


def _referral_people(tables: Tables) -> nw.LazyFrame[Any]:
    referrals = latest(tables["MHS101Referral"], EVENT)
    return referrals.select(_key=nw.col(EVENT), _person=nw.col(LOCAL_ID))


def _spell_people(tables: Tables) -> nw.LazyFrame[Any]:
    if "MHS501HospProvSpell" not in tables:
        return _referral_people(tables)
    spells = latest(tables["MHS501HospProvSpell"], EVENT)
    return _with_person(spells, "_referral", _referral_people(tables)).select(_key=nw.col(EVENT), _person=nw.col(LOCAL_ID))


def _with_person(rows: nw.LazyFrame[Any], key: str, people: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The row's own person, else the one its key leads to; rows that lead to nobody are dropped."""
    joined = rows.join(people, left_on=key, right_on="_key", how="left")
    return joined.with_columns(nw.coalesce(LOCAL_ID, "_person").alias(LOCAL_ID)).filter(~nw.col(LOCAL_ID).is_null())


EXTRACT = Extract(
    source="mhsds",
    title="Mental Health Services Data Set, version 6",
    in_plain_words="Mental health care",
    calendar="monthly, primary then refresh",
    tables=(PATIENTS, PRACTICES, REFERRALS, CONTACTS, SPELLS, DELAYS),
    to_person_records=to_person_records,
    to_activity=to_activity,
    attributes=(
        "attended", "contact_medium", "admission_method", "discharge_destination", "ready_date", "delay_attribution",
        "delay_reason",
    ),
)  # fmt: skip
