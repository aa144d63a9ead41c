"""From counted figures to rows of the measure table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from schemas.aggregate import Measure
from schemas.table import Rows

# The organisation of rows about everybody, and the label of what a source does not say.
AREA = "area"
UNKNOWN = "unknown"


class Period(NamedTuple):
    """First and last day, both included."""

    start: dt.date
    end: dt.date


class Figure(NamedTuple):
    """One figure before its measure and period are added: a count or pence over a count."""

    category: str
    organisation: str
    numerator: int
    denominator: int | None


def year_before(as_at: dt.date) -> Period:
    """The 365 days before `as_at`, the last being the day before: the year that the features of use look at."""
    return Period(as_at - dt.timedelta(days=365), as_at - dt.timedelta(days=1))


def whole_months(as_at: dt.date, months: int) -> list[Period]:
    """The last `months` whole months before `as_at`, latest first: the month of `as_at` is not over."""
    periods, last = [], as_at.replace(day=1) - dt.timedelta(days=1)
    for _ in range(months):
        periods.append(Period(last.replace(day=1), last))
        last = last.replace(day=1) - dt.timedelta(days=1)
    return periods


def month_of(first: dt.date) -> Period:
    """The whole month that begins on `first`."""
    return Period(first, (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1))


def measure_rows(measure: str, breakdown: str, figures: Iterable[Figure], period: Period) -> Rows[Measure]:
    """Rows of one measure over one period, in key order.

    Rate is numerator over denominator; null where the denominator is null or 0. Nothing is suppressed yet.
    """
    rows = [
        {
            "measure": measure,
            "breakdown": breakdown,
            **figure._asdict(),
            "period_start": period.start,
            "period_end": period.end,
            "rate": figure.numerator / figure.denominator if figure.denominator else None,
            "suppressed": False,
        }
        for figure in figures
    ]
    return Measure.sort(Measure.validate(pa.Table.from_pylist(rows, schema=Measure.arrow_schema())))


def together(*tables: pa.Table) -> Rows[Measure]:
    """Several measures as one table in key order; no row may say the same twice."""
    return Measure.sort(Measure.validate(pa.concat_tables([Measure.empty(), *tables])))
