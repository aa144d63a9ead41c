"""A clerk's file: pairs to judge, out; her decisions, in. CSV for a spreadsheet, or JSON for recordlinkage's annotator."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from linkage.review.annotation import read_annotations, write_annotations
from linkage.review.judgements import LINK, NON_LINK, UNSURE
from linkage.review.queue import SHOWN_FIELDS, SideBySide
from pipelines.private_csv import PRIVATE, write_private_csv
from schemas.errors import ConfigurationError

SUFFIXES = {"csv": ".csv", "recordlinkage": ".json"}
DECISIONS = (LINK, NON_LINK, UNSURE)
REFERENCE, DECISION, COMMENT = "pair", "decision", "comment"
DELIMITERS = ",;\t"  # a spreadsheet may save with the list separator of its country

# Why a row of a clerk's file is refused.
UNKNOWN_PAIR, BAD_DECISION, TWICE, CONTRARY = (
    "no pair of this reference was given out", "decision is not link, non-link or unsure", "the pair is there more than once",
    "already judged otherwise at this moment",
)  # fmt: skip


class Said(NamedTuple):
    """One row of a clerk's file: its line (in an annotation file, its place), the pair's reference, and the decision as given."""

    line: int
    reference: str
    decision: str


class Reject(NamedTuple):
    """A refused row: where and why, never what."""

    line: int
    rule: str


def write_review_csv(path: Path, sides: SideBySide) -> None:
    """One row per pair: its reference, an empty decision and comment, and each field of both sides beside each other."""
    empty = pa.repeat("", sides.pairs.num_rows)
    columns = {REFERENCE: sides.pairs["reference"], DECISION: empty, COMMENT: empty, "source": sides.pairs["source"]}
    for name in SHOWN_FIELDS:
        columns |= {name: sides.left[name], f"register_{name}": sides.right[name]}
    write_private_csv(path, pa.table(columns), for_people=True)


def write_review_annotations(path: Path, sides: SideBySide) -> None:
    """The same pairs for recordlinkage's annotator; the file is its owner's alone from the first byte."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        write_annotations(part, sides)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_review(path: Path) -> list[Said]:
    """The rows of a clerk's file; an annotation file by its suffix `.json`.

    Raises `ConfigurationError` `E-REVIEW-FILE` where it cannot be read as what it is, `E-REVIEW-COLUMNS` where it lacks a column.
    """
    if not path.is_file():
        raise ConfigurationError("E-REVIEW-FILE", "there is no such file.", cure="name the file that a clerk filled in")
    if path.suffix == SUFFIXES["recordlinkage"]:
        return [Said(each.place, each.reference, each.decision) for each in read_annotations(path)]
    return _read_csv(path)


def _read_csv(path: Path) -> list[Said]:
    problem = ""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = stream.readline()
            stream.seek(0)
            rows = csv.DictReader(stream, delimiter=max(DELIMITERS, key=header.count), strict=True)
            missing = {REFERENCE, DECISION} - set(rows.fieldnames or ())
            said = [_said(rows.line_num, row) for row in rows if not missing]
    except (UnicodeDecodeError, csv.Error) as trouble:
        problem = type(trouble).__name__  # raised below, outside the except block: the cause's text may hold a value
    if problem:
        raise ConfigurationError("E-REVIEW-FILE", f"the file is no CSV in UTF-8 ({problem}).", cure="save it as CSV UTF-8")
    if missing:
        raise ConfigurationError(
            "E-REVIEW-COLUMNS", f"the file has no column {sorted(missing)[0]}.", cure="give back the file that was exported"
        )
    return said


def _said(line: int, row: dict[str, str | None]) -> Said:
    return Said(line, (row[REFERENCE] or "").strip(), (row[DECISION] or "").strip().lower())


def check_said(said: list[Said], known: set[str]) -> tuple[list[Said], list[Reject]]:
    """The rows that hold a decision on a known pair, and the refused ones; a row without a decision is neither.

    Of a pair that is there more than once, nothing is taken: nobody can say which row was meant.
    """
    decided = [row for row in said if row.decision]
    count = Counter(row.reference for row in decided)
    good, rejects = [], []
    for row in decided:
        rules = {
            UNKNOWN_PAIR: row.reference not in known,
            BAD_DECISION: row.decision not in DECISIONS,
            TWICE: count[row.reference] > 1,
        }
        broken = [rule for rule, holds in rules.items() if holds]
        if broken:
            rejects.append(Reject(row.line, broken[0]))
        else:
            good.append(row)
    return good, rejects
