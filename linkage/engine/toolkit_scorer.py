"""The second engine: pairs, levels and weights worked out with the recordlinkage toolkit, for the kernel to be checked against.

It stands in for `Weigher` (`keep`, `compare`, `levels`) and gives the same answer. Records of the left side are taken a chunk at
a time, so memory is bounded; it needs minutes where the kernel needs seconds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas
from recordlinkage import Compare, Index
from recordlinkage.index import Block

from linkage.arrays import NONE, Bits, Levels, Whole
from linkage.engine.conditions import Alike, Comparison, Related, columns_of
from linkage.engine.joins import combine, ranked
from linkage.engine.rules import Rule
from linkage.engine.toolkit_levels import LevelFeature, Names
from linkage.engine.weigher import Crowd, Scored, Sides
from linkage.engine.weights import COMMONER, Frequency, Weights

# Candidate pairs at a time; the toolkit needs about 2 kB for one.
CHUNK_PAIRS = 100_000


class ToolkitScorer:
    """Scores pairs of `sides` by `comparisons` and `weights`; `rules` say which pairs."""

    def __init__(self, sides: Sides, comparisons: Sequence[Comparison], rules: Sequence[Rule], weights: Weights) -> None:
        self.sides, self.comparisons, self.rules, self.weights = sides, tuple(comparisons), tuple(rules), weights
        read = {
            columns_of(question)[0]
            for each in self.comparisons
            for question in each.questions()
            if isinstance(question, Alike | Related)
        }
        names = {column: Names(sides.texts[column]) for column in sorted(read)}
        some_column = next(iter(sides.left.columns))
        self._features = [LevelFeature(each, names, some_column) for each in self.comparisons]
        self._left, self._right = (pandas.DataFrame(dict(side.columns), copy=False) for side in (sides.left, sides.other))

    def keep(self, floor: float, *, key_cap: int | None = None) -> Scored:
        """Every pair of the rules that weighs `floor` bits or more."""
        blocking = _Blocking(self.sides, self.rules, key_cap)
        kept, scored = [], 0
        for left, right in blocking.chunks():
            scored += len(left)
            levels, weights = self.compare(left, right)
            rows = weights >= floor
            kept.append((left[rows], right[rows], weights[rows], self._patterns(levels[rows])))
        empty = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64)
        left, right, weight, pattern = (np.concatenate(column) for column in zip(empty, *kept, strict=True))
        order = np.lexsort((right, left))
        return Scored(left[order], right[order], weight[order], pattern[order], scored, tuple(blocking.crowds))

    def compare(self, left_rows: Whole, right_rows: Whole) -> tuple[Levels, Bits]:
        """Levels and weights of given pairs, whatever the rules say."""
        levels = np.empty((len(left_rows), len(self.comparisons)), dtype=np.int8)
        if len(left_rows) and self._features:
            compare = Compare(indexing_type="position")
            compare.add(self._features)
            pairs = pandas.MultiIndex.from_arrays([left_rows, right_rows])
            found = compare.compute(pairs, self._left, self._right)
            levels[:] = found[[each.name for each in self.comparisons]].to_numpy()
        return levels, self._weigh(levels, left_rows, right_rows)

    def levels(self, pattern: Whole) -> Levels:
        """Levels of each pattern, a column per comparison."""
        columns = [(pattern // stride) % len(each.names) for each, stride in zip(self.comparisons, self._strides(), strict=True)]
        return np.array(columns, dtype=np.int8).T.reshape(len(pattern), len(self.comparisons))

    def _patterns(self, levels: Levels) -> Whole:
        return levels.astype(np.int64) @ np.array(self._strides(), dtype=np.int64)

    def _strides(self) -> list[int]:
        sizes = [len(each.names) for each in self.comparisons]
        return [int(np.prod(sizes[:place], dtype=np.int64)) for place in range(len(sizes))]

    def _weigh(self, levels: Levels, left: Whole, right: Whole) -> Bits:
        total = np.full(len(left), self.weights.prior)
        for place, comparison in enumerate(self.comparisons):
            for code, name in enumerate(comparison.names):
                rows = np.flatnonzero(levels[:, place] == code)
                weight = self.weights.of(comparison.name, name)
                total[rows] += weight.bits
                total[rows] += self._commonness(weight.frequency, left[rows], right[rows])
        for dependence in self.weights.dependences:
            holds = np.ones(len(left), dtype=np.bool_)
            for place, comparison in enumerate(self.comparisons):
                among = dependence.when.get(comparison.name, comparison.names)
                holds &= np.isin(levels[:, place], [code for code, name in enumerate(comparison.names) if name in among])
            total[holds] += dependence.weight
        return total

    def _commonness(self, frequency: Frequency | None, left: Whole, right: Whole) -> Bits:
        added = np.zeros(len(left))
        if frequency is None or frequency.column not in self.sides.shares:
            return added
        ours, theirs = self.sides.left[frequency.column][left], self.sides.other[frequency.column][right]
        ours, theirs = np.where(ours < 0, theirs, ours), np.where(theirs < 0, ours, theirs)
        rows = np.flatnonzero(ours >= 0)
        shares = self.sides.shares[frequency.column]
        of = np.maximum if frequency.of == COMMONER else np.minimum
        share = np.maximum(of(shares[ours[rows]], shares[theirs[rows]]), frequency.floor)
        added[rows] = frequency.share * (np.log2(frequency.base) - np.log2(share))
        return added


class _Blocking:
    """The rules as the toolkit's blocks, a column of keys for each; keys that too many share are no keys."""

    def __init__(self, sides: Sides, rules: Sequence[Rule], key_cap: int | None) -> None:
        self.is_one_file = sides.right is None
        self.crowds: list[Crowd] = []
        self.index = Index()
        left, right = pandas.DataFrame(index=range(len(sides.left))), pandas.DataFrame(index=range(len(sides.other)))
        size = np.zeros(len(left), dtype=np.int64)
        for number, rule in enumerate(rules):
            keys = combine([sides.left[column] for column in rule.ours], [sides.other[column] for column in rule.theirs])
            keys = ranked(*keys)  # as a column with gaps holds real numbers, which tell only small whole ones apart
            ours, theirs = (pandas.Series(np.where(key == NONE, np.nan, key)) for key in keys)
            sharing = ours.map(theirs.value_counts()).fillna(0)
            over = sharing > (sharing.max() if key_cap is None else key_cap)
            if over.any():
                self.crowds.append(Crowd(rule.name, ours[over].nunique(), int(sharing.max())))
            left[str(number)], right[str(number)] = ours.mask(over), theirs
            size += np.where(over, 0, sharing).astype(np.int64)
            self.index.add(Block(str(number)))
        self.left, self.right, self.size = left, right, size

    def chunks(self) -> Iterator[tuple[Whole, Whole]]:
        """Distinct candidate pairs (left row, right row), a chunk of left records at a time."""
        if not self.size.any():
            return  # the toolkit divides by the number of all pairs
        before = np.cumsum(self.size) - self.size
        bounds = [*np.flatnonzero(np.diff(before // CHUNK_PAIRS, prepend=-1)).tolist(), len(self.left)]
        for first, last in itertools.pairwise(bounds):
            pairs: Any = self.index.index(self.left.iloc[first:last], self.right)
            left, right = (np.asarray(pairs.get_level_values(side), dtype=np.int64) for side in (0, 1))
            later = right > left if self.is_one_file else slice(None)
            yield left[later], right[later]
