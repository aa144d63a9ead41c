"""The outcome as a picture, and the dates it is looked for."""

from __future__ import annotations

import datetime as dt

import pytest

from schemas.errors import CaselinkError
from stratify.dates import add_months
from stratify.outcomes import emergency_admission, index_dates
from tests.stratify_area import AS_AT, activity_of, lazy, people_of

DATA_TO = add_months(AS_AT, 12)


def outcomes(events: list[dict[str, object]], **person: object) -> object:
    people = people_of([{"pseudonym": "a", **person}, {"pseudonym": "somebody else"}])
    activity = activity_of([{"pseudonym": "a", "activity_type": "inpatient_emergency", **event} for event in events])
    found = emergency_admission(lazy(people), lazy(activity), AS_AT, data_to=DATA_TO).collect("pyarrow").to_native()
    return {row["pseudonym"]: row["outcome"] for row in found.to_pylist()}.get("a", "not followed")


@pytest.mark.parametrize(
    ("start", "outcome"), [(-1, False), (0, False), (1, True), (365, True), (366, False)], ids=lambda value: str(value)
)
def test_the_window_opens_the_day_after_the_index_date_and_closes_twelve_months_after(start: int, outcome: bool) -> None:
    assert outcomes([{"start": start}]) is outcome


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ({"admission_method": "21"}, True),
        ({"admission_method": "2D"}, True),
        ({"admission_method": None}, True),
        ({"admission_method": "2B"}, False),
        ({"admission_method": "2C"}, False),
        ({"activity_type": "inpatient_elective", "admission_method": "11"}, False),
        ({"activity_type": "accident_and_emergency"}, False),
    ],
)
def test_which_admissions_count(event: dict[str, object], outcome: bool) -> None:
    assert outcomes([{"start": 30, **event}]) is outcome


DIES = {"month_of_death": dt.date(2026, 8, 1)}
LEAVES = {"registered_to": dt.date(2026, 8, 1)}


@pytest.mark.parametrize(
    ("person", "admitted", "outcome"),
    [
        ({}, False, False),
        (DIES, False, False),
        (DIES, True, True),
        ({**DIES, **LEAVES}, False, False),
        (LEAVES, False, None),
        (LEAVES, True, True),
        ({"registered_to": dt.date(2027, 5, 1)}, False, False),
        ({"month_of_death": dt.date(2026, 3, 1)}, False, "not followed"),
        ({"registered_from": dt.date(2026, 4, 2)}, False, "not followed"),
    ],
)
def test_death_and_leaving(person: dict[str, object], admitted: bool, outcome: object) -> None:
    assert outcomes([{"start": 40}] if admitted else [], **person) == outcome


def test_twelve_months_must_be_over() -> None:
    with pytest.raises(CaselinkError, match=r"E-OUTCOME-WINDOW.*2027-04-01.*2027-03-31"):
        emergency_admission(lazy(people_of([])), lazy(activity_of([])), AS_AT, data_to=dt.date(2027, 3, 31))


def test_index_dates() -> None:
    assert index_dates(dt.date(2026, 4, 1)) == (dt.date(2024, 4, 1), dt.date(2025, 4, 1))
    assert index_dates(dt.date(2024, 2, 29)) == (dt.date(2022, 2, 28), dt.date(2023, 2, 28))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2024-02-29", 12, "2025-02-28"),
    ],
)
def test_months_on_a_calendar(day: str, months: int, expected: str) -> None:
    assert add_months(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(expected)
