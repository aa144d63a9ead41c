"""Months on a calendar, without a clock."""

from __future__ import annotations

import calendar
import datetime as dt


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later (or earlier, where negative); the last of the month where there is no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, index = divmod(month, 12)
    return dt.date(year, index + 1, min(day.day, calendar.monthrange(year, index + 1)[1]))
