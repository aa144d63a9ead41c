"""Households: who lives with whom, how old they are, where, and when they came, moved and left."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from synthetic_data.chance import Chance, Floats, Ints
from synthetic_data.days import NEVER
from synthetic_data.names import tradition_weights
from synthetic_data.places import POSTCODES_PER_LSOA, Places
from synthetic_data.settings import AreaSettings


class Role(enum.IntEnum):
    """A member's place in the household."""

    HEAD = 0
    PARTNER = 1
    CHILD = 2
    ADULT_CHILD = 3
    GRANDPARENT = 4
    SHARER = 5
    RESIDENT = 6  # of a care home


@dataclass(frozen=True)
class Kind:
    """A kind of household: share, ages of its head, chance of each other role, most children and others."""

    share: float
    youngest: float
    oldest: float
    couple: float = 0.0
    children: tuple[float, ...] = ()
    adult_children: tuple[float, ...] = ()
    grandparents: tuple[float, ...] = ()
    sharers: tuple[int, int] = (0, 0)


# Shares and ages chosen so that the whole has the age pyramid of an English district (about a fifth under 18 and over 65).
KINDS = (
    Kind(0.135, 20, 64),
    Kind(0.160, 65, 99),
    Kind(0.155, 22, 64, couple=1.0),
    Kind(0.150, 64, 95, couple=1.0),
    Kind(0.205, 23, 54, couple=1.0, children=(0.30, 0.48, 0.16, 0.06)),
    Kind(0.065, 19, 52, children=(0.45, 0.38, 0.17)),
    Kind(0.070, 45, 68, couple=0.8, adult_children=(0.7, 0.3)),
    Kind(0.035, 19, 38, sharers=(1, 4)),
    Kind(0.025, 27, 52, couple=1.0, children=(0.3, 0.4, 0.3), grandparents=(0.6, 0.4)),
)
PENSIONERS = (1, 3)  # ages fall off towards the oldest
CARE_HOME = len(KINDS)
CARE_HOME_RESIDENTS = (18, 42)
CARE_HOME_SHARE = 0.006  # of people
MEAN_SIZE = 2.33  # people in a household, measured
LEAVERS, LATER_ARRIVALS = 0.13, 0.035  # households beside those of today, as shares of them
ARRIVED, LEAVE_LATER = 0.14, 0.03  # of today's households
MOVED = 0.38  # of households: within the area, in the two years before the start or since
DIED_ALLOWANCE = 1.045  # today's living are fewer than those laid down, by those who die in five years


@dataclass(frozen=True)
class Households:
    """One element for each household. Postcodes are numbers of `Places`; `moved` is the day it came to `home`."""

    kind: Ints
    tradition: Ints
    home: Ints
    former_home: Ints
    moved: Ints
    entered: Ints
    left: Ints


@dataclass(frozen=True)
class Members:
    """One element for each person: household, role, order within the role, age in years at the area's `as_at`."""

    household: Ints
    role: Ints
    order: Ints
    age: Floats


def make_households(chance: Chance, places: Places, settings: AreaSettings) -> Households:
    """Enough households for the people wanted, with those who left before and will come later."""
    current = round(settings.people * DIED_ALLOWANCE / MEAN_SIZE)
    homes = max(1, round(settings.people * CARE_HOME_SHARE / 30))
    extra = round(current * LEAVERS), round(current * LATER_ARRIVALS)
    house = np.arange(current + sum(extra) + homes)
    kind = chance.pick("kind of household", [item.share for item in KINDS], house)
    kind[-homes:] = CARE_HOME
    home = chance.whole("home", 0, places.local_postcodes - 1, house)
    entered, left = _stays(chance, settings, house, current, extra[0])
    entered[-homes:], left[-homes:] = settings.start - 9000, NEVER
    former, moved = _moves(chance, places, settings, home, entered)
    moved[-homes:] = settings.start - 9000
    return Households(kind, _traditions(chance, places, home, house), home, former, moved, entered, left)


def _stays(chance: Chance, settings: AreaSettings, house: Ints, current: int, leavers: int) -> tuple[Ints, Ints]:
    entered = settings.start - chance.whole("years here", 700, 9000, house)
    left = np.full(len(house), NEVER)
    arrived = (house < current) & chance.happens("arrived", ARRIVED, house)
    entered[arrived] = chance.whole("arrival", settings.start, settings.today, house)[arrived]
    later = house >= current + leavers
    entered[later] = chance.whole("later arrival", settings.today + 1, settings.horizon, house)[later]
    leaving = (house < current) & ~arrived & chance.happens("leaves later", LEAVE_LATER, house)
    left[leaving] = chance.whole("later departure", settings.today + 1, settings.horizon, house)[leaving]
    gone = (house >= current) & ~later
    left[gone] = chance.whole("departure", settings.start + 30, settings.today, house)[gone]
    return entered, left


def _moves(chance: Chance, places: Places, settings: AreaSettings, home: Ints, entered: Ints) -> tuple[Ints, Ints]:
    """Former home and day of the move; who came long ago and stayed has no former home."""
    house = np.arange(len(entered))
    moved = entered.copy()
    elsewhere = chance.whole("home elsewhere", places.local_postcodes, len(places.postcodes) - 1, house)
    within = (entered < settings.start) & chance.happens("moved", MOVED, house)
    moved[within] = chance.whole("move", settings.start - 700, settings.horizon, house)[within]
    former = np.where(within, chance.whole("former home", 0, places.local_postcodes - 1, house), elsewhere)
    return np.where(entered < settings.start - 700, np.where(within, former, home), former), moved


