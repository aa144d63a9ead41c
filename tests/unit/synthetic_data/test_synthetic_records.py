"""What sources write down: shares of numbers, every trap, and that each trap shows in what is written."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow.compute as pc
import pytest
from area_on_disk import Written

from schemas.nhs_number import read_nhs_numbers
from synthetic_data import habits
from synthetic_data.chance import Chance
from synthetic_data.days import NEVER, parts
from synthetic_data.recording import Known, local_ids, records_of, write_down
from synthetic_data.scribe import COPIES
from synthetic_data.traps import Trap, marked, spell
from synthetic_data.world import World
from synthetic_data.written_details import NINETEEN_HUNDRED


@pytest.fixture(scope="module")
def clients(world: World) -> Known:
    """Everybody, as if the council knew them all: the most careless source."""
    return everybody(world, habits.ASC)


def everybody(world: World, source: habits.Habits) -> Known:
    key = np.flatnonzero(~world.people.visitor) * COPIES
    return write_down(world.chance, world.people, world.places, source, key, now=world.settings.now)


def have(known: Known, trap: Trap) -> np.ndarray:
    return np.flatnonzero(known.traps & int(trap))


# Share of records with a usable number: practices nearly all, hospitals, A&E, community, mental health, social care.
@pytest.mark.parametrize(("source", "share"), [
    (habits.GP, 0.9955), (habits.SUS_APC, 0.97), (habits.SUS_OP, 0.975), (habits.ECDS, 0.92), (habits.CSDS, 0.95),
    (habits.MHSDS, 0.93), (habits.ASC, 0.71),
])  # fmt: skip
def test_numbers_are_there_on_a_share_that_differs_by_source(world: World, source: habits.Habits, share: float) -> None:
    kinds = read_nhs_numbers(everybody(world, source).numbers.text)["kind"].to_pylist()
    assert Counter(kinds)["test_range"] / len(kinds) == pytest.approx(share, abs=0.02)


def test_every_trap_but_the_visitors_occurs(world: World, clients: Known) -> None:
    found = int(np.bitwise_or.reduce(clients.traps)) | int(np.bitwise_or.reduce(everybody(world, habits.CSDS).traps))
    missing = {trap.name for trap in Trap if not found & trap}
    assert missing <= {"VISITOR", "SCOTTISH", "DUPLICATE"}


def test_numbers_of_others_are_somebody_elses(world: World, clients: Known) -> None:
    people, rows = world.people, have(clients, Trap.SHARED_NUMBER)
    assert len(rows)
    number = clients.numbers.number[rows]
    assert (number != people.number[clients.person[rows]]).all()
    assert np.isin(number, people.number).all()


def test_superseded_numbers_are_the_persons_own_of_earlier(world: World, clients: Known) -> None:
    rows = have(clients, Trap.SUPERSEDED)
    assert (clients.numbers.number[rows] == world.people.old_number[clients.person[rows]]).all()


@pytest.mark.parametrize(("trap", "kinds"), [
    (Trap.NO_NUMBER, {"missing"}),
    (Trap.PLACEHOLDER_NUMBER, {"placeholder"}),
    (Trap.WRONG_DIGIT, {"bad_check_digit"}),
    (Trap.SPREADSHEET_NUMBER, {"bad_length", "bad_check_digit"}),
    (Trap.DECIMAL_NUMBER, {"test_range"}),
])  # fmt: skip
def test_traps_in_numbers_read_as_what_they_are(clients: Known, trap: Trap, kinds: set[str]) -> None:
    rows = have(clients, trap)
    read = read_nhs_numbers(clients.numbers.text.take(rows))["kind"].to_pylist()
    assert read
    assert set(read) <= kinds


def test_status_is_what_the_source_believes(clients: Known) -> None:
    status = np.array(clients.numbers.status.to_pylist())
    missing = have(clients, Trap.NO_NUMBER)
    assert set(status[missing]) <= {"03", "04", "07", "08"}
    assert set(status) <= {f"{number:02}" for number in range(1, 9)}


def test_traps_in_dates(world: World, clients: Known) -> None:
    right = world.people.born[clients.person]
    swapped, none, filler = (have(clients, trap) for trap in (Trap.DAY_MONTH_SWAPPED, Trap.NO_DATE, Trap.PLACEHOLDER_DATE))
    year, month, day = parts(right[swapped])
    written = parts(clients.born[swapped])
    assert len(swapped)
    assert (year == written[0]).all()
    assert (month == written[2]).all()
    assert (day == written[1]).all()
    assert (clients.born[none] == NEVER).all()
    _, month, day = parts(clients.born[filler])
    assert (month * 100 + day == 101).all()
    assert (clients.born[filler] == NINETEEN_HUNDRED).any()


def test_records_without_a_trap_are_right(world: World, clients: Known) -> None:
    people, clean = world.people, np.flatnonzero(clients.traps == 0)
    who, now = clients.person[clean], world.settings.now
    assert len(clean) > 0.4 * len(clients)
    assert (clients.numbers.number[clean] == people.number[who]).all()
    assert (clients.born[clean] == people.born[who]).all()
    assert (clients.names.given[clean] == people.given[who]).all()
    assert (clients.names.family[clean] == people.family_on(now)[who]).all()
    late = people.moved[who] + 90 > now
    assert (clients.homes.home[clean] == people.home_on(now)[who])[~late].all()


def test_hard_names_are_written_wrong_more_often(clients: Known, world: World) -> None:
    wrong = (clients.traps & int(Trap.TYPO | Trap.NICKNAME | Trap.NAMES_SWAPPED)) > 0
    english = world.people.tradition[clients.person] == 0
    assert wrong[~english].mean() > 1.5 * wrong[english].mean()


def test_need_does_not_depend_on_how_well_a_person_is_written_down(clients: Known, world: World) -> None:
    """Within the English tradition, and apart from the newborn, nothing tells who has a number."""
    english = (world.people.tradition[clients.person] == 0) & (world.age(clients.person, world.settings.now) > 1)
    need = world.course.fixed[clients.person][english]
    without = (clients.traps[english] & int(Trap.NO_NUMBER)) > 0
    assert need[without].mean() == pytest.approx(need[~without].mean(), abs=0.12)


def test_a_row_of_an_earlier_day_shows_the_earlier_home_and_name(clients: Known, world: World) -> None:
    people, now = world.people, world.settings.now
    moved = np.flatnonzero((clients.homes.moved <= now) & (clients.homes.home >= 0))
    moved = moved[people.former_home[clients.person[moved]] != people.home[clients.person[moved]]]
    before = clients.home_at(moved, clients.homes.moved[moved] - 1).to_pylist()
    assert before == world.places.spell(people.former_home[clients.person[moved]]).to_pylist()
    areas = clients.lsoa_at(world.places, moved, now).to_pylist()
    assert areas == world.places.spell_lsoa(world.places.lsoa_of(people.home[clients.person[moved]])).to_pylist()


def test_local_ids_are_different_and_stay_the_same_when_more_people_come() -> None:
    chance = Chance(6)
    few, many = (local_ids(chance, "hospitals", np.arange(count) * COPIES, "H").to_pylist() for count in (100, 5000))
    assert many[:100] == few
    assert len(set(many)) == 5000
    assert len(set(local_ids(chance, "councils", np.arange(100) * COPIES, "H").to_pylist()) & set(few)) < 5


def test_records_of_keys() -> None:
    distinct, place = records_of(np.array([32, 16, 32, 5]))
    assert distinct.tolist() == [5, 16, 32]
    assert place.tolist() == [2, 1, 2, 0]
    assert [len(part) for part in records_of(np.array([], np.int64))] == [0, 0]


def test_traps_are_spelt_as_lists() -> None:
    flags = marked(Trap.TWIN, np.array([True, False])) | marked(Trap.TYPO, np.array([True, False]))
    assert spell(flags).to_pylist() == [["twin", "typo"], []]


def test_a_person_whom_a_source_holds_twice_has_a_duplicate(area: Written) -> None:
    records = area.records()
    for source in ("sus_op", "asc_person", "register"):
        of_source = records.filter(pc.equal(records["source"], source))
        twice = Counter(of_source["true_person_id"].to_pylist())
        duplicates = [row for row in of_source.to_pylist() if "duplicate" in row["traps"]]
        assert duplicates
        assert all(twice[row["true_person_id"]] >= 1 for row in duplicates)
        assert any(twice[row["true_person_id"]] == 2 for row in duplicates)
