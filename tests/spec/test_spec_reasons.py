"""The rules of the reasons as pictures: events in, words out.

`start` and `end` are days from the day of the look, 1 April 2026: -1 is the day before it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from schemas.pseudonymised import Fact
from stratify.reasons import Look, fact_rows, look_up, since_last
from tests.stratify_area import AS_AT, activity_of, day, drawn, lazy

FEEDS = ("ecds", "sus_apc", "sus_op", "csds", "mhsds", "gp", "cld")
UP_TO_DATE = dict.fromkeys(FEEDS, day(-1))


def told(
    activity: pa.Table, now: Look, before: Look | None = None, *, listed: tuple[str, ...] = ("a",), **options: Any
) -> list[dict[str, Any]]:
    """Fact rows of the people in `listed`, of whom the features know nothing."""
    features = pa.table({"pseudonym": list(listed)})
    records = look_up(lazy(activity), lazy(features), features, now, before)
    told_since = {"bands": {}, "listed_before": listed, **options}
    more = since_last(records.events, listed, before, now, **told_since) if before else ()
    rows = fact_rows(records, listed, now, more=more)
    assert Fact.sort(Fact.validate(rows)).equals(rows)
    return list(rows.to_pylist())


FACTS = {
    "an event is counted over 12 months; the months of the first and the day of the last are told": (
        """
        | pseudonym | activity_type       | start | end  |
        |-----------|---------------------|-------|------|
        | a         | inpatient_emergency | -366  | -360 |
        | a         | inpatient_emergency | -340  | -338 |
        | a         | inpatient_emergency | -20   | -15  |
        """,
        """
        | fact                 | words                                                  | told_by                   |
        |----------------------|--------------------------------------------------------|---------------------------|
        | emergency_admissions | 2 emergency admissions since April 2025, the last on 12 March | hospital data to 31 March |
        | nights               | 12 nights in hospital in 12 months                     | hospital data to 31 March |
        """,
    ),
    "within fewer than twelve months the month alone tells the year": (
        """
        | pseudonym | activity_type          | start |
        |-----------|------------------------|-------|
        | a         | accident_and_emergency | -300  |
        | a         | accident_and_emergency | -3    |
        """,
        """
        | fact        | words                                            | told_by              |
        |-------------|--------------------------------------------------|----------------------|
        | attendances | 2 A&E attendances since June, the last on 29 March | A&E data to 31 March |
        """,
    ),
    "several in one month are told as of that month; one is told to the day": (
        """
        | pseudonym | activity_type          | start |
        |-----------|------------------------|-------|
        | a         | accident_and_emergency | -20   |
        | a         | accident_and_emergency | -3    |
        | a         | community_contact      | -5    |
        """,
        """
        | fact        | words                                 | told_by                           |
        |-------------|---------------------------------------|-----------------------------------|
        | attendances | 2 A&E attendances in March            | A&E data to 31 March              |
        | community   | 1 community health contact, on 27 March | community health data to 31 March |
        """,
    ),
    "an admission long ago is told as such, an appointment long ago is not": (
        """
        | pseudonym | activity_type       | start | end  |
        |-----------|---------------------|-------|------|
        | a         | inpatient_emergency | -500  | -495 |
        | a         | outpatient          | -500  | -500 |
        | a         | gp_appointment      | -30   | -30  |
        """,
        """
        | fact                 | words                                                           | told_by                   |
        |----------------------|-----------------------------------------------------------------|---------------------------|
        | emergency_admissions | no emergency admission in 12 months, the last in November 2024 | hospital data to 31 March |
        | gp_appointments      | 1 GP appointment, on 2 March                                    | GP data to 31 March       |
        """,
    ),
    "a fall is an ICD-10 code of W00 to W19 anywhere in a spell, and nothing else": (
        """
        | pseudonym | activity_type       | start | end | codes          |
        |-----------|---------------------|-------|-----|----------------|
        | a         | inpatient_emergency | -60   | -60 | S720 w190      |
        | a         | inpatient_elective  | -20   | -20 | W0110          |
        | a         | inpatient_elective  | -10   | -10 | W20X XW19 AW01 |
        """,
        """
        | fact                 | words                                                   | told_by                   |
        |----------------------|---------------------------------------------------------|---------------------------|
        | emergency_admissions | 1 emergency admission, on 31 January                    | hospital data to 31 March |
        | falls                | 2 admissions with a fall since January, the last on 12 March | hospital data to 31 March |
        | planned_admissions   | 2 planned admissions in March                           | hospital data to 31 March |
        """,
    ),
    "what is open is told since when: care, a stay, reablement": (
        """
        | pseudonym | activity_type       | start | service_type                       | service_component | weekly_units |
        |-----------|---------------------|-------|------------------------------------|-------------------|--------------|
        | a         | inpatient_emergency | -4    |                                    |                   |              |
        | a         | social_care_service | -290  | Long Term Support: Community       | Home support      | 10.5         |
        | a         | social_care_service | -200  | Long Term Support: Community       | Home support      | 3.5          |
        | a         | social_care_service | -9    | Short Term Support: ST-Max         | Reablement        |              |
        | b         | social_care_service | -700  | Long Term Support: Nursing Care    |                   |              |
        """,
        """
        | fact                 | words                                 | told_by                              |
        |----------------------|---------------------------------------|--------------------------------------|
        | in_hospital          | in hospital since 28 March            | hospital data to 31 March            |
        | emergency_admissions | 1 emergency admission, on 28 March    | hospital data to 31 March            |
        | nights               | 4 nights in hospital in 12 months     | hospital data to 31 March            |
        | home_care            | home care since June, 14 hours a week | council social care data to 31 March |
        | reablement           | reablement since 23 March             | council social care data to 31 March |
        """,
    ),
    "support that ended is told with its end; a carer's package is nobody's care": (
        """
        | pseudonym | activity_type       | start | end | service_type               | service_component | client_type  |
        |-----------|---------------------|-------|-----|----------------------------|-------------------|--------------|
        | a         | social_care_service | -80   | -40 | Short Term Support: ST-Max | Reablement        | Service User |
        | a         | social_care_service | -80   |     | Long Term Support: Community | Direct payment  | Unpaid carer |
        """,
        """
        | fact             | words                           | told_by                              |
        |------------------|---------------------------------|--------------------------------------|
        | reablement_ended | reablement ended on 20 February | council social care data to 31 March |
        | is_carer         | is an unpaid carer              | council social care data to 31 March |
        """,
    ),
    "the council's note that somebody cares for the person is told": (
        """
        | pseudonym | activity_type      | start | has_unpaid_carer |
        |-----------|--------------------|-------|------------------|
        | a         | social_care_review | -80   | Yes              |
        | b         | social_care_review | -80   | No               |
        """,
        """
        | fact            | words                                             | told_by                              |
        |-----------------|---------------------------------------------------|--------------------------------------|
        | council_reviews | 1 assessment or review by the council, on 11 January | council social care data to 31 March |
        | has_carer       | has an unpaid carer                               | council social care data to 31 March |
        """,
    ),
    "the practice's last extract tells registers, medicines and frailty, with its own day": (
        """
        | pseudonym | activity_type | start | codes         | repeat_medicines | efi_score |
        |-----------|---------------|-------|---------------|------------------|-----------|
        | a         | gp_snapshot   | -120  | AST           | 30               | 0.5       |
        | a         | gp_snapshot   | -31   | HF COPD DM PC | 9                | 0.30      |
        """,
        """
        | fact            | words                                                     | told_by               |
        |-----------------|-----------------------------------------------------------|-----------------------|
        | palliative_care | on the palliative care register                           | GP records of 1 March |
        | conditions      | COPD, diabetes and heart failure on the practice's registers | GP records of 1 March |
        | medicines       | 9 repeat medicines                                        | GP records of 1 March |
        | frailty_index   | electronic frailty index 0.30 (moderate frailty)          | GP records of 1 March |
        | no_contact      | no contact of any kind in two years                       |                       |
        """,
    ),
    "who has not been seen for half a year is told as such": (
        """
        | pseudonym | activity_type  | start |
        |-----------|----------------|-------|
        | a         | gp_appointment | -180  |
        """,
        """
        | fact            | words                                | told_by             |
        |-----------------|--------------------------------------|---------------------|
        | gp_appointments | 1 GP appointment, on 3 October       | GP data to 31 March |
        | no_contact      | no contact of any kind since October |                     |
        """,
    ),
}


@pytest.mark.parametrize("rule", FACTS)
def test_facts(rule: str) -> None:
    events, expected = FACTS[rule]
    rows = told(activity_of(drawn(events)), Look(AS_AT, UP_TO_DATE))
    shown = [{name: row[name] for name in ("fact", "words", "told_by") if row[name]} for row in rows]
    assert shown == drawn(expected)


def test_mental_health_stands_apart_and_nothing_tells_of_what_a_visit_was_for() -> None:
    activity = activity_of(
        drawn(
            """
            | pseudonym | activity_type         | start | end | codes    |
            |-----------|-----------------------|-------|-----|----------|
            | a         | inpatient_emergency   | -9    | -8  | X60 B20X |
            | a         | mental_health_contact | -9    | -9  |          |
            | a         | mental_health_spell   | -7    |     |          |
            | a         | gp_snapshot           | -31   |     | DM DEM MH |
            """
        )
    )
    rows = told(activity, Look(AS_AT, UP_TO_DATE))
    assert {row["words"] for row in rows if row["category"] == "mental health"} == {
        "1 mental health contact, on 23 March",
        "on a mental health ward since 25 March",
        "dementia and serious mental illness on the practice's registers",
    }
    assert {row["category"] for row in rows} == {"ordinary", "mental health"}
    assert not any(word in row["words"].lower() for row in rows for word in ("harm", "hiv", "overdose", "x60", "b20"))


def test_nothing_that_was_not_known_is_told() -> None:
    """The hospital's feed spoke to 26 March: a spell that ended later, or began later, is not there yet."""
    activity = activity_of(
        drawn(
            """
            | pseudonym | activity_type          | start | end |
            |-----------|------------------------|-------|-----|
            | a         | inpatient_emergency    | -40   | -30 |
            | a         | inpatient_emergency    | -10   | -6  |
            | a         | inpatient_emergency    | -10   | -5  |
            | a         | inpatient_emergency    | -3    |     |
            | a         | accident_and_emergency | 0     |     |
            """
        )
    )
    rows = told(activity, Look(AS_AT, UP_TO_DATE | {"sus_apc": day(-6)}))
    assert [row["words"] for row in rows] == [
        "2 emergency admissions since February, the last on 22 March", "14 nights in hospital in 12 months",
    ]  # fmt: skip
    assert {row["told_by"] for row in rows} == {"hospital data to 26 March"}
    assert {row["data_to"] for row in rows} == {day(-6)}


