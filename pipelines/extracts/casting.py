"""A block of text columns to typed rows and rejects.

A row is refused, under the first rule it breaks, where
    it has more or fewer columns than the header                 columns do not match the header
    it holds a character that could not be decoded, or NUL       unreadable character
    a column that every row must fill is empty                   required
    a column that every row must fill is wrong                   the type's rule: bad date, code not in list, ...
    its only NHS number is a test number in a live project       NHS number of the test range
    nothing in it says whose row it is                           nobody named

Any other wrong value is emptied: the row stays, and a reject `<rule>: value left out` says where it was. Nothing is lost:
good rows and refused rows add up to the rows of the file, blank lines counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.layout import EVENT, GIVEN, KIND, LINE, LOCAL_ID, PSEUDONYM, Field, FieldType, TableLayout
from pipelines.extracts.local_ids import key_of, local_patient_ids
from pipelines.extracts.number_share import is_test
from pipelines.extracts.parsers import PARSERS
from pipelines.extracts.plain import BAD_CHARACTER
from pipelines.extracts.reader import Block
from schemas.nhs_number import numbers_with_a_slip, read_nhs_numbers, usable_numbers

LEFT_OUT = ": value left out"  # suffix of the rule where only the value, not the row, was refused
NOT_IN_LIST = "code not in list"
TEST_NUMBER = "NHS number of the test range"
MISSING_WORDS = pa.array(["NULL", "N/A", "#N/A", "\\N"])

REJECTS = pa.schema([("line", pa.int64()), ("rule", pa.string()), ("column", pa.string())])


@dataclass
class Outcome:
    """What became of a block: typed rows, rejects, and how many rows were refused or blank."""

    rows: pa.Table
    rejects: list[pa.Table] = field(default_factory=list)
    refused: int = 0
    blank: int = 0

    def last_days(self) -> dict[str, tuple[int, int]]:
        """How many dates each date column holds, and the latest day of the month among them; no column without a date."""
        dates = [name for name in self.rows.column_names if pa.types.is_date(self.rows[name].type)]
        days = {name: (pc.count(self.rows[name]).as_py(), pc.max(pc.day(self.rows[name])).as_py()) for name in dates}
        return {name: found for name, found in days.items() if found[0]}


def converted_schema(layout: TableLayout) -> pa.Schema:
    """Columns of a converted file: the layout's (listed ones joined), the local patient id, and the line."""
    joined = {name for names in layout.lists.values() for name in names}
    columns: list[tuple[str, pa.DataType]] = []
    for item in layout.fields:
        if item.name not in joined:
            columns.append((item.name, arrow_type(item)))
        if item.type is FieldType.NHS_NUMBER:
            columns += [(item.name + KIND, pa.string()), (item.name + GIVEN, pa.string())]
    columns += [(name, pa.string()) for name in layout.lists]
    columns += [(PSEUDONYM, pa.string()) for item in layout.fields if item.pseudonym][:1]
    keys = ([LOCAL_ID] if layout.person_key else []) + ([EVENT] if layout.event_key else []) + list(layout.refers_to)
    return pa.schema([*columns, *((key, pa.string()) for key in keys), (LINE, pa.int64())])


def arrow_type(item: Field) -> pa.DataType:
    """The Arrow type a field is cast to."""
    return pa.string() if item.type is FieldType.NHS_NUMBER else PARSERS[item.type][2]


def cast_block(block: Block, layout: TableLayout, *, marred: bool, synthetic: bool) -> Outcome:
    """Cast every column of the block, refuse bad rows and leave out bad values."""
    work = _Work(block.lines)
    work.refuse_lines(block.ragged, "columns do not match the header")
    if not len(block.lines):
        return work.outcome(converted_schema(layout).empty_table(), 0)
    blank = _all_null(block)
    work.skip(blank)
    if marred:
        for name, values in block.columns.items():
            work.refuse(pc.match_substring_regex(values, f"[\\x00{BAD_CHARACTER}]"), "unreadable character", name)
    columns = {item.name: _cast_field(item, block, work, synthetic=synthetic) for item in layout.fields}
    typed = _with_derived(columns, layout, work)
    typed[LINE] = pa.array(block.lines)
    schema = converted_schema(layout)
    table = pa.table([typed[name] for name in schema.names], schema=schema)
    return work.outcome(table, int(blank.sum()))


