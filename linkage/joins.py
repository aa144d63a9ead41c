"""Joins on integer codes: one key per row, pairs of rows whose keys are equal. A missing part makes no key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from linkage.arrays import NONE, Codes, Truth, Whole

Keys: TypeAlias = Whole | Codes

KEY_LIMIT = 2**62
SLOTS = 1 << 20
MUCH_SHORTER = 4


def combine(left: Sequence[Whole | Codes], right: Sequence[Whole | Codes]) -> tuple[Whole, Whole]:
    """One key per row from several columns, equal on both sides where all parts are; -1 where a part is missing."""
    ours, theirs = (side[0].astype(np.int64) for side in (left, right))  # codes are 32 bits, a key of several needs more
    for mine, other in zip(left[1:], right[1:], strict=True):
        width = 1 + max(_top(mine), _top(other))
        if (1 + max(_top(ours), _top(theirs))) * width >= KEY_LIMIT:
            ours, theirs = _ranked(ours, theirs)
        ours, theirs = _append(ours, mine, width), _append(theirs, other, width)
    return ours, theirs


def _top(column: Whole | Codes) -> int:
    return int(column.max(initial=0))


def _append(key: Whole, part: Whole | Codes, width: int) -> Whole:
    return np.where((key < 0) | (part < 0), NONE, key * width + part)


def _ranked(left: Whole, right: Whole) -> tuple[Whole, Whole]:
    both = np.concatenate([left, right])
    ranks = np.unique(both, return_inverse=True)[1].astype(np.int64)
    ranks = np.where(both < 0, NONE, ranks)
    return ranks[: len(left)], ranks[len(left) :]


class KeyIndex:
    """The rows of one side, sorted by key, so that the other side's keys find them."""

    def __init__(self, keys: Keys) -> None:
        order = np.argsort(keys, kind="stable")
        self.rows = order[np.searchsorted(keys[order], 0) :]  # rows without a key lie first
        self.keys = keys[self.rows]

    def spans(self, keys: Keys) -> tuple[Whole, Whole]:
        """Where in `rows` the equal keys start, and how many there are (none for a missing key)."""
        start = np.searchsorted(self.keys, keys, side="left")
        count = np.searchsorted(self.keys, keys, side="right") - start
        return start, np.where(keys < 0, 0, count)

    def pairs(self, start: Whole, count: Whole) -> tuple[Whole, Whole]:
        """(position in the asking side, row of this side) for every equal key."""
        asking = np.repeat(np.arange(len(count)), count)
        within = np.arange(len(asking)) - np.repeat(np.cumsum(count) - count, count)
        return asking, self.rows[np.repeat(start, count) + within]


def join(left: Keys, right: Keys) -> tuple[Whole, Whole]:
    """Pairs (row of left, row of right) whose keys are equal."""
    if len(left) * MUCH_SHORTER > len(right):
        index = KeyIndex(right)
        return index.pairs(*index.spans(left))
    rows = np.flatnonzero(is_member(right, left))  # sorting those few is quicker than sorting all
    index = KeyIndex(right[rows])
    asking, found = index.pairs(*index.spans(left))
    return asking, rows[found]


def is_member(keys: Keys, among: Keys) -> Truth:
    """Whether each key occurs in `among`; a missing one does not."""
    answer = keys >= 0
    rows = np.flatnonzero(answer)
    if len(rows) > SLOTS:  # most keys of a long list are ruled out by a look at one slot
        slots = np.zeros(SLOTS, dtype=np.bool_)
        slots[among % SLOTS] = True
        answer[rows] = slots[keys[rows] % SLOTS]
        rows = np.flatnonzero(answer)
    answer[rows] = np.isin(keys[rows], among)
    return answer
