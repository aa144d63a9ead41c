"""Who lives in the area: households, families and their names, moves, changed identities, visitors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.postcodes import standardise_postcode
from synthetic_data.chance import Chance, Flags
from synthetic_data.days import NEVER, YEAR, parts
from synthetic_data.households import Role
from synthetic_data.name_lists import NICKNAMES, POLISH, SOMALI, TRADITIONS
from synthetic_data.names import NO_NAME, for_women, lexicon
from synthetic_data.people import NOBODY
from synthetic_data.places import make_places
from synthetic_data.world import World
from synthetic_data.written_names import mistype


@pytest.fixture(scope="module")
def residents(world: World) -> Flags:
    return world.registered(world.settings.today)


def test_about_as_many_people_as_wanted_of_all_ages(world: World, residents: Flags) -> None:
    age = world.age(np.flatnonzero(residents), world.settings.today)
    assert residents.sum() == pytest.approx(world.settings.people, rel=0.05)
    assert (age < 18).mean() == pytest.approx(0.21, abs=0.04)
    assert (age >= 65).mean() == pytest.approx(0.18, abs=0.04)
    assert (age >= 85).mean() > 0.01


def test_families_share_an_address_and_mostly_a_name(world: World) -> None:
    people = world.people
    child = np.flatnonzero((people.role == Role.CHILD) & (people.father >= 0))
    father = people.father[child]
    assert (people.home[child] == people.home[father]).all()
    assert (people.born[child] > people.born[father] + 15 * YEAR).all()
    usual = ~np.isin(people.tradition[child], [number for number, item in enumerate(TRADITIONS) if item.patronymic])
    own = for_women(people.family[father], ~people.male[child])
    english = usual & (people.tradition[child] == 0) & (people.role[father] == Role.HEAD)
    assert (people.family[child][english] == own[english]).mean() > 0.95


def test_children_of_patronymic_traditions_bear_the_fathers_given_name(world: World) -> None:
    people = world.people
    child = np.flatnonzero((people.tradition == TRADITIONS.index(SOMALI)) & (people.father >= 0))
    named = child[people.given[people.father[child]] >= 0]
    assert len(named)
    assert (people.family[named] == people.given[people.father[named]]).all()


def test_twins_share_birth_date_and_family_name_but_not_the_given_name(world: World) -> None:
    people = world.people
    twin = np.flatnonzero(people.twin >= 0)
    other = people.twin[twin]
    assert len(twin) >= 4
    assert (people.born[twin] == people.born[other]).all()
    assert (people.twin[other] == twin).all()
    named = people.given[twin] != NO_NAME
    assert (people.given[twin] != people.given[other])[named].mean() > 0.95


def test_some_sons_are_called_like_their_fathers(world: World) -> None:
    people = world.people
    son = np.flatnonzero(people.namesake >= 0)
    assert len(son) >= 4
    assert people.male[son].all()
    assert (people.given[son] == people.given[people.namesake[son]]).all()


def test_polish_women_bear_the_form_for_women() -> None:
    code = lexicon().code
    forms = for_women(np.array([code["Kowalski"], code["Nowak"], code["Smith"]]), np.array([True, True, True]))
    assert [lexicon().words[form] for form in forms] == ["Kowalska", "Nowak", "Smith"]
    assert len(POLISH.families) == len(POLISH.families_of_women)


def test_an_earlier_name_and_home_hold_until_the_day_of_change(world: World) -> None:
    people = world.people
    renamed = np.flatnonzero((people.former_family != people.family) & (abs(people.renamed) < NEVER))
    moved = np.flatnonzero((people.former_home != people.home) & (people.moved > world.settings.start))
    for rows, day, then, now, on in (
        (renamed, people.renamed, people.former_family, people.family, people.family_on),
        (moved, people.moved, people.former_home, people.home, people.home_on),
    ):
        assert len(rows) > 10
        assert (on(day - 1)[rows] == then[rows]).all()
        assert (on(day)[rows] == now[rows]).all()
    assert (people.practice_on(NEVER) == people.practice).all()


def test_a_changed_identity_is_one_body_with_two_numbers_one_after_the_other(world: World) -> None:
    people = world.people
    later = np.flatnonzero(people.former >= 0)
    earlier = people.former[later]
    assert len(later)
    assert (people.body[later] == people.body[earlier]).all()
    assert (people.male[later] != people.male[earlier]).all()
    assert (people.number[later] != people.number[earlier]).all()
    assert (people.entered[later] == people.left[earlier]).all()
    assert people.protected[later].all()
    assert people.protected[earlier].all()
    assert (people.merged[later] == NEVER).all(), "the register never joins the two numbers"


def test_visitors_live_elsewhere_and_some_have_no_english_number(world: World) -> None:
    people, places = world.people, world.places
    visitor = people.visitor
    assert (places.lsoa_of(people.home[visitor]) == -1).all()
    assert (people.practice[visitor] == NOBODY).all()
    assert 0.15 < (people.number[visitor] == 0).mean() < 0.45
    assert ((people.number[visitor] > 0) & (people.number[visitor] < 32 * 10**8)).any(), "a few Scottish numbers"


def test_where_only_the_year_of_birth_is_known_it_is_the_first_of_january(world: World) -> None:
    _, month, day = parts(world.people.born)
    first = (month == 1) & (day == 1)
    somali = world.people.tradition == TRADITIONS.index(SOMALI)
    assert first[somali].mean() > 0.05 > first[world.people.tradition == 0].mean()


@pytest.mark.parametrize("people", [500, 20_000, 100_000])
def test_places_have_right_forms_and_grow_with_the_people(people: int) -> None:
    places = make_places(Chance(1), people)
    assert len(set(places.postcodes)) == len(places.postcodes)
    assert [standardise_postcode(code) for code in places.postcodes] == list(places.postcodes)
    assert all(len(code) == 9 and code.startswith("E0199") for code in places.lsoa_codes)
    assert places.practices == max(3, round(people / 8000))
    assert 3 <= places.localities <= 6
    assert set(places.lsoa_council.tolist()) == {0, 1}
    assert set(places.lsoa_decile.tolist()) <= set(range(1, 11))
    assert places.lsoa_decile.min() <= 2
    assert places.lsoa_decile.max() >= 9


@given(st.sampled_from(lexicon().words), st.floats(0, 0.999999))
def test_a_slip_of_the_key_changes_little(word: str, lot: float) -> None:
    slipped = mistype(word, lot)
    assert abs(len(slipped) - len(word)) <= 1
    assert slipped[0] == word[0]


def test_most_slips_change_the_word() -> None:
    slipped = [mistype(word, (place % 97) / 97) for place, word in enumerate(lexicon().words)]
    assert np.mean([before != after for before, after in zip(lexicon().words, slipped, strict=True)]) > 0.95


def test_nicknames_come_from_the_list() -> None:
    words = lexicon()
    full = np.array([words.code["William"], words.code["Gwyn"], NO_NAME])
    found = {tuple(words.variant(full, np.full(3, lot)).tolist()) for lot in np.linspace(0, 0.99, 20)}
    assert {words.words[one[0]] for one in found} == set(NICKNAMES["William"])
    assert {one[1:] for one in found} == {(words.code["Gwyn"], NO_NAME)}, "without a nickname the name stays"
