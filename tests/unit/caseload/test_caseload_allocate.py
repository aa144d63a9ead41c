"""Proposals, drawn: who gets which place, who keeps hers, who gets none and why."""

from __future__ import annotations

import datetime as dt

import pytest

from caseload.allocate import propose
from caseload.professionals import COORDINATOR
from caseload.why import (
    HAS_LEFT,
    IN_LOCALITY,
    NO_LOCALITY,
    NO_PROFESSIONAL,
    NO_ROOM,
    OTHERS_STAY,
    STAYS_IN_LOCALITY,
    STAYS_WITH_PRACTICE,
    WITH_PRACTICE,
    WITHOUT_COORDINATOR,
    WITHOUT_PRACTICE,
)
from schemas.errors import CaselinkError
from schemas.pseudonymised import Proposal

TONIGHT, TOMORROW = dt.date(2026, 1, 31), dt.date(2026, 2, 1)


def whose(proposals, column="accountable_professional_id"):
    return dict(zip(proposals["pseudonym"].to_pylist(), proposals[column].to_pylist(), strict=True))


def why(proposals):
    return {who: text.removesuffix(WITHOUT_COORDINATOR) for who, text in whose(proposals, "why").items()}


def test_the_practice_decides_before_evenness(area):
    """Four people of practice A, one of B; nurse 1 works with A, nurse 2 with B; each has five places."""
    selection, people = area.drawn(p1=(1, "A"), p2=(2, "A"), p3=(3, "B"), p4=(4, "A"), p5=(5, "A"))
    staff = area.staff(
        {"professional_id": "nurse-1", "practices": ["A"], "capacity": 5},
        {"professional_id": "nurse-2", "practices": ["B"], "capacity": 5},
    )
    proposed = propose(selection, people, staff, None, TONIGHT)
    assert whose(proposed) == {"p1": "nurse-1", "p2": "nurse-1", "p3": "nurse-2", "p4": "nurse-1", "p5": "nurse-1"}
    assert set(why(proposed).values()) == {WITH_PRACTICE}
    assert proposed.schema == Proposal.arrow_schema()


def test_lists_fill_evenly_for_their_length(area):
    selection, people = area.drawn(**{f"p{n}": (n, "A") for n in range(1, 7)})
    staff = area.staff({"professional_id": "full-time", "capacity": 20}, {"professional_id": "half-time", "capacity": 10})
    given = list(whose(propose(selection, people, staff, None, TONIGHT)).values())
    assert (given.count("full-time"), given.count("half-time")) == (4, 2)


def test_places_go_by_rank_and_the_rest_are_told_why(area):
    selection, people = area.drawn(p1=(3, "A"), p2=(1, "A"), p3=(2, "B"))
    proposed = propose(selection, people, area.staff({"professional_id": "nurse", "practices": ["A"]}), None, TONIGHT)
    assert whose(proposed) == {"p1": None, "p2": "nurse", "p3": "nurse"}
    assert why(proposed) == {"p1": NO_ROOM, "p2": WITH_PRACTICE, "p3": WITHOUT_PRACTICE}
    assert whose(proposed, "team") == {"p1": None, "p2": "north-team", "p3": "north-team"}


def test_the_highest_need_of_a_practice_gets_its_own_professional(area):
    selection, people = area.drawn(p1=(1, "A"), p2=(2, "A"), p3=(3, "A"))
    staff = area.staff(
        {"professional_id": "another", "capacity": 2}, {"professional_id": "own", "practices": ["A"], "capacity": 1}
    )
    proposed = propose(selection, people, staff, None, TONIGHT)
    assert whose(proposed) == {"p1": "own", "p2": "another", "p3": "another"}
    assert why(proposed) == {"p1": WITH_PRACTICE, "p2": IN_LOCALITY, "p3": IN_LOCALITY}


def test_who_has_a_professional_keeps_her_even_against_higher_need(area):
    selection, people = area.drawn(p1=(9, "A"), p2=(1, "A"))
    staff = area.staff({"professional_id": "nurse", "capacity": 1})
    last = area.proposals({"pseudonym": "p1", "accountable_professional_id": "nurse", "since": dt.date(2025, 12, 1)})
    proposed = propose(selection, people, staff, last, TONIGHT)
    assert whose(proposed) == {"p1": "nurse", "p2": None}
    assert why(proposed) == {"p1": STAYS_IN_LOCALITY, "p2": NO_ROOM + OTHERS_STAY}
    assert whose(proposed, "since") == {"p1": dt.date(2025, 12, 1), "p2": TONIGHT}


