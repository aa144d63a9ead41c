"""One to one where a side holds the same person twice after all: it is told, and records that are the same count as one person.

Else either of her records is as good a partner as the other, and a clerk would be asked to choose between two that are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from linkage.arrays import NONE, Bits, Codes, Truth, Whole

# How probable two records of one side must be one person's to count so. A side is given as one that holds nobody twice: that it
# does asks more than a link.
SURE = 0.9999


@dataclass(frozen=True)
class Repeats:
    """Who is on one side twice.

    `place`: of each record among those that are the same in all that is compared, 0 for the first or only one. `copies` counts
    those that are not the first, `alike` the records that differ from another that is surely the same person's.
    """

    place: Whole
    copies: int
    alike: int

    def notes(self, side: str) -> tuple[str, ...]:
        """What a user should know of it."""
        copies = f"the {side} file holds {self.copies} records that are copies of others in all that is compared: "
        alike = f"the {side} file seems to hold {self.alike} people twice in records that differ: deduplicate it first, "
        return tuple(
            note
            for count, note in (
                (self.copies, copies + "each is linked to a copy of its own on the other side, or to nobody"),
                (self.alike, alike + "or where they are as good their links are left to review"),
            )
            if count
        )


def find_repeats(
    own: Whole, partner: Whole, weight: Bits, columns: Sequence[Codes], probability: Callable[[Whole, Whole], Bits]
) -> Repeats:
    """Repeats among the records that share a likely partner, out of the likely pairs given by row of this side and of the other.

    `columns`: all that is compared of this side. `probability` of pairs of this side's records, by row, being one person.
    """
    is_contested = np.bincount(partner)[partner] > 1
    place = np.zeros(len(columns[0]), dtype=np.int64)
    if not is_contested.any():
        return Repeats(place, 0, 0)
    first = _first_alike(np.unique(own[is_contested]), columns)
    copies = np.flatnonzero((first >= 0) & (first != np.arange(len(first))))
    copies = copies[probability(first[copies], copies) >= SURE]
    place[copies] = _places(first[copies])
    best, rival = _rivals(own[is_contested], partner[is_contested], weight[is_contested])
    differ = first[best] != first[rival]
    best, rival = best[differ], rival[differ]
    return Repeats(place, len(copies), len(np.unique(rival[probability(best, rival) >= SURE])))


def _first_alike(rows: Whole, columns: Sequence[Codes]) -> Whole:
    """By record, the first of `rows` that has the same values; -1 for what is not among them."""
    values = np.stack([column[rows] for column in columns], axis=1)
    _, first, group = np.unique(values, axis=0, return_index=True, return_inverse=True)
    found = np.full(len(columns[0]), NONE, dtype=np.int64)
    found[rows] = rows[first[group.reshape(-1)]]
    return found


def _places(first: Whole) -> Whole:
    """1, 2, ... for the copies of each first record, in their order."""
    order = np.argsort(first, kind="stable")
    starts: Truth = np.diff(first[order], prepend=-1) != 0
    at = np.arange(len(first))
    places = np.empty(len(first), dtype=np.int64)
    places[order] = at - at[starts][np.cumsum(starts) - 1] + 1
    return places


def _rivals(own: Whole, partner: Whole, weight: Bits) -> tuple[Whole, Whole]:
    """For every pair but the heaviest of its partner: the record of the heaviest, and its own."""
    order = np.lexsort((own, -weight, partner))
    starts: Truth = np.diff(partner[order], prepend=-1) != 0
    best = own[order][starts][np.cumsum(starts) - 1]
    return best[~starts], own[order][~starts]
