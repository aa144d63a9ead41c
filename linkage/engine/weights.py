"""What a pair's levels weigh: match weights in bits, as every scorer adds them up.

    weight = prior + for each comparison (bits of its level + what the commonness of the value adds) + dependences

Order and operations are the same in every scorer, so that they agree to the last digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COMMONER, RARER = "commoner", "rarer"


@dataclass(frozen=True)
class Frequency:
    """Bits added where the value that two records share is rarer than `base`, taken away where it is commoner.

    `share * log2(base / max(f, floor))`, where f is the share of the records with a value in `column` that have this one; of two
    different values the one that is `of` says: the `commoner` (as Splink does) or the `rarer`. Where one record has no value
    the other's counts, where both have none nothing is added.
    """

    column: str
    base: float
    of: str = COMMONER
    share: float = 1.0
    floor: float = 0.0


@dataclass(frozen=True)
class LevelWeight:
    """Bits of one level, and what the value's commonness adds."""

    bits: float
    frequency: Frequency | None = None


@dataclass(frozen=True)
class Dependence:
    """Bits added where every field in `when` has one of its levels, and why."""

    why: str
    when: Mapping[str, tuple[str, ...]]
    weight: float


@dataclass(frozen=True)
class Weights:
    """Everything that is added up: `prior` in bits, `levels` by comparison and level name; a level not named weighs nothing."""

    prior: float
    levels: Mapping[str, Mapping[str, LevelWeight]]
    dependences: tuple[Dependence, ...] = field(default=())

    def of(self, comparison: str, level: str) -> LevelWeight:
        """Weight of one level."""
        return self.levels.get(comparison, {}).get(level, NOTHING)


NOTHING = LevelWeight(0.0)
