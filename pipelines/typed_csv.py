"""A CSV file's columns as what they hold: flags, numbers, or text. Cells are read as text first, so no code loses its zeros."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from schemas.errors import ConfigurationError
from stratify.models.tabular.columns import ROW_ID

NO_VALUE = pa.array(["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"])
FLAGS = pa.array(["true", "false"])
# A leading zero makes a code of what looks like a number: 0101 is not 101.
PLAIN_NUMBER = r"^[+-]?(0|[1-9]\d*)?(\.\d*)?([eE][+-]?\d+)?$|^[+-]?(inf|Inf|INF|infinity|Infinity)$"
HAS_DIGIT = r"\d|inf|Inf|INF"


def typed(table: pa.Table, leave: frozenset[str], kinds: Mapping[str, str] | None = None) -> pa.Table:
    """Columns of text as flags and numbers where every value is one; those to `leave` stay text, `NA` and the like as nulls.

    `kinds`: what the columns are to be, from a model (`stratify.models`); a column of another kind is as its values are, so
    that the model refuses it.
    """
    found = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name == ROW_ID:
            found[name] = column
        else:
            found[name] = without_blanks(column) if name in leave else typed_column(column, (kinds or {}).get(name))
    return pa.table(found)


def typed_column(column: pa.ChunkedArray, kind: str | None = None) -> pa.ChunkedArray:
    """One column; see `typed`. Without any value it is null."""
    values = without_blanks(column)
    known = values.drop_null().unique()
    if not len(known):
        return pa.chunked_array([pa.nulls(len(column))])
    if kind == "text":
        return column
    lower = pc.utf8_lower(values)
    if pc.all(pc.is_in(pc.utf8_lower(known), value_set=FLAGS)).as_py():
        return pc.equal(lower, "true")
    numbers = pc.and_(pc.match_substring_regex(known, PLAIN_NUMBER), pc.match_substring_regex(known, HAS_DIGIT))
    if pc.all(numbers).as_py():
        return pc.cast(pc.replace_substring_regex(lower, r"^\+", ""), pa.float64())
    return column


def without_blanks(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts trimmed, null where they say that there is no value."""
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.is_in(trimmed, value_set=NO_VALUE), pa.scalar(None, pa.string()), trimmed)


def refused(option: str, fault: str) -> ConfigurationError:
    """A file that cannot be used, in one line without its name's folder."""
    return ConfigurationError("E-TABLE-FILE", f"{option} {fault}.", cure="give a Parquet file, or CSV in UTF-8 with a header")
