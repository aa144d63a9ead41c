"""Joins on integer codes: one key per row, pairs of rows whose keys are equal. A missing part makes no key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from linkage.arrays import NONE, Codes, Truth, Whole
from linkage.engine.compiled import compiled, woven
from linkage.engine.key_order import find_ranges, in_key_order

Keys: TypeAlias = Whole | Codes

KEY_LIMIT = 2**62
MUCH_SHORTER = 4
FEWEST_SLOTS = 4  # bits
# More residents than share a number, or names and a date of birth, in any register.
CROWD = 500
FOLDED = 31  # bits of a key that the product takes: the upper ones are folded into the lower
HALF = (1 << FOLDED) - 1
SPREAD = 1_327_217_885  # HALF over the golden ratio, an odd number


def combine(left: Sequence[Whole | Codes], right: Sequence[Whole | Codes]) -> tuple[Whole, Whole]:
    """One key per row from several columns, equal on both sides where all parts are; -1 where a part is missing."""
    ours, theirs = (side[0].astype(np.int64) for side in (left, right))  # codes are 32 bits, a key of several needs more
    for mine, other in zip(left[1:], right[1:], strict=True):
        width = 1 + max(_top(mine), _top(other))
        if (1 + max(_top(ours), _top(theirs))) * width >= KEY_LIMIT:
            ours, theirs = ranked(ours, theirs)
        ours, theirs = _append(ours, mine, width), _append(theirs, other, width)
    return ours, theirs


def _top(column: Whole | Codes) -> int:
    return int(column.max(initial=0))


def _append(key: Whole, part: Whole | Codes, width: int) -> Whole:
    return np.where((key < 0) | (part < 0), NONE, key * width + part)


def ranked(left: Whole, right: Whole) -> tuple[Whole, Whole]:
    """The same keys as small numbers: equal ones stay equal, and a missing one stays missing."""
    both = np.concatenate([left, right])
    ranks = np.unique(both, return_inverse=True)[1].astype(np.int64)
    ranks = np.where(both < 0, NONE, ranks)
    return ranks[: len(left)], ranks[len(left) :]


def join(left: Keys, right: Keys) -> tuple[Whole, Whole]:
    """Pairs (row of left, row of right) whose keys are equal, in the order of left, and of right for each of it."""
    return _pairs(*ranges(left, right))


@dataclass(frozen=True)
class Joined:
    """Pairs of rows with equal keys; `crowded` says which left rows have a key of too many right ones, and so no pair.

    `keys` is how many such keys there are, `largest` how many rows the largest has.
    """

    left: Whole
    right: Whole
    crowded: Truth
    keys: int
    largest: int


def join_few(left: Keys, right: Keys, most: int = CROWD) -> Joined:
    """The pairs of `join` without those of a key that more than `most` right rows have: such a value stands for nobody."""
    start, count, found = ranges(left, right)
    crowded = count > most
    keys, largest = len(np.unique(left[crowded])), int(count.max(initial=0)) if crowded.any() else 0
    asking, chosen = _pairs(start, np.where(crowded, 0, count), found)
    return Joined(asking, chosen, crowded, keys, largest)


def _pairs(start: Whole, count: Whole, found: Whole) -> tuple[Whole, Whole]:
    asking = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(asking)) - np.repeat(np.cumsum(count) - count, count)
    return asking, found[np.repeat(start, count) + within]


def ranges(left: Keys, right: Keys) -> tuple[Whole, Whole, Whole]:
    """For each row of left where the rows of its key start in the third answer, rows of right in key order; and how many."""
    left_rows, left_keys = in_key_order(left.astype(np.int64))
    right_rows, right_keys = shared_in_order(right.astype(np.int64), left_keys)
    first, stop = np.empty(len(left_keys), np.int64), np.empty(len(left_keys), np.int64)
    find_ranges(left_keys, right_keys, first, stop)
    start, count = np.zeros(len(left), np.int64), np.zeros(len(left), np.int64)
    start[left_rows], count[left_rows] = first, stop - first
    return start, count, right_rows


def shared_in_order(key: Whole, other: Whole) -> tuple[Whole, Whole]:
    """Rows in key order, and their keys; of a much longer side only rows whose key the other has, as few are sorted sooner."""
    if len(key) <= MUCH_SHORTER * len(other):
        return in_key_order(key)
    rows = np.flatnonzero(is_member(key, other))
    order, keys = in_key_order(key[rows])
    return rows[order], keys


def is_member(keys: Keys, among: Keys) -> Truth:
    """Whether each key occurs in `among`; a missing one does not."""
    bits = max(FEWEST_SLOTS, (2 * len(among)).bit_length())
    slots = np.full(1 << bits, NONE, dtype=np.int64)
    fill_slots(among.astype(np.int64), FOLDED - bits, slots)
    answer = np.empty(len(keys), dtype=np.bool_)
    look_up(keys.astype(np.int64), FOLDED - bits, slots, answer)
    return answer


@woven
def _place(key, shift):  # type: ignore[no-untyped-def]
    """Where a key is looked for first: upper bits of its product with a number that spreads neighbours (Knuth, volume 3, 6.4)."""
    return ((((key ^ (key >> FOLDED)) & HALF) * SPREAD) & HALF) >> shift


@compiled
def fill_slots(keys, shift, slots):  # type: ignore[no-untyped-def]
    """Put every key into its slot, or the next that is free; there are more slots than keys."""
    mask = len(slots) - 1
    for i in range(len(keys)):
        if keys[i] >= 0:
            place = _place(keys[i], shift)
            while slots[place] != NONE and slots[place] != keys[i]:
                place = (place + 1) & mask
            slots[place] = keys[i]


@compiled
def look_up(keys, shift, slots, answer):  # type: ignore[no-untyped-def]
    """Which keys have a slot."""
    mask = len(slots) - 1
    for i in range(len(keys)):
        answer[i] = False
        if keys[i] >= 0:
            place = _place(keys[i], shift)
            while slots[place] != NONE and slots[place] != keys[i]:
                place = (place + 1) & mask
            answer[i] = slots[place] == keys[i]
