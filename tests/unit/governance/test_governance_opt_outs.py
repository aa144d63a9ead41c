"""Opt-outs: the list as read, and whom it means, drawn as records, people and mergers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from governance.opt_outs import OptOuts, opted_out_people, people_of, protected_people, read_opt_outs
from schemas.errors import GovernanceError
from schemas.identifiable import Link, PersonRecord
from tests.governance_drawings import mergers, name, nhs_number

A, B, C, D = (nhs_number(serial) for serial in (1, 2_000, 30_000, 400_000))


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "opt_outs.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (f"{A},\n{B},\n", {A, B}),
        (f"{A},\r\n{B},\r\n", {A, B}),
        (f"\ufeff{A},\n", {A}),
        (f"{A}\n{B}", {A, B}),
        (f'"{A}",\n\n  {B} ,  \n', {A, B}),
        (f"NHS NUMBER,\n{A[:3]} {A[3:6]} {A[6:]},\n", {A}),
        (f"{A},\n{A},\n", {A}),
        (",\n", set()),
        ("NHS_NUMBER,\n", set()),
    ],
)
def test_lists_are_read(tmp_path: Path, text: str, numbers: set[str]) -> None:
    path = written(tmp_path, text)
    found = read_opt_outs(path, synthetic=True)
    assert found.numbers == numbers
    assert found.unusable == 0
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_few_unusable_rows_are_counted(tmp_path: Path) -> None:
    rows = [nhs_number(serial * 1_000) for serial in range(1, 40)]
    found = read_opt_outs(written(tmp_path, ",\n".join([*rows, "9999999999"])), synthetic=True)
    assert (len(found.numbers), found.checked_rows, found.unusable) == (39, 40, 1)
    assert repr(found) == "OptOuts(39 numbers, 1 of 40 rows unusable)"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E-OPTOUT-EMPTY"),
        ("\n \n", "E-OPTOUT-EMPTY"),
        (f"{A},Smith\n", "E-OPTOUT-COLUMNS"),
        (f"{A},{B},\n", "E-OPTOUT-COLUMNS"),
        ("9434765918,\n", "E-OPTOUT-UNUSABLE"),
        (f"{A},\n12345,\n", "E-OPTOUT-UNUSABLE"),
        (f"{A},\n".encode("utf-16"), "E-OPTOUT-FILE"),
        (b"\xff\xfe\xfd", "E-OPTOUT-FILE"),
    ],
)
def test_what_is_no_list_stops_the_night_without_showing_a_value(tmp_path: Path, text: str | bytes, code: str) -> None:
    with pytest.raises(GovernanceError, match=f"^{code}: ") as caught:
        read_opt_outs(written(tmp_path, text), synthetic=True)
    assert caught.value.__context__ is None
    for value in (A, "Smith", "9434765918", "12345"):
        assert value not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GovernanceError, match=r"^E-OPTOUT-FILE: the list"):
        read_opt_outs(tmp_path / "none.csv", synthetic=True)


def test_test_numbers_do_not_count_in_a_real_project(tmp_path: Path) -> None:
    with pytest.raises(GovernanceError, match=r"^E-OPTOUT-UNUSABLE: "):
        read_opt_outs(written(tmp_path, f"{A},\n"), synthetic=False)


# --- whom a list means --------------------------------------------------------------------------------------------------------


def people(*drawn: tuple[str, str, str | None, int]) -> tuple[pa.Table, pa.Table]:
    """Records and links drawn as (source, local id, number, person)."""
    records = [{"source": source, "local_patient_id": local, "nhs_number": number} for source, local, number, _ in drawn]
    links: list[dict[str, Any]] = [
        {"source": source, "local_patient_id": local, "person_id": f"{person:032x}", "step": "unlinked", "model_version": "1"}
        for source, local, _, person in drawn
    ]
    return PersonRecord.conform(pa.Table.from_pylist(records)), Link.conform(pa.Table.from_pylist(links))


AREA = people(
    ("register", A, A, 1), ("gp", "a", None, 1), ("register", B, B, 2), ("sus_apc", "b", C, 2), ("cld", "c", None, 3)
)  # fmt: skip


@pytest.mark.parametrize(
    ("listed", "merged", "meant"),
    [
        ({A}, "", ["p1"]),
        ({A, B}, "", ["p1", "p2"]),
        ({C}, "", ["p2"]),                              # any record that carries the number
        ({D}, "", []),
        ({D}, f"{D} {A}", ["p1"]),                      # the listed number was superseded
        ({D}, f"{D} {C} \n {C} {A}", ["p1", "p2"]),     # through a chain; and whoever carries a number on the way
        ({A}, f"{B} {A}", ["p1", "p2"]),                # the listed number superseded another
        (set(), "", []),
    ],
)  # fmt: skip
def test_whom_a_list_means(listed: set[str], merged: str, meant: list[str]) -> None:
    records, links = AREA
    found = opted_out_people(records, links, OptOuts(frozenset(listed), "", 0, 0), mergers=mergers(merged))
    assert [name(each) for each in found.to_pylist()] == meant


def test_mergers_are_optional() -> None:
    records, links = AREA
    assert [name(each) for each in opted_out_people(records, links, OptOuts(frozenset({A}), "", 1, 0)).to_pylist()] == ["p1"]


def test_a_register_key_counts_even_where_its_number_may_not_be_used() -> None:
    records, links = people(("register", A, None, 1))
    assert len(opted_out_people(records, links, OptOuts(frozenset({A}), "", 1, 0))) == 1


def test_records_without_a_link_are_nobody() -> None:
    records, _ = AREA
    assert people_of(records, Link.empty()).to_pylist() == []


def test_one_protected_record_protects_the_person() -> None:
    records, links = AREA
    flags = pa.array([None, True, False, None, True])
    place = records.column_names.index("protected")
    found = protected_people(records.set_column(place, "protected", flags), links)
    assert [name(each) for each in found.to_pylist()] == ["p1", "p3"]
