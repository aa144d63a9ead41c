"""Records of one file or two as sheets for a Splink model: its made columns, each worked out once and given codes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Bits, Codes
from linkage.engine.conditions import Alike, Both, Question, columns_of
from linkage.engine.sheets import Sheet, Texts, encode_values, lay_out
from linkage.engine.weigher import Sides
from linkage.splink.columns import ColumnError, as_text, columns_in, make_column
from linkage.splink.conditions import is_number
from linkage.splink.sql import Expression

LARGEST = 2**31 - 1


def encode_sides(
    tables: Sequence[pa.Table], columns: Mapping[str, Expression], questions: Iterable[Question], frequent: Iterable[str]
) -> Sides:
    """Codes of `columns` for every record, texts of those that `questions` read, shares of the values of those `frequent`.

    Both files are one population for shares, as Splink counts term frequencies. Raises `ColumnError` where a column is absent or
    of a kind that the formulas do not take.
    """
    asked = list(questions)
    whole = _one_table(tables, columns)
    codes: dict[str, Codes] = {}
    texts: dict[str, Texts] = {}
    read = {column for question in asked if isinstance(question, Alike) for column in columns_of(question)}
    for group in _groups(columns, asked):
        made = [make_column(columns[name], whole) for name in group]
        if is_number(group[0]):
            codes |= zip(group, _numbers(made, from_least=not _are_digits(columns, group)), strict=True)
            continue
        values, coded = encode_values(*(pa.chunked_array([each]) for each in _of_one_kind(made)))
        codes |= zip(group, coded, strict=True)
        if read & set(group):
            texts |= dict.fromkeys(group, lay_out(as_text(values)))
    bounds = np.cumsum([0, *map(len, tables)])
    sheets = [Sheet({name: column[first:last] for name, column in codes.items()}) for first, last in itertools.pairwise(bounds)]
    shares = {name: _shares(codes[name], texts.get(name)) for name in frequent}
    return Sides(sheets[0], sheets[1] if len(sheets) > 1 else None, texts, shares)


def _one_table(tables: Sequence[pa.Table], columns: Mapping[str, Expression]) -> pa.Table:
    """The columns that the formulas need, of both files in turn."""
    wanted = sorted(set().union(*map(columns_in, columns.values())))
    kept = []
    for table in tables:
        by_name = {name.lower(): name for name in table.column_names}
        absent = [name for name in wanted if name not in by_name]
        if absent:
            raise ColumnError(f"has no column {absent[0]}")
        kept.append(pa.table({name: table[by_name[name]] for name in wanted}) if wanted else table.select([]))
    if any(part.schema != kept[0].schema for part in kept):
        raise ColumnError("has columns of other kinds than the other file")
    return pa.concat_tables(kept)


def _groups(columns: Iterable[str], questions: Iterable[Question]) -> list[list[str]]:
    """Columns whose values are compared with one another, in the order of their names."""
    group = {name: {name} for name in sorted(columns)}
    for question in questions:
        one, other = columns_of(question)
        if not isinstance(question, Both) and group[one] is not group[other]:
            group[one] |= group[other]
            group |= dict.fromkeys(group[other], group[one])
    return [sorted(each) for each in {id(each): each for each in group.values()}.values()]


def _of_one_kind(made: Sequence[Any]) -> Sequence[Any]:
    """Columns that may be compared; whole numbers and fractions are one kind."""
    kinds = {each.type for each in made}
    if len(kinds) == 1:
        return made
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds):
        return [each.cast(pa.float64()) for each in made]
    raise ColumnError("has columns of different kinds that the settings compare")


def _are_digits(columns: Mapping[str, Expression], group: Sequence[str]) -> bool:
    """Whether columns hold digits, four bits each: counted from the smallest they would be other digits."""
    return any(getattr(columns[name], "name", "") == "digits" for name in group)


def _numbers(made: Sequence[Any], *, from_least: bool) -> list[Codes]:
    """Whole numbers, counted from the smallest of all columns where so asked; those of dates and of times are never mixed."""
    filled = [each for each in made if each.null_count < len(each)]
    if filled and len(filled) < len(made) and any(len(each) for each in made if each not in filled):
        raise ColumnError("has dates where the settings compare them with times")
    least = min((pc.min(each).as_py() for each in filled), default=0) if from_least else 0
    if max((pc.max(each).as_py() for each in filled), default=0) - least > LARGEST:
        raise ColumnError("has numbers, or times, too far apart to be compared")
    shifted = (pc.fill_null(pc.subtract(each, least), NONE) for each in made)
    return [np.asarray(each.to_numpy(zero_copy_only=False), dtype=np.int32) for each in shifted]


def _shares(codes: Codes, texts: Texts | None) -> Bits:
    """The share of the records with a value that have each."""
    known = codes[codes >= 0]
    counts = np.bincount(known, minlength=len(texts) if texts else int(codes.max(initial=-1)) + 1)
    return np.asarray(counts / max(1, len(known)), dtype=np.float64)
