"""What is always true of the night's proposals, on generated areas with weights, skills, absences and decisions.

`make test` draws a few areas of each; the deep tests draw a thousand.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import Counter
from typing import NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.allocate import measure
from caseload.allocate import Beside, is_here, propose
from caseload.evenly import BANDS
from caseload.needs import TENTHS, Need
from caseload.places import place
from caseload.professionals import ACCOUNTABLE, COORDINATOR, Absence, Professional, away_at
from caseload.seats import ORDINARY, Candidate, Seat
from caseload.why import OTHERS_STAY, REASONS_UNPLACED
from schemas.pseudonymised import (
    ENTRY_STATES,
    LEFT_AREA,
    OPEN_STATES,
    PLACE_REASONS,
    TIERS,
    OpenEntry,
    PseudonymisedPerson,
    Selection,
)
from tests.dials import examples

TONIGHT, TOMORROW = dt.date(2026, 1, 31), dt.date(2026, 2, 1)
PRACTICES, LOCALITIES, SKILLS = ("A", "B", "C", None), ("North", "South", None), ("dementia", "frailty")
COVER_AFTER = 9
many = settings(max_examples=examples(1000, 12), deadline=None)


class Person(NamedTuple):
    locality: str | None
    practice: str | None
    rank: int | None
    tier: str
    weight: int
    skills: frozenset
    known: str


class Area(NamedTuple):
    selection: pa.Table
    people: pa.Table
    staff: pa.Table
    beside: Beside

    def propose(self, previous=None, as_at=TONIGHT):
        return propose(self.selection, self.people, self.staff, previous, as_at, beside=self.beside)


person = st.builds(
    Person,
    st.sampled_from(LOCALITIES),
    st.sampled_from(PRACTICES),
    st.none() | st.integers(1, 9),
    st.sampled_from(TIERS[:1] * 4 + TIERS),
    st.sampled_from([10, 10, 10, 15, 20, 33]),
    st.frozensets(st.sampled_from(SKILLS), max_size=2) | st.just(frozenset()),
    st.sampled_from(["here"] * 6 + ["died", "left", "opted out"]),
)
professional = st.fixed_dictionaries(
    {
        "locality": st.sampled_from(LOCALITIES[:2]),
        "role": st.sampled_from([ACCOUNTABLE, ACCOUNTABLE, COORDINATOR]),
        "practices": st.lists(st.sampled_from("ABC"), max_size=2, unique=True),
        "skills": st.lists(st.sampled_from(SKILLS), max_size=2, unique=True),
        "capacity": st.integers(0, 6),
    }
)
days = st.integers(-20, 20).map(lambda number: TONIGHT + dt.timedelta(days=number))
who = st.integers(0, 24).map(lambda number: f"p{number:05d}")
staff_id = st.integers(0, 6).map(lambda number: f"n{number}")
entry = st.fixed_dictionaries(
    {
        "pseudonym": who,
        "state": st.sampled_from(ENTRY_STATES + OPEN_STATES),
        "accountable_professional_id": st.none() | staff_id,
        "coordinator_id": st.none() | staff_id,
        "since": days.filter(lambda day: day <= TONIGHT),
        "until": st.none() | days,
        "exit": st.sampled_from([None, None, None, "goals met"]),
        "left": st.sampled_from([None] * 5 + list(LEFT_AREA)),
    }
)
absence = st.fixed_dictionaries({"professional_id": staff_id, "from_date": days, "to_date": st.none() | days, "cover": staff_id})
event = st.fixed_dictionaries({"pseudonym": who, "event_date": days})


@st.composite
def areas(draw, decided=True):
    count = draw(st.integers(0, 20))
    persons = [(f"p{number:05d}", one) for number, one in enumerate(draw(st.lists(person, min_size=count, max_size=count)))]
    staff = [
        {"professional_id": f"n{n}", "team": f"{row['locality']}-team", **row}
        for n, row in enumerate(draw(st.lists(professional, max_size=7)))
    ]
    absences = draw(st.lists(absence, max_size=3, unique_by=lambda row: (row["professional_id"], row["from_date"])))
    entries = draw(st.lists(entry, max_size=8, unique_by=lambda row: row["pseudonym"])) if decided else []
    died, left = dt.date(2026, 1, 1), dt.date(2026, 1, 1)
    people = [
        {
            "pseudonym": name, "locality": one.locality, "gp_practice_code": one.practice,
            "month_of_death": died if one.known == "died" else None, "registered_to": left if one.known == "left" else None,
        }
        for name, one in persons
        if one.known != "opted out"
    ]  # fmt: skip
    return Area(
        table(
            Selection, [{"pseudonym": n, "locality": p.locality, "rank": p.rank, "tier": p.tier, "why": ""} for n, p in persons]
        ),
        table(PseudonymisedPerson, people),
        table(Professional, staff),
        Beside(
            entries=table(OpenEntry, entries),
            events=pa.Table.from_pylist(draw(st.lists(event, max_size=4)), schema=EVENTS),
            needs=table(Need, [{"pseudonym": n, "weight_tenths": p.weight, "skills": sorted(p.skills)} for n, p in persons]),
            absences=table(Absence, [row for row in absences if row["to_date"] is None or row["from_date"] <= row["to_date"]]),
            cover_after_days=COVER_AFTER,
        ),
    )


EVENTS = pa.schema([("pseudonym", pa.string()), ("event_date", pa.date32())])


def table(kind, rows):
    return pa.Table.from_pylist(rows, schema=kind.arrow_schema())


def shuffled(rows, order):
    places = list(range(rows.num_rows))
    order.shuffle(places)
    return rows.take(pa.array(places, pa.int64()))


def by(rows, name="pseudonym"):
    return {row[name]: row for row in rows.to_pylist()}


def in_force(area):
    """The slow, obvious reading of the decisions: (open, kept out) as entries by pseudonym."""
    events = area.beside.events.to_pylist()
    open_, out = {}, {}
    for row in area.beside.entries.to_pylist():
        new = any(one["pseudonym"] == row["pseudonym"] and one["event_date"] > row["since"] for one in events)
        again = new or (row["until"] is not None and row["until"] <= TONIGHT)
        over = row["state"] in ("declined", "deferred", "closed") or (row["state"] in OPEN_STATES and row["exit"] is not None)
        if row["left"] is not None or (over and not again):
            out[row["pseudonym"]] = row
        elif row["state"] in OPEN_STATES and row["exit"] is None:
            open_[row["pseudonym"]] = row
    return open_, out


def expected(area):
    """Who is to have a row tonight."""
    people, (open_, out) = by(area.people), in_force(area)
    here = {name for name, row in people.items() if is_here(row, TONIGHT)}
    chosen = {row["pseudonym"] for row in area.selection.to_pylist() if row["tier"] == "case management"}
    return ((chosen & here) - out.keys()) | {name for name in open_ if name in here or name not in people}


def weights(area):
    return {row["pseudonym"]: row["weight_tenths"] for row in area.beside.needs.to_pylist()}


@many
@given(areas(), areas())
def test_nobody_twice_nobody_forgotten_and_no_row_for_the_dead_and_the_gone(before, area):
    last = before.propose()
    proposed = area.propose(last)
    assert sorted(proposed["pseudonym"].to_pylist()) == sorted(expected(area))


@many
@given(areas(), areas())
def test_nobody_over_capacity_except_by_open_episodes(before, area):
    """Who is covered keeps her place with her own professional too: both lists hold her, and neither gets too long by it."""
    proposed, open_, weight = area.propose(before.propose()).to_pylist(), in_force(area)[0], weights(area)
    for one in area.staff.to_pylist():
        mine, name = [], "accountable_professional_id" if one["role"] == ACCOUNTABLE else "coordinator_id"
        usual = "usual_professional_id" if one["role"] == ACCOUNTABLE else "usual_coordinator_id"
        for row in proposed:
            if one["professional_id"] in (row[name], row[usual]):
                is_hers = open_.get(row["pseudonym"], {}).get(name) == one["professional_id"]
                mine.append((is_hers, weight.get(row["pseudonym"], TENTHS)))
        others = sum(each for is_hers, each in mine if not is_hers)
        assert others == 0 or sum(each for _, each in mine) <= one["capacity"] * TENTHS


@many
@given(areas(), areas())
def test_locality_skills_team_and_role_are_hard_and_everybody_has_a_reason(before, area):
    open_, staff, needs = in_force(area)[0], by(area.staff, "professional_id"), by(area.beside.needs)
    where = {row["pseudonym"]: row["locality"] for row in area.people.to_pylist()}
    unplaced = {*REASONS_UNPLACED, *(words + OTHERS_STAY for words in REASONS_UNPLACED)}
    for row in area.propose(before.propose()).to_pylist():
        assert row["reason"] in PLACE_REASONS
        mine = staff.get(row["accountable_professional_id"])
        if mine is None:
            assert row["why"] in unplaced
            assert (row["team"], row["coordinator_id"], row["usual_professional_id"]) == (None, None, None)
            continue
        assert (mine["role"], mine["team"]) == (ACCOUNTABLE, row["team"])
        if row["pseudonym"] not in open_:
            assert mine["locality"] == where[row["pseudonym"]]
        if row["pseudonym"] not in open_ or row["reason"] in ("placed", "covered"):
            assert set(needs.get(row["pseudonym"], {}).get("skills", ())) <= set(mine["skills"])
        hers = staff.get(row["coordinator_id"], {"role": COORDINATOR, "team": row["team"]})
        assert (hers["role"], hers["team"]) == (COORDINATOR, row["team"])


@many
@given(areas(), areas(), st.integers(0, 1000))
def test_any_order_of_rows_gives_the_same_bytes(before, area, seed):
    order, last = random.Random(seed), before.propose()
    beside = Beside(
        *(shuffled(each, order) for each in (area.beside.entries, area.beside.events, area.beside.needs, area.beside.absences)),
        COVER_AFTER,
    )
    other = Area(*(shuffled(each, order) for each in area[:3]), beside)
    assert other.propose(shuffled(last, order)).equals(area.propose(last))


@many
@given(areas(), areas())
def test_unchanged_input_moves_nobody(before, area):
    first = area.propose(before.propose())
    second = area.propose(first)
    placement = ["pseudonym", "accountable_professional_id", "coordinator_id", "team", "since", "usual_professional_id"]
    assert second.select(placement).equals(first.select(placement))
    assert area.propose(second).equals(second)


@many
@given(areas(), areas())
def test_an_open_episode_stays_whatever_the_score(before, area):
    """With her professional, or somebody who covers for him; unless he works here no more, or she has moved away from him."""
    found, people, staff = by(area.propose(before.propose())), by(area.people), by(area.staff, "professional_id")
    away = away_at(area.beside.absences, TONIGHT, COVER_AFTER)
    locality = {row["pseudonym"]: row["locality"] for row in area.selection.to_pylist()}
    for name, decision in in_force(area)[0].items():
        mine, row = staff.get(decision["accountable_professional_id"]), found.get(name)
        if row is None or mine is None or mine["role"] != ACCOUNTABLE:
            continue
        here = locality.get(name) or people.get(name, {}).get("locality")
        if here in (None, mine["locality"]) or people.get(name, {}).get("gp_practice_code") in (mine["practices"] or ()):
            assert mine["professional_id"] in (row["accountable_professional_id"], row["usual_professional_id"])
            assert row["usual_professional_id"] is None or mine["professional_id"] in away
            assert row["reason"] in ("open episode", "returns", "covered", "not covered")


@many
@given(areas(), areas())
def test_who_can_stay_stays_and_nobody_new_comes_to_somebody_away(before, area):
    last = by(before.propose())
    away, staff = away_at(area.beside.absences, TONIGHT, COVER_AFTER), by(area.staff, "professional_id")
    for row in area.propose(before.propose()).to_pylist():
        mine = row["accountable_professional_id"]
        if mine in away:
            assert row["reason"] == "not covered"
        if row["usual_professional_id"] is not None:
            assert row["usual_professional_id"] in away
            assert staff[mine]["team"] == staff[row["usual_professional_id"]]["team"]
        if row["reason"] == "stays":
            had = last[row["pseudonym"]]
            assert mine == (had["usual_professional_id"] or had["accountable_professional_id"])


@many
@given(areas(decided=False))
def test_when_an_absence_is_over_everybody_is_back(area):
    area = area._replace(beside=area.beside.__class__(needs=area.beside.needs, absences=area.beside.absences))
    all_here = area._replace(beside=Beside(needs=area.beside.needs))
    home = all_here.propose()
    covered = area.propose(home)
    back = all_here.propose(covered)
    name = "accountable_professional_id"
    was, now = by(home), by(back)
    assert all(now[who][name] == was[who][name] for who in was if was[who][name] is not None)
    moved = {who for who, row in by(covered).items() if row["usual_professional_id"] is not None}
    assert {who for who, row in now.items() if row["reason"] == "returns"} == moved


small_person = st.tuples(
    st.sampled_from("AB"), st.sampled_from([20, 20, 30, 40]), st.frozensets(st.sampled_from(SKILLS), max_size=1)
)
small_seat = st.tuples(
    st.frozensets(st.sampled_from("AB"), max_size=2),
    st.integers(0, 3),
    st.frozensets(st.sampled_from(SKILLS), max_size=2),
    st.sampled_from([0, 0, 0, 10, 30]),
)


@settings(max_examples=examples(1000, 25), deadline=None)
@given(st.lists(small_person, max_size=5), st.lists(small_seat, min_size=1, max_size=3))
def test_the_stages_are_as_good_as_trying_every_way(persons, lists):
    """The slow, obvious reference: of all ways, the highest priorities placed, then most matches, then the most even."""
    people = [Candidate(f"p{n}", practice, None, load, skills) for n, (practice, load, skills) in enumerate(persons)]
    seats = [Seat(f"n{n}", practices, length, held, skills) for n, (practices, length, skills, held) in enumerate(lists)]
    start = [(seat.practices, seat.skills, seat.capacity, seat.held) for seat in seats]
    placed = place(people, seats)
    way = [int(placed[one.pseudonym].professional_id[1:]) if one.pseudonym in placed else None for one in people]
    best = max(
        worth
        for each in itertools.product([None, *range(len(seats))], repeat=len(people))
        if (worth := _worth(each, people, start)) is not None
    )
    assert _worth(way, people, start) == best


def _worth(way, people, seats):
    """(who is placed, by priority; matches; minus the unevenness), or None where the way breaks a rule."""
    held = Counter()
    for one, seat in zip(people, way, strict=True):
        if seat is not None and not one.skills <= seats[seat][1]:
            return None
        held[seat] += one.load if seat is not None else 0
    if any(held[n] > max(0, seat[2] * ORDINARY - seat[3]) for n, seat in enumerate(seats)):
        return None
    matches = sum(seat is not None and one.practice in seats[seat][0] for one, seat in zip(people, way, strict=True))
    uneven = sum(_bands(length, begun + held[n]) - _bands(length, begun) for n, (*_, length, begun) in enumerate(seats))
    return [seat is not None for seat in way], matches, -uneven


def _bands(length, load):
    """Every unit of load on a list of so many counts the number of the band that it lies in."""
    return sum(min(unit // length, BANDS) for unit in range(min(load, length * BANDS))) if length else 0


@settings(max_examples=examples(1000, 12), deadline=None)
@given(areas(decided=False))
def test_nobody_waits_while_somebody_who_can_has_room(area):
    proposed, weight, needs = area.propose().to_pylist(), weights(area), by(area.beside.needs)
    away = away_at(area.beside.absences, TONIGHT, COVER_AFTER)
    where, held = {row["pseudonym"]: row["locality"] for row in area.people.to_pylist()}, Counter()
    for row in proposed:
        held[row["accountable_professional_id"]] += weight[row["pseudonym"]]
    for row in (row for row in proposed if row["accountable_professional_id"] is None):
        for one in (each for each in area.staff.to_pylist() if each["role"] == ACCOUNTABLE):
            name = one["professional_id"]
            able = set(needs[row["pseudonym"]]["skills"]) <= set(one["skills"]) and name not in away
            if one["locality"] == where[row["pseudonym"]] and able:
                assert held[name] + weight[row["pseudonym"]] > one["capacity"] * TENTHS


def test_a_benchmark_in_small_has_nobody_over_and_nobody_moved():
    found = measure(400, 20)
    assert (found["over_capacity"], found["moves_on_permutation"]) == (0, 0)
    assert 0 < found["unplaced"] < 80


@pytest.mark.deep
def test_twenty_thousand_people_and_four_hundred_and_fifty_professionals():
    found = measure(20_000, 450)
    assert (found["over_capacity"], found["moves_on_permutation"]) == (0, 0)
    assert found["seconds"] < 30  # 5 s on two quiet cores; machines are busy
