"""At most one partner for every record of two files: who is linked where several could be.

Pairs that share records form components. Where every pair of a component shares one record, the heaviest pair is the answer;
elsewhere the assignment whose pairs have the most evidence together is found exactly (scipy's linear sum assignment) up to
200 records, and heaviest-first above, where exactness costs more than it can change. A pair's margin is its weight less
that of the best other pair of either record: under 3 bits the choice is a clerk's, and ties are never settled by chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.arrays import Bits, Truth, Whole

LARGEST_EXACT = 200  # records of a component that are assigned exactly
# Between the best and the second: NHS England's model asks 5 bits of a single best match, against a whole register; of pairs that
# both stand over the threshold 3 bits are odds of eight to one.
LEAST_MARGIN = 3.0


@dataclass(frozen=True)
class Assignment:
    """Per pair: whether it is chosen; its weight less that of the best other pair of its records (infinite where none is)."""

    chosen: Truth
    margin: Bits

    @property
    def for_review(self) -> Truth:
        """Chosen pairs with another nearly as good."""
        return self.chosen & (self.margin < LEAST_MARGIN)


def assign(left: Whole, right: Whole, weight: Bits) -> Assignment:
    """Choose among pairs of left and right records, given by row; equal weights go by the order of the rows."""
    margin = weight - np.maximum(_best_other(left, weight), _best_other(right, weight))
    chosen = np.isposinf(margin)
    contested = np.flatnonzero(~chosen)
    for pairs in _components(left, right, contested):
        chosen[pairs[_choose(left[pairs], right[pairs], weight[pairs])]] = True
    return Assignment(chosen, margin)


def evidence(weight: Bits) -> Bits:
    """What a pair adds to an assignment: log2(1 + odds), its weight where it is likely, next to nothing where it is not.

    With bare weights two unlikely pairs could outweigh a likely one as soon as pairs of negative weight are among them.
    """
    answer: Bits = np.logaddexp2(0.0, weight)
    return answer


def _best_other(record: Whole, weight: Bits) -> Bits:
    """Per pair the best weight among the other pairs of its record; minus infinity where there is none."""
    order = np.lexsort((-weight, record))
    is_first = np.diff(record[order], prepend=-1) != 0
    first = np.flatnonzero(is_first)[np.cumsum(is_first) - 1]  # per pair in order: the place of its record's best
    followed = np.append(weight[order], -np.inf)[1:]
    has_second = np.append(~is_first[1:], False)
    second = np.where(has_second, followed, -np.inf)
    best = np.empty(len(weight))
    best[order] = np.where(is_first, second, weight[order][first])
    return best


def _components(left: Whole, right: Whole, pairs: Whole) -> list[Whole]:
    """The pairs (places in left and right), those of a component together."""
    if not len(pairs):
        return []
    ours, one = np.unique(left[pairs], return_inverse=True)
    theirs, other = np.unique(right[pairs], return_inverse=True)
    size = len(ours) + len(theirs)
    graph = coo_array((np.ones(len(pairs), np.int8), (one, len(ours) + other)), shape=(size, size))
    component = connected_components(graph, directed=False)[1][one]
    order = np.argsort(component, kind="stable")
    return np.split(pairs[order], np.flatnonzero(np.diff(component[order])) + 1)


def _choose(left: Whole, right: Whole, weight: Bits) -> Whole:
    """Places of the chosen pairs of one component."""
    ours, one = np.unique(left, return_inverse=True)
    theirs, other = np.unique(right, return_inverse=True)
    if min(len(ours), len(theirs)) == 1 or len(ours) + len(theirs) > LARGEST_EXACT:
        return _heaviest_first(left, right, weight)
    gain = np.zeros((len(ours), len(theirs)))
    place = np.full(gain.shape, -1)
    gain[one, other], place[one, other] = evidence(weight), np.arange(len(weight))
    chosen: Whole = place[linear_sum_assignment(gain, maximize=True)]
    return chosen[chosen >= 0]


def _heaviest_first(left: Whole, right: Whole, weight: Bits) -> Whole:
    taken_left, taken_right, chosen = set[int](), set[int](), []
    for place in np.lexsort((right, left, -weight)).tolist():
        one, other = int(left[place]), int(right[place])
        if one not in taken_left and other not in taken_right:
            taken_left.add(one)
            taken_right.add(other)
            chosen.append(place)
    return np.array(chosen, dtype=np.int64)
