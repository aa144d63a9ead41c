"""Short forms and spellings of one given name: BILL and WILLIAM, MOHAMMED and MUHAMMAD."""

from __future__ import annotations

import csv
import functools
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from linkage.arrays import Truth, Whole

TABLE = Path(__file__).parent / "reference" / "nicknames.csv"


@functools.cache
def nickname_groups() -> tuple[frozenset[str], ...]:
    """The shipped groups. A name may stand in several: ALEX is short for ALEXANDER and for ALEXANDRA, who are two people."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(frozenset((row["name"], *row["variants"].split())) for row in csv.DictReader(lines))


class Nicknames:
    """Which names, given as codes, stand in one group."""

    def __init__(self, names: Sequence[str]) -> None:
        codes = {name: code for code, name in enumerate(names)}
        self.width = max(1, len(names))
        self.pairs = np.array(sorted(_pairs(codes, self.width)), dtype=np.int64)

    def related(self, left: Whole, right: Whole) -> Truth:
        """Whether each pair of codes is one name in two forms; missing is not."""
        key = left * self.width + right
        place = np.searchsorted(self.pairs, key)
        found: Truth = np.append(self.pairs, -1)[place] == key
        return found & (left >= 0) & (right >= 0)


def _pairs(codes: dict[str, int], width: int) -> set[int]:
    present = ([codes[name] for name in group if name in codes] for group in nickname_groups())
    return {one * width + other for group in present for one, other in itertools.permutations(group, 2)}
