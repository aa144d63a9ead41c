"""A trace's response file: known columns, outcomes by code, and bad rows as places and rules, never values."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from linkage.numbers import answers as trace_answers
from linkage.numbers.answers import TraceFile, read_trace_answers
from schemas.errors import CaselinkError
from tests.linkage_tables import NUMBERS

A, B, C, D = ("A" * 24, "B" * 24, "C" * 24, "D" * 24)
N1 = NUMBERS["n1"]
HEAD = "UNIQUE REFERENCE,DATE_OF_BIRTH,ERROR_SUCCESS_CODE,MATCHED_NHS_NO,SENSITIVITY_FLAG\n"


def read(tmp_path: Path, text: str | bytes, *, synthetic: bool = True) -> TraceFile:
    path = tmp_path / "response.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_trace_answers(path, synthetic=synthetic)


def refusal(tmp_path: Path, text: str) -> CaselinkError:
    with pytest.raises(CaselinkError) as refused:
        read(tmp_path, text)
    assert refused.value.__context__ is None
    assert N1 not in str(refused.value)
    return refused.value


@pytest.mark.parametrize(
    ("code", "number", "flag", "outcome", "given"),
    [
        ("00", N1, "", "matched", N1),
        ("0", N1, "N", "matched", N1),  # a spreadsheet took the zero
        ("00", f"{N1[:3]} {N1[3:6]} {N1[6:]}", "", "matched", N1),
        ("90", N1, "U", "superseded", N1),
        ("00", "0000000000", "", "none", None),
        ("00", "9999999999", "", "several", None),
        ("00", "", "", "not traced", None),
        ("97", "9999999999", "", "several", None),
        ("98", "0000000000", "", "none", None),
        ("91", N1, "", "none", None),
        ("92", N1, "", "protected", None),
        ("00", N1, "S", "protected", None),
        ("00", N1, "something new", "protected", None),
        ("96", "", "", "not traced", None),
        ("15", "", "", "not traced", None),
    ],
)
def test_the_outcome_of_each_code(tmp_path: Path, code: str, number: str, flag: str, outcome: str, given: str | None) -> None:
    file = read(tmp_path, HEAD + f"{A},19400203,{code},{number},{flag}\n")
    assert file.rejects.num_rows == 0
    assert file.answers.to_pylist() == [
        {"reference": A, "outcome": outcome, "nhs_number": given, "date_of_birth": dt.date(1940, 2, 3)}
    ]


def test_bad_rows_are_places_and_rules(tmp_path: Path) -> None:
    """Each row under the first rule it breaks; good and refused rows add up; blank lines are no rows."""
    rows = [
        f"{A},19400203,00,{N1},",
        f"{B},19400203,00",
        f"P12345,19400203,00,{N1},",
        f"{B},19400203,77,{N1},",
        f"{B},19400203,00,9990000019,",
        "",
        f"{B},3 Feb 1940,00,{N1},",
        f"{B},19400203,00,999000001,",
        f"{C},,98,0000000000,",
    ]
    file = read(tmp_path, HEAD + "\n".join(rows) + "\n")
    assert [(row["line"], row["rule"], row["column"]) for row in file.rejects.to_pylist()] == [
        (3, "columns do not match the header", None),
        (4, "not a reference of ours", "UNIQUE REFERENCE"),
        (5, "code not in list", "ERROR_SUCCESS_CODE"),
        (6, "no usable NHS number", "MATCHED_NHS_NO"),
        (8, "bad date", "DATE_OF_BIRTH"),
        (9, "no usable NHS number", "MATCHED_NHS_NO"),
    ]
    assert file.rows == 8
    assert file.answers.num_rows + file.rejects.num_rows == file.rows
    assert set(file.rejects["file"].to_pylist()) == {"response.csv"}


@pytest.mark.parametrize("row", [
    f"{A},3 Feb 1940,92,{N1},",          # a bad date
    f"{A},,92,99900000\ufffd8,",         # a mark that cannot be read in the number
    f"{A},3 Feb 1940,00,9990000019,Y",   # a bad date and a bad number
    f"{A},,77,{N1},Y",                   # a code that we do not know
    f"{A},,00,{N1},\ufffd",              # a flag that cannot be read
])  # fmt: skip
def test_what_is_wrong_elsewhere_in_a_row_that_protects_does_not_lose_it(tmp_path: Path, row: str) -> None:
    file = read(tmp_path, HEAD + row + "\n")
    assert file.rejects.num_rows == 0
    assert [(each["reference"], each["outcome"], each["nhs_number"]) for each in file.answers.to_pylist()] == [
        (A, "protected", None)
    ]


def test_a_row_that_protects_nobody_we_can_name_is_refused(tmp_path: Path) -> None:
    file = read(tmp_path, HEAD + f"P12345,,92,{N1},Y\n{A},92,Y\n")
    assert file.rejects["rule"].to_pylist() == ["not a reference of ours", "columns do not match the header"]


def test_numbers_of_the_test_range_are_nobodys_in_a_live_project(tmp_path: Path) -> None:
    file = read(tmp_path, HEAD + f"{A},,00,{N1},\n", synthetic=False)
    assert file.answers.num_rows == 0
    assert file.rejects["rule"].to_pylist() == ["no usable NHS number"]


def test_columns_are_known_by_name_and_the_services_spelling(tmp_path: Path) -> None:
    """In any order, beside others, after a row about the file, with a byte-order mark; the flag as the service spells it."""
    head = "\ufeffMPTREQ_1,WF,2\nSENSITIVTY_FLAG,MATCHED_NHS_NO,SURNAME,error success code,UNIQUE_REFERENCE\n"
    text = head + f"S,{N1},x,00,{A}\n,{N1},x,00,{B}\n"
    answers = read(tmp_path, text).answers.to_pylist()
    assert [(row["reference"], row["outcome"], row["date_of_birth"]) for row in answers] == [
        (A, "protected", None), (B, "matched", None),
    ]  # fmt: skip


def test_unreadable_characters_are_refused(tmp_path: Path) -> None:
    file = read(tmp_path, (HEAD + f"{A},19400203,00,{N1},\n").encode() + b"\xff" + f"{B},,00,{N1},\n".encode())
    assert [(row["line"], row["rule"]) for row in file.rejects.to_pylist()] == [(3, "unreadable character")]


def test_a_file_without_rows_has_no_answers(tmp_path: Path) -> None:
    file = read(tmp_path, HEAD)
    assert (file.rows, file.answers.num_rows, file.rejects.num_rows) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E-TRACE-COLUMNS"),
        (f"a,b\nc,d\n{HEAD}", "E-TRACE-COLUMNS"),
        ("UNIQUE REFERENCE,MATCHED_NHS_NO\n", "E-TRACE-COLUMNS"),
        (HEAD + N1 * 10_000, "E-TRACE-LONG"),
        (HEAD + f'{A},"{N1}' + f"\n{N1}" * 20_000, "E-TRACE-LONG"),
    ],
)
def test_what_is_no_response_is_refused_whole(tmp_path: Path, text: str, code: str) -> None:
    assert refusal(tmp_path, text).code == code


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaselinkError, match="E-TRACE-FILE"):
        read_trace_answers(tmp_path / "nothing.csv", synthetic=True)


def test_blocks_and_the_order_of_rows_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"{letter * 24},19400203,{code},{N1}," for letter in "ABCDEFG" for code in ("00", "90", "98")]
    whole = read(tmp_path, HEAD + "\n".join(rows)).answers
    random.Random(1).shuffle(rows)
    monkeypatch.setattr(trace_answers, "BLOCK_ROWS", 2)
    again = read(tmp_path, HEAD + "\n".join(rows))
    assert again.answers.equals(whole)
    assert (again.rows, whole.num_rows) == (21, 21)
