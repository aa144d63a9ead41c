"""The rows that features are aggregates of, several a person: the known events, brought together in a few ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from schemas.activity_types import SERVICES
from stratify.diagnoses import diagnoses
from stratify.features.aggregates import of_type
from stratify.features.breadth import by_provider
from stratify.features.events import known_events
from stratify.features.feature import Frame
from stratify.features.lags import lag_of
from stratify.features.living import latest_status
from stratify.features.long_term import latest_snapshot
from stratify.features.stays import STAY_TYPES, readmissions_by_day
from stratify.features.use import measured, use_by_type


def frames(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int]) -> dict[Frame, nw.LazyFrame[Any]]:
    """Frame to its rows, each with a `pseudonym`.

    All events are gone through once, for `use`, and those of a year's contacts once for `provider`; the others look at the
    events of one kind of care, a small part.
    """
    known = measured(known_events(activity, as_at, lags))
    of_services = known.filter(of_type(*(kind for types in SERVICES.values() for kind in types)))
    told = as_at - lag_of("sus_apc", lags)
    return {
        "use": use_by_type(of_services),
        "stay": known.filter(of_type(*STAY_TYPES)),
        "readmission": readmissions_by_day(known),
        "care": known.filter(of_type(*SERVICES["social_care"])),
        "living": latest_status(known),
        "provider": by_provider(of_services),
        "snapshot": latest_snapshot(activity, as_at, lags),
        "diagnosis": diagnoses(activity, as_at, ended_before=told),
    }
