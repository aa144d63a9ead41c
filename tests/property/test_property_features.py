"""The one-pass features against a slow, obvious reference, on generated events."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.activity_types import SERVICES
from stratify.features import FEATURES
from tests.stratify_area import AS_AT, activity_of, day, features_of, people_of

EVERY_FEED = frozenset(service for feature in FEATURES for service in feature.services)
TYPES = sorted(kind for kinds in SERVICES.values() for kind in kinds)
BEDS = ("inpatient_emergency", "inpatient_elective", "inpatient_other")

starts = st.one_of(st.integers(-1200, 5), st.sampled_from((-730, -365, -90, -30, -1, 0)))
events = st.builds(
    lambda kind, start, length, method, cost, weekly, attended: {
        "activity_type": kind,
        "start": start,
        "end": None if length is None else start + length,
        "cost": cost,
        "admission_method": method if kind == "inpatient_emergency" else None,
        "weekly_cost_pence": weekly if kind == "social_care_service" else None,
        "attended": attended if kind in ("outpatient", "community_contact") else None,
    },
    st.sampled_from(TYPES),
    starts,
    st.one_of(st.none(), st.integers(0, 500)),
    st.sampled_from((None, "21", "2A", "2B", "2C", "28")),
    st.one_of(st.none(), st.integers(0, 10**6)),
    st.one_of(st.none(), st.integers(0, 10**5)),
    st.sampled_from((None, "3", "5", "6")),
)
histories = st.lists(st.lists(events, max_size=12), min_size=8, max_size=12)


def service_of(event: dict[str, Any]) -> str:
    return next(service for service, kinds in SERVICES.items() if event["activity_type"] in kinds)


def lasts(event: dict[str, Any]) -> bool:
    return event["activity_type"] in (*BEDS, "social_care_service", "mental_health_spell")


def is_open(event: dict[str, Any]) -> bool:
    return lasts(event) and (event["end"] is None or event["end"] >= 0)


def last_day(event: dict[str, Any]) -> dt.date:
    """The day on which the event ended, or the index date while it is open."""
    if is_open(event):
        return AS_AT
    return min(day(event["start"] if event["end"] is None else event["end"]), AS_AT)


def counts(event: dict[str, Any]) -> bool:
    return event["admission_method"] not in ("2B", "2C") and event["attended"] not in ("3",)


def counted(history: list[dict[str, Any]], service: str, window: int) -> int:
    first = AS_AT - dt.timedelta(days=window)
    return sum(
        counts(event)
        and (day(event["start"]) >= first or (event["activity_type"] == "social_care_service" and last_day(event) >= first))
        for event in history
        if service_of(event) == service
    )


def nights(event: dict[str, Any]) -> int:
    year = [AS_AT - dt.timedelta(days=back) for back in range(1, 366)]
    return sum(day(event["start"]) <= night < last_day(event) for night in year)


def pence(event: dict[str, Any]) -> int:
    if event["weekly_cost_pence"] is not None:
        return int(event["weekly_cost_pence"]) * nights(event) // 7
    ended = not is_open(event) and event["start"] >= -365
    return event["cost"] or 0 if ended else 0


def reference(history: list[dict[str, Any]]) -> dict[str, Any]:
    past = [event for event in history if event["start"] < 0]
    past = [event for event in past if event["activity_type"] not in BEDS or event["end"] is None or event["end"] < 0]
    values: dict[str, Any] = {
        f"{service}_{window}": counted(past, service, window) for service in SERVICES for window in (30, 90, 365, 730)
    }
    for service in SERVICES:
        values[f"cost_{service}_365"] = sum(pence(event) for event in past if service_of(event) == service)
    beds = [event for event in past if event["activity_type"] in BEDS]
    values["bed_days_365"] = sum(nights(event) for event in beds)
    values["emergency_bed_days_365"] = sum(nights(event) for event in beds if event["activity_type"] == BEDS[0])
    values["in_hospital"] = any(is_open(event) for event in beds)
    for service in ("emergency_inpatient", "accident_and_emergency", "outpatient", "community"):
        ago = [-event["start"] for event in past if service_of(event) == service and counts(event)]
        values[f"days_since_last_{service}"] = min([*(days for days in ago if days <= 730), 731])
    return values


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(histories)
def test_one_pass_agrees_with_the_reference(people: list[list[dict[str, Any]]]) -> None:
    rows = [{**event, "pseudonym": f"p{number}"} for number, history in enumerate(people) for event in history]
    table: pa.Table = activity_of(rows)
    found = features_of(table, people_of({"pseudonym": f"p{number}"} for number in range(len(people))), available=EVERY_FEED)
    for number, history in enumerate(people):
        expected = reference(history)
        assert {name: found[f"p{number}"][name] for name in expected} == expected
