"""Dates as files write them: 1962-03-14, 19620314, 14/03/1962, 14-Mar-1962, with or without a time behind, as eight digits.

Missing is what is no date of the calendar (0000-00-00, 31 February) and what stands for "not known", by the years of `dates`.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Codes
from linkage.dates import LAST_PLACEHOLDER_YEAR, LAST_YEAR
from schemas.distinct import map_distinct

_TIME = r"(?:[T ].*|\.0|Z|[+-]\d\d:?\d\d)?"
YEAR_FIRST = (re.compile(rf"(\d{{4}})(\d\d)(\d\d){_TIME}"), re.compile(rf"(\d{{4}})[-/. ](\d\d?)[-/. ](\d\d?){_TIME}"))
# Of two small numbers the day comes first, as in every British file.
DAY_FIRST = re.compile(rf"(\d\d?)[-/. ](\d\d?|[A-Za-z]{{3,9}})[-/. ](\d{{4}}){_TIME}")
MONTH_NAMES = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
)  # fmt: skip
MONTHS = {text: number for number, name in enumerate(MONTH_NAMES, start=1) for text in (name, name[:3])} | {"SEPT": 9}
ONLY_YEAR_KNOWN = "0101"

PARTS = {"year": slice(0, 4), "month": slice(4, 6), "day": slice(6, 8)}


def date_digits(text: str) -> str | None:
    """YYYYMMDD, or None where the text holds no date."""
    text = text.strip()
    for pattern in YEAR_FIRST:
        if found := pattern.fullmatch(text):
            return _known(found[1], found[2], found[3])
    found = DAY_FIRST.fullmatch(text)
    return _known(found[3], found[2], found[1]) if found else None


def _known(year: str, month: str, day: str) -> str | None:
    date = None
    with suppress(ValueError):
        date = dt.date(int(year), int(month) if month.isdecimal() else MONTHS.get(month.upper(), 0), int(day))
    return f"{date:%Y%m%d}" if date and LAST_PLACEHOLDER_YEAR < date.year <= LAST_YEAR else None


def all_date_digits(texts: Any) -> Any:
    """`date_digits` of an Arrow array, null stays null."""
    return map_distinct(texts, date_digits)


def full_dates(digits: Any) -> Any:
    """Null where 1 January stands for "only the year is known"."""
    return pc.if_else(pc.ends_with(digits, ONLY_YEAR_KNOWN), pa.scalar(None, pa.string()), digits)


def packed(digits: Any) -> Codes:
    """Digits of each text as a number with four bits a digit, so that one differing digit is seen at a glance; -1 for null."""
    numbers = [NONE if text is None else int(text, 16) for text in digits.to_pylist()]
    return np.array(numbers, dtype=np.int32)
