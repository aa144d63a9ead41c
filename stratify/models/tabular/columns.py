"""What each column of a table is to a model: a number, a flag, or text. A date is refused by name, and so is anything nested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import ConfigurationError

NUMBER, FLAG, TEXT, EMPTY = "number", "flag", "text", "empty"
ROW_ID = "row_id"

# A text column in which every value is one of these is a column of dates: 2024-03-01, 01/03/2024, with or without a time.
DATE = r"^\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{4})([T ]\d{1,2}:\d{2}.*)?\s*$"


def column_kinds(table: pa.Table, leave_out: Iterable[str] = ()) -> dict[str, str]:
    """Feature columns by name, sorted, and what each is; `row_id` and those to `leave_out` are none.

    A column without any value is `empty`, whatever its type. Raises `ConfigurationError` `E-FIT-DATE` for a column of
    dates or times, `E-FIT-COLUMN` for a type that is neither number, flag nor text, or a name that is there twice.
    """
    names = [name for name in table.column_names if name not in {ROW_ID, *leave_out}]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError("E-FIT-COLUMN", f"column {name} is there more than once.", cure="rename one of them")
    return {name: kind_of(name, table[name]) for name in sorted(names)}


def kind_of(name: str, column: pa.ChunkedArray) -> str:
    """What one column is; see `column_kinds`."""
    plain = plain_type(column.type)
    if pa.types.is_temporal(plain):
        raise ConfigurationError(
            "E-FIT-DATE", f"column {name} holds dates or times.", cure="give days since it, or leave the column out"
        )
    kind = _kind_of_type(plain)
    if kind is None:
        raise ConfigurationError(
            "E-FIT-COLUMN", f"column {name} is {plain}: no number, flag or text.", cure="leave the column out"
        )
    if len(column) and column.null_count == len(column):
        return EMPTY
    if kind == TEXT:
        return _kind_of_text(name, column)
    return kind


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of a column's values, where they are kept in a dictionary."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _kind_of_type(kind: pa.DataType) -> str | None:
    if pa.types.is_null(kind):
        return EMPTY
    if pa.types.is_boolean(kind):
        return FLAG
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return NUMBER
    return TEXT if is_text(kind) else None


def is_text(kind: pa.DataType) -> bool:
    """Text of any width."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def texts_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A text column trimmed, blanks as nulls."""
    trimmed = pc.utf8_trim_whitespace(pc.cast(column, pa.string()))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _kind_of_text(name: str, column: pa.ChunkedArray) -> str:
    texts = texts_of(column)
    if texts.null_count == len(texts):
        return EMPTY
    if pc.all(pc.match_substring_regex(texts.drop_null(), DATE)).as_py():
        raise ConfigurationError(
            "E-FIT-DATE", f"column {name} holds dates, as text.", cure="give days since it, or leave the column out"
        )
    return TEXT


def check_input(columns: Mapping[str, str], table: pa.Table) -> None:
    """Refuse (`ConfigurationError` `E-MODEL-INPUT`) a table without a column the model was fitted on, or with another kind in it.

    Further columns are not read. A column without any value is accepted; so is a flag for a number and a number for a flag.
    """
    there = set(table.column_names)
    problems = [f"{name} is missing" for name in sorted(columns) if name not in there]
    for name in sorted(there & columns.keys()):
        given = _given_kind(table[name])
        if given != EMPTY and _family(columns[name]) not in {_family(given), EMPTY}:
            problems.append(f"{name} is {given}, was {columns[name]}")
    if problems:
        raise ConfigurationError(
            "E-MODEL-INPUT",
            f"the model was fitted on other columns: {problems[0]} ({len(problems)} in all).",
            cure="give the columns it was fitted on, or fit it again",
        )


def _given_kind(column: pa.ChunkedArray) -> str:
    if column.null_count == len(column):
        return EMPTY
    return _kind_of_type(plain_type(column.type)) or str(column.type)


def _family(kind: str) -> str:
    return NUMBER if kind == FLAG else kind
