"""The register with its mergers, the client index, and the GP extract."""

# ruff: noqa: E501 (drawn tables are wide)

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipelines.engine import Engine
from pipelines.extracts.assemble import assemble_contacts, register_mergers
from tests.extract_inbox import ANN, BEN, CAT, Inbox, drawn, matches


def test_the_register_keys_people_by_number(tmp_path: Path) -> None:
    """No usable number: a derived key. Sensitive: protected. Default practices: none."""
    inbox = Inbox.at(tmp_path)
    inbox.put(
        "register",
        "register_2026-10-30.csv",
        drawn(f"""
        NHS_NUMBER | NHS_NUMBER_STATUS | GIVEN_NAME | FAMILY_NAME | DATE_OF_BIRTH | GENDER | ETHNIC_CATEGORY | POSTCODE | GP_PRACTICE_CODE | REGISTERED_FROM | REGISTERED_TO | SENSITIVE_FLAG
        {ANN}      | 01                | Ann        | Lee         | 1940-02-03    | 2      | a               | ZZ99 3VZ | A81001           | 2001-01-01      |               | N
        1234567890 | 03                | Ben        | Lee         | 1950-02-03    | 1      | 99              | ZZ99 3VZ | V81997           | 2001-01-01      | 2026-01-01    | Y
        """),
    )
    people, activity = inbox.rows("register")
    assert activity == []
    assert people[1]["local_patient_id"].startswith("d-")
    matches(
        people,
        f"""
        nhs_number | nhs_number_kind | given_name | gender | ethnic_category | gp_practice_code | registered_from | registered_to | protected
        {ANN}      | test_range      | Ann        | 2      | A               | A81001           | 2001-01-01      | -             | False
        -          | placeholder     | Ben        | 1      | 99              | -                | 2001-01-01      | 2026-01-01    | True
        """,
    )


def test_the_latest_list_is_the_word_on_a_person(tmp_path: Path) -> None:
    """A later row replaces the earlier one whole, empty fields too; who is in no later list left with her last one."""
    inbox = Inbox.at(tmp_path)
    head = "NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH,REGISTERED_TO\n"
    early = f"{ANN},Lee,1940-02-03,2026-09-01\n{BEN},Lee,1950-02-03,\n{CAT},Low,1960-01-02,2026-08-01\n"
    inbox.put("register", "register_2026-09-30.csv", head + early)
    inbox.put("register", "register_2026-10-30.csv", head + f"{ANN},Hall,1940-02-03,\n")
    people, _ = inbox.rows("register")
    matches(
        people,
        f"""
        local_patient_id | family_name | registered_to
        {ANN}            | Hall        | -
        {BEN}            | Lee         | 2026-09-30
        {CAT}            | Low         | 2026-08-01
        """,
    )


def test_lists_after_the_night_are_left_for_later(tmp_path: Path) -> None:
    """As at an earlier date the later list does not exist yet."""
    inbox = Inbox.at(tmp_path)
    head = "NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH\n"
    inbox.put("register", "register_2026-09-30.csv", head + f"{ANN},Lee,1940-02-03\n")
    inbox.put("register", "register_2026-10-30.csv", head + f"{ANN},Hall,1940-02-03\n")
    landed = inbox.land("register", dt.date(2026, 10, 1))
    assert [file.name for file in landed.files] == ["register_2026-09-30.csv"]
    people, _ = inbox.rows("register", dt.date(2026, 10, 1))
    assert [row["family_name"] for row in people] == ["Lee"]


def test_mergers(tmp_path: Path) -> None:
    """The latest word on each superseded number; a number that replaces itself says nothing."""
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", f"NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH\n{ANN},Lee,1940-02-03\n")
    head = "OLD_NHS_NUMBER,NEW_NHS_NUMBER,MERGED_ON\n"
    inbox.put("register", "register_mergers_2026-09-30.csv", head + f"{BEN},{CAT},2026-01-01\n{CAT},{CAT},2026-01-01\n")
    inbox.put("register", "register_mergers_2026-10-30.csv", head + f"{BEN},{ANN},2026-02-01\n")
    with Engine(tmp_path / "spill", threads=1) as engine:
        mergers = register_mergers(inbox.land("register"), engine)
    assert mergers.to_pylist() == [{"old_nhs_number": BEN, "new_nhs_number": ANN, "merged_on": dt.date(2026, 2, 1)}]


