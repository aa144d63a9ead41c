"""A comparison as the recordlinkage toolkit takes one: a feature of record pairs, with the toolkit's own measures of likeness.

It asks the same questions as the kernel, of columns of codes (-1: missing) and of the texts that they stand for, and shares no
code with it: that is what it is for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist
from recordlinkage.algorithms import string
from recordlinkage.base import BaseCompareFeature

from linkage.arrays import Bits, Levels, Truth, Whole
from linkage.engine.conditions import (
    SIMILARITIES,
    Alike,
    Both,
    Comparison,
    Differ,
    Equal,
    OneDigit,
    Question,
    Term,
    Within,
    columns_of,
)
from linkage.engine.sheets import Texts

# Signs that the toolkit counts one by one, whatever stands beside them: it would count a letter and its accent as one.
FIRST_SIGN = 0x4E00
HEX_DIGITS = 8


class Names:
    """The texts of a column, by code, as the toolkit is given them."""

    def __init__(self, texts: Texts) -> None:
        _, signs = np.unique(texts.points, return_inverse=True)
        whole = (signs + FIRST_SIGN).astype("<u4").tobytes().decode("utf-32-le")
        bounds = texts.start.tolist()
        self.texts = np.array([whole[first:last] for first, last in itertools.pairwise(bounds)], dtype=object)
        self.related = texts.related

    def measure(self, name: str, left: Whole, right: Whole) -> Bits:
        """Likeness, or number of changes, of pairs of codes; each distinct pair is measured once."""
        key, place = np.unique(left.astype(np.int64) * len(self.texts) + right, return_inverse=True)
        one, other = np.divmod(key, max(1, len(self.texts)))
        found = np.full(len(key), 1.0 if name in SIMILARITIES else 0.0)
        differ = np.flatnonzero(one != other)
        if len(differ):
            found[differ] = MEASURES[name](self.texts[one[differ]], self.texts[other[differ]])
        return found[place]

    def are_related(self, left: Whole, right: Whole) -> Truth:
        """Whether the table of related texts holds the pairs."""
        answer: Truth = np.isin(left.astype(np.int64) * len(self.texts) + right, self.related)
        return answer


def _changes(similarity: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Bits]:
    """The toolkit gives 1 - changes / length of the longer text."""

    def count(left: Any, right: Any) -> Bits:
        longer = np.maximum([len(text) for text in left], [len(text) for text in right])
        counted: Bits = np.rint((1 - np.asarray(similarity(left, right), dtype=np.float64)) * longer)
        return counted

    return count


MEASURES: dict[str, Callable[[Any, Any], Any]] = {
    "jaro_winkler": string.jarowinkler_similarity,
    "jaro": string.jaro_similarity,
    "levenshtein": _changes(string.levenshtein_similarity),
    "damerau_levenshtein": _changes(string.damerau_levenshtein_similarity),
    # The toolkit has no optimal string alignment.
    "slip": lambda left, right: cpdist(left, right, scorer=OSA.distance, dtype=np.float64),
}


class LevelFeature(BaseCompareFeature):
    """The level of one comparison, by code, for every pair. `some_column` is what it is handed where it asks nothing."""

    def __init__(self, comparison: Comparison, names: Mapping[str, Names], some_column: str) -> None:
        asked = [columns_of(question) for question in comparison.questions()] or [(some_column, some_column)]
        self.left = sorted({one for one, _ in asked})
        self.right = sorted({other for _, other in asked})
        super().__init__(self.left, self.right, label=comparison.name)
        self.comparison, self.names = comparison, names

    def _compute_vectorized(self, *columns: Any) -> Levels:
        values = [np.asarray(column, dtype=np.int64) for column in columns]
        left = dict(zip(self.left, values[: len(self.left)], strict=True))
        right = dict(zip(self.right, values[len(self.left) :], strict=True))
        pairs = len(values[0])
        levels = np.full(pairs, len(self.comparison.levels), dtype=np.int8)
        open_rows = np.arange(pairs)
        for code, level in enumerate(self.comparison.levels):
            sides = _at(left, open_rows), _at(right, open_rows)
            terms = [self._holds(term, *sides, len(open_rows)) for term in level.any_of]
            holds = np.any(terms, axis=0)
            levels[open_rows[holds]] = code
            open_rows = open_rows[~holds]
        return levels

    def _holds(self, term: Term, left: Mapping[str, Whole], right: Mapping[str, Whole], pairs: int) -> Truth:
        rows = np.arange(pairs)
        for question, wanted in (*((each, True) for each in term.yes), *((each, False) for each in term.no)):
            ours, theirs = (side[column][rows] for side, column in zip((left, right), columns_of(question), strict=True))
            rows = rows[self._answer(question, ours, theirs) == wanted]
        holds = np.zeros(pairs, dtype=np.bool_)
        holds[rows] = True
        return holds

    def _answer(self, question: Question, ours: Whole, theirs: Whole) -> Truth:
        """The question's answer for every pair; no where a value is missing."""
        both = (ours >= 0) & (theirs >= 0)
        rows = np.flatnonzero(both)
        answer = np.zeros(len(ours), dtype=np.bool_)
        answer[rows] = self._answer_of_values(question, ours[rows], theirs[rows])
        return answer

    def _answer_of_values(self, question: Question, ours: Whole, theirs: Whole) -> Any:
        match question:
            case Equal():
                return ours == theirs
            case Both():
                return np.ones(len(ours), dtype=np.bool_)
            case Differ():
                return ours != theirs
            case Within():
                return np.abs(ours - theirs) <= question.steps
            case OneDigit():
                return sum(((ours >> 4 * place) & 15) != ((theirs >> 4 * place) & 15) for place in range(HEX_DIGITS)) == 1
            case Alike():
                value = self.names[question.column].measure(question.measure, ours, theirs)
                return value >= question.bound if question.measure in SIMILARITIES else value <= question.bound
            case _:
                return self.names[question.column].are_related(ours, theirs)


def _at(side: Mapping[str, Whole], rows: Whole) -> dict[str, Whole]:
    return {name: values[rows] for name, values in side.items()}
