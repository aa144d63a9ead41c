"""Dates of birth in parts, with what is only a placeholder marked as not known.

1 January stands for "only the year is known" (PDS); 1900 and 1901, and 9999, are what systems write where nothing is. A part
that is not known is evidence of nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Truth, Whole

# Years in which nobody in an extract was born: at or before, where 1900 and 1901 stand for "not known"; after, where 9999 does.
LAST_PLACEHOLDER_YEAR = 1901
LAST_YEAR = 2100
_DAYS_FROM_1900_TO_1970 = 25_567  # so that the code of a date of birth is never negative


@dataclass(frozen=True)
class BirthDates:
    """Parts of dates of birth; -1 where a part is missing or a placeholder.

    `code` is the whole date as delivered, as days from 1900, where at least its year is real; `is_full` where all parts are.
    """

    code: Whole
    year: Whole
    month: Whole
    day: Whole

    @property
    def is_full(self) -> Truth:
        """Whether year, month and day are all known."""
        return (self.year >= 0) & (self.month >= 0) & (self.day >= 0)


def birth_dates(dates: Any) -> BirthDates:
    """Parts of an Arrow column of dates; null has no part."""
    days = pc.fill_null(dates.cast(pa.int32()), pa.scalar(2**31 - 1, pa.int32()))
    number = np.asarray(days.to_numpy(), dtype=np.int64)
    stamps = number.astype("datetime64[D]")
    years = stamps.astype("datetime64[Y]").astype(np.int64) + 1970
    months = stamps.astype("datetime64[M]").astype(np.int64) % 12 + 1
    month_days = (stamps - stamps.astype("datetime64[M]")).astype(np.int64) + 1
    real_year = (years > LAST_PLACEHOLDER_YEAR) & (years <= LAST_YEAR)
    real_day = (years <= LAST_YEAR) & ~((months == 1) & (month_days == 1))
    return BirthDates(
        code=np.where(real_year, number + _DAYS_FROM_1900_TO_1970, NONE),
        year=np.where(real_year, years, NONE),
        month=np.where(real_day, months, NONE),
        day=np.where(real_day, month_days, NONE),
    )
