"""What the models learn to expect: an emergency admission in the 12 months after an index date.

The window opens on the first day after the index date and closes 12 months after it, that day included; the index day
itself belongs to neither features nor outcome. Admissions are those of `stratify/admissions.py`.

Death: somebody who dies in the window without an emergency admission before had none, and counts as no. This keeps
the outcome what its name says; a team that wants to find the last year of life needs another outcome. Leaving: somebody
whose registration ends in the window without an admission before could not be followed, so the outcome is null and
`fit` and `assess` leave it out, and say how many.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import narwhals as nw

from schemas.errors import CaselinkError
from stratify.admissions import is_emergency_admission
from stratify.dates import add_months
from stratify.features import registered

OUTCOME = "emergency_admission_12_months"
MONTHS = 12


class IndexDates(NamedTuple):
    """Where the model learns and where it is checked."""

    train: dt.date
    check: dt.date


def index_dates(data_to: dt.date) -> IndexDates:
    """The latest index date whose 12 months are over by `data_to` checks the model; the one 12 months before trains it.

    `data_to` is the night's as-at date, or the last day the admissions feed speaks of where that is earlier.
    """
    return IndexDates(train=add_months(data_to, -2 * MONTHS), check=add_months(data_to, -MONTHS))


def emergency_admission(
    people: nw.LazyFrame[Any], activity: nw.LazyFrame[Any], index: dt.date, *, data_to: dt.date
) -> nw.LazyFrame[Any]:
    """(pseudonym, outcome) of everybody registered and alive at `index`: true, false, or null where not followed.

    Raises `E-OUTCOME-WINDOW` where the 12 months are not over by `data_to`.
    """
    last = add_months(index, MONTHS)
    if last > data_to:
        raise CaselinkError(
            "E-OUTCOME-WINDOW",
            f"the 12 months after {index} end on {last}, after the last day of data ({data_to}).",
            cure="choose an earlier index date",
        )
    start = nw.col("start_date")
    in_window = activity.filter(is_emergency_admission() & (start > index) & (start <= last))
    admitted = in_window.group_by("pseudonym").agg(admissions=nw.len())
    followed = registered(people, index).select("pseudonym", left=_left(last))
    joined = followed.join(admitted, on="pseudonym", how="left")
    had = ~nw.col("admissions").is_null()
    return joined.select("pseudonym", outcome=nw.when(had | ~nw.col("left")).then(had))


def _left(last: dt.date) -> nw.Expr:
    """Whether registration ended in the window for another reason than death."""
    end, died = nw.col("registered_to"), nw.col("month_of_death")
    return (~end.is_null()) & (end <= last) & (died.is_null() | (died > last))
