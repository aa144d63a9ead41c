"""ICD-10 codes of ended hospital spells, one row each, and the one way in which a code matches a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import narwhals as nw

from stratify.admissions import INPATIENT_TYPES

# Hospital Frailty Risk Score and Charlson look back as far as this.
TWO_YEARS = 730


def diagnoses(
    activity: nw.LazyFrame[Any], as_at: dt.date, *, ended_before: dt.date | None = None, days: int = TWO_YEARS
) -> nw.LazyFrame[Any]:
    """Each person's distinct diagnoses: (pseudonym, code of at most four characters).

    From inpatient spells that began in the `days` before `as_at`, by default two years, and ended before it, or before
    `ended_before`: a spell is coded when it ends.
    """
    start, end = nw.col("start_date"), nw.col("end_date")
    spells = activity.filter(
        nw.col("activity_type").is_in(INPATIENT_TYPES)
        & (start < as_at)
        & (start >= as_at - dt.timedelta(days=days))
        & (end < (ended_before or as_at))
    )
    exploded = spells.select("pseudonym", code=nw.col("codes")).explode("code").filter(~nw.col("code").is_null())
    short = exploded.with_columns(code=nw.col("code").str.to_uppercase().str.slice(0, 4))
    return short.group_by("pseudonym", "code").agg(times=nw.len()).drop("times")


def starts_with_any(code: nw.Expr, prefixes: Iterable[str]) -> nw.Expr:
    """Whether a code begins with one of the prefixes, as whole-character prefixes and nothing else.

    `I50` matches I50 and I509; it does not match I5 or XI50.
    """
    by_length: dict[int, list[str]] = {}
    for prefix in prefixes:
        by_length.setdefault(len(prefix), []).append(prefix)
    tests = [code.str.slice(0, length).is_in(sorted(group)) for length, group in sorted(by_length.items())]
    return nw.any_horizontal(*tests, ignore_nulls=True)
