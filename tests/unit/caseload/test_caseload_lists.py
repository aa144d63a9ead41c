"""The caseload list, its departures and the people without a place."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest

from caseload.departures import DECIDED, DIED, EXIT_RULE, GONE, LEFT, NO_ROOM, OTHER_TEAM, OTHER_TIER, departures, unplaced
from caseload.lists import CHARLSON, CONTACTS, FRAILTY, KNOWN_TO_FOUR, RISK, NightTables, build_list, risk_in_words
from schemas.activity_types import SERVICES
from schemas.pseudonymised import OpenEntry, Score, WardPlace

TONIGHT, LAST_NIGHT = dt.date(2026, 1, 31), dt.date(2026, 1, 30)


def scores(*rows):
    names = ("pseudonym", "score", "value", "band", "reasons")
    told = [{"version": "1", "reasons": [], **dict(zip(names, row, strict=False))} for row in rows]
    return pa.Table.from_pylist(told, schema=Score.arrow_schema())


def night(area, *people, given=(), used=(), proposals=None, choices=None):
    """A night in which everybody in `people` is proposed to nurse `n1`, ranked as they stand."""
    named = [{"pseudonym": who} if isinstance(who, str) else who for who in people]
    proposals = proposals or [{"pseudonym": one["pseudonym"], "accountable_professional_id": "n1"} for one in named]
    choices = choices or [
        {"pseudonym": one["pseudonym"], "rank": rank, "locality": "North"} for rank, one in enumerate(named, start=1)
    ]
    features = pa.Table.from_pylist(list(used), schema=pa.schema([("pseudonym", pa.string()), ("outpatient_365", pa.int64())]))
    return NightTables(area.proposals(*proposals), area.selection(*choices), scores(*given), area.people(*named), features)


def test_a_row_says_who_why_and_what_she_uses(area):
    ann = {"pseudonym": "p1", "age_band": "80-84", "gender": "2", "gp_practice_code": "A81001", "locality": "North",
           "link_quality": "number"}  # fmt: skip
    tonight = night(
        area,
        ann,
        given=[
            ("p1", RISK, 0.342000012345, "high", ["3 emergency admissions", "aged 80 to 84", "c", "d", "e", "f"]),
            ("p1", FRAILTY, 16.1, "high"),
            ("p1", CHARLSON, 4.0),
            ("p1", KNOWN_TO_FOUR, 1.0, "known to four, led by none"),
            ("p1", "services_used", 5.0),
        ],
        used=[{"pseudonym": "p1", "outpatient_365": 7}],
        proposals=[{"pseudonym": "p1", "accountable_professional_id": "n1", "coordinator_id": "c1", "since": LAST_NIGHT}],
    )
    row = build_list(tonight, "north-team", TONIGHT).to_pylist()[0]
    assert {name: value for name, value in row.items() if value is not None} == {
        "pseudonym": "p1",
        "change": "new",
        "tier": "case management",
        "rank": 1,
        "risk": 0.342,
        "risk_in_words": "high: about 34 in 100 such people have an emergency admission in the next 12 months",
        "reasons": "3 emergency admissions; aged 80 to 84; c; d; e",
        "age_band": "80-84",
        "gender": "female",
        "locality": "North",
        "gp_practice_code": "A81001",
        "frailty": "high",
        "frailty_score": 16.1,
        "charlson": 4.0,
        "contacts_outpatient": 7,
        "known_to_four": "known to four, led by none",
        "accountable_professional_id": "n1",
        "coordinator_id": "c1",
        "why_placed": "works with this person's practice",
        "since": LAST_NIGHT,
        "link_confidence": "high: linked by NHS number",
        "data_as_at": TONIGHT,
    }


def test_every_service_has_its_column():
    assert set(CONTACTS.values()) == {f"{service}_365" for service in SERVICES}


@pytest.mark.parametrize(
    ("value", "band", "words"),
    [
        (None, None, None),
        (0.004, None, "fewer than 1 in 100 such people have an emergency admission in the next 12 months"),
        (0.9986, None, "more than 99 in 100 such people have an emergency admission in the next 12 months"),
        (0.5, "very high", "very high: about 50 in 100 such people have an emergency admission in the next 12 months"),
    ],
)
def test_a_risk_in_words(value, band, words):
    assert risk_in_words(value, band) == words


def test_without_scores_features_and_people_the_row_still_stands(area):
    tonight = night(area, "p1")
    bare = NightTables(tonight.proposals, tonight.selection, tonight.scores, tonight.people.slice(0, 0), tonight.features)
    row = build_list(bare, "north-team", TONIGHT).to_pylist()[0]
    assert (row["risk"], row["reasons"], row["gender"], row["contacts_outpatient"]) == (None, None, None, None)


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [(0.30, 0.36, "up"), (0.30, 0.33, "same"), (0.36, 0.30, "down"), (None, 0.30, "same"), (0.30, None, "same")],
)
def test_what_changed_since_the_last_list(area, before, now, change):
    last = build_list(night(area, "p1", given=[("p1", RISK, before)]), "north-team", LAST_NIGHT)
    tonight = build_list(night(area, "p1", "p2", given=[("p1", RISK, now)]), "north-team", TONIGHT, last)
    assert tonight["change"].to_pylist() == [change, "new"]


def test_a_team_sees_its_own_people_by_rank(area):
    proposals = [
        {"pseudonym": "p1", "accountable_professional_id": "n1"},
        {"pseudonym": "p2", "accountable_professional_id": "s1", "team": "south-team"},
        {"pseudonym": "p3", "accountable_professional_id": "n1"},
        {"pseudonym": "p4", "team": None, "why": "no place"},
    ]
    choices = [{"pseudonym": f"p{n}", "rank": rank, "locality": "North"} for n, rank in ((1, 4), (2, 1), (3, 2), (4, 3))]
    tonight = night(area, "p1", "p2", "p3", "p4", proposals=proposals, choices=choices)
    assert build_list(tonight, "north-team", TONIGHT)["pseudonym"].to_pylist() == ["p3", "p1"]
    assert build_list(tonight, "no-such-team", TONIGHT).num_rows == 0
    without = unplaced(tonight, "North").to_pylist()
    assert [(row["pseudonym"], row["rank"], row["why"]) for row in without] == [("p4", 3, "no place")]
    assert unplaced(tonight, "South").num_rows == 0


def test_who_left_and_why(area):
    last = build_list(night(area, *(f"p{n}" for n in range(1, 8))), "north-team", LAST_NIGHT)
    tonight = night(
        area,
        {"pseudonym": "p2", "month_of_death": dt.date(2026, 1, 1)},
        {"pseudonym": "p3", "registered_to": dt.date(2026, 1, 1)},
        *("p4", "p5", "p6", "p7"),
        proposals=[
            {"pseudonym": "p4", "accountable_professional_id": "s1", "team": "south-team"},
            {"pseudonym": "p5", "team": None},
            {"pseudonym": "p7", "accountable_professional_id": "n1"},
        ],
    )
    left = departures(tonight, "north-team", TONIGHT, last).to_pylist()
    assert {row["pseudonym"]: row["reason"] for row in left} == {
        "p1": GONE, "p2": DIED, "p3": LEFT, "p4": OTHER_TEAM, "p5": NO_ROOM, "p6": EXIT_RULE,
    }  # fmt: skip
    assert {(row["accountable_professional_id"], row["left_on"]) for row in left} == {("n1", TONIGHT)}


def test_nobody_left_a_first_list(area):
    assert departures(night(area, "p1"), "north-team", TONIGHT, None).num_rows == 0


def test_who_left_by_a_decision_or_by_her_tier(area):
    """p1 is declined, p2 deferred, p3 closed, p4's episode ends with an exit; p5 opted out and died; p6's tier is another."""
    last = build_list(night(area, *(f"p{n}" for n in range(1, 7))), "north-team", LAST_NIGHT)
    states = {"p1": "declined", "p2": "deferred", "p3": "closed", "p4": "active", "p5": "active"}
    entries = [
        {"pseudonym": who, "state": state, "since": LAST_NIGHT, "exit": "goals met" if who == "p4" else None,
         "left": "died" if who == "p5" else None}
        for who, state in states.items()
    ]  # fmt: skip
    tonight = night(
        area,
        *("p1", "p2", "p3", "p4", "p6"),
        proposals=[{"pseudonym": "p9", "team": None}],
        choices=[{"pseudonym": f"p{n}", "rank": n, "tier": "care navigation"} for n in (1, 2, 3, 4, 6)],
    )
    tonight = replace(tonight, entries=pa.Table.from_pylist(entries, schema=OpenEntry.arrow_schema()))
    left = departures(tonight, "north-team", TONIGHT, last).to_pylist()
    assert {row["pseudonym"]: row["reason"] for row in left} == {
        "p1": DECIDED["declined"], "p2": DECIDED["deferred"], "p3": DECIDED["closed"], "p4": DECIDED["closed"],
        "p5": DIED, "p6": OTHER_TIER,
    }  # fmt: skip


def test_an_open_episode_of_somebody_opted_out_has_a_row_without_need(area):
    tonight = night(area, "p1", proposals=[{"pseudonym": "p0", "accountable_professional_id": "n1"}])
    row = build_list(tonight, "north-team", TONIGHT).to_pylist()[0]
    assert (row["pseudonym"], row["tier"], row["rank"], row["in_tier_since"]) == ("p0", "none", None, None)
    assert unplaced(night(area, "p1", proposals=[{"pseudonym": "p0", "team": None}]), "North").num_rows == 0


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"ward_id": "w", "route": "step-up", "since": LAST_NIGHT, "due": dt.date(2026, 2, 13)}, "w: step-up, day 2 of 14"),
        ({"route": "step-down", "since": TONIGHT}, "waits for a bed: step-down"),
        ({"ward_id": "w", "route": "step-up", "since": LAST_NIGHT, "due": TONIGHT, "left_on": TONIGHT}, None),
    ],
)
def test_a_list_says_whose_bed_is_in_a_virtual_ward(area, place, words):
    row = {"pseudonym": "p1", "team": "north-team", "event_date": LAST_NIGHT, "why": "", **place}
    tonight = replace(night(area, "p1"), wards=pa.Table.from_pylist([row], schema=WardPlace.arrow_schema()))
    assert build_list(tonight, "north-team", TONIGHT)["virtual_ward"].to_pylist() == [words]