def test_from_the_second_night_continuity_is_the_reason(area):
    """p1 of the nurse's own practice, p2 of another; p3 is new and finds the list full."""
    staff = area.staff({"professional_id": "nurse", "practices": ["A"]})
    first = propose(*area.drawn(p1=(1, "A"), p2=(2, "B")), staff, None, TONIGHT)
    assert why(first) == {"p1": WITH_PRACTICE, "p2": WITHOUT_PRACTICE}
    second = propose(*area.drawn(p1=(2, "A"), p2=(3, "B"), p3=(1, "A")), staff, first, TOMORROW)
    assert why(second) == {"p1": STAYS_WITH_PRACTICE, "p2": STAYS_IN_LOCALITY, "p3": NO_ROOM + OTHERS_STAY}
    assert STAYS_WITH_PRACTICE == "has this person already; works with this person's practice"
    assert STAYS_IN_LOCALITY == "has this person already; works in this person's locality"
    assert OTHERS_STAY.endswith("; people already on a list keep their place")


def test_somebody_new_at_a_professional_is_placed_for_the_practice(area):
    """p1 had another professional, p2 had nobody: neither stays, and nobody keeps anybody out."""
    last = area.proposals({"pseudonym": "p1", "accountable_professional_id": "gone"}, {"pseudonym": "p2", "team": None})
    staff = area.staff({"professional_id": "nurse", "practices": ["A"], "capacity": 1})
    proposed = propose(*area.drawn(p1=(1, "A"), p2=(2, "A")), staff, last, TOMORROW)
    assert why(proposed) == {"p1": HAS_LEFT + WITH_PRACTICE, "p2": NO_ROOM}


def test_a_list_that_grew_shorter_keeps_the_highest_need(area):
    selection, people = area.drawn(p1=(2, "A"), p2=(1, "A"))
    staff = area.staff({"professional_id": "nurse", "capacity": 1})
    last = area.proposals(*({"pseudonym": p, "accountable_professional_id": "nurse"} for p in ("p1", "p2")))
    assert whose(propose(selection, people, staff, last, TOMORROW)) == {"p1": None, "p2": "nurse"}


@pytest.mark.parametrize("gone", [{"professional_id": "other"}, {"professional_id": "nurse", "locality": "South"}])
def test_who_lost_her_professional_gets_another_from_tonight(area, gone):
    selection, people = area.drawn(p1=(1, "A"))
    staff = area.staff(gone, {"professional_id": "new"}, {"professional_id": "zz", "practices": ["B"]})
    last = area.proposals({"pseudonym": "p1", "accountable_professional_id": "nurse", "since": TONIGHT})
    proposed = propose(selection, people, staff, last, TOMORROW)
    assert whose(proposed)["p1"] in {"new", "other"}
    assert whose(proposed, "since") == {"p1": TOMORROW}


def test_a_move_to_another_locality_is_a_new_professional(area):
    selection = area.selection({"pseudonym": "p1", "locality": "South", "rank": 1})
    people = area.people({"pseudonym": "p1", "locality": "South", "gp_practice_code": "A"})
    staff = area.staff({"professional_id": "north"}, {"professional_id": "south", "locality": "South", "team": "south-team"})
    last = area.proposals({"pseudonym": "p1", "accountable_professional_id": "north"})
    assert whose(propose(selection, people, staff, last, TONIGHT)) == {"p1": "south"}


@pytest.mark.parametrize(
    ("person", "choice", "reason"),
    [
        ({}, {}, NO_LOCALITY),
        ({"locality": "West"}, {}, NO_PROFESSIONAL),
        ({"locality": "West"}, {"locality": "North"}, None),  # where the tier was cut decides
        ({"locality": "North"}, {}, None),  # else where her practice is
    ],
)
def test_without_a_locality_or_a_professional_there_is_no_place(area, person, choice, reason):
    selection = area.selection({"pseudonym": "p1", "rank": 1, **choice})
    proposed = propose(selection, area.people({"pseudonym": "p1", **person}), area.staff({"professional_id": "n"}), None, TONIGHT)
    assert whose(proposed) == {"p1": None if reason else "n"}
    assert why(proposed) == {"p1": reason or WITHOUT_PRACTICE}


