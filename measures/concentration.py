"""How much of all use falls on those who use most: sums over the highest 1, 2, 5, 10, 20 and 50 % of people, and over all.

Who is among the highest is decided for each quantity on its own: the people with most contacts, the people with most cost. Where
many people stand equal at the edge, as many of them count as there is room for; which of them does not matter to the sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]

PERCENTS = (1, 2, 5, 10, 20, 50, 100)

# A group is published only where it has at least so many people, and at least so many more than the one before it: else its sum,
# or the difference of two sums, would be about a few people.
FEWEST = 20


class Highest(NamedTuple):
    """The so many percent of people with most of something: how many they are, and how much they have together."""

    percent: int
    people: int
    together: int


def highest(amounts: Whole, people: Whole) -> list[Highest]:
    """The groups of `PERCENTS` that are large enough, smallest first.

    `people[i]` people have `amounts[i]` each, in any order. The size of a group is rounded half up. No people, no groups.
    """
    order = np.argsort(-amounts, kind="stable")
    amounts, people = amounts[order], people[order]
    upto, sums = np.cumsum(people), np.cumsum(amounts * people)
    return [Highest(percent, size, _sum_of(size, amounts, upto, sums)) for percent, size in _sizes(int(people.sum()))]


def _sizes(everybody: int) -> Iterator[tuple[int, int]]:
    before = 0
    for percent in PERCENTS:
        size = (everybody * percent + 50) // 100
        if size - before >= FEWEST:
            yield percent, size
            before = size


def _sum_of(size: int, amounts: Whole, upto: Whole, sums: Whole) -> int:
    """The sum of the `size` largest: all of the rows before the edge, and of the row at the edge as many as there is room for."""
    edge = int(np.searchsorted(upto, size))
    return int(sums[edge] - (upto[edge] - size) * amounts[edge])
