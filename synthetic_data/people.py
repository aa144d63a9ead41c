"""The people of the area: names, dates, numbers, families, and the traps that life lays for linkage."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from synthetic_data import names
from synthetic_data.chance import Chance, Flags, Ints
from synthetic_data.days import NEVER, YEAR, joined, parts
from synthetic_data.households import Households, Members, Role, make_households, make_members
from synthetic_data.identifiers import NO_NUMBER, draw_numbers, scottish_numbers
from synthetic_data.name_lists import TRADITIONS
from synthetic_data.places import Places
from synthetic_data.settings import AreaSettings

NOBODY = -1
ETHNIC_CODES = ("A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M", "N", "P", "R", "S", "Z", "99")
NAMESAKES = 0.03  # of sons: given the father's name
RENAMED = 0.16  # of women who live with a partner and took the name: recently enough that some systems have the old one
SUPERSEDED = 0.02  # of people: an earlier number, joined to today's by the register
DOUBLE_ENTRIES = 0.0015  # of people: two numbers in the register, to be joined on a following night
PROTECTED, CHANGED_IDENTITY = 0.0007, 0.0006
VISITORS = 0.03  # people of elsewhere who turn up in A&E, as a share of people
OTHER_PRACTICE = 0.06  # of people: registered further away than their nearest practice


@dataclass(frozen=True)
class People:
    """One element for each identity, residents first in household order, then changed identities, then visitors.

    Days are day numbers, NEVER where it does not happen; positions of other people are NOBODY where there is none. `body` is
    the same for two identities of one person (a changed gender marker), of which `former` is the earlier one. `given`, `other`,
    `family` and `former_family` are word codes; `home` and `former_home` numbers of `Places`.
    """

    household: Ints
    role: Ints
    born: Ints
    male: Flags
    tradition: Ints
    ethnic: Ints
    given: Ints
    other: Ints
    family: Ints
    former_family: Ints
    renamed: Ints
    home: Ints
    former_home: Ints
    moved: Ints
    practice: Ints
    former_practice: Ints
    entered: Ints
    left: Ints
    number: Ints
    old_number: Ints
    merged: Ints
    protected: Flags
    visitor: Flags
    body: Ints
    former: Ints
    mother: Ints
    father: Ints
    twin: Ints
    namesake: Ints

    def __len__(self) -> int:
        return len(self.born)

    def family_on(self, day: int | Ints) -> Ints:
        """The family name each bears on that day."""
        return np.where(self.renamed <= day, self.family, self.former_family)

    def home_on(self, day: int | Ints) -> Ints:
        """Where each lives on that day."""
        return np.where(self.moved <= day, self.home, self.former_home)

    def practice_on(self, day: int | Ints) -> Ints:
        """Where each is registered on that day."""
        return np.where(self.moved <= day, self.practice, self.former_practice)

    def take(self, rows: Ints) -> People:
        """The people of those positions; positions held inside still point to where they pointed."""
        return People(*(getattr(self, item.name)[rows] for item in fields(self)))


def make_people(chance: Chance, places: Places, settings: AreaSettings) -> People:
    """Everybody who ever lives in the area between its first day and its horizon, and its visitors."""
    households = make_households(chance, places, settings)
    members = make_members(chance, households)
    people = _named(chance, _residents(chance, places, settings, households, members), settings)
    people = _with_changed_identities(chance, settings, people)
    people = _joined(people, _visitors(chance, places, settings, len(people)))
    return _numbered(chance, settings, people)


def _joined(*groups: People) -> People:
    return People(*(np.concatenate([getattr(group, item.name) for group in groups]) for item in fields(People)))


def _residents(chance: Chance, places: Places, settings: AreaSettings, households: Households, members: Members) -> People:
    """Everything but names and numbers."""
    who, house = np.arange(len(members.household)), members.household
    nobody, never, no = np.full(len(who), NOBODY), np.full(len(who), NEVER), np.zeros(len(who), bool)
    born = (settings.today - np.floor(members.age * YEAR)).astype(np.int64)
    male = _sexes(chance, members, who)
    mother, father = _parents(members, male)
    tradition = _own_traditions(chance, households.tradition[house], members.role, who)
    stranger = np.isin(members.role, (Role.SHARER, Role.RESIDENT))
    late = stranger & chance.happens("moved in alone", 0.5, who)
    own_move = settings.start - 400 + np.floor(chance.uniform("own move", who) * (settings.today - settings.start + 600))
    moved = np.where(late, own_move.astype(np.int64), households.moved[house])
    elsewhere = chance.whole("own former home", 0, len(places.postcodes) - 1, who)
    home, former_home = households.home[house], np.where(late, elsewhere, households.former_home[house])
    practice, former_practice = _practices(chance, places, home, former_home, who)
    return People(
        household=house, role=members.role, born=_known_births(chance, born, tradition, who), male=male, tradition=tradition,
        ethnic=_ethnic_codes(chance, tradition, mother, who), given=nobody, other=nobody, family=nobody, former_family=nobody,
        renamed=never, home=home, former_home=former_home, moved=moved, practice=practice, former_practice=former_practice,
        entered=np.maximum(households.entered[house], born), left=households.left[house], number=nobody, old_number=nobody,
        merged=never, protected=no, visitor=no, body=who, former=nobody, mother=mother, father=father,
        twin=_twins(members, born), namesake=nobody,
    )  # fmt: skip


def _sexes(chance: Chance, members: Members, who: Ints) -> Flags:
    """Heads of couples are mostly men, partners mostly of the other sex, lone parents and the very old mostly women."""
    old = np.where(members.age > 80, 0.36, 0.47)
    couple = np.isin(members.household, members.household[members.role == Role.PARTNER])
    lone_parent = ~couple & np.isin(members.household, members.household[members.role == Role.CHILD])
    head = np.where(couple, 0.88, np.where(lone_parent, 0.14, old))
    male = chance.happens("male", np.where(members.role == Role.HEAD, head, np.where(members.role > 3, old, 0.51)), who)
    partner = np.flatnonzero(members.role == Role.PARTNER)
    head_of = np.flatnonzero(members.role == Role.HEAD)
    same = chance.happens("couple of one sex", 0.02, partner)
    male[partner] = male[head_of[np.searchsorted(members.household[head_of], members.household[partner])]] == same
    return male


def _parents(members: Members, male: Flags) -> tuple[Ints, Ints]:
    """Mother and father of each child of the household, as far as they live there."""
    found = []
    for of_men in (False, True):
        adult = np.flatnonzero(np.isin(members.role, (Role.HEAD, Role.PARTNER)) & (male == of_men))
        place = np.minimum(np.searchsorted(members.household[adult], members.household), len(adult) - 1)
        here = members.household[adult[place]] == members.household
        child = np.isin(members.role, (Role.CHILD, Role.ADULT_CHILD))
        found.append(np.where(child & here, adult[place], NOBODY))
    return found[0], found[1]


def _own_traditions(chance: Chance, of_household: Ints, role: Ints, who: Ints) -> Ints:
    """Some partners, and all who merely share an address, come from elsewhere."""
    mixed = (role == Role.PARTNER) & chance.happens("mixed couple", 0.06, who)
    own = chance.pick("own tradition", names.traits("share"), who)
    return np.where(mixed | (role == Role.SHARER) | (role == Role.RESIDENT), own, of_household)


def _known_births(chance: Chance, born: Ints, tradition: Ints, who: Ints) -> Ints:
    """Where only the year is known, everybody writes 1 January."""
    year, _, _ = parts(born)
    by_year = chance.happens("year of birth only", names.traits("year_only")[tradition], who)
    return np.where(by_year, joined(year, np.ones_like(year), np.ones_like(year)), born)


def _practices(chance: Chance, places: Places, home: Ints, former_home: Ints, who: Ints) -> tuple[Ints, Ints]:
    """The practice of the home's area for most; a move within the area changes it for some."""
    further = chance.happens("other practice", OTHER_PRACTICE, who)
    other = chance.whole("which other practice", 0, places.practices - 1, who)
    practice = np.where(further, other, places.lsoa_practice[places.lsoa_of(home)])
    before = places.lsoa_of(former_home)
    stays = (before < 0) | further | chance.happens("keeps the practice", 0.3, who)
    return practice, np.where(stays, practice, places.lsoa_practice[before])


