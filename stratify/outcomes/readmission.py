"""Back in hospital as an emergency within 30 days, of those who have just come out.

The national indicator (NHS England, emergency readmissions within 30 days of discharge, I02040) and PARR-30 (BMJ Open 2012;
2:e001667) count from the discharge. A list is made at night and not at the bedside, so here the night is the index date:
of everybody known to have been discharged alive after an emergency in the last 30 days of which the admissions feed has
spoken, who has an emergency admission in the 30 days after the night. Counted from the discharge, part of the 30 days would be
over before anybody reads the list; with a feed a month late, all of them. As in the indicator a transfer is no discharge
and no readmission, and a planned admission none. Other than there, cancer is not left out: these are people, not a rate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from stratify.admissions import attribute, is_emergency_admission
from stratify.features import registered
from stratify.features.lags import NO_LAGS, lag_of
from stratify.outcomes.window import check_over, happened

DAYS = 30

# DISCHARGE METHOD CODE: died, stillbirth. DISCHARGE DESTINATION CODE: died; and other hospitals, where the stay goes on.
DIED_METHODS = ("4", "5")
NOT_OUT = ("79", "30", "48", "49", "50", "51", "52", "53", "84", "87")

# ADMISSION METHOD CODE of a baby born at home as intended.
BORN_AT_HOME = "2C"


def recently_discharged(
    people: nw.LazyFrame[Any], activity: nw.LazyFrame[Any], as_at: dt.date, *, lags: Mapping[str, int] = NO_LAGS
) -> nw.LazyFrame[Any]:
    """(pseudonym) of those registered and alive at `as_at` who came out in the last 30 days that were heard of.

    `lags` are the night's, by source (`feed_lags`): where the admissions feed is 20 days late, these are the days 21 to 50 before
    `as_at`. A spell whose method, discharge method or destination is not given counts.
    """
    heard, end = as_at - lag_of("sus_apc", lags), nw.col("end_date")
    recent = (end < heard) & (end >= heard - dt.timedelta(days=DAYS))
    out = activity.filter((nw.col("activity_type") == "inpatient_emergency") & recent & _came_out())
    return registered(people, as_at).select("pseudonym").join(out.select("pseudonym").unique(), on="pseudonym", how="inner")


def _came_out() -> nw.Expr:
    born, method, to = (attribute(name) for name in ("admission_method", "discharge_method", "discharge_destination"))
    return (
        (born.is_null() | (born != BORN_AT_HOME))
        & (method.is_null() | ~method.is_in(DIED_METHODS))
        & (to.is_null() | ~to.is_in(NOT_OUT))
    )


def readmission(people: nw.LazyFrame[Any], activity: nw.LazyFrame[Any], index: dt.date, *, data_to: dt.date) -> nw.LazyFrame[Any]:
    """(pseudonym, outcome) of everybody registered and alive at `index`; who is asked is for `recently_discharged` to say.

    Raises `E-OUTCOME-WINDOW` where the 30 days are not over by `data_to`.
    """
    last = index + dt.timedelta(days=DAYS)
    check_over(index, last, data_to, f"{DAYS} days")
    return happened(people, activity.filter(is_emergency_admission()), index, last)