class _Work:
    """Rows still good, and the rejects met so far."""

    def __init__(self, lines: np.ndarray) -> None:
        self.lines = lines
        self.good = np.ones(len(lines), np.bool_)
        self.rejects: list[pa.Table] = []
        self.left_out: list[tuple[np.ndarray, str, str]] = []
        self.refused = 0

    def skip(self, rows: np.ndarray) -> None:
        """Rows that are no rows."""
        self.good &= ~rows

    def refuse(self, mask: Any, rule: str, column: str | None = None) -> None:
        """Refuse the rows of an Arrow mask that are still good."""
        rows = self.good & _numpy(mask)
        if rows.any():
            self.refuse_lines(self.lines[rows], rule, column)
            self.good &= ~rows

    def refuse_lines(self, lines: np.ndarray, rule: str, column: str | None = None) -> None:
        """Note lines whose rows are refused."""
        if len(lines):
            self.rejects.append(_rejects(lines, rule, column))
            self.refused += len(lines)

    def leave_out(self, mask: Any, rule: str, column: str) -> None:
        """Note values that were emptied; those of refused rows are dropped at the end."""
        rows = _numpy(mask)
        if rows.any():
            self.left_out.append((rows, rule + LEFT_OUT, column))

    def outcome(self, table: pa.Table, blank: int) -> Outcome:
        """The good rows with all rejects."""
        values = [_rejects(self.lines[rows & self.good], rule, column) for rows, rule, column in self.left_out]
        good = table if self.good.all() else table.filter(pa.array(self.good))
        return Outcome(good, [*self.rejects, *values], self.refused, blank)


def _cast_field(item: Field, block: Block, work: _Work, *, synthetic: bool) -> dict[str, Any]:
    values = block.columns.get(item.name)
    if values is None or values.null_count == len(values):
        if item.must_be_filled:
            work.refuse(np.ones(len(block.lines), np.bool_), "required", item.name)
        return _nothing(item, len(block.lines))
    if item.pseudonym:
        return {**_nothing(item, len(block.lines)), PSEUDONYM: tidy(values, coded=True)}
    if item.type is FieldType.NHS_NUMBER:
        typed = _cast_nhs_number(item, values, synthetic=synthetic)
        rule = "no usable NHS number"
        if item.must_be_filled:
            work.refuse(is_test(typed[item.name + KIND], typed[item.name]), TEST_NUMBER, item.name)
    else:
        typed = {item.name: _cast_values(item, values, work)}
        rule = "required"
    if item.must_be_filled:
        work.refuse(pc.is_null(typed[item.name]), rule, item.name)
    return typed


def _cast_nhs_number(item: Field, values: Any, *, synthetic: bool) -> dict[str, Any]:
    read = read_nhs_numbers(values)
    return {
        item.name: usable_numbers(read, synthetic=synthetic).combine_chunks(),
        item.name + KIND: read["kind"].cast(pa.string()).combine_chunks(),
        item.name + GIVEN: numbers_with_a_slip(values, read),
    }


def _nothing(item: Field, count: int) -> dict[str, Any]:
    columns = {item.name: pa.nulls(count, arrow_type(item))}
    if item.type is FieldType.NHS_NUMBER:
        columns[item.name + KIND] = pa.repeat(pa.scalar("missing"), count)
        columns[item.name + GIVEN] = pa.nulls(count, pa.string())
    if item.pseudonym:
        columns[PSEUDONYM] = pa.nulls(count, pa.string())
    return columns


