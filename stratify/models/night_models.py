"""The models of a night, one declared list. To add one, write its outcome in `stratify/outcomes/` and an entry here.

None reads a cost: a model that ranks on cost is unfair to those of whom less is spent (Science 2019, aax2342). None has class
weights or resampled rows: they ruin calibration (JAMIA 2022, ocac093); lists are cut by capacity instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from stratify.admissions import INPATIENT_TYPES
from stratify.dates import add_months
from stratify.features import NOT_MODELLED, registered
from stratify.models.prior_rule import PriorUse
from stratify.outcomes import (
    could_be_new,
    emergency_admission,
    new_long_term_care,
    readmission,
    recently_discharged,
)

Frame = nw.LazyFrame[Any]
Who = Callable[[Frame, Frame, dt.date, Mapping[str, int], dt.date], Frame]
Happened = Callable[..., Frame]

# With fewer events to learn from a model of many terms says more of chance than of people (issue text: fewer than 200).
FEWEST_EVENTS = 200


@dataclass(frozen=True)
class NightModel:
    """One question of the night.

    `name` is the score's; `file` that of its model and card. `feed` tells when its windows are over. `window_days` is 0 where the
    window is of 12 months. `slices` say how many index dates each slice of time has, the latest slice last: it checks the model.
    `looks_at` are the activity types by which `who` and `happened` decide; all where it is empty.
    """

    name: str
    file: str
    title: str
    outcome: str
    asked: str
    feed: str
    who: Who
    happened: Happened
    rule: PriorUse
    slices: tuple[int, ...]
    window_days: int = 0
    looks_at: tuple[str, ...] = ()

    def index_dates(self, data_to: dt.date, first_day: dt.date) -> list[tuple[dt.date, ...]]:
        """Index dates by slice, earliest slice first. `data_to` is the last day of its feed, `first_day` the first of events.

        A date with less than a year of events before it says too little and is left out, but never of the last two slices.
        """
        found: list[tuple[dt.date, ...]] = []
        back = 1
        for place, size in enumerate(reversed(self.slices)):
            dates = [self._before(data_to, number) for number in range(back, back + size)]
            back += size
            kept = [day for day in dates if place < 2 or (day - first_day).days >= YEAR]
            found += [tuple(sorted(kept))] if kept else []
        return found[::-1]

    def _before(self, data_to: dt.date, windows: int) -> dt.date:
        if self.window_days:
            return data_to - dt.timedelta(days=self.window_days * windows)
        return add_months(data_to, -12 * windows)


YEAR = 365


def _everybody(people: Frame, _activity: Frame, as_at: dt.date, _lags: Mapping[str, int], _bands_at: dt.date) -> Frame:
    return registered(people, as_at).select("pseudonym")


def _discharged(people: Frame, activity: Frame, as_at: dt.date, lags: Mapping[str, int], _bands_at: dt.date) -> Frame:
    return recently_discharged(people, activity, as_at, lags=lags)


def _not_placed(people: Frame, activity: Frame, as_at: dt.date, lags: Mapping[str, int], bands_at: dt.date) -> Frame:
    return could_be_new(people, activity, as_at, lags=lags, bands_at=bands_at)


MODELS: list[NightModel] = [
    NightModel(
        name="emergency_admission_12_months",
        file="emergency_admission",
        title="emergency admission within 12 months",
        outcome="An emergency admission in the 12 months after the index date.",
        asked="everybody registered and alive",
        feed="sus_apc",
        who=_everybody,
        happened=emergency_admission,
        rule=PriorUse("emergency_inpatient_365", "accident_and_emergency_365"),
        slices=(1, 1, 1),
    ),
    NightModel(
        name="readmission_30_days",
        file="readmission",
        title="emergency readmission within 30 days",
        outcome="An emergency admission in the 30 days after the index date.",
        asked="those who came out of hospital after an emergency in the last 30 days that were heard of",
        feed="sus_apc",
        who=_discharged,
        happened=readmission,
        rule=PriorUse("emergency_inpatient_365", "accident_and_emergency_365", fewest=1, most=4),
        slices=(12, 12, 12),
        window_days=30,
        looks_at=INPATIENT_TYPES,
    ),
    NightModel(
        name="long_term_care_12_months",
        file="long_term_care",
        title="new long-term care within 12 months",
        outcome="In the 12 months after the index date the first long-term support, or a care home for somebody supported at "
        "home.",
        asked="adults in no care home, then or in the 365 days before",
        feed="cld",
        who=_not_placed,
        happened=new_long_term_care,
        rule=PriorUse("social_care_365", "emergency_inpatient_365"),
        slices=(1, 1, 1),
    ),
]


def model_named(name: str) -> NightModel:
    """The entry of a score; `KeyError` where there is none."""
    return next(each for each in MODELS if each.name == name)


def is_read(column: str) -> bool:
    """Whether models may read a feature."""
    return column not in NOT_MODELLED
