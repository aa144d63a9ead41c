"""The distinct names of one run, by code: what they look like, which belong together, and how alike two of them are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from linkage.arrays import NONE, Bits, Truth, Whole
from linkage.nicknames import Nicknames

# Two lists of names of equal length to one likeness, 0 to 1, for each pair: what an engine supplies.
Similarity = Callable[[Sequence[str], Sequence[str]], Bits]


def jaro_winkler(left: Sequence[str], right: Sequence[str]) -> Bits:
    """Jaro-Winkler likeness of each pair of names; equal to recordlinkage's, which tests compare."""
    scores: Bits = cpdist(left, right, scorer=JaroWinkler.normalized_similarity, dtype=np.float64)
    return scores


class NameList:
    """Names by code, with the questions that comparisons ask of pairs of codes. A missing name (-1) answers no to all."""

    def __init__(self, names: Sequence[str], similarity: Similarity = jaro_winkler) -> None:
        self.texts = np.array([*names, ""], dtype=object)
        self.nicknames = Nicknames(names)
        self.similarity_of = similarity
        letters = sorted({name[0] for name in names})
        self._initial = np.array([*(letters.index(name[0]) for name in names), NONE], dtype=np.int64)
        self._is_initial = np.array([*(len(name) == 1 for name in names), False])

    def related(self, left: Whole, right: Whole) -> Truth:
        """Whether the two are forms of one given name."""
        return self.nicknames.related(left, right)

    def share_initial(self, left: Whole, right: Whole) -> Truth:
        """Whether one of the two is no more than the first letter of the other."""
        answer: Truth = (self._initial[left] == self._initial[right]) & (self._is_initial[left] | self._is_initial[right])
        return answer & (left >= 0) & (right >= 0)

    def similarity(self, left: Whole, right: Whole) -> Bits:
        """How alike the names are, 0 to 1; each distinct pair is compared once. A missing name is like nothing."""
        low, high = np.minimum(left, right), np.maximum(left, right)
        key, place = np.unique(low * len(self.texts) + high, return_inverse=True)
        firsts, seconds = np.divmod(key, len(self.texts))
        scores = np.zeros(len(key))
        known = np.flatnonzero(firsts >= 0)
        if len(known):
            scores[known] = self.similarity_of(self.texts[firsts[known]].tolist(), self.texts[seconds[known]].tolist())
        answer: Bits = scores[place]
        return answer
