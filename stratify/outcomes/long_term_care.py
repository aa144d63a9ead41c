"""New long-term care within 12 months: the first long-term support, or a care home for somebody supported at home.

After the permanent admissions of the Adult Social Care Outcomes Framework from 2024/25 (2B, 2C; the Department's code for Client
Level Data): a placement is new where none was open or had ended in the 365 days before. Here "before" is before the index
date, so that one person is asked one question; and long-term support at home counts too, where it is the first:

    at the index date, open or ended within 365 days     it happens when
    no long-term support                                 any long-term support begins
    long-term support in the community (or in prison)    residential or nursing care begins
    residential or nursing care                          not asked

Adults only. Packages of carers, short-term support and what people pay for themselves do not count; the data do not tell a
temporary stay from a permanent one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from stratify.admissions import attribute
from stratify.dates import add_months
from stratify.features import DAYS_PER_YEAR, registered
from stratify.features.demographics import age
from stratify.features.events import CARE_HOME_TYPES, CARER_CLIENT_TYPES, LONG_TERM, PACKAGE
from stratify.features.lags import NO_LAGS, lag_of
from stratify.outcomes.window import MONTHS, check_over, happened

ADULT = 18
BEFORE = dt.timedelta(days=365)


def could_be_new(
    people: nw.LazyFrame[Any],
    activity: nw.LazyFrame[Any],
    as_at: dt.date,
    *,
    lags: Mapping[str, int] = NO_LAGS,
    bands_at: dt.date | None = None,
) -> nw.LazyFrame[Any]:
    """(pseudonym) of adults registered and alive at `as_at`, not known to be in a care home then or 365 days before.

    `lags` are the night's, by source; `bands_at` is the date of the people's age bands. Somebody of unknown age is not asked.
    """
    years = ((bands_at or as_at) - as_at).days / DAYS_PER_YEAR
    adults = registered(people, as_at).with_columns(years_before_band=nw.lit(years)).filter(age() >= ADULT)
    heard = long_term_packages(activity).filter(nw.col("start_date") < as_at - lag_of("cld", lags))
    return adults.select("pseudonym").join(_lately(heard.filter("care_home"), as_at), on="pseudonym", how="anti")


def new_long_term_care(
    people: nw.LazyFrame[Any], activity: nw.LazyFrame[Any], index: dt.date, *, data_to: dt.date
) -> nw.LazyFrame[Any]:
    """(pseudonym, outcome) of those registered and alive at `index` and, as is known since, in no care home until then.

    Somebody whose care home began in the days of which the feed had not spoken has no row: by then it was no longer new.
    Raises `E-OUTCOME-WINDOW` where the 12 months are not over by `data_to`.
    """
    last = add_months(index, MONTHS)
    check_over(index, last, data_to, f"{MONTHS} months")
    packages = long_term_packages(activity)
    begun = packages.filter(nw.col("start_date") <= index)
    supported, placed = _lately(begun, index), _lately(begun.filter("care_home"), index)
    first = packages.join(supported, on="pseudonym", how="anti")
    counted = nw.concat([first.select("pseudonym", "start_date"), packages.filter("care_home").select("pseudonym", "start_date")])
    return happened(people, counted, index, last).join(placed, on="pseudonym", how="anti")


def long_term_packages(activity: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """(pseudonym, start_date, end_date, care_home) of every long-term package of a person's own."""
    kind = attribute("service_type").str.to_lowercase()
    carer = attribute("client_type").str.to_lowercase().is_in(CARER_CLIENT_TYPES).fill_null(False)
    long_term = activity.filter((nw.col("activity_type") == PACKAGE) & kind.str.starts_with(LONG_TERM) & ~carer)
    return long_term.select("pseudonym", "start_date", "end_date", care_home=kind.is_in(CARE_HOME_TYPES))


def _lately(packages: nw.LazyFrame[Any], day: dt.date) -> nw.LazyFrame[Any]:
    """(pseudonym) of those with one of these packages open on a day or ended within the 365 days before."""
    end = nw.col("end_date")
    return packages.filter(end.is_null() | (end > day - BEFORE)).select("pseudonym").unique()
