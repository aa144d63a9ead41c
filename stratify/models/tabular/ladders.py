"""The boosted challenger without interactions, grown column by column: the trees that scikit-learn grows, found by a shorter way.

Such a tree looks at one column only, so the whole of it follows from that column's sums of gradients by bin: no row is ever
parted. And as most people have none of most things, a column's commonest bin is what is left of the total when the other bins
are summed. Both together make a round about ten times as fast as a histogram of every row and column. Summed in one thread,
always in the same order. A test holds it against scikit-learn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from stratify.models.tabular.boosted import Recipe, Steps
from stratify.models.tabular.sheet import Codes

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

# Below this no sum of curvature is divided by, nor a side of a split so sure already grown further.
LEAST_CURVE = 1e-3


class Ladder(NamedTuple):
    """One round: a column, and what each of its codes adds to the log-odds."""

    column: int
    rungs: Numbers


class Branch(NamedTuple):
    """Codes `first` to `until` (not included) of one column, and whether no value goes with them."""

    first: int
    until: int
    holds_missing: bool


class Split(NamedTuple):
    """How a branch is best parted: what is gained, where the right one begins, and where no value goes."""

    gain: float
    at: int
    missing_left: bool


class Sums(NamedTuple):
    """Of one column by code, no value last: slope and curve of the loss, and rows."""

    slope: Numbers
    curve: Numbers
    rows: Counts


class Rungs:
    """The rows learned from, by code: for every column how its codes' sums are found. The last code of a column is no value."""

    def __init__(self, codes: Sequence[Codes], sizes: Sequence[int]) -> None:
        self.codes = [np.ascontiguousarray(each) for each in codes]
        self.ends: Counts = np.cumsum(np.asarray(sizes, dtype=np.int64))
        self.starts: Counts = self.ends - np.asarray(sizes, dtype=np.int64)
        self.rows = np.concatenate([np.bincount(each, minlength=size) for each, size in zip(codes, sizes, strict=True)])
        self.common = np.array([start + self.rows[start:end].argmax() for start, end in zip(self.starts, self.ends, strict=True)])
        self.other_rows = self._others()

    def _others(self) -> csr_array:
        """Codes by rows, 1 where a row has a code that is not its column's commonest."""
        kept = self.rows.copy()
        kept[self.common] = 0
        places = np.empty(int(kept.sum()), dtype=np.int32)
        filled = np.r_[0, np.cumsum(kept)]
        for column, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)):
            rare = np.flatnonzero(self.codes[column] != self.common[column] - start).astype(np.int32)
            order = np.argsort(self.codes[column][rare], kind="stable")
            places[filled[start] : filled[end]] = rare[order]
        return csr_array((np.ones(len(places)), places, filled), shape=(len(kept), len(self.codes[0])))

    def sums(self, slope: Numbers, curve: Numbers) -> Numbers:
        """Codes by 2: sums of both over the rows of each code."""
        found = np.asarray(self.other_rows @ np.column_stack([slope, curve]))
        totals = np.array([slope.sum(), curve.sum()])
        found[self.common] = totals - np.add.reduceat(found, self.starts)
        return found

    def of_column(self, column: int, sums: Numbers) -> Sums:
        """The part of `sums` that is one column's."""
        inside = slice(self.starts[column], self.ends[column])
        return Sums(sums[inside, 0], sums[inside, 1], self.rows[inside])


def grow_ladders(recipe: Recipe, rungs: Rungs, outcome: Numbers, rounds: int) -> tuple[float, Iterator[Ladder]]:
    """The log-odds to begin with, and the ladder of each round; where no split is left it adds nothing."""
    mean = float(outcome.mean())
    start = float(np.log(mean / (1 - mean)))
    return start, _ladders(recipe, rungs, outcome, start, rounds)


def _ladders(recipe: Recipe, rungs: Rungs, outcome: Numbers, start: float, rounds: int) -> Iterator[Ladder]:
    odds = np.full(len(outcome), start)
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-odds))
        sums = rungs.sums(p - outcome, p * (1 - p))
        column = _best_column(recipe, rungs, sums)
        ladder = Ladder(column, _tree(recipe, rungs.of_column(column, sums)))
        odds += ladder.rungs[rungs.codes[column]]
        yield ladder


def _best_column(recipe: Recipe, rungs: Rungs, sums: Numbers) -> int:
    """The column whose first split gains most, the first of equals."""
    return int(np.searchsorted(rungs.ends, int(_gains(recipe, rungs, sums).argmax()), side="right"))


