"""Dates as people say them: the year only where the month alone would not tell.

A full date never stands in a text: beside an event it would read as a birthday to the scan at the wall, and it says no more
than day and month do within a year.
"""

from __future__ import annotations

import datetime as dt

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTHS_IN_A_YEAR = 12


def is_recent(day: dt.date, as_at: dt.date) -> bool:
    """Whether the month alone tells which year is meant: fewer than twelve months before `as_at`."""
    return (as_at.year - day.year) * MONTHS_IN_A_YEAR + as_at.month - day.month < MONTHS_IN_A_YEAR


def month_in_words(day: dt.date, as_at: dt.date) -> str:
    """`March`, or `March 2025` where that is a year ago or longer."""
    name = MONTHS[day.month - 1]
    return name if is_recent(day, as_at) else f"{name} {day.year}"


def day_in_words(day: dt.date, as_at: dt.date) -> str:
    """`12 November`, or `November 2025` where that is a year ago or longer."""
    return f"{day.day} {month_in_words(day, as_at)}" if is_recent(day, as_at) else month_in_words(day, as_at)


def on_day(day: dt.date, as_at: dt.date) -> str:
    """`on 12 November`, `in November 2025`."""
    return f"{'on' if is_recent(day, as_at) else 'in'} {day_in_words(day, as_at)}"
