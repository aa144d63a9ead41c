"""Drawn tables for linkage tests: people as they would be sketched on paper, and what is expected of them."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa

from linkage import Linked, LinkSettings, link_records
from schemas.identifiable import PersonRecord, RegisterMerger

# Short heads for a drawing. `step`, `links to` and `reviewed with` (`r1, r2: twin`) are expectations.
HEADS = {
    "id": "local_patient_id", "number": "nhs_number", "status": "nhs_number_status", "given": "given_name",
    "other": "other_given_name", "family": "family_name", "previous": "previous_family_name", "born": "date_of_birth",
    "sex": "gender", "practice": "gp_practice_code", "old postcode": "previous_postcode",
}  # fmt: skip
EXPECTATIONS = ("step", "links to", "reviewed with")

# Test-range numbers with right check digits, by the name they have in drawings.
NUMBERS = {
    "n1": "9990000018", "n2": "9990000026", "n3": "9990000034", "n4": "9990000042", "n5": "9990000050", "n6": "9990000069",
}  # fmt: skip


def drawn(picture: str, **fixed: Any) -> list[dict[str, Any]]:
    """Rows of a drawing: heads in the first line, cells parted by `|`, an empty cell is null."""
    lines = [line for line in picture.strip().splitlines() if line.strip()]
    heads = [HEADS.get(head, head) for head in _cells(lines[0])]
    return [{**fixed, **_row(heads, _cells(line))} for line in lines[1:]]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def _row(heads: list[str], cells: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for head, cell in zip(heads, cells, strict=True):
        value: Any = cell or None
        if head == "date_of_birth" and value:
            value = datetime.date.fromisoformat(value)
        elif head == "protected":
            value = value == "yes"
        elif head == "nhs_number":
            value = NUMBERS.get(cell, value)
        row[head] = value
    return row


def person_records(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a `PersonRecord` table."""
    plain = [{name: value for name, value in row.items() if name not in EXPECTATIONS} for row in rows]
    return pa.Table.from_pylist(plain, schema=PersonRecord.arrow_schema())


def register_mergers(**old_to_new: str) -> pa.Table:
    """`register_mergers(n1="n2")`: number n1 was superseded by n2."""
    rows = [{"old_nhs_number": NUMBERS[old], "new_nhs_number": NUMBERS[new]} for old, new in old_to_new.items()]
    return pa.Table.from_pylist(rows, schema=RegisterMerger.arrow_schema())


def link_drawn(
    register: str, sources: str, mergers: pa.Table | None = None, *, source: str = "gp", settings: LinkSettings | None = None
) -> tuple[Linked, list[dict[str, Any]]]:
    """Link the drawn records; the answer, and the sources' rows with their expectations."""
    residents, rows = drawn(register, source="register"), drawn(sources, source=source)
    mergers = RegisterMerger.empty() if mergers is None else mergers
    return link_records(person_records([*residents, *rows]), mergers, settings), rows


def check_drawn(register: str, sources: str, mergers: pa.Table | None = None, *, source: str = "gp") -> Linked:
    """Link, and compare each record's step, link and review candidates with what its row expects."""
    linked, rows = link_drawn(register, sources, mergers, source=source)
    found = {(row["source"], row["local_patient_id"]): row for row in linked.matches.to_pylist()}
    shown: dict[tuple[str, str], set[str]] = {}
    for pair in linked.review_pairs.to_pylist():
        shown.setdefault((pair["source"], pair["local_patient_id"]), set()).add(f"{pair['register_id']} {pair['reason']}")
    for row in rows:
        key = row["source"], row["local_patient_id"]
        match = found[key]
        assert (match["step"], match["register_id"]) == (row["step"], row["links to"]), (key, match)
        if "reviewed with" in row:
            assert shown.get(key, set()) == _expected_pairs(row["reviewed with"]), (key, shown.get(key))
    return linked


def _expected_pairs(cell: str | None) -> set[str]:
    """`r1, r2: twin` as {"r1 twin", "r2 twin"}."""
    residents, _, reason = (cell or "").partition(":")
    return {f"{resident.strip()} {reason.strip()}" for resident in residents.split(",") if resident.strip()}


def conflicts_of(linked: Linked) -> set[tuple[str, str, str | None]]:
    """(local_patient_id, kind, register_id) of every conflict."""
    return {(row["local_patient_id"], row["kind"], row["register_id"]) for row in linked.conflicts.to_pylist()}
