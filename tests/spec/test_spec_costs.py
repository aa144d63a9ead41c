"""What an event costs: which price is taken, in which year's prices, and what the area's own file says."""

# ruff: noqa: E501 (drawn tables are wide)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.engine import Engine
from pipelines.extracts.assemble import assemble_activity
from pipelines.extracts.site_costs import Prices, SiteCost, read_site_costs
from pipelines.price_years import repriced
from schemas.errors import CaselinkError
from tests.extract_inbox import ANN, AS_AT, Inbox, drawn, matches, source

HEAD = "activity_type,team_type,service_component,unit,cost_gbp,price_year,source\n"


def costed(inbox: Inbox, name: str, prices: Prices) -> list[dict[str, Any]]:
    """The activity of one source with costs, by start."""
    with Engine(inbox.folder / "spill", threads=1) as engine:
        events = assemble_activity(source(name), inbox.land(name), engine, AS_AT, prices)
        assert events is not None
        rows: list[dict[str, Any]] = engine.to_arrow(events).to_pylist()
    return sorted(rows, key=lambda row: (row["start_date"], row["end_date"] or AS_AT))


def site(folder: Path, *lines: str) -> tuple[SiteCost, ...]:
    """The area's own costs of these lines."""
    path = folder / "costs.csv"
    path.write_text(HEAD + "".join(line + "\n" for line in lines))
    return read_site_costs(path)


@pytest.mark.parametrize(
    ("pence", "before", "after", "expected"),
    [
        # 2023-24 has .961117 of 2024-25's prices, 2025-26 1.032388 (a forecast)
        (10_000, "2024-25", "2024-25", 10_000),
        (10_000, "2023-24", "2024-25", 10_405),  # 10,000 / .961117 = 10,404.56
        (10_000, "2025-26", "2024-25", 9_686),  # 10,000 / 1.032388 = 9,686.28
        (10_000, "2024-25", "2023-24", 9_611),  # 9,611.17
        (12_000, "2016-17", "2024-25", 15_774),  # 12,000 / .760754 = 15,773.83
        (0, "2016-17", "2024-25", 0),
    ],
)
def test_a_price_of_one_year_in_another_s(pence: int, before: str, after: str, expected: int) -> None:
    assert repriced(pence, from_year=before, to_year=after) == expected


APC = f"""
    NEWNHSNO | NHSNOIND | LOPATID | PROCODE | PROVSPNOPS | EPIORDER | ADMIDATE   | DISDATE    | ADMIMETH | CLASSPAT | DIAG_01 | FINAL_PRICE
    {ANN}    | 01       | L1      | RH8     | S1         | 1        | 2024-03-20 | 2024-03-31 | 21       | 1        | R69X    | 100.00
    {ANN}    | 01       | L1      | RH8     | S2         | 1        | 2024-03-21 | 2024-04-01 | 21       | 1        | R69X    | 100.00
    {ANN}    | 01       | L1      | RH8     | S3         | 1        | 2025-03-30 | 2025-04-02 | 21       | 1        | R69X    | 100.00
    {ANN}    | 01       | L1      | RH8     | S4         | 1        | 2025-05-01 | 2025-05-04 | 21       | 1        | R69X    |
    {ANN}    | 01       | L1      | RH8     | S5         | 1        | 2025-06-01 | 2025-06-01 | 11       | 2        | R69X    | 0
    {ANN}    | 01       | L1      | RH8     | S6         | 1        | 2026-03-01 |            | 21       | 1        | R69X    | 100.00
"""


