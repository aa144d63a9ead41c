"""Financial years of prices, and how a price of one year is said in another's: HM Treasury's GDP deflator, in whole numbers.

Source: `pipelines/reference/gdp_deflator.csv` (its licence and what to watch: `pipelines/reference/SOURCES.md`). From 2025-26 on
its figures are forecasts. A date before the first year of the table takes the first, one after the last takes the last.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

DEFLATOR = Path(__file__).parent / "reference" / "gdp_deflator.csv"

# The year of the National Cost Collection that is shipped: most costs need no re-pricing at all.
DEFAULT_PRICE_YEAR = "2024-25"

# A financial year begins on 1 April.
FIRST_MONTH = 4


@functools.cache
def deflator() -> Mapping[str, int]:
    """Financial year (`2024-25`) to its index in ten-thousandths, 2024-25 being 1,000,000; in the order of the years."""
    return {row["financial_year"]: int(Decimal(row["gdp_deflator_2024_25_100"]) * 10_000) for row in _rows()}


@functools.cache
def forecast_years() -> frozenset[str]:
    """Years of which the index is a forecast."""
    return frozenset(row["financial_year"] for row in _rows() if row["is_forecast"] == "true")


def first_day(year: str) -> dt.date:
    """1 April of a financial year."""
    return dt.date(int(year[:4]), FIRST_MONTH, 1)


def repriced(pence: int, *, from_year: str, to_year: str) -> int:
    """Pence of one financial year in another's prices, rounded half up. `KeyError` for a year that the table does not have."""
    before, after = deflator()[from_year], deflator()[to_year]
    return (2 * pence * after + before) // (2 * before)


def _rows() -> list[dict[str, str]]:
    with DEFLATOR.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
