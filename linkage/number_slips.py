"""Which of many numbers are one slip of the pen from one of a few: found by writing all slips of the few."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.compute as pc

from linkage.arrays import Truth, Whole
from linkage.engine.joins import is_member

DIGITS = 10
# Given numbers whose slips are written at a time: 99 each.
BLOCK = 50_000


def near_numbers(numbers: Any, given: Any) -> Truth:
    """Which of `numbers` (Arrow texts) have one digit other than, or two neighbouring digits swapped with, one of `given`.

    What is not ten digits is near nothing.
    """
    ours, theirs = _as_whole(numbers), _as_whole(given)
    theirs = theirs[theirs >= 0]
    near = np.zeros(len(ours), dtype=np.bool_)
    for start in range(0, len(theirs), BLOCK):
        near |= is_member(ours, slips_of(theirs[start : start + BLOCK]))
    return near


def slips_of(numbers: Whole) -> Whole:
    """Every number that one slip makes of one of these; some of them more than once."""
    places = 10 ** np.arange(DIGITS, dtype=np.int64)
    digits = numbers[:, None] // places % 10
    changes = [(((digits + step) % 10 - digits) * places).ravel() for step in range(1, 10)]
    swaps = ((digits[:, 1:] - digits[:, :-1]) * (places[:-1] - places[1:])).ravel()
    whole = [np.repeat(numbers, DIGITS) + change for change in changes]
    return np.concatenate([*whole, np.repeat(numbers, DIGITS - 1) + swaps])


def _as_whole(texts: Any) -> Whole:
    """Texts of ten digits as numbers; -1 for any other."""
    is_number = pc.fill_null(pc.match_substring_regex(texts, f"^[0-9]{{{DIGITS}}}$"), False)
    found = pc.if_else(is_number, texts, "-1").cast("int64")
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
