"""The course of events: month by month, need moves on and asks for services, and some people die."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from synthetic_data import demand
from synthetic_data.care import Care
from synthetic_data.chance import Chance, Flags, Floats, Ints
from synthetic_data.days import NEVER, date_of, month_of, month_start, working_days
from synthetic_data.need import NeedState, ages
from synthetic_data.people import People
from synthetic_data.places import Places
from synthetic_data.settings import AreaSettings

MARCH = 2  # months are counted from January 1970, so this is the month's number modulo 12
REMEMBERED = 0.88  # of recent admissions, from month to month


@dataclass(frozen=True)
class Stream:
    """Events of one service, in order of month and person: who, on which day, her log need then, and the event's own key."""

    person: Ints
    day: Ints
    need: Floats
    key: Ints

    def __len__(self) -> int:
        return len(self.person)

    def where(self, keep: Flags) -> Stream:
        """The events that `keep` marks."""
        return Stream(self.person[keep], self.day[keep], self.need[keep], self.key[keep])


def on_working_days(stream: Stream, until: int) -> Stream:
    """The events up to a day, moved off weekends, in order of day."""
    day = working_days(stream.day)
    order = np.argsort(day, kind="stable")
    order = order[day[order] <= until]
    return Stream(stream.person[order], day[order], stream.need[order], stream.key[order])


@dataclass
class Course:
    """What happened: a stream for each service, deaths, care packages.

    `fixed` is the part of each person's log need that never changes; `measured` her need in each March and the last month.
    """

    streams: dict[str, Stream]
    died: Ints
    care: Care
    fixed: Floats
    measured: dict[int, Floats]


@dataclass
class _Gathered:
    person: list[Ints] = field(default_factory=list)
    month: list[Ints] = field(default_factory=list)
    order: list[Ints] = field(default_factory=list)
    need: list[Floats] = field(default_factory=list)

    def add(self, rows: Ints, count: Ints, need: Floats, month: int) -> None:
        some = np.flatnonzero(count)
        times = count[some]
        self.person.append(np.repeat(rows[some], times))
        self.month.append(np.full(int(times.sum()), month))
        self.order.append(np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times))
        self.need.append(np.repeat(need[some], times))

    def stream(self, name: str, chance: Chance, people: People, died: Ints) -> Stream:
        person, month, order = (np.concatenate(part) for part in (self.person, self.month, self.order))
        key = (person * 4096 + month) * 256 + order
        first = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        length = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - first
        day = first + np.floor(chance.uniform(f"day of {name}", key) * length).astype(np.int64)
        here = (day >= people.entered[person]) & (day < people.left[person]) & (day <= died[person])
        return Stream(person, day, np.concatenate(self.need), key).where(here)


def run_course(chance: Chance, people: People, places: Places, settings: AreaSettings) -> Course:
    """All events from the first month to the month of the settings' last known day, whole months each."""
    state, habits = NeedState.at_start(chance, people, places), demand.Habits.draw(chance, people)
    care = Care.at_start(chance, people, settings, state.fixed)
    died, recent = np.full(len(people), NEVER), np.zeros(len(people))
    gathered = {name: _Gathered() for name in (*(item.name for item in demand.DEMANDS), "mental", "mental_spell")}
    measured: dict[int, Floats] = {}
    last = month_of(date_of(settings.now))
    for month in range(settings.first_month, last + 1):
        first, after = month_start(month), month_start(month + 1)
        rows = np.flatnonzero(~people.visitor & (people.entered < after) & (people.left > first) & (died == NEVER))
        age = np.maximum(ages(people, rows, (first + after) // 2), 0.0)
        need = state.step(chance, rows, age, month)
        recent *= REMEMBERED
        for item in demand.DEMANDS:
            rate = demand.yearly_rate(item, need, age, habits.own[item.name][rows], month)
            if item.name == "emergency":
                rate *= np.exp(demand.AFTER_ADMISSION * np.minimum(recent[rows], 2.0))
            count = demand.counts(chance, item, rate, rows, month)
            gathered[item.name].add(rows, count, need, month)
            if item.name == "emergency":
                recent[rows] += count
        _mental_health(chance, habits, gathered, (rows, need, age), month)
        died[rows] = _deaths(chance, rows, demand.monthly_death_hazard(need, age, recent[rows]), month)
        care.step(chance, rows, need, age, month)
        if month % 12 == MARCH or month == last:
            measured[month] = np.full(len(people), np.nan)
            measured[month][rows] = need
    streams = {name: part.stream(name, chance, people, died) for name, part in gathered.items()}
    return Course(streams, died, care, state.fixed, measured)


def _mental_health(
    chance: Chance, habits: demand.Habits, gathered: dict[str, _Gathered], now: tuple[Ints, Floats, Floats], month: int
) -> None:
    rows, need, age = now
    known = np.flatnonzero(demand.in_contact(habits, need, age, rows))
    for name, rate in (("mental", demand.MENTAL_HEALTH_CONTACTS), ("mental_spell", demand.MENTAL_HEALTH_ADMISSIONS)):
        level = np.where((name == "mental") | (age[known] >= 16), rate / 12.0, 0.0)
        gathered[name].add(rows[known], chance.poisson(name, level, rows[known], month), need[known], month)


def _deaths(chance: Chance, rows: Ints, hazard: Floats, month: int) -> Ints:
    first, after = month_start(month), month_start(month + 1)
    dies = chance.happens("death", hazard, rows, month)
    day = chance.whole("day of death", first, after - 1, rows, month)
    return np.where(dies, day, NEVER)
