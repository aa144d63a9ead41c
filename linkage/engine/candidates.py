"""Candidate pairs of one blocking rule: both sides in key order, and for each left record the range of equal right ones.

Pairs are counted here, before any is made. A rule over its cap is refused by name with the size of its largest key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linkage.arrays import Whole
from linkage.engine.joins import combine, shared_in_order
from linkage.engine.key_order import find_ranges
from linkage.engine.rules import Rule
from linkage.engine.sheets import Sheet
from schemas.errors import ConfigurationError


@dataclass(frozen=True)
class Candidates:
    """Rows of left and right in key order, those without a pair left out or not.

    The pairs of left place i are the right places `start[i]` to `stop[i]`.
    `keys` are those of the left places, `skipped` how many keys were left out as too large, `largest_skipped` how many right
    records the largest of those has, `left_out` the left rows that have one of them.
    """

    rule: Rule
    keys: Whole
    left: Whole
    right: Whole
    start: Whole
    stop: Whole
    left_out: Whole
    skipped: int = 0
    largest_skipped: int = 0

    @property
    def pairs(self) -> int:
        """How many pairs, those that another rule finds too among them."""
        return int((self.stop - self.start).sum())

    @property
    def largest(self) -> int:
        """How many pairs the largest key makes."""
        if not len(self.keys):
            return 0
        first = np.flatnonzero(np.diff(self.keys, prepend=self.keys[0] - 1))
        return int(np.add.reduceat(self.stop - self.start, first).max())


def find_candidates(rule: Rule, left: Sheet, right: Sheet | None, *, key_cap: int | None = None) -> Candidates:
    """The candidates of `rule`; `right` None compares `left` with itself, each pair once.

    Keys that more than `key_cap` right records share are left out and counted.
    """
    ours = [left[column] for column in rule.ours]
    theirs = [(left if right is None else right)[column] for column in rule.theirs]
    left_key, right_key = combine(ours, theirs)
    right_rows, right_keys = shared_in_order(right_key, left_key)
    left_rows, keys = (right_rows, right_keys) if right is None and rule.is_symmetric else shared_in_order(left_key, right_key)
    start, stop = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    find_ranges(keys, right_keys, start, stop)
    size = stop - start
    over = size > (size.max(initial=0) if key_cap is None else key_cap)
    stop = np.where(over, start, stop)
    if right is None:
        start = np.minimum(np.maximum(start, _places_after(left_key, left_rows, right_key, right_rows)), stop)
    has_pairs = np.flatnonzero(stop > start)
    pairs = left_rows[has_pairs], right_rows, start[has_pairs], stop[has_pairs]
    return Candidates(rule, keys[has_pairs], *pairs, left_rows[over], len(np.unique(keys[over])), int(size[over].max(initial=0)))


def check_cap(candidates: Sequence[Candidates], most: int) -> None:
    """Refuse (`ConfigurationError` `E-LINK-BLOCK`) a rule of more than `most` pairs: name, sizes and cure, never a value."""
    for each in candidates:
        if each.pairs > most:
            raise ConfigurationError(
                "E-LINK-BLOCK",
                f"blocking rule {each.rule.name} makes {each.pairs} pairs, {most} are allowed; "
                f"its largest key alone makes {each.largest}.",
                cure="add a column to the rule, or empty the value that so many records share",
            )


def _places_after(left_key: Whole, left_rows: Whole, right_key: Whole, right_rows: Whole) -> Whole:
    """For each left record the first right place that is behind its own key and row: what it has not been compared with."""
    if left_rows is right_rows:
        return np.arange(1, len(left_rows) + 1)
    ranks = np.unique(np.concatenate([left_key, right_key]), return_inverse=True)[1] * len(left_key)
    ours, theirs = ranks[: len(left_key)][left_rows] + left_rows, ranks[len(left_key) :][right_rows] + right_rows
    return np.searchsorted(theirs, ours, side="right")
