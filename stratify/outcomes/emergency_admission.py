"""An emergency admission in the 12 months after an index date, that is up to and with the day 12 months after it.

Of everybody registered and alive at the index date. Admissions are those of `stratify/admissions.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw

from stratify.admissions import is_emergency_admission
from stratify.dates import add_months
from stratify.outcomes.window import MONTHS, check_over, happened


def emergency_admission(
    people: nw.LazyFrame[Any], activity: nw.LazyFrame[Any], index: dt.date, *, data_to: dt.date
) -> nw.LazyFrame[Any]:
    """(pseudonym, outcome) of everybody registered and alive at `index`: true, false, or null where not followed.

    Raises `E-OUTCOME-WINDOW` where the 12 months are not over by `data_to`.
    """
    last = add_months(index, MONTHS)
    check_over(index, last, data_to, f"{MONTHS} months")
    return happened(people, activity.filter(is_emergency_admission()), index, last)