def test_no_mergers_file_is_no_mergers(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", f"NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH\n{ANN},Lee,1940-02-03\n")
    with Engine(tmp_path / "spill", threads=1) as engine:
        assert register_mergers(inbox.land("register"), engine).num_rows == 0


def test_the_client_index(tmp_path: Path) -> None:
    """Council and its key; genders as words; what is not carried further is read and left."""
    inbox = Inbox.at(tmp_path)
    inbox.put(
        "asc_person",
        "asc_person_2026-10-01.csv",
        drawn(f"""
        LA_Code | LA_Person_Unique_Identifier | NHS_Number | Given_Name | Family_Name | Alias | Date_of_Birth | Gender | Address          | Postcode | Telephone
        304     | 17                          | {ANN}      | Ann        | Lee         | Nan   | 03/02/1940    | Female | 1 High St; Flat  | ZZ99 3VZ | 000
        304     | 18                          |            | Ben        | Lee         |       | 1950-01-01    | m      |                  | ZZ99 3VZ |
        """),
    )
    people, activity = inbox.rows("asc_person")
    assert activity == []
    matches(
        people,
        f"""
        source     | local_patient_id | nhs_number | given_name | alias | date_of_birth | gender | address
        asc_person | 304:17           | {ANN}      | Ann        | Nan   | 1940-02-03    | 2      | 1 High St; Flat
        asc_person | 304:18           | -          | Ben        | -     | 1950-01-01    | 1      | -
        """,
    )


def test_how_to_reach_a_client(tmp_path: Path) -> None:
    """By the latest list that she is in; a council whose list has no such columns says nothing of them."""
    inbox = Inbox.at(tmp_path)
    rows = """
        LA_Code | LA_Person_Unique_Identifier | Given_Name | Family_Name | Telephone    | Next_Of_Kin | Visiting_Warnings
        304     | 17                          | Ann        | Lee         | 01632 960001 | {kin}       | two to a visit
        """
    inbox.put("asc_person", "asc_person_2026-09-01.csv", drawn(rows.format(kin="son")))
    inbox.put("asc_person", "asc_person_2026-10-01.csv", drawn(rows.format(kin="daughter")))
    older = "LA_Code | LA_Person_Unique_Identifier | Given_Name | Family_Name\n 304 | 18 | Ben | Lee"
    inbox.put("asc_person", "asc_person_2026-08-01.csv", drawn(older))
    with Engine(tmp_path / "spill", threads=1) as engine:
        found = assemble_contacts(inbox.land("asc_person"), engine, dt.date(2026, 10, 31)).to_pylist()
    told = ("local_patient_id", "telephone", "next_of_kin", "visiting_warnings")
    assert [tuple(row[name] for name in told) for row in found] == [
        ("304:17", "01632 960001", "daughter", "two to a visit"), ("304:18", None, None, None),
    ]  # fmt: skip


def test_gp_snapshots_and_appointments(tmp_path: Path) -> None:
    """One snapshot per extract; registers in one spelling; appointments that were kept or say nothing of it."""
    inbox = Inbox.at(tmp_path)
    patients = """
        local_patient_id | nhs_number | practice_code | date_of_birth | sex | registers            | consultations_12m | repeat_medicines | efi_score | smoking       | bmi
        G1               | {ann}      | A81001        | 1940-02-03    | 2   | AF;heart failure;AF  | {visits}          | 4                | 0.25      | Ex-Smoker     | 31.5
        """
    inbox.put("gp", "gp_patient_2026-08.csv", drawn(patients.format(ann=ANN, visits=3)))
    inbox.put("gp", "gp_patient_2026-09.csv", drawn(patients.format(ann=ANN, visits=9)))
    inbox.put(
        "gp",
        "gp_appointment_2026-09.csv",
        drawn("""
        local_patient_id | practice_code | start_date | appointment_status | contact_mode
        G1               | A81001        | 2026-09-03 | Attended           | Face-to-Face
        G1               | A81001        | 2026-09-04 | DNA                | Face-to-Face
        G1               | A81001        | 2026-09-05 |                    | Home Visit
        """),
    )
    people, activity = inbox.rows("gp")
    matches(
        people,
        f"""
        local_patient_id | nhs_number | gender | gp_practice_code
        A81001:G1        | {ANN}      | 2      | A81001
        """,
    )
    matches(
        activity,
        """
        activity_type  | start_date | provider_code | codes | consultations_12m | efi_score | smoking | contact_medium | cost_pence
        gp_snapshot    | 2026-08-31 | A81001        | AF HF | 3                 | 0.25      | ex      | -              | -
        gp_appointment | 2026-09-03 | A81001        | -     | -                 | -         | -       | face to face   | -
        gp_appointment | 2026-09-05 | A81001        | -     | -                 | -         | -       | home visit     | -
        gp_snapshot    | 2026-09-30 | A81001        | AF HF | 9                 | 0.25      | ex      | -              | -
        """,
    )


def test_gp_patients_alone_are_enough(tmp_path: Path) -> None:
    """Without appointments and without a local key: the number is the person."""
    inbox = Inbox.at(tmp_path)
    inbox.put("gp", "gp_patient_2026-09.csv", f"nhs_number,practice_code,extract_date\n{ANN},A81001,2026-09-15\n")
    people, activity = inbox.rows("gp")
    assert people[0]["local_patient_id"].startswith("d-")
    assert [(row["activity_type"], row["start_date"]) for row in activity] == [("gp_snapshot", dt.date(2026, 9, 15))]