def test_an_own_price_is_of_the_financial_year_in_which_the_spell_ended(tmp_path: Path) -> None:
    """A price of nothing is a price. Still open on 31 October 2026: a price of 2026-27, 1.053095 (a forecast)."""
    inbox = Inbox.at(tmp_path)
    inbox.put("sus_apc", "sus_apc_2026-10.csv", drawn(APC))
    matches(
        costed(inbox, "sus_apc", Prices("2024-25")),
        """
        start_date | end_date   | cost_pence | cost_source
        2024-03-20 | 2024-03-31 | 10405      | sus_final_price
        2024-03-21 | 2024-04-01 | 10000      | sus_final_price
        2025-03-30 | 2025-04-02 | 9686       | sus_final_price
        2025-05-01 | 2025-05-04 | 541670     | reference_cost
        2025-06-01 | 2025-06-01 | 0          | sus_final_price
        2026-03-01 | -          | 9496       | sus_final_price
        """,
    )
    assert [row["cost_pence"] for row in costed(inbox, "sus_apc", Prices("2023-24"))][:4] == [10_000, 9_611, 9_310, 520_608]


def test_the_area_s_own_cost_comes_before_the_national_one_and_after_the_row_s(tmp_path: Path) -> None:
    """4,000.00 a night at 2023-24's prices is 4,161.82; three nights, and one at least."""
    inbox = Inbox.at(tmp_path)
    inbox.put("sus_apc", "sus_apc_2026-10.csv", drawn(APC))
    prices = Prices("2024-25", site(tmp_path, "inpatient_emergency,,,day,4000,2023-24,ledger"))
    found = [(row["cost_pence"], row["cost_source"]) for row in costed(inbox, "sus_apc", prices)]
    assert found[3] == (3 * 416_182, "site_file")
    assert {source for place, (_, source) in enumerate(found) if place != 3} == {"sus_final_price"}


CARE = """
    LA_Code | LA_Person_Unique_Identifier | Event_Type | Event_Start_Date | Event_End_Date | Client_Type  | Service_Type                                 | Service_Component                | Unit_Cost | Cost_Frequency_Unit_Type | Planned_units_per_week
    304     | 17                          | Service    | 2025-06-02       | 2025-06-15     | Service User | Long Term Support: Community                 | Home Support                     | 210.00    | Weekly                   |
    304     | 17                          | Service    | 2025-06-03       | 2025-06-16     | Service User | Long Term Support: Community                 | Home Support                     |           |                          | 10
    304     | 17                          | Service    | 2025-06-04       | 2025-06-17     | Service User | Long Term Support: Community                 | Home Support                     |           |                          |
    304     | 17                          | Service    | 2025-06-05       | 2025-06-18     | Service User | Long Term Support: Residential Care          | Residential care                 |           |                          |
    304     | 17                          | Service    | 2025-06-06       | 2025-06-19     | Service User | Long Term Support: Community                 | Meals                            |           |                          |
    304     | 17                          | Service    | 2025-06-07       | 2025-06-20     | Service User | Long Term Support: Community                 | Transport                        | 50.00     | One-off                  |
"""


def test_care_packages_by_the_week_and_by_the_hour(tmp_path: Path) -> None:
    """Fourteen days, both ends counted, are two weeks. A package with a price of its own keeps it, weekly or once."""
    inbox = Inbox.at(tmp_path)
    inbox.put("cld", "cld_2025-06.csv", drawn(CARE))
    lines = (
        "social_care_service,,,event,11.00,2024-25,ledger",
        "social_care_service,,HOME SUPPORT OR DOMICILIARY CARE,hour,22.00,2024-25,brokerage",
        "social_care_service,,Long term residential care,week,901.01,2024-25,fee list",
    )
    matches(
        costed(inbox, "cld", Prices("2024-25", site(tmp_path, *lines))),
        """
        start_date | cost_pence | weekly_cost_pence | cost_source
        2025-06-02 | 40682      | 20341             | client_level_unit_cost
        2025-06-03 | 44000      | 22000             | site_file
        2025-06-04 | -          | -                 | -
        2025-06-05 | 180202     | 90101             | site_file
        2025-06-06 | 1100       | -                 | site_file
        2025-06-07 | 4843       | -                 | client_level_unit_cost
        """,
    )


REFERRALS = "SERVICE REQUEST IDENTIFIER,LOCAL PATIENT IDENTIFIER (EXTENDED),OrgIDProv,REFERRAL REQUEST RECEIVED DATE\n"
TEAMS = "SERVICE REQUEST IDENTIFIER,OrgIDProv,SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)\n"
CONTACTS = (
    "CARE CONTACT IDENTIFIER,SERVICE REQUEST IDENTIFIER,OrgIDProv,CARE CONTACT DATE,CONSULTATION MECHANISM,ATTENDANCE STATUS\n"
)


