"""Hospital spells: how long, at which hospital, how they end, and who waits to leave."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from synthetic_data import diagnosis_lists
from synthetic_data.chance import Chance, Flags, Floats, Ints
from synthetic_data.course import Stream
from synthetic_data.days import NEVER, joined, parts
from synthetic_data.people import NOBODY
from synthetic_data.world import World

HOSPITALS = ("RZ1", "RZ2")
EMERGENCY, PLANNED, DELIVERY, BIRTH, TRANSFER = range(5)
OTHER_HOSPITAL = 0.10  # of admissions: not at the hospital of the own council
DIES_IN_HOSPITAL = 0.45
TRANSFERRED = 0.02
VISITOR_ADMITTED = 0.12
METHODS = (("21", 0.70), ("22", 0.12), ("2A", 0.05), ("2D", 0.04), ("24", 0.03), ("23", 0.03), ("25", 0.02), ("28", 0.01))
DELAY_LEVEL, DELAY_SLOPE = -1.2, 0.55  # log odds of a delayed discharge in old age, at log need 1.5
OLD = 65


@dataclass(frozen=True)
class Spells:
    """One element for each spell. `ready` is the day the person could have left, `planned` a position in the list PLANNED."""

    person: Ints
    kind: Ints
    admitted: Ints
    ready: Ints
    discharged: Ints
    hospital: Ints
    need: Floats
    key: Ints
    planned: Ints

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Ints | Flags) -> Spells:
        """The spells at those places, or those marked."""
        return Spells(*(getattr(self, item.name)[rows] for item in fields(self)))


def make_spells(world: World, planned: Ints) -> Spells:
    """Every spell that began by the last month, ordered by discharge. `planned` says what each planned admission is for."""
    groups = [_emergencies(world), _visitors(world), _last_admissions(world), _planned(world, planned), *_births(world)]
    spells = _joined(groups)
    spells = spells.take(one_at_a_time(spells.person, spells.admitted, spells.discharged, spells.key))
    spells = _ended_by_death(world, spells)
    spells = _joined([spells, _transfers(world, spells)])
    return spells.take(np.lexsort((spells.key, spells.discharged)))


def _joined(groups: list[Spells]) -> Spells:
    return Spells(*(np.concatenate([getattr(group, item.name) for group in groups]) for item in fields(Spells)))


def main_hospital(world: World, person: Ints, key: Ints) -> Ints:
    """The council's hospital for most."""
    council = world.council(person)
    council = np.where(world.people.visitor[person], world.chance.whole("visitor's hospital", 0, 1, person), council)
    return np.where(world.chance.happens("other hospital", OTHER_HOSPITAL, key), 1 - council, council)


def _stays(chance: Chance, age: Floats, need: Floats, key: Ints) -> Ints:
    """Days of an emergency stay: many of none, a long tail in need and old age."""
    none = chance.happens("no night", np.interp(age, (0, 18, 60, 85), (0.55, 0.42, 0.30, 0.16)), key)
    middle = np.interp(age, (0, 18, 60, 85), (0.2, 0.5, 1.1, 1.6)) + 0.18 * np.clip(need - 1.5, -1, 2)
    days = np.floor(np.exp(middle + 0.95 * chance.normal("nights", key))).astype(np.int64)
    return np.where(none, 0, np.minimum(days, 90))


def _delays(chance: Chance, age: Floats, need: Floats, stay: Ints, key: Ints) -> Ints:
    """Days spent waiting after being ready to leave."""
    odds = DELAY_LEVEL + DELAY_SLOPE * np.clip(need - 1.5, -2, 3)
    share = np.where((age >= OLD) & (stay >= 3), 1 / (1 + np.exp(-odds)), np.where(stay >= 5, 0.02, 0.0))
    days = 1 + np.floor(np.exp(1.1 + 0.85 * chance.normal("days of delay", key))).astype(np.int64)
    return np.where(chance.happens("delayed", share, key), np.minimum(days, 60), 0)


def _from_stream(world: World, stream: Stream, kind: int, stay: Ints, delay: Ints) -> Spells:
    ready = stream.day + stay
    return Spells(
        stream.person, np.full(len(stream), kind), stream.day, ready, ready + delay,
        main_hospital(world, stream.person, stream.key), stream.need, stream.key, np.full(len(stream), -1),
    )  # fmt: skip


def _emergencies(world: World) -> Spells:
    stream = world.course.streams["emergency"]
    age = world.age(stream.person, stream.day)
    stay = _stays(world.chance, age, stream.need, stream.key)
    return _from_stream(world, stream, EMERGENCY, stay, _delays(world.chance, age, stream.need, stay, stream.key))


