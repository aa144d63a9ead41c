"""Whoever writes a source's records: the people before her, her habits, her slips."""

from __future__ import annotations

from dataclasses import dataclass

from synthetic_data.chance import Chance, Flags, Floats, Ints
from synthetic_data.habits import Habits
from synthetic_data.people import People

MISTYPED = -2  # a word that is in no dictionary, a postcode that is none
COPIES = 16  # record keys of one person: provider times two, plus which copy


@dataclass(frozen=True)
class Scribe:
    """One element of `key` and `who` for each record.

    `errors` multiplies the source's error rates: how hard the naming tradition is (the English being 1) times `haste`, how
    carelessly this one record was written. So errors come together, and with them missing numbers.
    """

    chance: Chance
    people: People
    habits: Habits
    key: Ints
    who: Ints
    errors: Floats
    haste: Floats
    now: int

    def happens(self, what: str, share: float | Floats) -> Flags:
        """Whether it happens to each record."""
        return self.chance.happens(f"{self.habits.source}: {what}", share, self.key)

    def uniform(self, what: str) -> Floats:
        """A number between 0 and 1 for each record."""
        return self.chance.uniform(f"{self.habits.source}: {what}", self.key)
