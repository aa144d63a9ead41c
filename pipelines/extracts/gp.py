"""The GP extract: what a practice system reports of its patients at a date, and its appointments."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.events import activity
from pipelines.extracts.layout import (
    EVENT,
    LOCAL_ID,
    PERIOD,
    Extract,
    TableLayout,
    Tables,
    code,
    codes,
    date,
    nhs_number,
    number,
    postcode,
    text,
    whole,
)
from pipelines.extracts.people import latest, latest_rows

# How an appointment that was kept is said to features and measures: ATTENDED OR DID NOT ATTEND CODE 5, attended on time.
ATTENDED = "5"

PATIENTS = TableLayout(
    name="gp_patient",
    title="Patients: one row per registered patient at the extract's date",
    person_key=(("practice_code", "local_patient_id"),),
    any_of=("nhs_number", "local_patient_id"),
    full_list=True,
    fields=(
        text("local_patient_id", "the practice system's key for the patient"),
        nhs_number("nhs_number", person="nhs_number"),
        text("given_name", "clear-mode extension: PERSON GIVEN NAME", person="given_name"),
        text("family_name", "clear-mode extension: PERSON FAMILY NAME", person="family_name"),
        code("practice_code", "GENERAL MEDICAL PRACTICE CODE", required=True, person="gp_practice_code",
             aliases=("PRACTICE", "GP_PRACTICE_CODE")),
        date("date_of_birth", "PERSON BIRTH DATE", person="date_of_birth"),
        code("sex", "PERSON STATED GENDER CODE", codes="gender", person="gender"),
        postcode("postcode", "POSTCODE OF USUAL ADDRESS", person="postcode"),
        date("extract_date", "date the row speaks of; the file's period where empty"),
        codes("registers", "QOF registers the patient is on, joined by `;`", codes="qof_register", partial=True),
        whole("consultations_12m", "consultations in the 12 months before the extract"),
        whole("repeat_medicines", "medicines on repeat"),
        number("efi_score", "electronic frailty index as the GP system gives it, 0 to 1"),
        text("smoking", "smoking status: never, ex, current, unknown", codes="smoking", partial=True),
        number("bmi", "body mass index, kg/m2"),
    ),
)  # fmt: skip

APPOINTMENTS = TableLayout(
    name="gp_appointment",
    title="Appointments",
    required=False,
    person_key=(("practice_code", "local_patient_id"),),
    any_of=("nhs_number", "local_patient_id"),
    event_key=(
        ("practice_code", "appointment_id"),
        ("practice_code", LOCAL_ID, "start_date", "contact_mode"),
        ("practice_code", LOCAL_ID, "start_date"),
    ),
    fields=(
        text("appointment_id", "key of the appointment, where the file has one"),
        text("local_patient_id", "as in gp_patient"),
        nhs_number("nhs_number"),
        code("practice_code", "GENERAL MEDICAL PRACTICE CODE", required=True, aliases=("PRACTICE", "GP_PRACTICE_CODE")),
        date("start_date", "date of the appointment", required=True),
        text("appointment_status", "Attended, DNA, ...; Attended, Unknown and empty count as kept", codes="appointment_status"),
        text("contact_mode", "face to face, telephone, home visit, video, online", codes="contact_mode", partial=True),
    ),
)


def to_person_records(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Each person's row in the latest list she is in."""
    return latest_rows(tables["gp_patient"], PATIENTS)


def to_activity(tables: Tables) -> nw.LazyFrame[Any] | None:
    """A snapshot per patient and date of extract, and the appointments that were kept (or say nothing of it)."""
    found = [_snapshots(tables["gp_patient"])]
    if "gp_appointment" in tables:
        found.append(_appointments(tables["gp_appointment"]))
    return nw.concat(found)


def _snapshots(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    dated = rows.with_columns(_date=nw.coalesce("extract_date", PERIOD))
    return activity(
        latest(dated, LOCAL_ID, "_date"),
        "gp_snapshot",
        "_date",
        "_date",
        provider="practice_code",
        codes="registers",
        attributes={name: name for name in ("consultations_12m", "repeat_medicines", "efi_score", "smoking", "bmi")},
    )


def _appointments(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    status = nw.col("appointment_status")
    kept = latest(rows, EVENT).filter(status.is_null() | status.is_in(("attended", "unknown")))
    kept = kept.with_columns(_attended=nw.when(status == "attended").then(nw.lit(ATTENDED)))
    return activity(
        kept,
        "gp_appointment",
        "start_date",
        "start_date",
        provider="practice_code",
        attributes={"contact_medium": "contact_mode", "attended": "_attended"},
    )


EXTRACT = Extract(
    source="gp",
    title="GP extract",
    in_plain_words="What your GP practice writes down about your care",
    calendar="monthly or weekly",
    tables=(PATIENTS, APPOINTMENTS),
    to_person_records=to_person_records,
    to_activity=to_activity,
    attributes=("consultations_12m", "repeat_medicines", "efi_score", "smoking", "bmi", "contact_medium", "attended"),
)
