"""The most that a pair can weigh, by the bits of its shallow questions: tables of one comparison, and of several together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

# Entries of a table that stays in the nearest memory of a processor: 32 kB.
LARGEST_TABLE = 4096


@dataclass(frozen=True)
class LevelTable:
    """Of one comparison, per word of its bits: entry, the most it can weigh, the levels it may have (as bits).

    `scaled` are the bits that say that it has the scaled level, 0 where none do.
    """

    entries: Any
    most: Any
    possible: Any
    scaled: int


@dataclass(frozen=True)
class GroupTable:
    """Several comparisons, per word of their bits: the most they can weigh together, and the levels that each may have."""

    shift: int
    most: Any
    possible: Mapping[int, Any]

    def with_table(self, number: int, table: LevelTable) -> GroupTable:
        """One comparison more, its bits above the others'."""
        size = len(self.most)
        possible = {each: np.tile(levels, len(table.most)) for each, levels in self.possible.items()}
        most = (self.most[None, :] + table.most[:, None]).ravel()
        return GroupTable(self.shift, most, {**possible, number: np.repeat(table.possible, size)})

    def with_dependence(self, asked: Mapping[int, int], weight: float) -> GroupTable:
        """What a dependence adds where all comparisons surely have its levels, and at most where they may."""
        may, must = np.ones(len(self.most), dtype=np.bool_), np.ones(len(self.most), dtype=np.bool_)
        for number, levels in asked.items():
            may &= (self.possible[number] & levels) != 0
            must &= (self.possible[number] & ~levels) == 0
        return GroupTable(self.shift, self.most + np.where(must, weight, np.where(may, max(0.0, weight), 0.0)), self.possible)

    def record(self, entry: int) -> tuple[int, int, int]:
        """The group as the kernel has it, its table from `entry` on."""
        return self.shift, len(self.most) - 1, entry
