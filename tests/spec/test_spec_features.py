"""The rules of the features as pictures: a small activity table in, the expected values out.

`start` and `end` are days from the index date: -1 is the day before it, 0 the day itself.
"""

from __future__ import annotations

from typing import Any

import pytest

from stratify.features import feed_lags
from tests.stratify_area import AS_AT, EVERY_FEED, activity_of, day, drawn, features_of, people_of

RULES = {
    "windows take in their last day and leave out the index date": (
        """
        | pseudonym | activity_type          | start |
        |-----------|------------------------|-------|
        | a         | accident_and_emergency | 0     |
        | a         | accident_and_emergency | -1    |
        | a         | accident_and_emergency | -30   |
        | a         | accident_and_emergency | -31   |
        | a         | accident_and_emergency | -365  |
        | a         | accident_and_emergency | -366  |
        | a         | accident_and_emergency | -730  |
        | a         | accident_and_emergency | -731  |
        | b         | accident_and_emergency | 5     |
        """,
        """
        | feature                                | a | b   |
        |----------------------------------------|---|-----|
        | accident_and_emergency_30              | 2 | 0   |
        | accident_and_emergency_90              | 3 | 0   |
        | accident_and_emergency_365             | 4 | 0   |
        | accident_and_emergency_730             | 6 | 0   |
        | days_since_last_accident_and_emergency | 1 | 731 |
        """,
    ),
    "each activity type counts for its own service": (
        """
        | pseudonym | activity_type         | start |
        |-----------|-----------------------|-------|
        | a         | inpatient_elective    | -50   |
        | a         | inpatient_other       | -50   |
        | a         | outpatient            | -50   |
        | a         | community_contact     | -50   |
        | a         | mental_health_contact | -50   |
        | a         | mental_health_spell   | -50   |
        | a         | gp_appointment        | -50   |
        | a         | social_care_request   | -50   |
        | a         | social_care_review    | -50   |
        | a         | gp_snapshot           | -50   |
        """,
        """
        | feature                | a |
        |------------------------|---|
        | emergency_inpatient_90 | 0 |
        | planned_inpatient_90   | 2 |
        | outpatient_90          | 1 |
        | community_90           | 1 |
        | mental_health_90       | 2 |
        | primary_care_90        | 1 |
        | social_care_90         | 2 |
        """,
    ),
    "a transfer (2B) and a birth at home (2C) are no emergency admission of a person in need": (
        """
        | pseudonym | activity_type       | start | end | admission_method |
        |-----------|---------------------|-------|-----|------------------|
        | a         | inpatient_emergency | -40   | -38 | 21               |
        | a         | inpatient_emergency | -38   | -33 | 2B               |
        | a         | inpatient_emergency | -20   | -19 |                  |
        | b         | inpatient_emergency | -20   | -19 | 2C               |
        """,
        """
        | feature                             | a  | b   |
        |-------------------------------------|----|-----|
        | emergency_inpatient_90              | 2  | 0   |
        | days_since_last_emergency_inpatient | 20 | 731 |
        | emergency_bed_days_365              | 8  | 1   |
        """,
    ),
    "an appointment that was missed is no use": (
        """
        | pseudonym | activity_type | start | attended |
        |-----------|---------------|-------|----------|
        | a         | outpatient    | -9    | 5        |
        | a         | outpatient    | -9    | 6        |
        | a         | outpatient    | -9    |          |
        | a         | outpatient    | -3    | 3        |
        | a         | outpatient    | -9    | 7        |
        """,
        """
        | feature                    | a |
        |----------------------------|---|
        | outpatient_30              | 3 |
        | days_since_last_outpatient | 9 |
        """,
    ),
    "nights in hospital count within a year; a spell that was over only later was not yet told of": (
        """
        | pseudonym | activity_type       | start | end  |
        |-----------|---------------------|-------|------|
        | a         | inpatient_emergency | -375  | -360 |
        | a         | inpatient_elective  | -10   | -7   |
        | b         | inpatient_emergency | -4    |      |
        | c         | inpatient_emergency | -4    | 3    |
        | d         | inpatient_elective  | -4    | -4   |
        """,
        """
        | feature                | a     | b    | c     | d     |
        |------------------------|-------|------|-------|-------|
        | emergency_bed_days_365 | 5     | 4    | 0     | 0     |
        | bed_days_365           | 8     | 4    | 0     | 0     |
        | emergency_inpatient_30 | 0     | 1    | 0     | 0     |
        | in_hospital            | False | True | False | False |
        """,
    ),
    "delayed days run from the day somebody was ready to leave": (
        """
        | pseudonym | activity_type     | start | end |
        |-----------|-------------------|-------|-----|
        | a         | delayed_discharge | -20   | -12 |
        | a         | delayed_discharge | -3    |     |
        | b         | outpatient        | -3    |     |
        """,
        """
        | feature          | a  | b |
        |------------------|----|---|
        | delayed_days_365 | 11 | 0 |
        """,
    ),
    "cost: events that have ended at their whole cost, packages by the week for the days they ran": (
        """
        | pseudonym | activity_type       | start | end | cost   | weekly_cost_pence |
        |-----------|---------------------|-------|-----|--------|-------------------|
        | a         | inpatient_emergency | -20   | -10 | 300000 |                   |
        | a         | inpatient_emergency | -5    |     | 999999 |                   |
        | a         | inpatient_emergency | -500  | -490 | 888888 |                  |
        | a         | outpatient          | -5    |     | 12000  |                   |
        | a         | outpatient          | -6    |     |        |                   |
        | a         | social_care_service | -70   |     | 777777 | 7000              |
        | b         | social_care_service | -800  | -351 |       | 7000              |
        """,
        """
        | feature                      | a      | b     |
        |------------------------------|--------|-------|
        | cost_emergency_inpatient_365 | 300000 | 0     |
        | cost_outpatient_365          | 12000  | 0     |
        | cost_social_care_365         | 70000  | 14000 |
        | care_weekly_pence            | 7000   | 0     |
        """,
    ),
    "social care packages on the index date": (
        """
        | pseudonym | activity_type       | start | end | service_type                        | weekly_units | client_type  |
        |-----------|---------------------|-------|-----|-------------------------------------|--------------|--------------|
        | a         | social_care_service | -900  |     | Long term support: Community        | 10.5         | Service user |
        | a         | social_care_service | -30   | 9   | Long Term Support: Community        | 3            | Service user |
        | b         | social_care_service | -90   |     | Long term support: Nursing care     |              |              |
        | c         | social_care_service | -90   |     | Long term support: Community        | 5            | Unpaid carer |
        | d         | social_care_service | -90   | -1  | Long term support: Residential care |              |              |
        """,
        """
        | feature                | a     | b     | c     | d     |
        |------------------------|-------|-------|-------|-------|
        | care_package_open      | True  | True  | False | False |
        | home_care_weekly_units | 13.5  | 0.0   | 0.0   | 0.0   |
        | care_home              | False | True  | False | False |
        | is_carer               | False | False | True  | False |
        | social_care_30         | 2     | 1     | 1     | 1     |
        """,
    ),
    "reablement and carers in the year before": (
        """
        | pseudonym | activity_type          | start | end  | service_component | client_type  | has_unpaid_carer |
        |-----------|------------------------|-------|------|-------------------|--------------|------------------|
        | a         | social_care_service    | -90   | -50  | Reablement        |              |                  |
        | a         | social_care_service    | -400  | -365 | Reablement        |              |                  |
        | b         | social_care_service    | -400  | -366 | Reablement        |              |                  |
        | b         | social_care_assessment | -365  | -350 |                   | Unpaid carer |                  |
        | c         | social_care_request    | -365  |      |                   | Service user | Yes              |
        | c         | social_care_request    | -366  |      |                   | Carer        | No               |
        """,
        """
        | feature        | a     | b     | c     |
        |----------------|-------|-------|-------|
        | reablement_365 | 2     | 0     | 0     |
        | is_carer       | False | True  | False |
        | has_carer      | False | False | True  |
        | social_care_30 | 0     | 0     | 0     |
        """,
    ),
    "the practice's latest snapshot before the index date, if it is not too old": (
        """
        | pseudonym | activity_type | start | codes            | repeat_medicines | efi_score | consultations_12m |
        |-----------|---------------|-------|------------------|------------------|-----------|-------------------|
        | a         | gp_snapshot   | -60   | AST              | 2                | 0.05      | 3                 |
        | a         | gp_snapshot   | -30   | DM HF PC         | 8                | 0.25      | 9                 |
        | a         | gp_snapshot   | 0     | DEM              | 20               | 0.5       | 50                |
        | b         | gp_snapshot   | -401  | COPD             | 4                | 0.2       | 1                 |
        | c         | gp_snapshot   | -400  | COPD CKD HYP OB  | 4                | 0.2       | 1                 |
        """,
        """
        | feature              | a     | b    | c     |
        |----------------------|-------|------|-------|
        | long_term_conditions | 2     | None | 3     |
        | diabetes             | True  | None | False |
        | heart_failure        | True  | None | False |
        | copd                 | False | None | True  |
        | dementia             | False | None | False |
        | palliative_care      | True  | None | False |
        | repeat_medicines     | 8     | None | 4     |
        | efi_score            | 0.25  | None | 0.2   |
        | consultations_12m    | 9     | None | 1     |
        """,
    ),
    "published indices as columns": (
        """
        | pseudonym | activity_type       | start | end  | codes          |
        |-----------|---------------------|-------|------|----------------|
        | a         | inpatient_emergency | -40   | -30  | I500 F001 N390 |
        | a         | inpatient_elective  | -700  | -699 | F009           |
        | a         | inpatient_elective  | -800  | -799 | G819           |
        | b         | inpatient_emergency | -3    |      | I500           |
        | c         | outpatient          | -3    | -3   | I500           |
        """,
        """
        | feature               | a    | b   | c   |
        |-----------------------|------|-----|-----|
        | hospital_frailty_risk | 10.3 | 0.0 | 0.0 |
        | charlson_index        | 4    | 0   | 0   |
        | chronic_acsc_365      | 1    | 0   | 0   |
        """,
    ),
    "a service rises where it began at least twice in 90 days, at more than twice the pace before": (
        """
        | pseudonym | activity_type          | start |
        |-----------|------------------------|-------|
        | a         | accident_and_emergency | -10   |
        | a         | accident_and_emergency | -90   |
        | a         | accident_and_emergency | -91   |
        | a         | outpatient             | -90   |
        | b         | accident_and_emergency | -10   |
        | b         | accident_and_emergency | -20   |
        | b         | accident_and_emergency | -100  |
        | b         | accident_and_emergency | -200  |
        | b         | accident_and_emergency | -300  |
        | b         | accident_and_emergency | -365  |
        """,
        """
        | feature                      | a                  | b                  |
        |------------------------------|--------------------|--------------------|
        | accident_and_emergency_trend | 1.6727272727272728 | 0.6909090909090909 |
        | outpatient_trend             | 1.0                | 0.0                |
        | services_rising              | 1                  | 0                  |
        | services_used_365            | 2                  | 1                  |
        | contacts_365                 | 4                  | 6                  |
        | months_with_contact          | 3                  | 4                  |
        | days_since_last_contact      | 10                 | 10                 |
        """,
    ),
    "providers: how many, and the share of the one seen most": (
        """
        | pseudonym | activity_type     | start | provider | attended |
        |-----------|-------------------|-------|----------|----------|
        | a         | outpatient        | -10   | RXX      | 5        |
        | a         | outpatient        | -20   | RXX      | 5        |
        | a         | gp_appointment    | -30   | P01      |          |
        | a         | community_contact | -365  | RYY      |          |
        | a         | community_contact | -366  | RZZ      |          |
        | a         | outpatient        | -40   | RWW      | 3        |
        | b         | gp_snapshot       | -10   | P01      |          |
        """,
        """
        | feature              | a   | b    |
        |----------------------|-----|------|
        | providers_365        | 3   | 0    |
        | usual_provider_share | 0.5 | None |
        """,
    ),
    "a readmission begins 1 to 30 days after a discharge": (
        """
        | pseudonym | activity_type       | start | end  | admission_method |
        |-----------|---------------------|-------|------|------------------|
        | a         | inpatient_elective  | -100  | -90  | 11               |
        | a         | inpatient_emergency | -60   | -58  | 21               |
        | a         | inpatient_emergency | -58   | -40  | 22               |
        | a         | inpatient_emergency | -39   | -39  | 21               |
        | b         | inpatient_emergency | -90   | -70  | 21               |
        | b         | inpatient_emergency | -39   | -18  | 2A               |
        """,
        """
        | feature                  | a  | b  |
        |--------------------------|----|----|
        | readmissions_365         | 2  | 0  |
        | short_stay_emergency_365 | 1  | 0  |
        | long_stay_emergency_365  | 0  | 1  |
        | admissions_from_ae_365   | 2  | 2  |
        | days_since_discharge     | 39 | 18 |
        | bed_days_90              | 20 | 41 |
        """,
    ),
    "a review is overdue where a package has been open for a year without one": (
        """
        | pseudonym | activity_type          | start | end  | service_type                     | weekly_units |
        |-----------|------------------------|-------|------|----------------------------------|--------------|
        | a         | social_care_service    | -366  |      | Long term support: Community     | 14           |
        | a         | social_care_review     | -366  | -366 |                                  |              |
        | b         | social_care_service    | -366  |      | Long term support: Community     | 7            |
        | b         | social_care_service    | -180  |      | Long term support: Community     | 3.5          |
        | b         | social_care_assessment | -365  | -365 |                                  |              |
        | c         | social_care_service    | -365  |      | Long term support: Nursing care  |              |
        | d         | social_care_service    | -400  | -100 | Long term support: Community     | 10           |
        | d         | social_care_service    | -99   |      | Long term support: Community     | 21           |
        """,
        """
        | feature                | a    | b     | c     | d     |
        |------------------------|------|-------|-------|-------|
        | review_overdue         | True | False | False | False |
        | days_since_care_review | 366  | 365   | 731   | 731   |
        | home_care_weekly_units | 14.0 | 10.5  | 0.0   | 21.0  |
        | home_care_units_change | 0.0  | 0.0   | 0.0   | 11.0  |
        | nursing_care           | False | False | True | False |
        | new_package_90         | 0    | 0     | 0     | 0     |
        | packages_ended_365     | 0    | 0     | 0     | 1     |
        """,
    ),
    "where somebody lives is what the latest event that says it has": (
        """
        | pseudonym | activity_type         | start | accommodation_status                   |
        |-----------|-----------------------|-------|----------------------------------------|
        | a         | social_care_request   | -700  | Owner occupier or shared ownership scheme |
        | a         | social_care_review    | -50   | Registered nursing home                |
        | a         | social_care_review    | -10   | Unknown                                |
        | b         | social_care_request   | -731  | Tenant: Private landlord               |
        """,
        """
        | feature            | a     | b    |
        |--------------------|-------|------|
        | lives_in_own_home  | False | None |
        | lives_in_care_home | True  | None |
        """,
    ),
    "kinds of attendance, appointment and contact": (
        """
        | pseudonym | activity_type          | start | department_type | attendance_category | first_attendance | contact_medium |
        |-----------|------------------------|-------|-----------------|---------------------|------------------|----------------|
        | a         | accident_and_emergency | -3    | 01              | 1                   |                  |                |
        | a         | accident_and_emergency | -4    | 03              | 2                   |                  |                |
        | a         | accident_and_emergency | -5    | 01              | 1                   |                  |                |
        | a         | accident_and_emergency | -6    | 01              | 1                   |                  |                |
        | a         | accident_and_emergency | -365  | 01              | 1                   |                  |                |
        | a         | outpatient             | -3    |                 |                     | 3                |                |
        | a         | outpatient             | -3    |                 |                     | 1                |                |
        | a         | gp_appointment         | -3    |                 |                     |                  | home visit     |
        | a         | gp_appointment         | -3    |                 |                     |                  | telephone      |
        """,
        """
        | feature               | a    |
        |-----------------------|------|
        | major_ae_365          | 4    |
        | unplanned_ae_365      | 4    |
        | frequent_attender     | True |
        | outpatient_first_365  | 2    |
        | outpatient_remote_365 | 1    |
        | gp_home_visits_365    | 1    |
        | gp_remote_365         | 1    |
        """,
    ),
    "an event that ends before it starts, and a cost below nothing, add nothing": (
        """
        | pseudonym | activity_type       | start | end | cost | weekly_cost_pence | service_type                 | weekly_units |
        |-----------|---------------------|-------|-----|------|-------------------|------------------------------|--------------|
        | a         | inpatient_emergency | -10   | -20 | -500 |                   |                              |              |
        | a         | social_care_service | -10   |     |      | -700              | Long term support: Community | -3           |
        """,
        """
        | feature                      | a   |
        |------------------------------|-----|
        | bed_days_365                 | 0   |
        | cost_emergency_inpatient_365 | 0   |
        | cost_social_care_365         | 0   |
        | care_weekly_pence            | 0   |
        | home_care_weekly_units       | 0.0 |
        """,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """Every picture at once, each with people of its own."""
    events = [
        {**row, "pseudonym": f"{rule}: {row['pseudonym']}"} for rule, (picture, _) in RULES.items() for row in drawn(picture)
    ]
    return features_of(activity_of(events), available=EVERY_FEED)


@pytest.mark.parametrize("rule", RULES)
def test_rule(rule: str, found: dict[str, dict[str, Any]]) -> None:
    for row in drawn(RULES[rule][1]):
        feature = row.pop("feature")
        assert {name: str(found[f"{rule}: {name}"][feature]) for name in row} == row, feature


LATE = """
| pseudonym | activity_type       | start | end | codes | service_type                 |
|-----------|---------------------|-------|-----|-------|------------------------------|
| a         | outpatient          | -11   |     |       |                              |
| a         | outpatient          | -10   |     |       |                              |
| a         | community_contact   | -10   |     |       |                              |
| a         | inpatient_emergency | -30   | -11 | F001  |                              |
| a         | inpatient_emergency | -30   | -10 | J440  |                              |
| a         | social_care_service | -90   | -30 |       | Long term support: Community |
| b         | social_care_service | -90   | -31 |       | Long term support: Community |
| a         | gp_snapshot         | -20   |     | DM    |                              |
| a         | gp_snapshot         | -10   |     | DM HF |                              |
"""


def test_a_late_feed_hides_what_it_had_not_spoken_of() -> None:
    lags = {"sus_op": 10, "sus_apc": 10, "cld": 30, "gp": 10}
    found = features_of(activity_of(drawn(LATE)), lags=lags, available=EVERY_FEED)
    assert found["a"]["outpatient_30"] == 1
    assert found["a"]["community_30"] == 1
    assert found["a"]["emergency_inpatient_30"] == 1
    assert found["a"]["hospital_frailty_risk"] == 7.1
    assert found["a"]["chronic_acsc_365"] == 1  # the one for dementia; the one for COPD is not told of yet
    assert [found[name]["care_package_open"] for name in "ab"] == [True, False]
    assert (found["a"]["diabetes"], found["a"]["heart_failure"]) == (True, False)


def test_feed_lags() -> None:
    data_to = {"gp": AS_AT, "ecds": day(-1), "sus_apc": day(-2), "cld": day(-92), "csds": None}
    assert feed_lags(data_to, AS_AT) == {"gp": 0, "ecds": 0, "sus_apc": 1, "cld": 91}


def test_somebody_without_an_event_has_zeros_where_the_feed_arrived_and_nulls_where_it_did_not() -> None:
    found = _alone(frozenset({"outpatient"}))
    assert found["outpatient_365"] == 0
    assert found["emergency_inpatient_365"] is None
    assert found["in_hospital"] is None
    assert found["cost_social_care_365"] is None
    assert found["hospital_frailty_risk"] is None
    assert found["days_since_last_outpatient"] == 731


def _alone(available: frozenset[str]) -> dict[str, Any]:
    activity = activity_of([{"pseudonym": "b", "activity_type": "outpatient", "start": -3}])
    return features_of(activity, people_of([{"pseudonym": "a"}]), available=available)["a"]


def test_without_a_list_a_feed_counts_as_arrived_when_anybody_has_an_event_of_it_in_two_years() -> None:
    activity = activity_of(
        [
            {"pseudonym": "a", "activity_type": "outpatient", "start": -3},
            {"pseudonym": "a", "activity_type": "community_contact", "start": -731},
            {"pseudonym": "a", "activity_type": "gp_appointment", "start": 0},
        ]
    )
    found = features_of(activity)["a"]
    assert found["outpatient_365"] == 1
    assert found["community_365"] is None
    assert found["primary_care_365"] is None
