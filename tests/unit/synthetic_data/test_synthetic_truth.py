"""The truth fits the files, and says which records can be told apart."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from area_on_disk import Written

from pipelines.extracts import EXTRACTS
from synthetic_data.truth import _count_of, person_ids

TABLES = [(extract.source, table) for extract in EXTRACTS for table in extract.tables if not table.name.endswith("_tokens")]
KEYED = [(source, table) for source, table in TABLES if any(len(key) == 2 for key in table.person_key)]


@pytest.mark.parametrize(("source", "table"), KEYED, ids=lambda value: getattr(value, "name", value))
def test_every_record_of_the_files_is_in_the_truth(area: Written, source: str, table: object) -> None:
    key = next(key for key in table.person_key if len(key) == 2)  # type: ignore[attr-defined]
    rows = area.read(source, table.name)  # type: ignore[attr-defined]
    ids = set(pc.binary_join_element_wise(rows[key[0]], rows[key[1]], ":").to_pylist())
    records = area.records()
    known = set(records.filter(pc.equal(records["source"], source))["local_patient_id"].to_pylist())
    assert ids <= known
    assert len(known - ids) < 0.1 * len(known) or source in ("cld", "gp", "mhsds", "csds")


def test_record_keys_are_unique_and_people_are_known(area: Written) -> None:
    records, people = area.records(), area.people()
    assert records.group_by(["source", "local_patient_id"]).aggregate([]).num_rows == records.num_rows
    assert set(records["true_person_id"].to_pylist()) <= set(people["true_person_id"].to_pylist())
    assert len(set(people["true_person_id"].to_pylist())) == people.num_rows


def test_the_register_is_all_there_under_its_numbers(area: Written) -> None:
    records = area.records()
    register = records.filter(pc.equal(records["source"], "register"))
    assert set(register["local_patient_id"].to_pylist()) == set(area.read("register", "register_2026")["NHS_NUMBER"].to_pylist())


def test_most_records_can_be_told_apart_and_visitors_cannot(area: Written) -> None:
    rows = area.records().to_pylist()
    visitors = [row for row in rows if "visitor" in row["traps"]]
    assert visitors
    assert not any(row["identifies_one"] for row in visitors)
    others = [row["identifies_one"] for row in rows if "visitor" not in row["traps"]]
    assert 0.97 < np.mean(others) < 1.0


def test_a_right_number_tells_who_it_is_and_another_does_not(area: Written) -> None:
    for row in area.records().to_pylist():
        wrong = {"no_number", "shared_number", "placeholder_number", "wrong_digit", "spreadsheet_number"} & set(row["traps"])
        assert row["number_right"] != bool(wrong) or "superseded" in row["traps"]


def test_changed_identities_are_two_ids_that_name_each_other(area: Written) -> None:
    people = area.people().to_pylist()
    by_id = {row["true_person_id"]: row for row in people}
    later = [row for row in people if row["former_identity"] is not None]
    assert later
    for row in later:
        former = by_id[row["former_identity"]]
        assert former["gender"] != row["gender"]
        assert former["date_of_birth"] == row["date_of_birth"]
        assert {"protected", "changed_identity"} <= set(row["traps"]) & set(former["traps"])


def test_need_is_told_by_year(area: Written) -> None:
    needs = pq.read_table(area.truth / "truth_need.parquet")
    assert len(set(needs["date"].to_pylist())) == 6
    assert pc.min(needs["emergency_admissions_a_year"]).as_py() > 0


# Faces are (given name, family name, year of birth); a record fits as many people as have such a face.
#   record     people with it
@pytest.mark.parametrize(("record", "expected"), [
    ((1, 7, 1950), 1),
    ((2, 7, 2010), 2),   # two different people
    ((3, 8, 1980), 1),   # one person met twice
    ((9, 9, 1999), 0),
])  # fmt: skip
def test_counting_whom_a_record_fits(record: tuple[int, ...], expected: int) -> None:
    faces = np.array([[1, 7, 1950], [2, 7, 2010], [2, 7, 2010], [3, 8, 1980], [3, 8, 1980]])
    whose = np.array([0, 1, 2, 3, 3])
    assert _count_of(faces, whose, np.array([record])).tolist() == [expected]


def test_person_ids() -> None:
    assert person_ids(np.array([12, -1])).to_pylist() == ["T00000012", None]
