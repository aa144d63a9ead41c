"""The distinct names of one run, by code: what they look like, which belong together, and how alike two of them are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from linkage.arrays import NONE, Bits, Truth, Whole
from linkage.nicknames import Nicknames

# Two lists of names of equal length to one number for each pair.
Measure = Callable[[Sequence[str], Sequence[str]], Bits]

# Of two letters, one slip makes any other name of two letters.
SHORTEST_SLIP = 3


@dataclass(frozen=True)
class Engine:
    """How names are compared: Jaro-Winkler likeness, 0 to 1, and the count of slips (letters changed, lost, added, swapped)."""

    likeness: Measure
    slips: Measure


def jaro_winkler(left: Sequence[str], right: Sequence[str]) -> Bits:
    """Jaro-Winkler likeness of each pair of names; equal to recordlinkage's, which tests compare."""
    scores: Bits = cpdist(left, right, scorer=JaroWinkler.normalized_similarity, dtype=np.float64)
    return scores


def slips(left: Sequence[str], right: Sequence[str]) -> Bits:
    """Letters changed, lost, added or swapped with their neighbour between the two names."""
    counts: Bits = cpdist(left, right, scorer=OSA.distance, dtype=np.float64)
    return counts


OWN_ENGINE = Engine(jaro_winkler, slips)


class NameList:
    """Names by code, with the questions that comparisons ask of pairs of codes. A missing name (-1) answers no to all."""

    def __init__(self, names: Sequence[str], engine: Engine = OWN_ENGINE) -> None:
        self.texts = np.array([*names, ""], dtype=object)
        self.nicknames = Nicknames(names)
        self.engine = engine
        letters = {letter: code for code, letter in enumerate(sorted({name[end] for name in names for end in (0, -1)}))}
        self._first = np.array([*(letters[name[0]] for name in names), NONE], dtype=np.int64)
        self._last = np.array([*(letters[name[-1]] for name in names), NONE], dtype=np.int64)
        self._length = np.array([*map(len, names), 0], dtype=np.int64)

    def related(self, left: Whole, right: Whole) -> Truth:
        """Whether the two are forms of one given name."""
        return self.nicknames.related(left, right)

    def share_initial(self, left: Whole, right: Whole) -> Truth:
        """Whether one of the two is no more than the first letter of the other."""
        single = (self._length[left] == 1) | (self._length[right] == 1)
        answer: Truth = (self._first[left] == self._first[right]) & single & (left >= 0) & (right >= 0)
        return answer

    def likeness(self, left: Whole, right: Whole) -> Bits:
        """Jaro-Winkler likeness, 0 to 1. A missing name is like nothing."""
        return self._measured(self.engine.likeness, left, right, np.flatnonzero((left >= 0) & (right >= 0)), otherwise=0.0)

    def one_slip_apart(self, left: Whole, right: Whole) -> Truth:
        """Whether one slip of the pen makes one of the other. Either their first or their last letters are then the same."""
        lengths = self._length[left], self._length[right]
        may_be = (np.minimum(*lengths) >= SHORTEST_SLIP) & (np.abs(lengths[0] - lengths[1]) <= 1)
        may_be &= (self._first[left] == self._first[right]) | (self._last[left] == self._last[right])
        answer: Truth = self._measured(self.engine.slips, left, right, np.flatnonzero(may_be), otherwise=2.0) <= 1
        return answer

    def _measured(self, measure: Measure, left: Whole, right: Whole, rows: Whole, *, otherwise: float) -> Bits:
        """`measure` of the pairs in `rows`, each distinct pair measured once; `otherwise` for the rest."""
        answer = np.full(len(left), otherwise)
        low, high = np.minimum(left[rows], right[rows]), np.maximum(left[rows], right[rows])
        key, place = np.unique(low * len(self.texts) + high, return_inverse=True)
        if len(key):
            firsts, seconds = np.divmod(key, len(self.texts))
            answer[rows] = measure(self.texts[firsts].tolist(), self.texts[seconds].tolist())[place]
        return answer
