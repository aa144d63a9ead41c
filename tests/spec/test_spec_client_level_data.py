"""Client Level Data: both releases, identity without a reference, ends, costs."""

# ruff: noqa: E501 (drawn tables are wide)

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.extract_inbox import ANN, Inbox, drawn, matches

HEAD = (
    "LA_Code | Reporting_Period_End_Date | NHS_Number | LA_Person_Unique_Identifier | Date_of_Death | Client_Type | Event_Type | Event_Reference | "
    "Event_Start_Date | Event_End_Date | Service_Type | Service_Component | Unit_Cost | Cost_Frequency_Unit_Type | Planned_units_per_week"
)


def quarter(inbox: Inbox, period: str, rows: str) -> None:
    inbox.put("cld", f"cld_{period}.csv", drawn(HEAD + "\n" + rows))


def test_release_1_and_release_2_are_one_event(tmp_path: Path) -> None:
    """Other words, other capitals, another reference: the same service, with the later quarter's cost."""
    inbox = Inbox.at(tmp_path)
    quarter(
        inbox,
        "2025-09",
        f"304 | 2025-09-30 | {ANN} | 17 | | Carer | Service | A | 2025-09-01 | | Carer Support: Direct to Carer | | 10 | Weekly |",
    )
    quarter(
        inbox,
        "2025-12",
        f"304 | 2025-12-31 | {ANN} | 17 | | Unpaid carer | SERVICE | B | 2025-09-01 | | Unpaid carer support: Direct to unpaid carer | | 20 | weekly |",
    )
    _, activity = inbox.rows("cld", dt.date(2025, 12, 31))
    matches(
        activity,
        """
        local_patient_id | activity_type       | start_date | end_date | client_type  | service_type                                 | weekly_cost_pence
        304:17           | social_care_service | 2025-09-01 | -        | Unpaid carer | Unpaid carer support: Direct to unpaid carer | 2000
        """,
    )


def test_requests_end_when_they_start_and_open_services_that_vanish_are_closed(tmp_path: Path) -> None:
    """Only a service may be open; missing from the next period, it ended with the last one it was in."""
    inbox = Inbox.at(tmp_path)
    quarter(
        inbox,
        "2025-09",
        """304 | 2025-09-30 | | 17 | | Service user | Request | | 2025-08-01 | | | | | |
        304 | 2025-09-30 | | 17 | | Service user | Service | | 2025-08-11 | | Long term support: Community | Home support | 21 | Weekly |
        304 | 2025-09-30 | | 17 | | Service user | Service | | 2025-08-11 | 2025-08-24 | Short term support: ST-Max | Reablement | 21 | Hourly | 10
        """,
    )
    quarter(inbox, "2025-12", "304 | 2025-12-31 | | 18 | | Service user | Review | | 2025-10-02 | 2025-10-03 | | | | |")
    _, activity = inbox.rows("cld", dt.date(2025, 12, 31))
    matches(
        activity,
        """
        local_patient_id | activity_type       | start_date | end_date   | service_component               | cost_pence | cost_source             | weekly_cost_pence | weekly_units
        304:17           | social_care_request | 2025-08-01 | 2025-08-01 | -                               | -          | -                       | -                 | -
        304:17           | social_care_service | 2025-08-11 | 2025-08-24 | Reablement                      | 42000      | client_level_unit_cost  | 21000             | 10.0
        304:17           | social_care_service | 2025-08-11 | 2025-09-30 | Home support or domiciliary care | 15300      | client_level_unit_cost  | 2100              | -
        304:18           | social_care_review  | 2025-10-02 | 2025-10-03 | -                               | -          | -                       | -                 | -
        """,
    )


def test_nothing_outlives_the_person(tmp_path: Path) -> None:
    """A death that a later quarter reports crops the service of an earlier one; what starts later still ends no earlier."""
    inbox = Inbox.at(tmp_path)
    quarter(
        inbox,
        "2025-09",
        """304 | 2025-09-30 | | 17 | | Service user | Service | | 2025-08-11 | 2025-09-30 | Long term support: Community | | 7 | Weekly |""",
    )
    quarter(
        inbox,
        "2025-12",
        """304 | 2025-12-31 | | 17 | 2025-08-20 | Service user | Service | | 2025-10-01 | | Long term support: Community | | 7 | Weekly |""",
    )
    people, activity = inbox.rows("cld", dt.date(2025, 12, 31))
    assert people[0]["date_of_death"] == dt.date(2025, 8, 20)
    matches(
        activity,
        """
        start_date | end_date   | cost_pence
        2025-08-11 | 2025-08-20 | 1000
        2025-10-01 | 2025-10-01 | 100
        """,
    )


@pytest.mark.parametrize(
    ("unit_cost", "frequency", "units", "weekly", "cost"),
    [
        ("-70.00", "Weekly", "", 7000, 14000),
        ("70", "Fortnightly", "", 3500, 7000),
        ("70", "4-weekly", "", 1750, 3500),
        ("70", "Monthly", "", 1615, 3230),
        ("70", "Quarterly", "", 538, 1076),
        ("5200", "Annual", "", 10000, 20000),
        ("70", "One-off", "3", None, 7000),
        ("20.50", "Hourly", "2.5", 5125, 10250),
        ("20.50", "", "2", 4100, 8200),
        ("20.50", "Hourly", "", None, None),
        ("", "Weekly", "", None, None),
    ],
)
def test_the_cost_of_a_fortnight(
    tmp_path: Path, unit_cost: str, frequency: str, units: str, weekly: int | None, cost: int | None
) -> None:
    """Fourteen days at each frequency; a price below nothing is a price."""
    inbox = Inbox.at(tmp_path)
    rows = "304 | 2025-09-30 | | 17 | | Service user | Service | | 2025-08-04 | 2025-08-17 | Long term support: Community | |"
    quarter(inbox, "2025-09", f"{rows} {unit_cost} | {frequency} | {units}")
    _, activity = inbox.rows("cld", dt.date(2025, 12, 31))
    assert [(row["attributes"]["weekly_cost_pence"], row["cost_pence"]) for row in activity] == [(weekly, cost)]


def test_an_open_service_costs_up_to_the_night(tmp_path: Path) -> None:
    """And its planned end in the future is not known yet."""
    inbox = Inbox.at(tmp_path)
    rows = "304 | 2025-09-30 | | 17 | | Service user | Service | | 2025-09-01 |"
    quarter(
        inbox,
        "2025-09",
        f"{rows} 2026-03-31 | Long term support: Community | | 7 | Weekly |\n{rows} | Long term support: Prison | | 7 | Weekly |",
    )
    _, activity = inbox.rows("cld", dt.date(2025, 9, 14))
    assert [(row["end_date"], row["cost_pence"]) for row in activity] == [(None, 1400), (None, 1400)]
