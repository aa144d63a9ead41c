"""What a batch trace against the national register answered: a response file to rows and rejects, a block at a time.

Columns are known by name, in any order and with any others beside them: UNIQUE REFERENCE, ERROR_SUCCESS_CODE, MATCHED_NHS_NO,
and where they are there DATE_OF_BIRTH and SENSITIVITY_FLAG (the service's own files spell it SENSITIVTY_FLAG, too). They stand in
the first row or the second: files of the older Master Patient Trace began with a row about the file (UNVERIFIED for today's).

    code             MATCHED_NHS_NO  outcome       number
    ---------------  --------------  ------------  ------
    00               a number        matched       yes
    90               a number        superseded    yes: the one that replaced the number asked with
    00, 90, 97       9999999999      several       no
    00, 90, 98, 91   0000000000      none          no
    92               any             protected     no; likewise where the sensitivity flag says so, whatever the code
    15, 16, 96       any, or empty   not traced    no
    any other        any             a reject: `code not in list`

A row that protects is an answer wherever its reference can be read: whatever else is wrong with it, it protects.

Meanings: PDS MESH data dictionary (digital.nhs.uk) for the two numbers that are no numbers; NHS Digital's public Data Processing
Services code (`dsp/integration/mps/constants.py`) for the codes; both read in November 2026. 01 to 14 and 17 are faults of a
file or row, of which we saw the names only. UNVERIFIED: that MATCHED_NHS_NO holds the current number beside code 90.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.compute as pc

from linkage.numbers.requests import REFERENCE_FORM
from schemas.errors import CaselinkError
from schemas.identifiable import TraceAnswer
from schemas.nhs_number import read_nhs_numbers, usable_numbers
from schemas.table import Rows

OUTCOMES = {
    "00": "matched", "90": "superseded", "97": "several", "98": "none", "91": "none", "92": "protected",
    "15": "not traced", "16": "not traced", "96": "not traced",
}  # fmt: skip
WITH_NUMBER = pa.array(["matched", "superseded"])
NO_NUMBER = {"0000000000": "none", "9999999999": "several", "": "not traced"}
# What a sensitivity flag may say of somebody who is not protected; anything else protects.
NOT_SENSITIVE = pa.array(["", "N", "NO", "0", "F", "FALSE", "U"])

REFERENCE, CODE, NUMBER, BIRTH, SENSITIVE = (
    "UNIQUE REFERENCE",
    "ERROR_SUCCESS_CODE",
    "MATCHED_NHS_NO",
    "DATE_OF_BIRTH",
    "SENSITIVITY_FLAG",
)
NEEDED = (REFERENCE, CODE, NUMBER)
WANTED = (*NEEDED, BIRTH, SENSITIVE)
OTHER_SPELLINGS = {"SENSITIVTYFLAG": SENSITIVE}
HEADER_LINES = 2  # within so many lines the header must be found

LONGEST_LINE = 1 << 16  # characters; a response of the service has a few hundred
BLOCK_ROWS = 50_000
UNREADABLE = "[\\x00\ufffd]"

REJECTS = pa.schema([("file", pa.string()), ("line", pa.int64()), ("rule", pa.string()), ("column", pa.string())])


@dataclass(frozen=True)
class TraceFile:
    """A response as read: answers, rejects (file, line, rule, column: where and why, never what), rows = both together."""

    answers: Rows[TraceAnswer]
    rejects: pa.Table
    rows: int


def read_trace_answers(path: Path, *, synthetic: bool, name: str | None = None) -> TraceFile:
    """Read one response file; numbers of the test range count in a synthetic project only.

    `name` is how rejects and errors call the file, where its own name might name somebody.
    Raises `CaselinkError`: `E-TRACE-FILE` where the file cannot be opened, `E-TRACE-COLUMNS` where a column that is needed is in
    neither of the first two lines, `E-TRACE-LONG` where a line is longer than any answer, or a quote is never closed.
    """
    answers, rejects, rows = [TraceAnswer.empty()], [REJECTS.empty_table()], 0
    name, failure = name or path.name, ""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            for block in _blocks(stream, name):
                good, bad = _judged(block, name, synthetic=synthetic)
                answers.append(good)
                rejects.append(bad)
                rows += block.num_rows
    except OSError as error:
        failure = type(error).__name__  # raised below, outside the except block
    except csv.Error:
        failure = "a quote is not closed"
    if failure:
        code = "E-TRACE-LONG" if "quote" in failure else "E-TRACE-FILE"
        raise CaselinkError(code, f"{name} cannot be read ({failure}).", cure="ask the trace service for the response again")
    return TraceFile(TraceAnswer.sort(pa.concat_tables(answers)), pa.concat_tables(rejects).sort_by("line"), rows)


def _blocks(stream: TextIO, name: str) -> Iterator[pa.Table]:
    """The wanted columns as text with the line of each row; a row of another width than the header has nulls and no reference."""
    reader = csv.reader(_lines(stream, name))
    places, width = _header(reader, name)
    waiting: list[tuple[int, list[str] | None]] = []
    for row in reader:
        if row:
            waiting.append((reader.line_num, [row[place] for place in places.values()] if len(row) == width else None))
        if len(waiting) == BLOCK_ROWS:
            yield _block(waiting, list(places))
            waiting = []
    yield _block(waiting, list(places))


def _block(rows: list[tuple[int, list[str] | None]], names: list[str]) -> pa.Table:
    columns = {
        name: pa.array([None if cells is None else cells[place].strip() for _, cells in rows], pa.string())
        for place, name in enumerate(names)
    }
    empty = pa.array([""] * len(rows), pa.string())
    return pa.table(
        {"line": pa.array([line for line, _ in rows], pa.int64()), **{name: columns.get(name, empty) for name in WANTED}}
    )


def _lines(stream: TextIO, name: str) -> Iterator[str]:
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise CaselinkError("E-TRACE-LONG", f"{name}, line {number} is longer than any answer.", cure="is this the response?")
        yield line


def _header(reader: Any, name: str) -> tuple[dict[str, int], int]:
    """Where each wanted column stands, and how many columns there are."""
    folded = {_fold(column): column for column in WANTED} | OTHER_SPELLINGS
    for _, row in zip(range(HEADER_LINES), reader, strict=False):
        places = {folded[_fold(head)]: place for place, head in enumerate(row) if _fold(head) in folded}
        if all(column in places for column in NEEDED):
            return places, len(row)
    raise CaselinkError(
        "E-TRACE-COLUMNS",
        f"{name} has no header with the columns {', '.join(NEEDED)} in its first {HEADER_LINES} lines.",
        cure="give the response file of the trace as it came",
    )


def _fold(head: str) -> str:
    return "".join(mark for mark in head.upper() if mark.isalnum())


def _judged(block: pa.Table, name: str, *, synthetic: bool) -> tuple[pa.Table, pa.Table]:
    """The good rows as answers, and the rejects: each row under the first rule it breaks."""
    outcome = _outcomes(block)
    numbers = usable_numbers(read_nhs_numbers(block[NUMBER]), synthetic=synthetic)
    wants_number = pc.is_in(outcome, value_set=WITH_NUMBER)
    births = pc.strptime(block[BIRTH], format="%Y%m%d", unit="s", error_is_null=True).cast(pa.date32())
    other_than_protected = pc.invert(pc.fill_null(pc.equal(outcome, "protected"), False))
    unreadable = {column: pc.match_substring_regex(block[column], UNREADABLE) for column in WANTED}
    rules = [
        ("columns do not match the header", None, pc.is_null(block[REFERENCE])),
        *(
            ("unreadable character", column, mask if column == REFERENCE else pc.and_(mask, other_than_protected))
            for column, mask in unreadable.items()
        ),
        ("not a reference of ours", REFERENCE, pc.invert(pc.match_substring_regex(block[REFERENCE], REFERENCE_FORM))),
        ("code not in list", CODE, pc.is_null(outcome)),
        ("no usable NHS number", NUMBER, pc.and_(wants_number, pc.is_null(numbers))),
        ("bad date", BIRTH, pc.and_(other_than_protected, pc.and_(pc.is_null(births), pc.not_equal(block[BIRTH], "")))),
    ]
    rejects, bad = [REJECTS.empty_table()], pa.chunked_array([pa.repeat(pa.scalar(False), block.num_rows)])
    for rule, column, mask in rules:
        broken = pc.and_(pc.fill_null(mask, False), pc.invert(bad))
        rejects.append(_rejects(block["line"].filter(broken), name, rule, column))
        bad = pc.or_(bad, broken)
    answers = pa.table(
        {
            "reference": block[REFERENCE],
            "outcome": outcome,
            "nhs_number": pc.if_else(wants_number, numbers, pa.scalar(None, pa.string())),
            "date_of_birth": births,
        }
    )
    return TraceAnswer.validate(answers.filter(pc.invert(bad))), pa.concat_tables(rejects)


def _outcomes(block: pa.Table) -> Any:
    """One of TRACE_OUTCOMES for each row; null where its code is in no list."""
    codes, numbers = block[CODE], block[NUMBER]
    outcome = pa.array(OUTCOMES.values()).take(pc.index_in(pc.utf8_lpad(codes, 2, "0"), value_set=pa.array(OUTCOMES)))
    no_number = pa.array(NO_NUMBER.values()).take(pc.index_in(numbers, value_set=pa.array(NO_NUMBER)))
    outcome = pc.if_else(pc.is_in(outcome, value_set=WITH_NUMBER), pc.coalesce(no_number, outcome), outcome)
    flagged = pc.invert(pc.is_in(pc.utf8_upper(block[SENSITIVE]), value_set=NOT_SENSITIVE))
    return pc.if_else(pc.and_(flagged, pc.is_valid(codes)), "protected", outcome)


def _rejects(lines: Any, name: str, rule: str, column: str | None) -> pa.Table:
    count = len(lines)
    texts = [pa.repeat(pa.scalar(each, pa.string()), count) for each in (name, rule, column)]
    return pa.table([texts[0], lines, texts[1], texts[2]], schema=REJECTS)