SINCE = {
    "an event is news where it became known, whenever it took place": (
        """
        | pseudonym | activity_type          | start | end |
        |-----------|------------------------|-------|-----|
        | a         | inpatient_emergency    | -60   | -50 |
        | a         | inpatient_emergency    | -20   | -15 |
        | a         | inpatient_emergency    | -16   | -9  |
        | a         | accident_and_emergency | -20   | -20 |
        | a         | accident_and_emergency | -15   | -15 |
        | a         | outpatient             | -3    | -3  |
        """,
        "Since 22 March: admitted as an emergency twice; at A&E once.",
    ),
    "care that began, ended, or became more": (
        """
        | pseudonym | activity_type       | start | end | service_type                       | service_component | weekly_units |
        |-----------|---------------------|-------|-----|------------------------------------|-------------------|--------------|
        | a         | social_care_service | -90   | -12 | Long Term Support: Community       | Home support      | 7            |
        | a         | social_care_service | -11   |     | Long Term Support: Community       | Home support      | 14           |
        | a         | social_care_service | -60   | -5  | Short Term Support: ST-Max         | Reablement        |              |
        | a         | social_care_service | -4    |     | Long Term Support: Residential Care |                  |              |
        """,
        "Since 22 March: care home began; home care went from 7 to 14 hours a week; reablement ended.",
    ),
    "what was known already, and clinics, are no news": (
        """
        | pseudonym | activity_type       | start | end | service_type                 | weekly_units |
        |-----------|---------------------|-------|-----|------------------------------|--------------|
        | a         | inpatient_emergency | -60   | -50 |                              |              |
        | a         | social_care_service | -90   |     | Long Term Support: Community | 7            |
        | a         | outpatient          | -3    | -3  |                              |              |
        """,
        "Nothing new since 22 March.",
    ),
}


