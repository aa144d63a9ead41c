"""SUS admitted care, outpatient and emergency care: what a few rows of each become."""

# ruff: noqa: E501 (drawn tables are wide)

from __future__ import annotations

from pathlib import Path

from tests.extract_inbox import ANN, BEN, Inbox, drawn, matches

APC = f"""
    NEWNHSNO | NHSNOIND | LOPATID | PROCODE | PROVSPNOPS | EPIORDER | ADMIDATE   | DISDATE    | DISREADYDATE | ADMIMETH | CLASSPAT | DISMETH | DISDEST | DIAG_01 | DIAG_02 | OPERTN_01 | TRETSPEF | FINAL_PRICE
    {ANN}    | 01       | L1      | RH8     | S1         | 2        | 2026-01-03 | 2026-01-09 | 2026-01-07   | 21       | 1        | 1       | 19      | J18.9   | I10X    | W371      | 430      | 500.50
    {ANN}    | 01       | L1      | RH8     | S1         | 1        | 2026-01-03 | 2026-01-09 |              | 21       | 1        | 8       | 98      | I50.0   | J18.9   | X501      | 300      | 1000.00
    {BEN}    | 01       | L2      | RH8     | S2         | 1        | 2026-02-01 | 2026-02-01 |              | 11       | 2        | 1       | 19      | H259    |         | C751      | 130      |
    {BEN}    | 01       | L2      | RH8     | S3         | 1        | 2026-10-20 |            |              | 2B       | 1        | 8       | 98      | F03X    |         |           | 430      | 10.00
    {BEN}    | 01       | L2      | RH8     | S4         | 1        | 2026-11-20 |            |              | 21       | 1        |         |         | F03X    |         |           | 430      | 10.00
"""


def test_episodes_become_spells(tmp_path: Path) -> None:
    """Codes of the first episode first, each once; discharge of the last; prices summed; the future is not known yet."""
    inbox = Inbox.at(tmp_path)
    inbox.put("sus_apc", "sus_apc_2026-03.csv", drawn(APC))
    _, activity = inbox.rows("sus_apc")
    matches(
        activity,
        """
        local_patient_id | activity_type       | start_date | end_date   | codes          | procedures | cost_pence | cost_source     | treatment_function | discharge_method | delay_attribution
        ---------------- | ------------------- | ---------- | ---------- | -------------- | ---------- | ---------- | --------------- | ------------------ | ---------------- | -----------------
        RH8:L1           | inpatient_emergency | 2026-01-03 | 2026-01-09 | I500 J189 I10X | X501/W371  | 150050     | sus_final_price | 300                | 1                | -
        RH8:L1           | delayed_discharge   | 2026-01-07 | 2026-01-09 | -              | -          | -          | -               | -                  | -                | UNKNOWN
        RH8:L2           | inpatient_elective  | 2026-02-01 | 2026-02-01 | H259           | C751       | 107708     | reference_cost  | 130                | 1                | -
        RH8:L2           | inpatient_emergency | 2026-10-20 | -          | F03X           | -          | 1000       | sus_final_price | 430                | 8                | -
        """,
    )


def test_a_refresh_replaces_what_it_repeats(tmp_path: Path) -> None:
    """The episode of the refresh counts, the first delivery's does not; what only the first holds stays."""
    inbox = Inbox.at(tmp_path)
    head = "LOPATID,PROCODE,PROVSPNOPS,EPIORDER,ADMIDATE,DISDATE,ADMIMETH,DIAG_01,FINAL_PRICE\n"
    inbox.put("sus_apc", "sus_apc_2026-01_refresh.csv", head + "L1,RH8,S1,1,2026-01-03,2026-01-09,81,J189,7.00\n")
    inbox.put(
        "sus_apc",
        "sus_apc_2026-01.csv",
        head + "L1,RH8,S1,1,2026-01-03,,21,R69X,5.00\nL1,RH8,S0,1,2026-01-01,2026-01-02,21,R55X,3.00\n",
    )
    _, activity = inbox.rows("sus_apc")
    matches(
        activity,
        """
        activity_type       | start_date | end_date   | codes | cost_pence
        inpatient_emergency | 2026-01-01 | 2026-01-02 | R55X  | 300
        inpatient_other     | 2026-01-03 | 2026-01-09 | J189  | 700
        """,
    )


def test_the_person_is_the_latest_value_of_each_column(tmp_path: Path) -> None:
    """A later empty postcode does not wipe the earlier one; kind and status go with the row that gave the number."""
    inbox = Inbox.at(tmp_path)
    head = "NEWNHSNO,NHSNOIND,LOPATID,PROCODE,PROVSPNOPS,EPIORDER,ADMIDATE,DOB,SEX,HOMEADD,GPPRAC\n"
    inbox.put("sus_apc", "sus_apc_2026-01.csv", head + f"{ANN},01,L1,RH8,S1,1,2026-01-03,1940-02-03,2,ZZ99 3VZ,A81001\n")
    inbox.put("sus_apc", "sus_apc_2026-02.csv", head + "9434765918,03,L1,RH8,S2,1,2026-02-03,1940-03-02,,,V81999\n")
    people, _ = inbox.rows("sus_apc")
    matches(
        people,
        f"""
        source  | local_patient_id | nhs_number | nhs_number_given | nhs_number_kind | nhs_number_status | date_of_birth | gender | postcode | gp_practice_code | family_name
        sus_apc | RH8:L1           | {ANN}      | -                | test_range      | 01                | 1940-03-02    | 2      | ZZ99 3VZ | -                | -
        """,
    )


