"""The rule of the NHS number over one text: which ten digits are a number, and what a spreadsheet did to them.

The table of kinds, and which wins when several fit, stands in `schemas.nhs_number`.
"""

from __future__ import annotations

import enum
import functools
import re

from schemas.code_lists import reference_rows

WEIGHTS = range(10, 1, -1)
TEN_DIGITS = re.compile(r"[0-9]{10}")

HYPHENS = "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"  # hyphens, dashes, minus signs
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"  # zero-width marks that copying leaves behind
FULL_WIDTH_DIGITS = {0xFF10 + digit: str(digit) for digit in range(10)}
CANONICAL = FULL_WIDTH_DIGITS | {ord(mark): None for mark in HYPHENS + INVISIBLE}

DECIMALS = re.compile(r"([0-9]+)\.0+")
SCIENTIFIC = re.compile(r"([0-9])\.([0-9]{8,9})0*[Ee]\+0*([89])")


class NhsNumberKind(enum.StrEnum):
    """What a value in an NHS number field is."""

    VALID = "valid"
    SCOTTISH_CHI = "scottish_chi"
    NORTHERN_IRISH = "northern_irish"
    TEST_RANGE = "test_range"
    PLACEHOLDER = "placeholder"
    NOT_ISSUED = "not_issued"
    BAD_CHECK_DIGIT = "bad_check_digit"
    BAD_LENGTH = "bad_length"
    MISSING = "missing"


KINDS = tuple(NhsNumberKind)
KINDS_WITH_NUMBER = frozenset(KINDS[:4])


def canonical(value: str) -> str:
    """The value without blanks, hyphens and invisible marks, full-width digits as plain ones."""
    return "".join(value.translate(CANONICAL).split())


def mend(text: str) -> str:
    """The digits behind a spreadsheet's `.0`, full-length scientific notation or lost leading zero; else the text itself."""
    if found := DECIMALS.fullmatch(text):
        text = found[1]
    elif (found := SCIENTIFIC.fullmatch(text)) and len(found[2]) == int(found[3]):
        text = found[1] + found[2]
    return "0" + text if len(text) == 9 and kind_of("0" + text) is NhsNumberKind.SCOTTISH_CHI else text


def kind_of(digits: str) -> NhsNumberKind:
    """The kind of a canonical text: the table in `schemas.nhs_number`, row by row."""
    if not digits:
        return NhsNumberKind.MISSING
    if not TEN_DIGITS.fullmatch(digits):
        return NhsNumberKind.BAD_LENGTH
    if digits in placeholders():
        return NhsNumberKind.PLACEHOLDER
    if not passes_modulus_11(digits):
        return NhsNumberKind.BAD_CHECK_DIGIT
    kind = next(kind for first, last, kind in ranges() if first <= digits <= last)
    if kind is NhsNumberKind.SCOTTISH_CHI and not begins_with_date(digits):
        return NhsNumberKind.NOT_ISSUED
    return kind


def passes_modulus_11(digits: str) -> bool:
    """Whether the tenth digit is the check digit of the nine before it."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=False))
    check = 11 - total % 11
    return int(digits[9]) == (0 if check == 11 else check)


def begins_with_date(digits: str) -> bool:
    """Whether the first six digits are a date DDMMYY in some century (29 February: years divisible by four)."""
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    days = (31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= day <= days[month - 1]


@functools.cache
def placeholders() -> frozenset[str]:
    """Values that stand for "no number", whatever their check digit."""
    return frozenset(row["value"] for row in reference_rows("nhs_number_placeholders"))


@functools.cache
def ranges() -> tuple[tuple[str, str, NhsNumberKind], ...]:
    """First and last number of each range, both within it, and the kind of its numbers."""
    rows = reference_rows("nhs_number_ranges")
    return tuple((row["first_10_digits_from"], row["to"], NhsNumberKind(row["kind"])) for row in rows)
