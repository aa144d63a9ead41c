"""Text to typed values, one function per field type, over a column's distinct values.

Each takes distinct texts, trimmed and not null, and answers the typed values and whether each is bad. A value may be
null without being bad: fillers that stand for "no date".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from governance.detectors import looks_identifying, rules_found
from pipelines.extracts.codes import code_list
from pipelines.extracts.layout import Field, FieldType

LONGEST_TEXT = 2000  # letters; an address is under 300
LARGEST = 1e9  # pounds too. No figure of an extract has ten digits; an NHS number in the wrong column has
TEN_DIGITS = r"^[+-]?[0-9]{10}"  # a number's leading zeros count

# Read as empty: what systems write where they have no date (HES: 1800-01-01, 1801-01-01 and the first day of the
# Gregorian calendar; registers: the end of time). 1900-01-01 is kept: linkage weighs it down.
NO_DATE = ("1582-10-15", "1600-01-01", "1800-01-01", "1801-01-01", "2999-12-31", "3000-01-01", "9999-12-31")
EARLIEST_DATE, LATEST_DATE = "1850-01-01", "2199-12-31"

YES, NO = frozenset({"Y", "YES", "T", "TRUE", "1"}), frozenset({"N", "NO", "F", "FALSE", "0"})

# A code is no word: with more than three characters it has a digit, but for the sites of NHS trusts (RWEAA, ODS). So no name
# passes for a code, nor a clinical one: ICD-10 and OPCS-4 have a digit in the second place, SNOMED CT nothing else.
CODE_PATTERN = r"^([A-Z0-9&]{1,3}|R[A-Z]{4}|[A-Z0-9./_&-]*[0-9][A-Z0-9./_&-]*)$"
CLINICAL_PATTERN = r"^([A-Z][0-9][0-9A-Z]{0,6}|[0-9]{6,18})$"
NUMBER_PATTERN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$"
WHOLE_PATTERN = r"^[+-]?[0-9]{1,15}(\.0+)?$"
THOUSANDS_PATTERN = r"^([+-]?)£?([0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?)$"
SEPARATORS = re.compile(r"[|;,]+")


class Parsed(NamedTuple):
    """Typed values, and whether each text was bad."""

    values: Any
    bad: Any


def parse_dates(texts: Any, _field: Field) -> Parsed:
    """2024-03-31, 31/03/2024 (day first), 20240331; with or without a time behind it."""
    iso = pc.replace_substring_regex(texts, r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})([ T].*)?$", r"\3-0\2-0\1")
    iso = pc.replace_substring_regex(iso, r"-0(\d\d)", r"-\1")
    iso = pc.replace_substring_regex(iso, r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3")
    iso = pc.replace_substring_regex(iso, r"^(\d{4}-\d{2}-\d{2})[ T]\d{2}:\d{2}.*$", r"\1")
    filler = pc.is_in(iso, value_set=pa.array(NO_DATE))
    iso = pc.if_else(pc.match_substring_regex(iso, r"^\d{4}-\d{2}-\d{2}$"), iso, None)
    within = pc.and_(pc.greater_equal(iso, EARLIEST_DATE), pc.less_equal(iso, LATEST_DATE))
    moments = pc.strptime(pc.if_else(within, iso, None), format="%Y-%m-%d", unit="s", error_is_null=True)
    real = pc.equal(pc.strftime(moments, format="%Y-%m-%d"), iso)  # 31 February would come out as 2 March
    values = pc.if_else(real, moments.cast(pa.date32()), None)
    return Parsed(values, pc.and_(pc.is_null(values), pc.invert(pc.fill_null(filler, False))))


def parse_times(texts: Any, _field: Field) -> Parsed:
    """09:05, 9:05:00, 0905; kept as 09:05."""
    clock = pc.replace_substring_regex(texts, r"^(\d{1,2}):?(\d{2})(:\d{2}(\.\d+)?)?$", r"0\1:\2")
    clock = pc.replace_substring_regex(clock, r"^0(\d\d:)", r"\1")
    return _unless(pc.match_substring_regex(clock, r"^([01]\d|2[0-3]):[0-5]\d$"), clock)


def parse_whole(texts: Any, _field: Field) -> Parsed:
    """12, 12.0, 1,234; not ten digits."""
    plain = _without_thousands(texts)
    good = _no_identifier(plain, pc.match_substring_regex(plain, WHOLE_PATTERN))
    digits = pc.replace_substring_regex(pc.if_else(good, plain, None), r"^\+|\.0+$", "")
    return Parsed(digits.cast(pa.int64()), pc.invert(good))


def parse_numbers(texts: Any, _field: Field) -> Parsed:
    """12.5, 1,234.5, 1.2E3; not ten digits, nor 9.37E+09."""
    plain = _without_thousands(texts)
    good = _no_identifier(plain, pc.match_substring_regex(plain, NUMBER_PATTERN))
    values = pc.replace_substring_regex(pc.if_else(good, plain, None), r"^\+", "").cast(pa.float64())
    values = pc.if_else(pc.less(pc.abs(values), LARGEST), values, None)
    return Parsed(values, pc.is_null(values))


def _no_identifier(plain: Any, good: Any) -> Any:
    """Good, and too short for an NHS number: in a figure's column one would go through the wall as a figure."""
    return pc.and_(good, pc.invert(pc.match_substring_regex(plain, TEN_DIGITS)))