@pytest.mark.parametrize(
    ("team", "mechanism", "national", "with_site"),
    [
        ("19", "01", 14_469, 14_469),  # case management: a community matron
        ("26", "02", 7_906, 7_906),
        ("12", "01", 5_965, 3_000),  # the area's own cost of team 12
        ("12", "02", 4_308, 3_000),  # by telephone
        ("", "01", 5_965, 5_965),
    ],
)
def test_a_community_contact_by_its_team(tmp_path: Path, team: str, mechanism: str, national: int, with_site: int) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("csds", "CYP001MPI_2025-06.csv", "LOCAL PATIENT IDENTIFIER (EXTENDED),OrgIDProv\nP1,RY1\n")
    inbox.put("csds", "CYP101Referral_2025-06.csv", REFERRALS + "R1,P1,RY1,2025-06-01\n")
    inbox.put("csds", "CYP102ServiceTypeReferredTo_2025-06.csv", TEAMS + f"R1,RY1,{team}\n")
    inbox.put("csds", "CYP201CareContact_2025-06.csv", CONTACTS + f"C1,R1,RY1,2025-06-05,{mechanism},5\n")
    assert [row["cost_pence"] for row in costed(inbox, "csds", Prices())] == [national]
    local = Prices(site=site(tmp_path, "community_contact,12,,event,30,2024-25,ledger"))
    assert [row["cost_pence"] for row in costed(inbox, "csds", local)] == [with_site]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("gp_visit,,,event,1,2024-25,x", "the activity type is none of ours"),
        ("gp_snapshot,,,event,1,2024-25,x", "the activity type is none of ours"),
        ("gp_appointment,12,,event,1,2024-25,x", "a team is known of community_contact only"),
        ("gp_appointment,,Meals,event,1,2024-25,x", "a component is known of social_care_service only"),
        ("gp_appointment,,,day,1,2024-25,x", "the unit of this activity type is event"),
        ("mental_health_spell,,,hour,1,2024-25,x", "the unit of this activity type is event or day"),
        ("social_care_service,,,day,1,2024-25,x", "the unit of this activity type is event or week or hour"),
        ("gp_appointment,,,event,-1,2024-25,x", "the cost is below nothing"),
        ("gp_appointment,,,event,1,2024/25,x", "the price year is none from 2012-13 to 2030-31"),
        ("outpatient,,,event,2,2024-25,x", "says again what an earlier line says"),
    ],
)
def test_a_wrong_line_is_named_by_its_number_and_rule(tmp_path: Path, line: str, rule: str) -> None:
    with pytest.raises(CaselinkError) as refused:
        site(tmp_path, "outpatient,,,event,1,2024-25,x", line)
    assert (refused.value.code, refused.value.message) == ("E-COSTS", f"costs.csv, line 3: {rule}.")


@pytest.mark.parametrize(
    "line", ["gp_appointment,,,event,1,2024-25,", "gp_appointment,,,event,cheap,2024-25,x", ",,,event,1,2024-25,x"]
)
def test_a_line_without_a_source_a_cost_or_a_type_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(CaselinkError, match=r"E-EXTRACT-ROW: costs.csv: line 2|costs.csv, line 2"):
        site(tmp_path, line)


def test_the_file_shown_in_the_documentation_is_read(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "whole-system-use.md"
    lines = page.read_text(encoding="utf-8").split("```csv\n")[1].split("```")[0].splitlines()
    assert lines[0] == HEAD.strip()
    read = site(tmp_path, *lines[1:])
    assert [(line.activity_type, line.unit, line.pence) for line in read] == [
        ("community_contact", "event", 5210),
        ("gp_appointment", "event", 4100),
        ("mental_health_spell", "day", 61_000),
        ("social_care_service", "hour", 2340),
        ("social_care_service", "week", 101_200),
    ]