def test_digits_that_fail_the_check_are_kept_where_no_row_gave_a_number(tmp_path: Path) -> None:
    """The latest slip of L1; L2 has a number besides; a placeholder, a short text and nothing are no slips."""
    inbox = Inbox.at(tmp_path)
    inbox.put(
        "sus_apc",
        "sus_apc_2026-01.csv",
        drawn(f"""
        NEWNHSNO     | LOPATID | PROCODE | PROVSPNOPS | EPIORDER | ADMIDATE
        9434765918   | L1      | RH8     | S1         | 1        | 2026-01-03
        943 476 5991 | L1      | RH8     | S2         | 1        | 2026-01-04
                     | L1      | RH8     | S3         | 1        | 2026-01-05
        {ANN}        | L2      | RH8     | S4         | 1        | 2026-01-03
        9434765918   | L2      | RH8     | S5         | 1        | 2026-01-04
        9999999999   | L3      | RH8     | S6         | 1        | 2026-01-03
        94347        | L4      | RH8     | S7         | 1        | 2026-01-03
                     | L5      | RH8     | S8         | 1        | 2026-01-03
        """),
    )
    people, _ = inbox.rows("sus_apc")
    matches(
        people,
        f"""
        local_patient_id | nhs_number | nhs_number_given | nhs_number_kind
        RH8:L1           | -          | 9434765991       | bad_check_digit
        RH8:L2           | {ANN}      | -                | test_range
        RH8:L3           | -          | -                | placeholder
        RH8:L4           | -          | -                | bad_length
        RH8:L5           | -          | -                | missing
        """,
    )


def test_without_a_spell_number_the_day_of_admission_makes_the_spell(tmp_path: Path) -> None:
    """UDAL's pseudonymised number is a local key; several diagnoses in one column are read in order."""
    inbox = Inbox.at(tmp_path)
    inbox.put(
        "sus_apc",
        "sus_apc_2026-01.csv",
        "Der_Pseudo_NHS_Number,Admission_Date,Discharge_Date,Admission_Method,Der_Diagnosis_All,Der_Provider_Code\n"
        "77,2026-01-03,2026-01-05,21,||I50.0||J18.9||I50.0,RH8\n"
        "78,2026-01-03,2026-01-05,13,,RH8\n",
    )
    _, activity = inbox.rows("sus_apc")
    matches(
        activity,
        """
        local_patient_id | activity_type       | codes
        RH8:77           | inpatient_emergency | I500 J189
        RH8:78           | inpatient_elective  | -
        """,
    )


def test_only_seen_appointments_are_outpatient_activity(tmp_path: Path) -> None:
    """ATTENDED 5 and 6; without a price the national average, re-priced from 2016/17."""
    inbox = Inbox.at(tmp_path)
    inbox.put(
        "sus_op",
        "sus_op_2026-01.csv",
        drawn(f"""
        NEWNHSNO | LOPATID | PROCODE | ATTENDID | APPTDATE   | FIRSTATT | ATTENDED | CONSMED | TRETSPEF | DIAG_01 | FINAL_PRICE
        {ANN}    | L1      | RH8     | 1        | 05/01/2026 | 1        | 5        | 1       | 300      |         | 99.99
        {ANN}    | L1      | RH8     | 2        | 06/01/2026 | 2        | 6        | 2       | 300      | R69     |
        {ANN}    | L1      | RH8     | 3        | 07/01/2026 | 2        | 3        | 1       | 300      |         | 1.00
        {ANN}    | L1      | RH8     | 4        | 08/01/2026 | 2        |          | 1       | 300      |         | 1.00
        """),
    )
    _, activity = inbox.rows("sus_op")
    matches(
        activity,
        """
        activity_type | start_date | end_date   | codes | attended | first_attendance | contact_medium | cost_pence | cost_source
        outpatient    | 2026-01-05 | 2026-01-05 | -     | 5        | 1                | 1              | 9999       | sus_final_price
        outpatient    | 2026-01-06 | 2026-01-06 | R69   | 6        | 2                | 2              | 15774      | reference_cost
        """,
    )


def test_attendances(tmp_path: Path) -> None:
    """Codes lose no leading zero, SNOMED CT stays as it is, a local key is derived from the number where there is none."""
    inbox = Inbox.at(tmp_path)
    inbox.put(
        "ecds",
        "ecds_2026-01.csv",
        drawn(f"""
        NHS NUMBER | PROVIDER CODE | UNIQUE ATTENDANCE IDENTIFIER | EMERGENCY CARE ARRIVAL DATE | ARRIVAL_TIME | DEPARTMENT_TYPE | ATTENDANCE_CATEGORY | EMERGENCY_CARE_DIAGNOSIS_01 | DEPARTURE_DATE | FINAL_PRICE
        {ANN}      | RH8           | U1                           | 2026-01-05                  | 23:10        | 1               | 1                   | 233604007                   | 2026-01-06     | 280.17
        {ANN}      | RH8           | U2                           | 2026-01-09                  | 9:05         | 03              | 2                   |                             |                |
        """),
    )
    people, activity = inbox.rows("ecds")
    derived = people[0]["local_patient_id"]
    assert derived.startswith("d-")
    assert len(derived) == 22
    matches(
        activity,
        f"""
        local_patient_id | activity_type          | start_date | end_date   | provider_code | department_type | attendance_category | codes     | cost_pence | cost_source
        {derived}        | accident_and_emergency | 2026-01-05 | 2026-01-06 | RH8           | 01              | 1                   | 233604007 | 28017      | sus_final_price
        {derived}        | accident_and_emergency | 2026-01-09 | -          | RH8           | 03              | 2                   | -         | 28017      | reference_cost
        """,
    )