@pytest.mark.parametrize("rule", SINCE)
def test_since_the_last_look(rule: str) -> None:
    """The last look was on 22 March, and every feed then spoke to 16 March."""
    events, expected = SINCE[rule]
    before = Look(day(-10), dict.fromkeys(FEEDS, day(-16)))
    rows = told(activity_of(drawn(events)), Look(AS_AT, UP_TO_DATE), before)
    assert [row["words"] for row in rows if row["fact"] == "since_last"] == [expected]


def test_the_risk_in_another_band_a_new_person_and_news_that_stands_apart() -> None:
    activity = activity_of(
        [
            {"pseudonym": "a", "activity_type": "mental_health_contact", "start": -2},
            {"pseudonym": "a", "activity_type": "accident_and_emergency", "start": -2},
        ]
    )
    rows = told(
        activity, Look(AS_AT, UP_TO_DATE), Look(dt.date(2025, 3, 31), {}), listed=("a", "b"), listed_before=("a",),
        bands={"a": ("moderate", "high"), "b": ("high", "low")},
    )  # fmt: skip
    found = [(row["pseudonym"], row["words"], row["category"]) for row in rows if row["fact"] == "since_last"]
    assert found == [
        ("a", "Since March 2025: at A&E once; risk rose from moderate to high.", "ordinary"),
        ("a", "Since March 2025: seen by a mental health team once.", "mental health"),
        ("b", "New on the list. Since March 2025: risk fell from high to low.", "ordinary"),
    ]
