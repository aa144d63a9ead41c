"""What does not pass landing: columns that the field list does not let in, and people whom a flag keeps out or protects."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.engine import Engine
from pipelines.extracts.assemble import assemble, came_back
from pipelines.extracts.border import LEAVE_OUT, PROTECT, Border, FlagRule
from pipelines.extracts.landed import LandedSource
from tests.extract_inbox import ANN, AS_AT, BEN, CAT, Inbox, drawn, source

TYPE_1 = FlagRule("type 1 objection", "Type1", ("9NU0", "Y"), LEAVE_OUT)
SENSITIVE = FlagRule("sensitive", "Marked", (), PROTECT)
PATIENTS = ("gp", "gp_patient")

PICTURE = f"""
    practice_code | local_patient_id | nhs_number | date_of_birth | Type1 | Marked | remarks
    A99001        | 1                | {ANN}      | 1950-03-04    |       |        | ann was here
    A99001        | 2                | {BEN}      | 1960-05-06    | 9Nu0  |        | ben was here
    A99001        | 3                | {CAT}      | 1970-07-08    | N     | S      | cat was here
"""
VISITS = """
    practice_code | local_patient_id | start_date | appointment_status
    A99001        | 1                | 2026-10-01 | Attended
    A99001        | 2                | 2026-10-02 | Attended
    A99001        | 3                | 2026-10-03 | Attended