def visits(world: World) -> Stream:
    """When the visitors turn up in A&E: once, seldom oftener."""
    chance, settings = world.chance, world.settings
    visitor = np.flatnonzero(world.people.visitor)
    times = 1 + chance.happens("comes again", 0.25, visitor) + chance.happens("comes a third time", 0.06, visitor)
    person = np.repeat(visitor, times)
    key = (1 << 48) + person * 4 + np.arange(len(person)) - np.repeat(np.cumsum(times) - times, times)
    day = chance.whole("day of a visit", settings.start, settings.horizon, key)
    return Stream(person, day, chance.normal("need of a visitor", person), key)


def _visitors(world: World) -> Spells:
    stream = visits(world)
    stream = stream.where(world.chance.happens("visitor admitted", VISITOR_ADMITTED, stream.key))
    stay = _stays(world.chance, world.age(stream.person, stream.day), stream.need, stream.key)
    return _from_stream(world, stream, EMERGENCY, stay, np.zeros(len(stream), np.int64))


def _last_admissions(world: World) -> Spells:
    """Many who die do so in hospital. The stay begins in the month of death, so that earlier months never foresee it."""
    died = world.course.died
    person = np.flatnonzero((died < NEVER) & (died <= world.people.left) & (died > world.people.born + 1))
    person = person[world.chance.happens("dies in hospital", DIES_IN_HOSPITAL, person)]
    year, month, _ = parts(died[person])
    first = joined(year, month, np.ones_like(year))
    day = np.maximum(died[person] - world.chance.whole("last days", 0, 16, person), first)
    stream = Stream(person, np.maximum(day, world.people.entered[person]), np.full(len(person), 2.5), -1 - person)
    return _from_stream(world, stream, EMERGENCY, died[person] - stream.day, np.zeros(len(person), np.int64))


def _planned(world: World, planned: Ints) -> Spells:
    stream = world.course.streams["planned"]
    day_case = np.array([item.day_case for item in diagnosis_lists.PLANNED])[planned]
    by_day = world.chance.happens("day case", day_case, stream.key)
    days = 1 + np.floor(np.exp(0.7 + 0.8 * world.chance.normal("planned nights", stream.key))).astype(np.int64)
    spells = _from_stream(world, stream, PLANNED, np.where(by_day, 0, np.minimum(days, 40)), np.zeros(len(stream), np.int64))
    return replace(spells, planned=planned)


def _births(world: World) -> list[Spells]:
    """A spell for each child born to a household of the area, and one for its mother."""
    people, settings = world.people, world.settings
    born = (people.born >= settings.start) & (people.entered == people.born)
    child = np.flatnonzero(born & ~people.visitor & (people.former == NOBODY) & (people.born < people.left))
    days = world.chance.whole("days after birth", 0, 3, child)
    groups = []
    for kind, person in ((BIRTH, child), (DELIVERY, people.mother[child])):
        day = people.born[child]
        known = np.flatnonzero((person >= 0) & (world.course.died[person] >= day) & (people.left[person] > day))
        stream = Stream(person[known], day[known], np.zeros(len(known)), (1 << 50) + child[known] * 2 + kind % 2)
        spells = _from_stream(world, stream, kind, days[known], np.zeros(len(known), np.int64))
        groups.append(replace(spells, hospital=main_hospital(world, child[known], child[known])))
    return groups


def one_at_a_time(person: Ints, start: Ints, end: Ints, key: Ints) -> Ints:
    """Nobody lies in two beds: places of the spells left when one that would begin before an earlier one ended is dropped."""
    order = np.lexsort((key, start, person))
    offset = person[order] * (4 * NEVER)
    latest = np.maximum.accumulate(offset + end[order])
    before = np.concatenate([[-1], latest[:-1]])
    kept: Ints = order[offset + start[order] > before]
    return kept


def _ended_by_death(world: World, spells: Spells) -> Spells:
    died = world.course.died[spells.person]
    return replace(spells, ready=np.minimum(spells.ready, died), discharged=np.minimum(spells.discharged, died))


def _transfers(world: World, spells: Spells) -> Spells:
    """Some emergencies are moved to the other hospital on the day they leave the first."""
    nights = spells.discharged - spells.admitted
    alive = world.course.died[spells.person] > spells.discharged
    chosen = (spells.kind == EMERGENCY) & alive & (nights >= 2) & (spells.ready == spells.discharged)
    first = spells.take(chosen & world.chance.happens("transferred", TRANSFERRED, spells.key))
    stay = first.discharged + world.chance.whole("nights after transfer", 1, 14, first.key)
    second = replace(
        first, kind=np.full(len(first), TRANSFER), admitted=first.discharged, ready=stay, discharged=stay,
        hospital=1 - first.hospital, key=first.key + (1 << 52),
    )  # fmt: skip
    return _ended_by_death(world, second)
