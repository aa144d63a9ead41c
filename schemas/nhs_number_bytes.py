"""The rule of the NHS number over many values at once: ten bytes each, looked up in pairs, with no copy of the text."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from schemas.errors import ConfigurationError
from schemas.nhs_number_rule import KINDS, WEIGHTS, NhsNumberKind, begins_with_date, placeholders, ranges

UNREAD = -1  # code of a value that is not ten plain digits
NOT_DIGITS = 1024  # over any weighted sum of ten digits (495): marks a pair of bytes that is not two digits
CODE = {kind: code for code, kind in enumerate(KINDS)}
POWERS_OF_TEN = 10 ** np.arange(9, -1, -1)


def codes_of_ten_bytes(data: np.ndarray) -> np.ndarray:
    """Codes into KINDS of the values whose bytes lie one after another in `data`, ten each; UNREAD where they are not digits.

    The table in `schemas.nhs_number`, upwards from its last row: what comes later here wins. With weight 1 for the check digit
    itself, a right number's weighted sum is a multiple of 11.
    """
    tables = _tables()
    pairs = data.view("<u2").reshape(-1, 5)
    looked_up = [pairs[:, place].astype(np.intp) for place in range(5)]
    total = sum(tables.weighted[place][pair] for place, pair in enumerate(looked_up))
    value = [tables.value[pair] for pair in looked_up[:3]]
    first_four = value[0] * 100 + value[1]
    codes: np.ndarray = tables.code_of_first_four[first_four]
    codes[(first_four == 2902) & (value[2] % 4 != 0)] = CODE[NhsNumberKind.NOT_ISSUED]
    codes[~tables.right[total]] = CODE[NhsNumberKind.BAD_CHECK_DIGIT]
    suspects = np.flatnonzero(tables.placeholder_begins[first_four])
    found = np.isin(data.reshape(-1, 10)[suspects] @ POWERS_OF_TEN, tables.placeholders)
    codes[suspects[found]] = CODE[NhsNumberKind.PLACEHOLDER]
    codes[total >= NOT_DIGITS] = UNREAD
    return codes


class Tables(NamedTuple):
    """What a pair of bytes, or the first four digits, say; built from the reference tables."""

    weighted: list[np.ndarray]  # by place 0-4 and pair of bytes: its share of the weighted sum, or NOT_DIGITS
    value: np.ndarray  # by pair of bytes: 0-99
    right: np.ndarray  # by weighted sum: whether 11 divides it
    code_of_first_four: np.ndarray  # by first four digits: code of the kind of a right number that begins so
    placeholder_begins: np.ndarray  # by first four digits: whether a placeholder begins so
    placeholders: np.ndarray  # as `bytes @ POWERS_OF_TEN`


@functools.cache
def _tables() -> Tables:
    pair = np.arange(1 << 16)
    first, second = (pair & 0xFF) - ord("0"), (pair >> 8) - ord("0")  # little-endian: the first byte is the low one
    digits = (first >= 0) & (first <= 9) & (second >= 0) & (second <= 9)
    weights = (*WEIGHTS, 1)
    values = sorted(placeholders())
    begins = np.zeros(10_000, np.bool_)
    begins[[int(value[:4]) for value in values]] = True
    return Tables(
        [np.where(digits, first * weights[i] + second * weights[i + 1], NOT_DIGITS).astype(np.int16) for i in range(0, 10, 2)],
        np.where(digits, first * 10 + second, 0).astype(np.int16),
        np.arange(6 * NOT_DIGITS) % 11 == 0,
        np.array([CODE[_kind_by_first_four(f"{four:04d}")] for four in range(10_000)], np.int8),
        begins,
        np.array([list(value.encode()) for value in values]) @ POWERS_OF_TEN,
    )


def _kind_by_first_four(four: str) -> NhsNumberKind:
    """Kind of a right number that begins so, 29 February taken as a date whatever the year."""
    first, last = four + "000000", four + "999999"
    kinds = [kind for low, high, kind in ranges() if low <= first and last <= high]
    if not kinds:
        raise ConfigurationError("E-REFERENCE-RANGE", "a range in nhs_number_ranges.csv ends within its first four digits.")
    return NhsNumberKind.NOT_ISSUED if kinds[0] is NhsNumberKind.SCOTTISH_CHI and not begins_with_date(first) else kinds[0]
