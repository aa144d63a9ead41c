"""Columns that Splink's SQL makes of a file's own: a value of one record, worked out with Arrow as DuckDB works it out.

A made column is named by its formula, `substring(postcode, 1, 2)`, so that what two levels ask of the same value is made once.
Whole numbers (`days`, `minutes`, `seconds`, `whole`, `digits`) are compared by size, every other column by being the same.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from linkage.splink.sql import Call, Column, Expression, Literal, SqlNotReadError
from schemas.distinct import map_distinct

UNITS = {"days": 86_400, "minutes": 60, "seconds": 1}  # of dates and times, in seconds
ALWAYS = Call("always", ())  # a value that every record has
DIGITS = 8  # of a date as YYYYMMDD; four bits each, and the first below 8, so that a whole number of 32 bits holds them
DIRECTIVES = {"%Y": r"(?P<year>[0-9]{1,4}+)", "%m": r"(?P<month>[0-9]{1,2}+)", "%d": r"(?P<day>[0-9]{1,2}+)"}
NUMBERS = (*UNITS, "whole", "digits")


class ColumnError(Exception):
    """A column of the file is not what the settings' SQL takes it for; the words quote no value."""


def written(value: Expression) -> str:
    """A formula as text, the same for the same formula."""
    match value:
        case Column():
            return value.name
        case Literal():
            return repr(value.value).removesuffix(".0") if isinstance(value.value, float) else _quoted(value.value)
        case Call():
            return f"{value.name}({', '.join(map(written, value.arguments))})"
        case _:
            raise SqlNotReadError("a condition stands where a value should")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def one_sided(value: Expression) -> tuple[str, Expression]:
    """The side that a value is of (empty: a literal), and the value of a record of either side. Raises `SqlNotReadError`."""
    match value:
        case Column():
            return value.side, Column(value.name)
        case Call():
            parts = [one_sided(each) for each in value.arguments]
            sides = {side for side, _ in parts if side}
            if len(sides) > 1:
                raise SqlNotReadError(f"{value.name} of values of both records")
            if value.name not in FUNCTIONS:
                raise SqlNotReadError(f"the function {value.name}")
            return next(iter(sides), ""), Call(value.name, tuple(part for _, part in parts))
        case Literal():
            return "", value
        case _:
            raise SqlNotReadError("a condition stands where a value should")


def columns_in(value: Expression) -> set[str]:
    """The file's own columns that a value is made of."""
    if isinstance(value, Column):
        return {value.name}
    return set().union(*map(columns_in, value.arguments)) if isinstance(value, Call) else set()


def make_column(value: Expression, table: pa.Table) -> Any:
    """The values of one column for every record of `table`, whose columns are named in lower case. Raises `ColumnError`."""
    match value:
        case Column():
            if value.name not in table.column_names:
                raise ColumnError(f"has no column {value.name}")
            return _flat(table[value.name])
        case Literal():
            return pa.array([value.value] * len(table))
        case Call(name="always"):
            return pa.array([1] * len(table), pa.int64())
        case Call():
            first, *others = value.arguments
            return _flat(FUNCTIONS[value.name](make_column(first, table), *(_constant(each) for each in others)))
        case _:
            raise SqlNotReadError("a condition stands where a value should")


def _constant(value: Expression) -> Any:
    if not isinstance(value, Literal):
        raise SqlNotReadError("a function's second value is no text or number")
    return value.value


def _flat(values: Any) -> Any:
    flat = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    plain = flat.dictionary_decode() if pa.types.is_dictionary(flat.type) else flat
    return plain.cast(pa.string()) if pa.types.is_large_string(plain.type) or pa.types.is_string_view(plain.type) else plain


def as_text(values: Any) -> Any:
    """A column as text. Fractions and times are refused (`ColumnError`): DuckDB and Arrow write them in different ways."""
    kind = values.type
    if pa.types.is_floating(kind) or pa.types.is_timestamp(kind) or pa.types.is_nested(kind):
        raise ColumnError("has no texts where the settings read texts")
    return values if pa.types.is_string(kind) else values.cast(pa.string())


def _nullif(values: Any, value: Any) -> Any:
    texts = as_text(values)
    return pc.if_else(pc.equal(texts, pa.scalar(value, pa.string())), pa.scalar(None, pa.string()), texts)


def _substring(values: Any, first: float, length: float | None = None) -> Any:
    if first < 1 or (length is not None and length < 0):
        raise SqlNotReadError("substring from the end")
    stop = None if length is None else int(first - 1 + length)
    return pc.utf8_slice_codeunits(as_text(values), int(first) - 1, stop)