def _gains(recipe: Recipe, rungs: Rungs, sums: Numbers) -> Numbers:
    """What is gained by a column's split after each of its codes, of the two ways for no value the better."""
    table = np.column_stack([sums, rungs.rows])
    table[rungs.ends - 1] = 0
    running = np.cumsum(table, axis=0)
    sizes = rungs.ends - rungs.starts
    left = running - np.repeat(running[rungs.starts] - table[rungs.starts], sizes, axis=0)
    missing = np.column_stack([sums, rungs.rows])[rungs.ends - 1]
    known = left[rungs.ends - 1]
    whole, unknown = (np.repeat(each, sizes, axis=0) for each in (known + missing, missing))
    gains = np.maximum(_gain(recipe, left, whole - left), _gain(recipe, left + unknown, whole - left - unknown))
    gains[rungs.ends - 1] = -np.inf  # after the last known code stands "no value", and that split is the one before it
    return gains


def _gain(recipe: Recipe, left: Numbers, right: Numbers) -> Numbers:
    """What two sides (slope, curve, rows) gain over their whole; less than nothing where one is too small."""
    whole = left + right
    with np.errstate(divide="ignore", invalid="ignore"):
        there, here, before = (side[:, 0] ** 2 / (side[:, 1] + recipe.shrinkage) for side in (left, right, whole))
    enough = np.minimum(left[:, 2], right[:, 2]) >= recipe.smallest_leaf
    return np.where(enough & (np.minimum(left[:, 1], right[:, 1]) >= LEAST_CURVE), there + here - before, -np.inf)


def _tree(recipe: Recipe, sums: Sums) -> Numbers:
    """What each code of a column adds after the best tree of `most_leaves`: the branch that gains most is parted first."""
    last = len(sums.rows) - 1
    open_branches = [(Branch(0, last, True), _split(recipe, sums, Branch(0, last, True)))]
    while len(open_branches) < recipe.most_leaves:
        place = max(range(len(open_branches)), key=lambda each: (open_branches[each][1].gain, -each))
        branch, split = open_branches[place]
        if split.gain <= 0:
            break
        to_left = branch.holds_missing and split.missing_left
        parts = (Branch(branch.first, split.at, to_left), Branch(split.at, branch.until, branch.holds_missing and not to_left))
        open_branches[place : place + 1] = [(part, _split(recipe, sums, part)) for part in parts]
    found = np.zeros(last + 1)
    for branch, _ in open_branches if len(open_branches) > 1 else ():
        slope, curve, _rows = _total(sums, branch)
        value = -recipe.learning_rate * slope / (curve + recipe.shrinkage)
        found[branch.first : branch.until] = value
        if branch.holds_missing:
            found[last] = value
    return found


def _table(sums: Sums) -> Numbers:
    return np.column_stack(sums)


def _total(sums: Sums, branch: Branch) -> Numbers:
    table = _table(sums)
    total = table[branch.first : branch.until].sum(axis=0)
    return np.asarray(total + table[-1] if branch.holds_missing else total)


def _split(recipe: Recipe, sums: Sums, branch: Branch) -> Split:
    """The best split of a branch. Where none of its rows lacks the value, no value goes where more rows go."""
    if branch.until == branch.first:
        return Split(-np.inf, branch.first, False)
    table = _table(sums)
    whole, missing = _total(sums, branch), table[-1] if branch.holds_missing else np.zeros(3)
    left = np.cumsum(table[branch.first : branch.until], axis=0)
    right_way, left_way = _gain(recipe, left, whole - left), _gain(recipe, left + missing, whole - left - missing)
    best = int(np.maximum(right_way, left_way).argmax())
    mostly_left, gains_left = left[best, 2] > whole[2] - left[best, 2], left_way[best] > right_way[best]
    gain = max(right_way[best], left_way[best])
    return Split(float(gain), branch.first + best + 1, bool(gains_left if missing[2] else mostly_left))


def summed(start: float, ladders: Sequence[Ladder], rungs: Rungs) -> Steps:
    """All rounds as one ladder a column, each centred on the rows learned from; the intercept is that of an average row."""
    found = [np.zeros(end - first) for first, end in zip(rungs.starts, rungs.ends, strict=True)]
    for ladder in ladders:
        found[ladder.column] += ladder.rungs
    means = [
        float(rungs.rows[first:end] @ each / rungs.rows[first:end].sum())
        for each, first, end in zip(found, rungs.starts, rungs.ends, strict=True)
    ]
    return Steps(tuple(each - mean for each, mean in zip(found, means, strict=True)), start + sum(means))