def _ethnic_codes(chance: Chance, tradition: Ints, mother: Ints, who: Ints) -> Ints:
    codes = np.zeros(len(who), np.int64)
    for number, item in enumerate(TRADITIONS):
        rows = np.flatnonzero(tradition == number)
        listed = np.array([ETHNIC_CODES.index(code) for code in item.ethnic])
        codes[rows] = listed[chance.pick("ethnic category", list(item.ethnic.values()), rows)]
    mixed = (mother >= 0) & (tradition[mother] != tradition)
    return np.where(mixed, 3 + chance.whole("mixed category", 0, 3, who), codes)


def _twins(members: Members, born: Ints) -> Ints:
    """Neighbours in the list that are children of one household born on one day."""
    twin = np.full(len(born), NOBODY)
    child = members.role == Role.CHILD
    pair = np.flatnonzero(child[1:] & child[:-1] & (members.household[1:] == members.household[:-1]) & (born[1:] == born[:-1]))
    twin[pair], twin[pair + 1] = pair + 1, pair
    return twin


def _named(chance: Chance, people: People, settings: AreaSettings) -> People:
    """Given names, then family names that follow from who is married to whom and who is whose child."""
    who, women = np.arange(len(people)), ~people.male
    born, _, _ = parts(people.born)
    drawn = [
        names.given_names(chance, what, tradition=people.tradition, male=people.male, born=born, who=who)
        for what in ("given name", "other given name", "another given name")
    ]
    given, father = drawn[0].copy(), np.maximum(people.father, 0)
    clash = (people.twin >= 0) & (people.twin < who) & (given == given[people.twin])
    given[clash] = drawn[2][clash]
    called = people.male & (people.father >= 0) & chance.happens("namesake", NAMESAKES, who)
    given[called] = given[father[called]]
    other = np.where(chance.happens("has a second name", 0.72, who) & (drawn[1] != given), drawn[1], names.NO_NAME)
    own = names.family_names(chance, "family name", tradition=people.tradition, male=people.male, who=who)
    family = _family_names(chance, people, own, given, who)
    mononym = chance.happens("single name", names.traits("mononym")[people.tradition], who)
    called &= ~mononym & ~mononym[father]
    took_it = (people.role == Role.PARTNER) & women & (family != own) & chance.happens("renamed", RENAMED, who)
    renamed = np.where(took_it, chance.whole("day of renaming", settings.start - 2500, settings.horizon, who), -NEVER)
    return replace(
        people, given=np.where(mononym, names.NO_NAME, given), other=np.where(mononym, names.NO_NAME, other), family=family,
        former_family=np.where(took_it, own, family), renamed=renamed, namesake=np.where(called, people.father, NOBODY),
    )  # fmt: skip