def _traditions(chance: Chance, places: Places, home: Ints, house: Ints) -> Ints:
    """Deprived areas are more mixed, and some areas more than others."""
    area = home // POSTCODES_PER_LSOA
    mixed = np.clip(places.deprivation(home) * 0.7 + 0.5 * chance.uniform("mixed area", area), 0, 1)
    steps = np.cumsum(tradition_weights(mixed), axis=1)
    tradition: Ints = (chance.uniform("tradition", house)[:, None] * steps[:, -1:] >= steps).sum(axis=1)
    return tradition


def make_members(chance: Chance, households: Households) -> Members:
    """Everybody of the households, children not yet born included (their age is negative)."""
    head = _head_ages(chance, households)
    groups = [
        _group(np.arange(len(head)), Role.HEAD, 0, head),
        _partners(chance, households, head),
        *_children(chance, households, head),
        *_grown(chance, households, head),
        *_others(chance, households, head),
    ]
    whole = Members(*(np.concatenate([getattr(group, name) for group in groups]) for name in Members.__dataclass_fields__))
    order = np.lexsort((whole.order, whole.role, whole.household))
    role = np.where(households.kind[whole.household] == CARE_HOME, int(Role.RESIDENT), whole.role)[order]
    return Members(whole.household[order], role, whole.order[order], whole.age[order])


def _group(household: Ints, role: Role, order: int, age: Floats) -> Members:
    return Members(household, np.full(len(household), int(role)), np.full(len(household), order), age)


def _head_ages(chance: Chance, households: Households) -> Floats:
    house = np.arange(len(households.kind))
    low = np.array([*(item.youngest for item in KINDS), 74])[households.kind]
    high = np.array([*(item.oldest for item in KINDS), 101])[households.kind]
    place = chance.uniform("age of the head", house)
    falling = np.isin(households.kind, PENSIONERS)
    age: Floats = low + (high - low) * np.where(falling, 1 - (1 - place) ** 0.62, place)
    return age


def _partners(chance: Chance, households: Households, head: Floats) -> Members:
    share = np.array([*(item.couple for item in KINDS), 0.0])[households.kind]
    house = np.flatnonzero(chance.happens("couple", share, np.arange(len(head))))
    age = np.maximum(18.5, head[house] - 2.0 + 3.5 * chance.normal("age of the partner", house))
    return _group(house, Role.PARTNER, 0, age)


def _number(chance: Chance, what: str, households: Households) -> Ints:
    """How many of a role live in each household."""
    count = np.zeros(len(households.kind), np.int64)
    for number, item in enumerate(KINDS):
        weights = getattr(item, what)
        if weights:
            house = np.flatnonzero(households.kind == number)
            count[house] = 1 + chance.pick(what, weights, house)
    return count


def _children(chance: Chance, households: Households, head: Floats) -> list[Members]:
    """Eldest first; each next one to four years younger, or a twin; those beyond the horizon were never born."""
    count = _number(chance, "children", households)
    eldest_low, eldest_high = np.maximum(-1.05, head - 42), np.minimum(18.0, head - 18.5)
    groups, age = [], eldest_low + (eldest_high - eldest_low) * chance.uniform("eldest", np.arange(len(head))) ** 0.72
    for order in range(int(count.max())):
        house = np.flatnonzero((count > order) & (age > -1.05))
        groups.append(_group(house, Role.CHILD, order, age[house]))
        gap = 1.3 + 3.2 * chance.uniform("years between children", np.arange(len(head)), order)
        twins = chance.happens("twins", 0.028, np.arange(len(head)), order)
        age = np.where(twins, age, age - gap)
    return groups


def _grown(chance: Chance, households: Households, head: Floats) -> list[Members]:
    count = _number(chance, "adult_children", households)
    groups = []
    for order in range(int(count.max())):
        house = np.flatnonzero(count > order)
        age = np.maximum(18.1, head[house] - 22 - 12 * chance.uniform("age of a grown child", house, order))
        groups.append(_group(house, Role.ADULT_CHILD, order, np.minimum(age, 40.0)))
    return groups


def _others(chance: Chance, households: Households, head: Floats) -> list[Members]:
    """Grandparents, people who share a house, residents of a care home."""
    old, house = _number(chance, "grandparents", households), np.arange(len(head))
    sharers = np.where(households.kind == 7, chance.whole("sharers", *KINDS[7].sharers, house), 0)
    sharers = np.where(households.kind == CARE_HOME, chance.whole("residents", *CARE_HOME_RESIDENTS, house), sharers)
    groups = []
    for order in range(int(old.max())):
        chosen = np.flatnonzero(old > order)
        age = head[chosen] + 22 + 12 * chance.uniform("age of a grandparent", chosen, order)
        groups.append(_group(chosen, Role.GRANDPARENT, order, np.minimum(age, 97.0)))
    for order in range(int(sharers.max())):
        chosen = np.flatnonzero(sharers > order)
        at_home = households.kind[chosen] != CARE_HOME
        place = chance.uniform("age of a sharer", chosen, order)
        groups.append(_group(chosen, Role.SHARER, order, np.where(at_home, 19 + 20 * place, 74 + 27 * place**1.3)))
    return groups