def _cast_values(item: Field, values: Any, work: _Work) -> Any:
    parse, rule, kind = PARSERS[item.type]
    encoded = values.dictionary_encode()
    texts = tidy(encoded.dictionary, coded=item.type not in (FieldType.TEXT, FieldType.POSTCODE) or item.codes is not None)
    filled = pc.is_valid(texts)
    parsed = parse(texts.drop_null(), item)
    where = pc.if_else(filled, pc.subtract(pc.cumulative_sum(filled.cast(pa.int64())), 1), None)
    distinct = parsed.values.take(where).cast(kind)
    bad = pc.fill_null(parsed.bad.take(where), False)
    if pc.any(bad).as_py():
        rule = NOT_IN_LIST if item.codes is not None else rule
        mask = pc.fill_null(bad.take(encoded.indices), False)
        if item.must_be_filled:
            work.refuse(mask, rule, item.name)
        else:
            work.leave_out(mask, rule, item.name)
    return distinct.take(encoded.indices)


def tidy(texts: Any, *, coded: bool) -> Any:
    """Trimmed; empty, and in coded columns the words for "nothing", become null."""
    texts = pc.utf8_trim_whitespace(texts)
    empty = pc.equal(texts, "")
    if coded:
        empty = pc.or_(empty, pc.is_in(pc.utf8_upper(texts), value_set=MISSING_WORDS))
    return pc.if_else(empty, None, texts)


def _with_derived(fields: dict[str, dict[str, Any]], layout: TableLayout, work: _Work) -> dict[str, Any]:
    typed = {name: values for each in fields.values() for name, values in each.items()}
    for name, members in layout.lists.items():
        typed[name] = join_codes([typed[member] for member in members])
    if layout.person_key:
        typed[LOCAL_ID] = local_patient_ids(typed, layout)
        needed = typed[LOCAL_ID] if layout.names_a_person else pc.coalesce(typed[LOCAL_ID], *_any_of(typed, layout))
        for name in [item.name for item in layout.fields if item.type is FieldType.NHS_NUMBER]:
            work.refuse(pc.and_(pc.is_null(needed), is_test(typed[name + KIND], typed[name])), TEST_NUMBER, name)
        work.refuse(pc.is_null(needed), "nobody named")
    if layout.event_key:
        typed[EVENT] = key_of(typed, layout.event_key)
    typed.update({name: key_of(typed, (columns,)) for name, columns in layout.refers_to.items()})
    return typed


def _any_of(typed: dict[str, Any], layout: TableLayout) -> list[Any]:
    return [typed[name].cast(pa.string()) for name in layout.any_of]


def join_codes(columns: list[Any]) -> Any:
    """Codes of several columns in one text, joined by `|`, distinct and in order; null where there are none."""
    filled = [values for values in columns if values.null_count < len(values)]
    if not filled:
        return pa.nulls(len(columns[0]), pa.string())
    # Not null_handling="skip": Arrow 26 loses the rows in which every column is null.
    joined = pc.binary_join_element_wise(*filled, "|", null_handling="replace", null_replacement="").dictionary_encode()
    distinct = ["|".join(dict.fromkeys(filter(None, text.split("|")))) or None for text in joined.dictionary.to_pylist()]
    return pa.array(distinct, pa.string()).take(joined.indices)


def _all_null(block: Block) -> np.ndarray:
    blank = np.ones(len(block.lines), np.bool_)
    for values in block.columns.values():
        if not blank.any():
            break
        blank &= values.is_null().to_numpy(zero_copy_only=False)
    return blank


def _numpy(mask: Any) -> np.ndarray:
    if isinstance(mask, np.ndarray):
        return mask
    filled = pc.fill_null(mask, False)
    combined = filled.combine_chunks() if isinstance(filled, pa.ChunkedArray) else filled
    return combined.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _rejects(lines: np.ndarray, rule: str, column: str | None) -> pa.Table:
    count = len(lines)
    names = pa.repeat(pa.scalar(column, pa.string()), count)
    return pa.table([pa.array(lines, pa.int64()), pa.repeat(pa.scalar(rule), count), names], schema=REJECTS)