def _family_names(chance: Chance, people: People, own: Ints, given: Ints, who: Ints) -> Ints:
    """The head's name for the family, except where tradition or choice says otherwise."""
    head = np.flatnonzero(people.role == Role.HEAD)
    place = np.minimum(np.searchsorted(people.household[head], people.household), len(head) - 1)
    of_head = np.where(people.household[head[place]] == people.household, own[head[place]], own)
    family = names.for_women(of_head, ~people.male & (people.role != Role.HEAD))
    keeps = (people.role == Role.PARTNER) & chance.happens("own family name", names.traits("own_name")[people.tradition], who)
    stranger = np.isin(people.role, (Role.SHARER, Role.RESIDENT, Role.HEAD))
    family = np.where(keeps | stranger | ((people.role == Role.GRANDPARENT) & ~people.male), own, family)
    patronymic = (names.traits("patronymic")[people.tradition] > 0) & (people.father >= 0)
    return np.where(patronymic & (given[people.father] >= 0), given[people.father], family)


def _with_changed_identities(chance: Chance, settings: AreaSettings, people: People) -> People:
    """Protected identities: some merely hidden, some with another gender marker, name and number from a day on.

    The register does not join the two numbers, and nobody else may: they are two identities here.
    """
    who = np.arange(len(people))
    age = (settings.today - people.born) / YEAR
    settled = (people.left == NEVER) & (people.entered < settings.start)
    hidden = chance.happens("protected", PROTECTED, who)
    changed = np.flatnonzero(settled & (age > 19) & (age < 60) & chance.happens("changed marker", CHANGED_IDENTITY * 2.2, who))
    day = chance.whole("day of change", settings.start + 300, settings.today - 60, changed)
    left = people.left.copy()
    left[changed] = day
    hidden[changed] = True
    fresh = people.take(changed)
    born, _, _ = parts(fresh.born)
    given = names.given_names(chance, "chosen name", tradition=fresh.tradition, male=~fresh.male, born=born, who=changed)
    nobody = np.full(len(changed), NOBODY)
    fresh = replace(
        fresh, male=~fresh.male, given=given, entered=day, protected=np.ones(len(changed), bool), former=changed, twin=nobody,
        namesake=nobody, mother=nobody, father=nobody, role=np.full(len(changed), int(Role.SHARER)),
    )  # fmt: skip
    return _joined(replace(people, left=left, protected=hidden), fresh)