"""
ALL_COLUMNS = frozenset(item.name for item in source("gp").table("gp_patient").fields)


@pytest.fixture(name="inbox")
def _inbox(tmp_path: Path) -> Inbox:
    inbox = Inbox.at(tmp_path)
    inbox.put("gp", "gp_patient_2026-09-30.csv", drawn(PICTURE))
    inbox.put("gp", "gp_appointment_2026-09-30.csv", drawn(VISITS))
    return inbox


def landed(inbox: Inbox, *flags: FlagRule, columns: frozenset[str] = ALL_COLUMNS) -> LandedSource:
    visits = frozenset(item.name for item in source("gp").table("gp_appointment").fields)
    return inbox.land("gp", borders={PATIENTS: Border(columns, flags), ("gp", "gp_appointment"): Border(visits)})


def assembled(inbox: Inbox, found: LandedSource) -> tuple[dict[str, Any], set[str]]:
    """People by local id, and whose activity there is."""
    with Engine(inbox.folder / "spill", threads=1) as engine:
        people, activity = (engine.to_arrow(frame).to_pylist() for frame in assemble(source("gp"), found, engine, AS_AT))
    return {row["local_patient_id"]: row for row in people}, {row["local_patient_id"] for row in activity}


def bytes_of(folder: Path) -> bytes:
    """Every byte of a folder, and every text of its Parquet files."""
    texts = [str(pq.read_table(path).to_pydict()).encode() for path in folder.rglob("*.parquet")]
    return b"".join([*(path.read_bytes() for path in folder.rglob("*") if path.is_file()), *texts])


def test_whom_a_flag_keeps_out_no_table_of_the_source_speaks_of(inbox: Inbox) -> None:
    found = landed(inbox, TYPE_1)
    people, active = assembled(inbox, found)
    assert people.keys() == active == {"A99001:1", "A99001:3"}
    assert "1 rows left out at landing: type 1 objection." in found.warnings
    assert [(file.rows, file.rejected, file.kept_out, file.marked) for file in found.files if file.table == "gp_patient"] == [
        (3, 0, 1, 1)
    ]
    assert found.state == "current"


@pytest.mark.parametrize("remarks", [True, False])
def test_of_whom_a_flag_keeps_out_no_byte_but_her_key_is_kept(inbox: Inbox, remarks: bool) -> None:
    if not remarks:  # every column of the file may be read: but for the flag it would be kept as delivered
        lines = drawn(PICTURE).splitlines()
        inbox.put("gp", "gp_patient_2026-09-30.csv", "".join(",".join(line.split(",")[:5]) + "\n" for line in lines))
    landed(inbox, TYPE_1)
    kept = bytes_of(inbox.folder / "vault")
    assert ANN.encode() in kept
    assert BEN.encode() not in kept
    assert b"1960" not in kept


def test_a_flag_that_protects_protects_the_person(inbox: Inbox) -> None:
    people, active = assembled(inbox, landed(inbox, SENSITIVE))
    assert {name: row["protected"] for name, row in people.items()} == {"A99001:1": None, "A99001:2": None, "A99001:3": True}
    assert len(active) == 3


@pytest.mark.parametrize(
    ("said", "kept", "known"),
    [("", True, True), ("N", True, True), ("no", True, True), ("0", True, True), (" withdrawn", True, True)]
    + [(said, False, True) for said in ("Y", " y", "9nu0")]
    + [(said, False, False) for said in ("YES", "1", "TRUE", "9Nu0.", "XaZ89", "?")],
)
def test_a_flag_that_leaves_out_is_set_by_its_codes_and_in_doubt(tmp_path: Path, said: str, kept: bool, known: bool) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("gp", "gp_patient_2026-09-30.csv", f"practice_code,local_patient_id,Type1\nA99001,1,{said}\nA99001,2,\n")
    found = landed(inbox, replace(TYPE_1, others=("WITHDRAWN",)))
    people, _ = assembled(inbox, found)
    assert ("A99001:1" in people) == kept
    doubts = [line for line in found.warnings if "neither one of its codes nor a no: 1 rows, left out" in line]
    assert len(doubts) == (not known)
    assert all("type 1 objection" in line and "XaZ89" not in line for line in doubts)


@pytest.mark.parametrize(("said", "marked"), [("S", True), ("?", False), ("", False)])
def test_a_flag_that_protects_is_set_by_its_codes_alone(tmp_path: Path, said: str, marked: bool) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("gp", "gp_patient_2026-09-30.csv", f"practice_code,local_patient_id,Marked\nA99001,1,{said}\nA99001,2,\n")
    people, _ = assembled(inbox, landed(inbox, replace(SENSITIVE, values=("S",))))
    assert bool(people["A99001:1"]["protected"]) == marked


@pytest.mark.parametrize(
    ("said", "marked"), [("", False), ("F", False), ("false", False), ("?", True), ("S", True), ("restricted", True)]
)
def test_without_named_codes_every_word_we_do_not_know_sets_it(tmp_path: Path, said: str, marked: bool) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("gp", "gp_patient_2026-09-30.csv", f"practice_code,local_patient_id,Marked\nA99001,1,{said}\nA99001,2,\n")
    people, _ = assembled(inbox, landed(inbox, SENSITIVE))
    assert bool(people["A99001:1"]["protected"]) == marked


def test_a_later_list_takes_the_flag_back_and_that_is_told(inbox: Inbox) -> None:
    inbox.put("gp", "gp_patient_2026-10-30.csv", drawn(PICTURE).replace("9Nu0", ""))
    found = landed(inbox, TYPE_1)
    people, active = assembled(inbox, found)
    assert people.keys() == active == {"A99001:1", "A99001:2", "A99001:3"}
    with Engine(inbox.folder / "spill", threads=1) as engine:
        assert came_back(found, engine, AS_AT) == 1


def test_a_later_list_with_the_flag_keeps_the_earlier_rows_out_too(inbox: Inbox) -> None:
    inbox.put("gp", "gp_patient_2026-08-31.csv", drawn(PICTURE).replace("9Nu0", ""))
    found = landed(inbox, TYPE_1)
    people, active = assembled(inbox, found)
    assert people.keys() == active == {"A99001:1", "A99001:3"}
    with Engine(inbox.folder / "spill", threads=1) as engine:
        assert came_back(found, engine, AS_AT) == 0


def test_two_columns_may_set_the_same_flag_and_both_are_counted(inbox: Inbox) -> None:
    found = landed(inbox, TYPE_1, FlagRule("type 1 objection", "Marked", ("S",), LEAVE_OUT))
    assert "2 rows left out at landing: type 1 objection." in found.warnings
    assert [(file.rows, file.kept_out) for file in found.files if file.table == "gp_patient"] == [(3, 2)]


def test_a_file_without_the_flags_column_is_refused(inbox: Inbox) -> None:
    found = landed(inbox, FlagRule("type 1 objection", "Dissent", (), LEAVE_OUT))
    assert (found.state, found.message.split(":")[0], "Dissent" in found.message) == ("refused", "E-EXTRACT-COLUMN", True)


def test_a_flag_may_stand_in_a_column_of_the_layout(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("gp", "gp_patient_2026-09-30.csv", "practice_code,local_patient_id,smoking\nA99001,1,never\nA99001,2,current\n")
    people, _ = assembled(inbox, landed(inbox, FlagRule("dummy patient", "smoking", ("CURRENT",), LEAVE_OUT, ("NEVER",))))
    assert people.keys() == {"A99001:1"}


# --- columns ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
def test_what_no_purpose_may_use_is_in_no_byte_of_the_vault(tmp_path: Path, ending: str) -> None:
    inbox = Inbox.at(tmp_path)
    text = drawn(PICTURE)
    if ending == ".parquet":
        rows = [line.split(",") for line in text.splitlines()]
        table = pa.table({name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])})
        path = inbox.put("gp", f"gp_patient_2026-09-30{ending}", b"")
        pq.write_table(table, path)
    else:
        inbox.put("gp", f"gp_patient_2026-09-30{ending}", gzip.compress(text.encode()) if ending == ".csv.gz" else text)
    found = landed(inbox, columns=ALL_COLUMNS - {"date_of_birth"})
    assert found.state == "current"
    people, _ = assembled(inbox, found)
    assert {row["nhs_number"] for row in people.values()} == {ANN, BEN, CAT}
    assert {row["date_of_birth"] for row in people.values()} == {None}
    kept = bytes_of(inbox.folder / "vault")
    assert ANN.encode() in kept
    assert not any(word in kept for word in (b"was here", b"1950-03-04", b"dt.date(1950", b"(1950, 3, 4)"))
    assert not [path for path in (inbox.folder / "vault" / "landed").iterdir() if path.is_file()]
    assert any("date_of_birth" in line for line in found.warnings)


def test_a_file_of_allowed_columns_is_kept_as_delivered(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    text = f"practice_code,local_patient_id,nhs_number\nA99001,1,{ANN}\n"
    inbox.put("gp", "gp_patient_2026-09-30.csv", text)
    landed(inbox)
    (copy,) = [path for path in (inbox.folder / "vault" / "landed").iterdir() if path.is_file()]
    assert copy.read_text() == text


def test_a_required_column_that_may_not_be_read_refuses_the_source(inbox: Inbox) -> None:
    found = landed(inbox, columns=ALL_COLUMNS - {"practice_code"})
    assert (found.state, found.message.split(":")[0]) == ("refused", "E-LAND-FIELDS")
    assert "practice_code" in found.message


def test_a_table_that_the_field_list_does_not_name_is_not_read(inbox: Inbox) -> None:
    found = inbox.land("gp", borders={})
    assert (found.state, found.files) == ("refused", ())


def test_another_field_list_or_flag_is_another_conversion(inbox: Inbox) -> None:
    first = landed(inbox).files[0].converted_path
    assert landed(inbox).files[0].converted_path == first
    assert landed(inbox, TYPE_1).files != landed(inbox).files
    assert landed(inbox, columns=ALL_COLUMNS - {"bmi"}).files != landed(inbox).files


def test_a_file_that_changes_while_it_is_read_where_it_lies_is_not_read(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.extracts.landing.is_still", lambda *_: False)
    found = landed(inbox)
    assert not [file for file in found.files if file.table == "gp_patient"]
    assert any("it changed while it was read" in line for line in found.warnings)
