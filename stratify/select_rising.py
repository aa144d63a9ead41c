"""Rising risk: a second, short list of those whose chance rose most since an earlier snapshot.

People with the highest use this year are not those of next year (regression to the mean), so a list by rank alone finds
few before their need is plain. On this list is who is not in case management and not excluded, whose odds rose by at least
`rising_odds` times, and whose chance is now at least `rising_from`; the greatest rise first, as many as there are places.
The two chances have to come from the same model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from stratify.select_rules import SelectionRules

# A chance of 0 or 1 has no odds; no model means one.
LEAST_CHANCE = 1e-6


class Risen(NamedTuple):
    """Somebody's chance now and before (None where there is none), and the rank that breaks ties."""

    pseudonym: str
    now: float | None
    before: float | None
    rank: int = 0


def log_odds(chance: float) -> float:
    """Natural log of the odds; a chance of 0 or 1 counts as almost that."""
    kept = min(max(chance, LEAST_CHANCE), 1 - LEAST_CHANCE)
    return math.log(kept / (1 - kept))


def rising_places(people: Iterable[Risen], places: int, rules: SelectionRules) -> dict[str, int]:
    """Pseudonym to place on the list, from 1; equal rises are ordered by the chance now, then by rank."""
    found = []
    for person in people:
        if person.now is None or person.before is None or person.now < rules.rising_from:
            continue
        rise = round(log_odds(person.now) - log_odds(person.before), 9)  # so that 2 is not missed by a rounding
        if rise >= round(math.log(rules.rising_odds), 9):
            found.append((-rise, -person.now, person.rank, person.pseudonym))
    return {pseudonym: place for place, (*_, pseudonym) in enumerate(sorted(found)[:places], start=1)}


def rise_in_words(person: Risen, days: int) -> str:
    """`about 19 in 100 now, 5 in 100 ninety days before` with the days in digits: a date in a text would not pass the wall."""
    now, before = (round(100 * (chance or 0.0)) for chance in (person.now, person.before))
    return f"about {now} in 100 now, {before or 'fewer than 1'} in 100 {days} days before"
