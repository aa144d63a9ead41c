"""Days as whole numbers since 1970-01-01, the way every date is held here until it is written."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from synthetic_data.chance import Ints

EPOCH = dt.date(1970, 1, 1)
NEVER = 1_000_000  # later than every date of the area
YEAR = 365.25


def day(date: dt.date) -> int:
    """Days from 1970-01-01 to `date`."""
    return (date - EPOCH).days


def date_of(number: int) -> dt.date:
    """The date of a day number."""
    return EPOCH + dt.timedelta(days=int(number))


def parts(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month and day of the month of each day number."""
    stamps = days.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    year = stamps.astype("datetime64[Y]").astype(np.int64) + 1970
    return year, months.astype(np.int64) % 12 + 1, (stamps - months).astype(np.int64) + 1


def joined(year: Ints, month: Ints, day_of_month: Ints) -> Ints:
    """Day numbers of calendar dates; a day past the month's end runs into the next month."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64) + day_of_month - 1


def month_start(month: int) -> int:
    """First day of a month; months are counted from January 1970."""
    return int(np.datetime64(month, "M").astype("datetime64[D]").astype(int))


def month_of(date: dt.date) -> int:
    """Number of the month that `date` lies in."""
    return (date.year - 1970) * 12 + date.month - 1


def dates(days: Ints) -> pa.Array:
    """An Arrow column of dates; null for NEVER and later, and for days long before 1900."""
    known = (days < NEVER) & (days > -30_000)
    return pa.array(np.where(known, days, 0).astype(np.int32), mask=~known).cast(pa.date32())


def working_days(days: Ints) -> Ints:
    """Saturdays become Fridays, Sundays Mondays."""
    of_week = (days + 3) % 7  # Monday is 0
    moved: Ints = days - (of_week == 5) + (of_week == 6)
    return moved
