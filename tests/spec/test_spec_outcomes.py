"""The rules of the outcomes as pictures: a small activity table in; who is asked, and what happened to them, out.

`start` and `end` are days from the index date: -1 is the day before it, 1 the day after. Of a person not asked it says `-`, of
one who could not be followed `?`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from schemas.errors import CaselinkError
from stratify.dates import add_months
from stratify.outcomes import could_be_new, new_long_term_care, readmission, recently_discharged
from tests.stratify_area import AS_AT, activity_of, drawn, lazy, people_of

DATA_TO = add_months(AS_AT, 12)
WORDS = {True: "yes", False: "no", None: "?"}

READMISSION = {
    "asked are those who came out in the 30 days before; counted is what begins in the 30 days after": (
        """
        | pseudonym | activity_type       | start | end |
        |-----------|---------------------|-------|-----|
        | a         | inpatient_emergency | -9    | -1  |
        | a         | inpatient_emergency | 30    | 33  |
        | b         | inpatient_emergency | -31   | -30 |
        | b         | inpatient_emergency | 31    | 33  |
        | c         | inpatient_emergency | -33   | -31 |
        | c         | inpatient_emergency | 1     | 2   |
        | d         | inpatient_emergency | -3    | 0   |
        | e         | inpatient_emergency | -3    |     |
        | f         | inpatient_elective  | -9    | -1  |
        | g         | inpatient_emergency | -9    | -1  |
        | g         | inpatient_elective  | 5     | 6   |
        | h         | inpatient_emergency | -9    | -1  |
        | h         | inpatient_emergency | 0     | 4   |
        """,
        {},
        "a yes | b no | c - | d - | e - | f - | g no | h no",
    ),
    "the dead and the transferred did not come out; a transfer is no readmission, its end is a discharge": (
        """
        | pseudonym | activity_type       | start | end | admission_method | discharge_method | discharge_destination |
        |-----------|---------------------|-------|-----|------------------|------------------|-----------------------|
        | a         | inpatient_emergency | -9    | -1  | 21               | 4                | 79                    |
        | b         | inpatient_emergency | -9    | -1  | 21               | 1                | 79                    |
        | c         | inpatient_emergency | -9    | -1  | 21               | 1                | 51                    |
        | d         | inpatient_emergency | -9    | -1  | 2B               | 1                | 19                    |
        | d         | inpatient_emergency | 9     | 11  | 2B               | 1                | 19                    |
        | e         | inpatient_emergency | -9    | -1  | 21               | 1                | 54                    |
        | e         | inpatient_emergency | 9     | 11  | 2A               | 1                | 19                    |
        | f         | inpatient_emergency | -1    | -1  | 2C               | 1                | 19                    |
        """,
        {},
        "a - | b - | c - | d no | e yes | f -",
    ),
    "with a feed ten days late the thirty days are the last it has spoken of": (
        """
        | pseudonym | activity_type       | start | end |
        |-----------|---------------------|-------|-----|
        | a         | inpatient_emergency | -19   | -10 |
        | b         | inpatient_emergency | -19   | -11 |
        | c         | inpatient_emergency | -49   | -40 |
        | d         | inpatient_emergency | -49   | -41 |
        """,
        {"sus_apc": 10},
        "a - | b no | c no | d -",
    ),
}

LONG_TERM_CARE = {
    "without support any long-term support is new, other support is not": (
        """
        | pseudonym | activity_type          | start | end | service_type                                  |
        |-----------|------------------------|-------|-----|-----------------------------------------------|
        | a         | social_care_service    | 1     |     | Long term support: Community                  |
        | b         | social_care_service    | 365   | 400 | Long Term Support: Nursing Care               |
        | c         | social_care_service    | 366   |     | Long term support: Residential care           |
        | d         | social_care_service    | 50    | 90  | Short term support: ST-Max                    |
        | e         | social_care_service    | 50    |     | Unpaid carer support: Direct to unpaid carer  |
        | f         | social_care_request    | 50    | 50  |                                               |
        | g         | accident_and_emergency | 50    | 50  |                                               |
        """,
        {},
        "a yes | b yes | c no | d no | e no | f no | g no",
    ),
    "with support at home, only a care home is new": (
        """
        | pseudonym | activity_type       | start | end  | service_type                        |
        |-----------|---------------------|-------|------|-------------------------------------|
        | a         | social_care_service | -50   |      | Long term support: Community        |
        | a         | social_care_service | 50    |      | Long term support: Community        |
        | b         | social_care_service | -50   | 60   | Long term support: Community        |
        | b         | social_care_service | 60    |      | Long term support: Residential care |
        | c         | social_care_service | -500  | -364 | Long term support: Community        |
        | c         | social_care_service | 50    |      | Long term support: Community        |
        | d         | social_care_service | -500  | -365 | Long term support: Community        |
        | d         | social_care_service | 50    |      | Long term support: Community        |
        """,
        {},
        "a no | b yes | c no | d yes",
    ),
    "in a care home, then or in the 365 days before, nobody is asked; a carer's package is not her own": (
        """
        | pseudonym | activity_type       | start | end  | client_type  | service_type                        |
        |-----------|---------------------|-------|------|--------------|-------------------------------------|
        | a         | social_care_service | -50   |      | Service user | Long term support: Nursing care     |
        | b         | social_care_service | -500  | -364 | Service user | Long term support: Residential care |
        | c         | social_care_service | -500  | -365 | Service user | Long term support: Residential care |
        | d         | social_care_service | -50   |      | Unpaid carer | Long term support: Residential care |
        | e         | social_care_service | 50    |      | Unpaid carer | Long term support: Community        |
        """,
        {},
        "a - | b - | c no | d no | e no",
    ),
    "who entered a care home in the days not yet heard of is asked that night, and teaches nothing": (
        """
        | pseudonym | activity_type       | start | end | service_type                        |
        |-----------|---------------------|-------|-----|-------------------------------------|
        | a         | social_care_service | -92   |     | Long term support: Residential care |
        | b         | social_care_service | -91   |     | Long term support: Residential care |
        | c         | social_care_service | -91   |     | Long term support: Community        |
        | c         | social_care_service | 50    |     | Long term support: Community        |
        """,
        {"cld": 91},
        "a - | b ? | c no",
    ),
}


def answers(who: Callable[..., Any], happened: Callable[..., Any], activity: pa.Table, lags: dict[str, int]) -> str:
    """What is said of each person of the activity, in their order."""
    names = sorted(set(activity["pseudonym"].to_pylist()))
    people = lazy(people_of({"pseudonym": name} for name in names))
    asked = who(people, lazy(activity), AS_AT, lags=lags).collect("pyarrow").to_native()["pseudonym"].to_pylist()
    assert len(asked) == len(set(asked))
    found = happened(people, lazy(activity), AS_AT, data_to=DATA_TO).collect("pyarrow").to_native().to_pylist()
    outcome = {row["pseudonym"]: row["outcome"] for row in found}
    assert len(found) == len(outcome)
    return " | ".join(f"{name} {WORDS[outcome.get(name)] if name in asked else '-'}" for name in names)


@pytest.mark.parametrize(("activity", "lags", "said"), READMISSION.values(), ids=READMISSION.keys())
def test_readmission_within_30_days(activity: str, lags: dict[str, int], said: str) -> None:
    assert answers(recently_discharged, readmission, activity_of(drawn(activity)), lags) == said


@pytest.mark.parametrize(("activity", "lags", "said"), LONG_TERM_CARE.values(), ids=LONG_TERM_CARE.keys())
def test_new_long_term_care_within_12_months(activity: str, lags: dict[str, int], said: str) -> None:
    assert answers(could_be_new, new_long_term_care, activity_of(drawn(activity)), lags) == said


@pytest.mark.parametrize(("age_band", "years_later", "asked"), [("15-19", 0, False), ("20-24", 0, True), ("20-24", 5, False)])
def test_adults_are_asked_about_long_term_care(age_band: str, years_later: int, asked: bool) -> None:
    people = lazy(people_of([{"pseudonym": "a", "age_band": age_band}, {"pseudonym": "b", "age_band": None}]))
    bands_at = add_months(AS_AT, 12 * years_later)
    found = could_be_new(people, lazy(activity_of([])), AS_AT, bands_at=bands_at).collect("pyarrow").to_native()
    assert found["pseudonym"].to_pylist() == (["a"] if asked else [])


LEAVES, DIES = {"registered_to": dt.date(2026, 4, 20)}, {"month_of_death": dt.date(2026, 5, 1)}
DEATH_AND_LEAVING = [
    ({}, False),
    (DIES, False),
    (LEAVES, None),
    ({"registered_to": dt.date(2027, 5, 1)}, False),
]


@pytest.mark.parametrize(("person", "outcome"), DEATH_AND_LEAVING)
@pytest.mark.parametrize("happened", [readmission, new_long_term_care])
def test_death_is_no_and_leaving_is_not_known(happened: Callable[..., Any], person: dict[str, Any], outcome: object) -> None:
    people = lazy(people_of([{"pseudonym": "a", **person}]))
    found = happened(people, lazy(activity_of([])), AS_AT, data_to=DATA_TO).collect("pyarrow").to_native()
    assert found["outcome"].to_pylist() == [outcome]


@pytest.mark.parametrize(
    ("happened", "last"), [(readmission, AS_AT + dt.timedelta(days=30)), (new_long_term_care, add_months(AS_AT, 12))]
)
def test_a_window_must_be_over(happened: Callable[..., Any], last: dt.date) -> None:
    nobody = lazy(people_of([])), lazy(activity_of([]))
    happened(*nobody, AS_AT, data_to=last)
    with pytest.raises(CaselinkError, match=rf"E-OUTCOME-WINDOW.*{last}"):
        happened(*nobody, AS_AT, data_to=last - dt.timedelta(days=1))