@pytest.mark.parametrize(
    ("person", "tier", "proposed"),
    [
        ({}, "case management", True),
        ({}, "care navigation", False),
        ({}, "none", False),
        ({"month_of_death": dt.date(2026, 1, 1)}, "case management", False),
        ({"registered_to": TONIGHT}, "case management", False),
        ({"registered_to": TOMORROW}, "case management", True),
        (None, "case management", False),  # opted out since: not in the night's people
    ],
)
def test_only_the_living_and_registered_in_case_management_are_proposed(area, person, tier, proposed):
    selection = area.selection({"pseudonym": "p1", "locality": "North", "rank": 1, "tier": tier})
    people = area.people(*([{"pseudonym": "p1", **person}] if person is not None else []))
    last = area.proposals({"pseudonym": "p1", "accountable_professional_id": "nurse"})
    rows = propose(selection, people, area.staff({"professional_id": "nurse"}), last, TONIGHT)
    assert rows.num_rows == int(proposed)


def test_coordinators_by_practice_then_by_the_emptiest_list(area):
    selection, people = area.drawn(p1=(1, "A"), p2=(2, "B"), p3=(3, "C"), p4=(4, "C"))
    staff = area.staff(
        {"professional_id": "nurse", "capacity": 10},
        {"professional_id": "co-1", "role": COORDINATOR, "practices": ["A"], "capacity": 2},
        {"professional_id": "co-2", "role": COORDINATOR, "capacity": 2},
        {"professional_id": "co-9", "role": COORDINATOR, "team": "south-team", "capacity": 9},
    )
    proposed = propose(selection, people, staff, None, TONIGHT)
    assert whose(proposed, "coordinator_id") == {"p1": "co-1", "p2": "co-2", "p3": "co-1", "p4": "co-2"}
    again = propose(selection, people, staff, proposed, TOMORROW)
    assert whose(again, "coordinator_id") == whose(proposed, "coordinator_id")


def test_a_team_without_a_free_coordinator_says_so(area):
    selection, people = area.drawn(p1=(1, "A"))
    proposed = propose(selection, people, area.staff({"professional_id": "nurse"}), None, TONIGHT)
    assert whose(proposed, "coordinator_id") == {"p1": None}
    assert whose(proposed, "why") == {"p1": WITHOUT_PRACTICE + WITHOUT_COORDINATOR}


def test_an_empty_selection_and_an_empty_staff(area):
    nobody, people = area.drawn()
    assert propose(nobody, people, area.staff(), None, TONIGHT).num_rows == 0
    selection, people = area.drawn(p1=(1, "A"))
    assert why(propose(selection, people, area.staff(), None, TONIGHT)) == {"p1": NO_PROFESSIONAL}
    assert why(propose(selection, people, area.staff({"professional_id": "n", "capacity": 0}), None, TONIGHT)) == {"p1": NO_ROOM}


def test_a_professional_or_a_person_twice_is_refused(area):
    selection, people = area.drawn(p1=(1, "A"))
    with pytest.raises(CaselinkError, match="repeat a key"):
        propose(selection, people, area.staff({"professional_id": "n"}, {"professional_id": "n"}), None, TONIGHT)
    twice = area.selection({"pseudonym": "p1", "rank": 1}, {"pseudonym": "p1", "rank": 2})
    with pytest.raises(CaselinkError, match="repeat a key"):
        propose(twice, people, area.staff({"professional_id": "n"}), None, TONIGHT)


def test_a_locality_too_large_for_the_exact_way_is_filled_person_by_person(area, monkeypatch):
    monkeypatch.setattr("caseload.fill.MOST_PAIRS", 1)
    selection, people = area.drawn(**{f"p{n}": (n, "AB"[n % 2]) for n in range(1, 8)})
    staff = area.staff(
        {"professional_id": "a", "practices": ["A"], "capacity": 3}, {"professional_id": "b", "practices": ["B"], "capacity": 3}
    )
    assert whose(propose(selection, people, staff, None, TONIGHT)) == {
        "p1": "b", "p2": "a", "p3": "b", "p4": "a", "p5": "b", "p6": "a", "p7": None,
    }  # fmt: skip


def test_between_professionals_alike_in_everything_the_lower_id_comes_first(area):
    selection, people = area.drawn(p1=(1, "A"), p2=(2, "B"), p3=(3, "C"))
    staff = area.staff(*({"professional_id": f"n{number}", "capacity": 9} for number in (3, 1, 2)))
    assert whose(propose(selection, people, staff, None, TONIGHT)) == {"p1": "n1", "p2": "n2", "p3": "n3"}