def _regexp_extract(values: Any, pattern: str, group: float = 0) -> Any:
    """The whole match; an empty text where there is none, as in DuckDB. Both read patterns with RE2."""
    if group or re.search(r"(?<!\\)\((?!\?:)", pattern):
        raise SqlNotReadError("regexp_extract of a group")
    texts = as_text(values)
    found = pc.struct_field(pc.extract_regex(texts, f"(?P<found>{pattern})"), "found")
    return pc.if_else(pc.is_null(texts), pa.scalar(None, pa.string()), pc.coalesce(found, ""))


def _try_strptime(values: Any, shape: str) -> Any:
    """Dates of `%Y`, `%m` and `%d`; null where a text is none. Blanks around it and absent leading zeros are let through."""
    pieces = re.split(r"(%.)", shape)
    if any(piece.startswith("%") and piece not in DIRECTIVES for piece in pieces) or not all(map(shape.count, DIRECTIVES)):
        raise SqlNotReadError("try_strptime with a time, or with names")
    pattern = re.compile("".join(DIRECTIVES.get(piece) or re.escape(piece) for piece in pieces))

    def read(text: str) -> datetime.date | None:
        found = pattern.fullmatch(text.strip())
        try:
            return datetime.date(**{part: int(digits) for part, digits in found.groupdict().items()}) if found else None
        except ValueError:
            return None

    return map_distinct(as_text(values), read, pa.date32())


def _seconds(values: Any) -> Any:
    """Seconds since 1970 of dates and times; dates in text are read as YYYY-MM-DD."""
    if pa.types.is_string(values.type):
        dates = _try_strptime(values, "%Y-%m-%d")
        if dates.null_count > values.null_count:
            raise ColumnError("has texts that are no dates where the settings ask for dates")
        return _seconds(dates)
    if not pa.types.is_date(values.type) and not pa.types.is_timestamp(values.type):
        raise ColumnError("has something else where the settings ask for dates or times")
    seconds = values.cast(pa.timestamp("us")).cast(pa.int64())
    if not _are_multiples(seconds, 1_000_000):
        raise ColumnError("has times in parts of a second where the settings compare times")
    return pc.divide(seconds, 1_000_000)


def _in_unit(unit: str) -> Callable[[Any], Any]:
    """Whole units since 1970 where it is the largest unit that every value is a multiple of, else nothing at all.

    Years of seconds do not fit a whole number of 32 bits; those of minutes and days do.
    """

    def made(values: Any) -> Any:
        seconds = _seconds(values)
        fits = (name for name, size in UNITS.items() if _are_multiples(seconds, size))
        return pc.divide(seconds, UNITS[unit]) if next(fits) == unit else pa.nulls(len(seconds), pa.int64())

    return made


def _are_multiples(numbers: Any, size: int) -> bool:
    return pc.all(pc.equal(pc.multiply(pc.divide(numbers, size), size), numbers)).as_py() is not False


def _whole(values: Any) -> Any:
    whole = None
    with contextlib.suppress(pa.ArrowException):
        whole = values.cast(pa.int64())
    if whole is None or not (pa.types.is_integer(values.type) or pa.types.is_string(values.type)):
        raise ColumnError("has something else where the settings subtract whole numbers")
    return whole


def _digits(values: Any) -> Any:
    """Eight digits as a number, four bits each: texts of ten characters of which eight are digits, in one place all."""
    texts = as_text(values)
    shaped = pc.match_substring_regex(texts, r"^[0-7][0-9]{3}-[0-9]{2}-[0-9]{2}$")
    if pc.all(shaped).as_py() is False:
        raise ColumnError("has texts other than dates as YYYY-MM-DD where the settings ask for their hamming distance")
    return map_distinct(texts, lambda text: int(text.replace("-", ""), 16), pa.int64())


# Functions of one record's value, and of texts and numbers that say how.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "lower": lambda values: pc.utf8_lower(as_text(values)),
    "upper": lambda values: pc.utf8_upper(as_text(values)),
    "trim": lambda values: pc.utf8_trim(as_text(values), " "),
    "cast_text": as_text,
    "nullif": _nullif,
    "substring": _substring,
    "substr": _substring,
    "regexp_extract": _regexp_extract,
    "try_strptime": _try_strptime,
    **{unit: _in_unit(unit) for unit in UNITS},
    "whole": _whole,
    "digits": _digits,
}