def _visitors(chance: Chance, places: Places, settings: AreaSettings, first: int) -> People:
    """People of elsewhere: no register entry, no practice here."""
    who = first + np.arange(round(settings.people * VISITORS))
    nobody, never, no = np.full(len(who), NOBODY), np.full(len(who), NEVER), np.zeros(len(who), bool)
    tradition = chance.pick("own tradition", names.traits("share"), who)
    born = settings.start - chance.whole("age of a visitor", 300, 28_000, who)
    male = chance.happens("male", 0.52, who)
    year, _, _ = parts(born)
    home = chance.whole("visitor's home", places.local_postcodes, len(places.postcodes) - 1, who)
    family = names.family_names(chance, "family name", tradition=tradition, male=male, who=who)
    return People(
        household=nobody, role=nobody, born=born, male=male, tradition=tradition,
        ethnic=_ethnic_codes(chance, tradition, nobody, who),
        given=names.given_names(chance, "given name", tradition=tradition, male=male, born=year, who=who), other=nobody,
        family=family, former_family=family, renamed=-never, home=home, former_home=home, moved=-never, practice=nobody,
        former_practice=nobody, entered=np.full(len(who), settings.start), left=never, number=nobody, old_number=nobody,
        merged=never, protected=no, visitor=~no, body=who, former=nobody, mother=nobody, father=nobody, twin=nobody,
        namesake=nobody,
    )  # fmt: skip


def _numbered(chance: Chance, settings: AreaSettings, people: People) -> People:
    """NHS numbers; earlier ones that were or will be joined to them; a few Scottish ones and none among the visitors."""
    who = np.arange(len(people))
    number, spare = np.split(draw_numbers(chance, 2 * len(people)), 2)
    kind = chance.uniform("visitor's number", who)
    scottish = scottish_numbers(chance, people.born, who)
    number = np.where(people.visitor & (kind < 0.06), scottish, np.where(people.visitor & (kind > 0.72), NO_NUMBER, number))
    steady = ~people.visitor & ~people.protected & (people.former == NOBODY)
    lot = chance.uniform("superseded", who)
    before, later = steady & (lot < SUPERSEDED), steady & (lot > 1 - DOUBLE_ENTRIES) & (people.born < settings.start)
    merged = np.full(len(people), NEVER)
    since = np.maximum(people.entered, settings.start - 2000)
    merged[before] = (since + np.floor(chance.uniform("merger", who) * (settings.today - since)).astype(np.int64))[before]
    # Most double entries are put right soon, so that the first nights bring mergers.
    wait = np.floor((settings.horizon - settings.today - 1) * chance.uniform("later merger", who) ** 4)
    merged[later] = settings.today + 1 + wait.astype(np.int64)[later]
    before &= people.entered < settings.today
    old = np.where(before | later, spare, NO_NUMBER)
    return replace(people, number=number, old_number=old, merged=np.where(before | later, merged, NEVER))
