"""Known to four services, led by none: who is flagged, as a truth table."""

# ruff: noqa: E501 (drawn tables are wide)

from __future__ import annotations

from typing import Any

import pytest

from stratify.features import available_services, build_features
from stratify.scores import score_people
from stratify.scores.led_by_none import LED_BY_NONE
from tests.stratify_area import AS_AT, activity_of, drawn, lazy, people_of

# What stands for one event in each sector, long ago enough to be known and within 12 months.
SECTORS = {
    "A": "outpatient", "E": "accident_and_emergency", "C": "community_contact", "M": "mental_health_contact",
    "P": "gp_appointment", "S": "social_care_assessment",
}  # fmt: skip
EVERY_FEED = frozenset({"outpatient", "accident_and_emergency", "community", "mental_health", "primary_care", "social_care"})
LONG = "Long Term Support: Community"

# used: sectors; lead: an event that may lead; missing: a sector whose feed sent nothing
TABLE = f"""
    | case                                       | used  | activity_type       | start | end | service_type                  | client_type  | team_type | missing       | flag | band                       |
    | ------------------------------------------ | ----- | ------------------- | ----- | --- | ----------------------------- | ------------ | --------- | ------------- | ---- | -------------------------- |
    | three sectors                              | ACP   |                     |       |     |                               |              |           |               | 0    |                            |
    | A&E and outpatients are one sector         | AECP  |                     |       |     |                               |              |           |               | 0    |                            |
    | four sectors, nobody leads                 | ACMP  |                     |       |     |                               |              |           |               | 1    | known to four, led by none |
    | all five, nobody leads                     | ACMPS |                     |       |     |                               |              |           |               | 1    | known to four, led by none |
    | support and a review                       | ACPS+ | social_care_service | -900  |     | {LONG}                        | Service User |           |               | 0    | known to four, led         |
    | support and no review                      | ACPS  | social_care_service | -900  |     | {LONG}                        | Service User |           |               | 1    | known to four, led by none |
    | support that has ended                     | ACPS+ | social_care_service | -900  | -1  | {LONG}                        | Service User |           |               | 1    | known to four, led by none |
    | short term support                         | ACPS+ | social_care_service | -40   |     | Short Term Support: ST-Max    | Service User |           |               | 1    | known to four, led by none |
    | support as a carer                         | ACPS+ | social_care_service | -900  |     | {LONG}                        | Unpaid carer |           |               | 1    | known to four, led by none |
    | in a mental health hospital                | ACMP  | mental_health_spell | -400  |     |                               |              |           |               | 0    | known to four, led         |
    | home from a mental health hospital         | ACMP  | mental_health_spell | -40   | -1  |                               |              |           |               | 1    | known to four, led by none |
    | case management                            | ACMP  | community_contact   | -365  |     |                               |              | 19        |               | 0    | known to four, led         |
    | case management more than a year ago       | ACMP  | community_contact   | -366  |     |                               |              | 19        |               | 1    | known to four, led by none |
    | a district nurse                           | ACMP  | community_contact   | -9    |     |                               |              | 12        |               | 1    | known to four, led by none |
    | palliative care                            | ACMP  | community_contact   | -9    |     |                               |              | 47        |               | 0    | known to four, led         |
    | three sectors, a fourth not heard of       | ACM   |                     |       |     |                               |              |           | primary_care  |      |                            |
    | two sectors, a third not heard of          | AC    |                     |       |     |                               |              |           | primary_care  | 0    |                            |
    | four sectors, primary care not heard of    | ACMS  |                     |       |     |                               |              |           | primary_care  | 1    | known to four, led by none |
    | four sectors, mental health not heard of   | ACPS  |                     |       |     |                               |              |           | mental_health |      |                            |
    | led, mental health not heard of            | ACPS  | community_contact   | -9    |     |                               |              | 19        | mental_health | 0    | known to four, led         |
"""


@pytest.mark.parametrize("case", drawn(TABLE), ids=lambda case: case["case"])
def test_who_is_flagged(case: dict[str, Any]) -> None:
    rows = [{"pseudonym": "a", "activity_type": SECTORS[each], "start": -30, "end": -30} for each in case["used"] if each != "+"]
    if "+" in case["used"]:
        rows.append({"pseudonym": "a", "activity_type": "social_care_review", "start": -30, "end": -30})
    names = ("activity_type", "start", "end", "service_type", "client_type", "team_type")
    if "activity_type" in case:
        rows.append({"pseudonym": "a", **{name: case[name] for name in names if name in case}})
    people, activity = people_of([{"pseudonym": "a"}]), activity_of(rows)
    features = build_features(lazy(people), lazy(activity), AS_AT, available=EVERY_FEED - {case.get("missing", "")})
    scored = score_people(features.collect("pyarrow").to_native(), lazy(activity), people, AS_AT)
    found = next(row for row in scored.to_pylist() if row["score"] == LED_BY_NONE.name)
    assert (found["value"], found["band"]) == (float(case["flag"]) if "flag" in case else None, case.get("band"))


def test_the_reasons_say_what_was_used_and_which_leads_were_looked_for() -> None:
    rows = [{"pseudonym": "a", "activity_type": kind, "start": -30, "end": -30} for kind in SECTORS.values()]
    people, activity = people_of([{"pseudonym": "a"}]), activity_of(rows)
    assert available_services(lazy(activity), AS_AT) == EVERY_FEED
    features = build_features(lazy(people), lazy(activity), AS_AT).collect("pyarrow").to_native()
    scored = score_people(features, lazy(activity), people, AS_AT).to_pylist()
    assert next(row for row in scored if row["score"] == LED_BY_NONE.name)["reasons"] == [
        "used acute care, community services, mental health services, primary care and social care in 12 months",
        "no open long-term support reviewed in 12 months",
        "not in a mental health hospital",
        "not seen in 12 months by a case management, multidisciplinary or palliative care team",
    ]