def parse_money(texts: Any, field: Field) -> Parsed:
    """Pounds to whole pence: £1,234.56 is 123456. Below a thousand million pounds, where it is exact."""
    pounds, _ = parse_numbers(pc.replace_substring_regex(texts, r"^([+-]?)£ ?", r"\1"), field)
    pence = pc.round(pc.multiply(pounds, 100.0), round_mode="half_towards_infinity")
    return Parsed(pence.cast(pa.int64()), pc.is_null(pence))


def parse_flags(texts: Any, _field: Field) -> Parsed:
    """Y/N, Yes/No, True/False, 1/0."""
    upper = pc.utf8_upper(texts)
    yes = pc.is_in(upper, value_set=pa.array(sorted(YES)))
    return _unless(pc.or_(yes, pc.is_in(upper, value_set=pa.array(sorted(NO)))), yes)


def parse_codes(texts: Any, field: Field) -> Parsed:
    """In the code list's spelling where there is one; else upper case, short, no word, nothing that tells who it is."""
    if field.codes is None:
        upper = pc.utf8_upper(texts)
        short = pc.less_equal(pc.utf8_length(upper), field.longest)
        return _unless(_telling_nobody(upper, pc.and_(short, pc.match_substring_regex(upper, CODE_PATTERN))), upper)
    values = pa.array(list(map(code_list(field.codes).find, texts.to_pylist())), pa.string())
    return Parsed(values, pc.is_null(values))


def parse_clinical(texts: Any, _field: Field) -> Parsed:
    """ICD-10, OPCS-4 or SNOMED CT: upper case, without dots and blanks."""
    upper = pc.replace_substring_regex(pc.utf8_upper(texts), r"[^A-Z0-9]", "")
    return _unless(_telling_nobody(upper, pc.match_substring_regex(upper, CLINICAL_PATTERN)), upper)


def _telling_nobody(texts: Any, good: Any) -> Any:
    """Good, and nothing that lock 2 would stop the night for: one such cell costs its value here, and the night there."""
    return pc.and_(good, pc.invert(looks_identifying(texts, coded=True)))


def parse_code_lists(texts: Any, field: Field) -> Parsed:
    """Several codes in one text, to codes joined by `|`, distinct and in order. One bad code is left out; the rest stay."""
    find = _find_clinical if field.codes is None else code_list(field.codes).find
    values, bad = [], []
    for text in texts.to_pylist():
        parts = [part.strip() for part in SEPARATORS.split(text) if part.strip()]
        found = [find(part) for part in parts]
        values.append("|".join(dict.fromkeys(code for code in found if code is not None)) or None)
        bad.append(None in found)
    return Parsed(pa.array(values, pa.string()), pa.array(bad, pa.bool_()))


def _find_clinical(text: str) -> str | None:
    code = "".join(letter for letter in text.upper() if letter.isalnum())
    return code if re.match(CLINICAL_PATTERN, code) and not rules_found(code, coded=True) else None


def parse_texts(texts: Any, field: Field) -> Parsed:
    """As delivered, trimmed; too long a text is bad. With a code list, in its spelling."""
    if field.codes is not None:
        return parse_codes(texts, field)
    return _unless(pc.less_equal(pc.utf8_length(texts), LONGEST_TEXT), texts)


def _unless(good: Any, values: Any) -> Parsed:
    return Parsed(pc.if_else(good, values, None), pc.invert(good))


def _without_thousands(texts: Any) -> Any:
    grouped = pc.match_substring_regex(texts, THOUSANDS_PATTERN)
    return pc.if_else(grouped, pc.replace_substring(texts, ",", ""), texts)


Parser = Callable[[Any, Field], Parsed]

# Field type to its parser, the rule a bad value breaks, and the Arrow type it becomes. NHS numbers have their own way.
PARSERS: dict[FieldType, tuple[Parser, str, pa.DataType]] = {
    FieldType.TEXT: (parse_texts, "too long", pa.string()),
    FieldType.POSTCODE: (parse_texts, "too long", pa.string()),
    FieldType.CODE: (parse_codes, "not a code", pa.string()),
    FieldType.CLINICAL: (parse_clinical, "not a code", pa.string()),
    FieldType.CODE_LIST: (parse_code_lists, "not a code", pa.string()),
    FieldType.DATE: (parse_dates, "bad date", pa.date32()),
    FieldType.TIME: (parse_times, "bad time", pa.string()),
    FieldType.WHOLE: (parse_whole, "not a whole number", pa.int64()),
    FieldType.NUMBER: (parse_numbers, "not a number", pa.float64()),
    FieldType.MONEY: (parse_money, "not an amount", pa.int64()),
    FieldType.FLAG: (parse_flags, "neither yes nor no", pa.bool_()),
}
