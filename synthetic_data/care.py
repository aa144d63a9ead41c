"""Long-term social care: who has a package, at which level, from when to when."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from synthetic_data.chance import Chance, Floats, Ints
from synthetic_data.days import NEVER, month_start
from synthetic_data.need import age_part, ages
from synthetic_data.people import People
from synthetic_data.settings import AreaSettings

NONE, HOME, RESIDENTIAL, NURSING = range(4)
OLD = 65
# A month's chance, at log need 1.5 in old age, of a first package, and its rise with need. Set to give packages to about
# 3 in 100 adults at any time.
ONSET_OLD, ONSET_SLOPE = 0.0034, 1.0
ONSET_ADULT = 0.000_12
WORSENS, WORSENS_SLOPE = 0.010, 0.55
ENDS = 0.012
LIFELONG = 0.009  # of adults under 65: learning disability, physical disability
START_OLD = 0.11  # of older people at log need 1.5, in the first month


@dataclass(frozen=True)
class Packages:
    """One element for each package: whose, at which level, first and last day (NEVER while open)."""

    person: Ints
    level: Ints
    start: Ints
    end: Ints


@dataclass
class Care:
    """Packages as they stand, and those that have ended."""

    level: Ints
    since: Ints
    ended: list[Packages] = field(default_factory=list)

    @classmethod
    def at_start(cls, chance: Chance, people: People, settings: AreaSettings, fixed: Floats) -> Care:
        """Packages that were there before the first month. `fixed` is log need without age."""
        who = np.arange(len(people))
        age = ages(people, who, settings.start)
        need = fixed + age_part(np.maximum(age, 0))
        old = np.minimum(0.6, START_OLD * np.exp(ONSET_SLOPE * (need - 1.5)))
        share = np.where(age >= OLD, old, np.where(age >= 18, LIFELONG, 0.0)) * ~people.visitor
        has = chance.happens("package at start", share, people.body) & (people.entered < settings.start)
        heavy = np.where(age >= 80, 0.42, np.where(age >= OLD, 0.25, 0.12))
        level = HOME + chance.happens("home at start", heavy, people.body).astype(np.int64)
        level += (level == RESIDENTIAL) & (age >= OLD) & chance.happens("nursing at start", 0.35, people.body)
        since = settings.start - chance.whole("package since", 30, 1800, people.body)
        return cls(np.where(has, level, NONE), np.where(has, since, NEVER))

    def step(self, chance: Chance, rows: Ints, need: Floats, age: Floats, month: int) -> None:
        """Let packages begin, grow heavier and end in a month."""
        level, lot = self.level[rows], chance.uniform("package", rows, month)
        old = np.minimum(0.08, ONSET_OLD * np.exp(ONSET_SLOPE * (need - 1.5)))
        onset = np.where(age >= OLD, old, np.where(age >= 18, ONSET_ADULT * np.exp(0.8 * need), 0.0))
        worse = np.minimum(0.08, WORSENS * np.exp(WORSENS_SLOPE * (need - 2.2)) * (age >= OLD))
        up = lot < np.where(level == NONE, onset, np.where(level < NURSING, worse, 0.0))
        stop = (level == HOME) & (lot > 1 - ENDS)
        self._change(chance, rows[up], self.level[rows[up]] + 1, month)
        self._change(chance, rows[stop], np.zeros(int(stop.sum()), np.int64), month)

    def _change(self, chance: Chance, rows: Ints, level: Ints, month: int) -> None:
        day = chance.whole("day of package", month_start(month), month_start(month + 1) - 1, rows, month)
        had = np.flatnonzero(self.level[rows] != NONE)
        before = rows[had]
        self.ended.append(Packages(before, self.level[before], self.since[before], day[had]))
        self.level[rows], self.since[rows] = level, np.where(level == NONE, NEVER, day)

    def packages(self, people: People, died: Ints) -> Packages:
        """All packages, ended at the latest by death or departure."""
        still = np.flatnonzero(self.level != NONE)
        parts = [*self.ended, Packages(still, self.level[still], self.since[still], np.full(len(still), NEVER))]
        person, level, start, end = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("person", "level", "start", "end")
        )
        last = np.minimum(died, people.left)[person]
        keep = (start >= people.entered[person] - 2000) & (start < last)
        return Packages(person[keep], level[keep], start[keep], np.where(last < end, last, end)[keep])
