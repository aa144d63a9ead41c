"""The rows that features are aggregates of, several a person: the known events, brought together in a few ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
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


def frames(
    activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int], needed: Collection[Frame]
) -> dict[Frame, nw.LazyFrame[Any]]:
    """Each of the `needed` frames that are made of events: its rows, each with a `pseudonym`.

    All events are gone through once, for `use`, and those of a year's contacts once for `provider`; the others look at the
    events of one kind of care, a small part.
    """
    known = measured(known_events(activity, as_at, lags))
    of_services = known.filter(of_type(*(kind for types in SERVICES.values() for kind in types)))
    told = as_at - lag_of("sus_apc", lags)
    made: dict[Frame, Callable[[], nw.LazyFrame[Any]]] = {
        "use": lambda: use_by_type(of_services),
        "stay": lambda: known.filter(of_type(*STAY_TYPES)),
        "readmission": lambda: readmissions_by_day(known),
        "care": lambda: known.filter(of_type(*SERVICES["social_care"])),
        "living": lambda: latest_status(known),
        "provider": lambda: by_provider(of_services),
        "snapshot": lambda: latest_snapshot(activity, as_at, lags),
        "diagnosis": lambda: diagnoses(activity, as_at, ended_before=told),
    }
    return {name: make() for name, make in made.items() if name in needed}
