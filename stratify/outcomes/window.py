"""A window after an index date: who was followed through it, and to whom the event happened."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import narwhals as nw

from schemas.errors import CaselinkError
from stratify.dates import add_months
from stratify.features import registered

MONTHS = 12


class IndexDates(NamedTuple):
    """Where the model learns and where it is checked."""

    train: dt.date
    check: dt.date


def index_dates(data_to: dt.date) -> IndexDates:
    """The latest index date whose 12 months are over by `data_to` checks the model; the one 12 months before trains it.

    `data_to` is the night's as-at date, or the last day the feed of the outcome speaks of where that is earlier.
    """
    return IndexDates(train=add_months(data_to, -2 * MONTHS), check=add_months(data_to, -MONTHS))


def check_over(index: dt.date, last: dt.date, data_to: dt.date, words: str) -> None:
    """Refuse (`E-OUTCOME-WINDOW`) a window whose `last` day lies after the last day of data."""
    if last > data_to:
        raise CaselinkError(
            "E-OUTCOME-WINDOW",
            f"the {words} after {index} end on {last}, after the last day of data ({data_to}).",
            cure="choose an earlier index date",
        )


def happened(people: nw.LazyFrame[Any], events: nw.LazyFrame[Any], index: dt.date, last: dt.date) -> nw.LazyFrame[Any]:
    """(pseudonym, outcome) of everybody registered and alive at `index`: true, false, or null where not followed.

    `events` are those that count, of any date; here they count that start after `index`, up to `last` included.
    """
    start = nw.col("start_date")
    inside = events.filter((start > index) & (start <= last)).group_by("pseudonym").agg(times=nw.len())
    followed = registered(people, index).select("pseudonym", left=_left(last))
    joined = followed.join(inside, on="pseudonym", how="left")
    had = ~nw.col("times").is_null()
    return joined.select("pseudonym", outcome=nw.when(had | ~nw.col("left")).then(had))


def _left(last: dt.date) -> nw.Expr:
    """Whether registration ended in the window for another reason than death."""
    end, died = nw.col("registered_to"), nw.col("month_of_death")
    return (~end.is_null()) & (end <= last) & (died.is_null() | (died > last))
