"""Which activity a role may see: mental health, substance misuse and sexual health apart from the rest.

An event belongs to every category that one of its parts is recognised by (`reference/activity_categories.csv`), and is shown
where the role may see all of them (`reference/category_visibility.csv`, or the project's own `[access.sees]`). A code of which
nothing is known (SNOMED CT, an unlisted register) makes an event `not classified`. What is not written down is hidden.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from governance.access.roles import can

REFERENCE = Path(__file__).parent.parent / "reference"

ORDINARY, UNCLASSIFIED = "ordinary", "not classified"
MENTAL_HEALTH, SUBSTANCE_MISUSE, SEXUAL_HEALTH = "mental health", "substance misuse", "sexual health"
CATEGORIES = (ORDINARY, UNCLASSIFIED, MENTAL_HEALTH, SUBSTANCE_MISUSE, SEXUAL_HEALTH)

ICD10 = "^[A-Z][0-9][0-9A-Z]"  # a category of ICD-10, without a dot
SNAPSHOT = "gp_snapshot"  # its codes are a practice's registers
ATTRIBUTES = ("treatment_function", "primary_support_reason")


@dataclass(frozen=True)
class Mark:
    """One row of the table: an event whose `column` is, or begins with, `value` belongs to `category`."""

    category: str
    column: str
    match: str
    value: str
    meaning: str
    source: str


class Visible(NamedTuple):
    """Rows that the role may see, how many it may not, and of them how many in each category that hides them.

    The counts by category are for the audit and for tests: to the viewer they would tell what they hide.
    """

    rows: pa.Table
    hidden: int
    by_category: dict[str, int]


@cache
def marks() -> tuple[Mark, ...]:
    """The table of marks as shipped."""
    with (REFERENCE / "activity_categories.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(Mark(**row) for row in csv.DictReader(lines))


@cache
def shipped_visibility() -> Mapping[tuple[str, str], str]:
    """(role, category) to the reason for which it is visible; pairs that are not visible are not there."""
    with (REFERENCE / "category_visibility.csv").open(encoding="utf-8", newline="") as lines:
        return {(row["role"], row["category"]): row["source"] for row in csv.DictReader(lines) if row["visible"] == "yes"}


def sees(role: str, category: str, own: Mapping[str, Collection[str]] | None = None) -> bool:
    """Whether a role may see activity of a category; an unknown role or category: no.

    `own`: role to categories, as the project's Guardian decided; a role that it names is judged by it alone.
    """
    if category not in CATEGORIES or not can(role, "activity"):
        return False
    if own is not None and role in own:
        return category in own[role]
    return (role, category) in shipped_visibility()


def visible_activity(activity: pa.Table, role: str, own: Mapping[str, Collection[str]] | None = None) -> Visible:
    """The PseudonymisedActivity rows that a role may see, in their order. Seen and hidden together are all of them."""
    hidden = {name: mask for name, mask in categories(activity).items() if not sees(role, name, own)}
    any_hidden = _any(list(hidden.values()), activity.num_rows)
    counts = {name: count for name, mask in hidden.items() if (count := _count(mask))}
    return Visible(activity.filter(pc.invert(any_hidden)), _count(any_hidden), counts)


def categories(activity: pa.Table) -> dict[str, Any]:
    """Each category's mask over the rows; a row has at least one, and `ordinary` only where it has no other."""
    found = {name: _marked(activity, name) for name in CATEGORIES if name not in (ORDINARY, UNCLASSIFIED)}
    found[UNCLASSIFIED] = _unknown(activity)
    other = pc.invert(_any(list(found.values()), activity.num_rows))
    return {ORDINARY: other, **found}


def _marked(activity: pa.Table, category: str) -> Any:
    own = [mark for mark in marks() if mark.category == category]
    is_snapshot = pc.equal(activity["activity_type"], SNAPSHOT)
    masks = [
        _matches(activity["activity_type"], own, "activity_type"),
        pc.and_(pc.invert(is_snapshot), _with_code(activity, own, "codes")),
        pc.and_(is_snapshot, _with_code(activity, own, "registers")),
        *(_matches(_attribute(activity, name), own, name) for name in ATTRIBUTES),
    ]
    return _any(masks, activity.num_rows)


def _unknown(activity: pa.Table) -> Any:
    """Rows with a code that is neither ICD-10 nor, in a snapshot, a listed register."""
    is_snapshot = pc.equal(activity["activity_type"], SNAPSHOT)
    listed = "|".join(f"^{mark.value}$" for mark in marks() if mark.column == "registers")
    odd_code, odd_register = _rows_with(activity, ICD10, invert=True), _rows_with(activity, listed, invert=True)
    return pc.if_else(is_snapshot, odd_register, odd_code)


def _with_code(activity: pa.Table, own: list[Mark], column: str) -> Any:
    pattern = _pattern(own, column)
    return _rows_with(activity, pattern) if pattern else _any([], activity.num_rows)


def _rows_with(activity: pa.Table, pattern: str, *, invert: bool = False) -> Any:
    """Whether any of a row's codes fits the pattern (or, inverted, any does not)."""
    lists = activity["codes"].combine_chunks()
    lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
    fits = pc.match_substring_regex(pc.fill_null(pc.list_flatten(lists), ""), pattern)
    rows = pc.list_parent_indices(lists).filter(pc.invert(fits) if invert else fits)
    return pa.chunked_array([pc.is_in(pa.array(range(activity.num_rows), pa.int64()), value_set=pc.unique(rows))])


def _matches(values: Any, own: list[Mark], column: str) -> Any:
    pattern = _pattern(own, column)
    if not pattern:
        return _any([], len(values))
    return pc.fill_null(pc.match_substring_regex(values, pattern, ignore_case=True), False)


def _pattern(own: list[Mark], column: str) -> str:
    """One regular expression for a column's marks; their values hold nothing that means something in one."""
    return "|".join(f"^{mark.value}" + ("$" if mark.match == "is" else "") for mark in own if mark.column == column)


def _attribute(activity: pa.Table, name: str) -> Any:
    return pc.struct_field(activity["attributes"], name)


def _any(masks: list[Any], count: int) -> Any:
    found = pa.chunked_array([pa.repeat(pa.scalar(False), count)])
    for mask in masks:
        found = pc.or_(found, mask)
    return found


def _count(mask: Any) -> int:
    return int(pc.sum(mask, min_count=0).as_py() or 0)
