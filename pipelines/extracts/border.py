"""What does not pass landing though it is well-formed: columns that no purpose may use, and people whom a flag keeps out.

A column outside the project's field list is not read, so it reaches no file of ours. A row whose flag says `leave out` (a Type 1
objection, a dummy patient) is not kept, nor is anything else the source says of that person; one whose flag says `protect`
makes her a protected identity (standards.md 2.9). Which people these are is noted beside the converted file, in the vault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.casting import cast_block
from pipelines.extracts.header import Header
from pipelines.extracts.layout import LINE, LOCAL_ID, NOT_SET, SEQUENCE, TableLayout, fold, text
from pipelines.extracts.reader import Block

LEAVE_OUT, PROTECT = "leave out", "protect"

MARKED = pa.schema([(LOCAL_ID, pa.string()), (LINE, pa.int64()), ("flag", pa.string()), ("rule", pa.string())])


@dataclass(frozen=True)
class FlagRule:
    """A column whose `values` (upper case; none: every value but NOT_SET) mark a person, and what becomes of her.

    `others` are codes of the column that do not, beside NOT_SET.
    """

    name: str
    column: str
    values: tuple[str, ...]
    rule: str
    others: tuple[str, ...] = ()

    def marks(self, said: Any) -> np.ndarray:
        """Which texts set the flag. One that leaves out is set by an `unknown` text, too: in doubt an objection counts."""
        if not self.values:
            return ~_is_one_of(said, (*NOT_SET, *self.others))
        found: np.ndarray = _is_one_of(said, self.values) | self.unknown(said)
        return found

    def unknown(self, said: Any) -> np.ndarray:
        """Which texts of a flag with codes that leaves out are none of them, and no code that does not set it."""
        if not self.values or self.rule != LEAVE_OUT:
            return np.zeros(len(said), np.bool_)
        return ~_is_one_of(said, (*self.values, *NOT_SET, *self.others))


def _is_one_of(said: Any, codes: tuple[str, ...]) -> np.ndarray:
    """Which texts are one of these codes, but for case and blanks around them."""
    values = pc.utf8_upper(pc.utf8_trim_whitespace(pc.fill_null(said, "")))
    return np.asarray(pc.is_in(values, value_set=pa.array(codes, pa.string())))


@dataclass(frozen=True)
class Border:
    """What one table's files have to pass. `columns`: those that may be read; None where there is no list (every one)."""

    columns: frozenset[str] | None = None
    flags: tuple[FlagRule, ...] = ()

    def parts(self) -> list[Any]:
        """What it says, in a fixed order: part of the key of a converted file."""
        columns = None if self.columns is None else sorted(self.columns)
        return [columns, sorted((each.name, each.column, each.values, each.rule, each.others) for each in self.flags)]

    def may_read(self, column: str) -> bool:
        """Whether a column of the layout may be read."""
        return self.columns is None or column in self.columns

    def withheld(self, layout: TableLayout) -> list[str]:
        """Required columns of the layout that may not be read: without them the file says nothing."""
        return [item.name for item in layout.fields if item.required and not self.may_read(item.name)]

    def with_flags(self, layout: TableLayout) -> TableLayout:
        """The layout with the flags' columns, which a file must have; those the layout knows keep their place in it."""
        known = {fold(item.name): item.name for item in layout.fields}
        new = {fold(each.column): each.column for each in self.flags if fold(each.column) not in known}
        extra = tuple(text(column, "a flag", required=True, may_be_empty=True) for column in new.values())
        needed = {fold(each.column) for each in self.flags}
        fields = tuple(
            replace(item, required=True, may_be_empty=not item.must_be_filled) if fold(item.name) in needed else item
            for item in layout.fields
        )
        return replace(layout, fields=(*fields, *extra))

    def limit(self, header: Header) -> Header:
        """The header with the columns that may be read, and those of flags."""
        flags = {fold(each.column) for each in self.flags}
        kept = {name: at for name, at in header.columns.items() if self.may_read(name) or fold(name) in flags}
        out = sorted(header.columns.keys() - kept.keys())
        told = (f"{len(out)} columns that fields.csv does not let in, the first {out[0]}: not read",) if out else ()
        return replace(header, columns=kept, warnings=(*header.warnings, *told))


@dataclass
class Checked:
    """A block's rows that pass, and who was marked: rows of MARKED, rows left out by flag, and of these how many for an unknown
    value."""

    block: Block
    marked: list[pa.Table] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)


def check_block(block: Block, border: Border, layout: TableLayout, *, marred: bool, synthetic: bool) -> Checked:
    """The block without the rows that a flag keeps out and without the flags' own columns."""
    if not border.flags or not len(block.lines):
        return Checked(block)
    by_fold = {fold(name): values for name, values in block.columns.items()}
    own = {name: values for name, values in block.columns.items() if _is_of(name, layout) and border.may_read(name)}
    out, found = np.zeros(len(block.lines), np.bool_), Checked(block)
    for flag in border.flags:
        marks = flag.marks(by_fold[fold(flag.column)])
        if not marks.any():
            continue
        rows = _taken(Block(block.lines, own, block.ragged[:0]), marks)
        ids = cast_block(rows, layout, marred=marred, synthetic=synthetic).rows.select([LOCAL_ID, LINE])
        words = [pa.repeat(pa.scalar(word), ids.num_rows) for word in (flag.name, flag.rule)]
        found.marked.append(pa.table([*ids.columns, *words], schema=MARKED))
        found.unknown[flag.name] += int(flag.unknown(by_fold[fold(flag.column)]).sum())
        if flag.rule == LEAVE_OUT:
            found.left_out[flag.name] += int((marks & ~out).sum())
            out |= marks
    found.block = _taken(Block(block.lines, own, block.ragged), ~out)
    return found


def _is_of(name: str, layout: TableLayout) -> bool:
    return any(item.name == name for item in layout.fields)


def _taken(block: Block, rows: np.ndarray) -> Block:
    mask = pa.array(rows)
    return Block(block.lines[rows], {name: values.filter(mask) for name, values in block.columns.items()}, block.ragged)


def marked_people(
    tables: Mapping[str, nw.LazyFrame[Any]], marks: nw.LazyFrame[Any], rule: str, *, taken_back: bool = False
) -> nw.LazyFrame[Any]:
    """Column LOCAL_ID: the people of a source whose latest word is a flag of this rule; or those whose flag was `taken_back`.

    `marks` are MARKED rows with `_table` and SEQUENCE. A later row of the same table without the flag takes it back.
    """
    mine = marks.filter(nw.col("rule") == rule)
    last = mine.group_by(LOCAL_ID, "_table").agg(nw.col(SEQUENCE).max().alias("_marked"))
    kept = [
        rows.filter(~nw.col(LOCAL_ID).is_null()).group_by(LOCAL_ID).agg(nw.col(SEQUENCE).max().alias("_kept"))
        .with_columns(_table=nw.lit(name))
        for name, rows in tables.items() if LOCAL_ID in rows.collect_schema().names()
    ]  # fmt: skip
    joined = last.join(nw.concat(kept), on=[LOCAL_ID, "_table"], how="left")
    stands = nw.col("_kept").is_null() | (nw.col("_kept") <= nw.col("_marked"))
    return joined.filter(~stands if taken_back else stands).select(LOCAL_ID).unique()
