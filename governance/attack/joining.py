"""Two recipients' files together: nothing in their pseudonyms or in the order of their rows may join them."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Chance may do this much: one in a million attacks on a sound release finds as long a prefix, or as like an order.
BY_CHANCE = 1e-6
SIGMAS = 5.0  # of a rank correlation, which has a standard deviation of 1 / sqrt(n - 1) under chance
FEWEST = 10  # people in the same order by chance: one in 3.6 million


@dataclass(frozen=True)
class Joined:
    """What two recipients' pseudonyms have in common. `order`: rank correlation of the rows of people in both; null under 10."""

    one: str
    other: str
    equal_tokens: int
    longest_prefix: int
    prefix_by_chance: int
    people_in_both: int
    order: float | None

    @property
    def is_joinable(self) -> bool:
        """Whether tokens or order give more away than chance would."""
        ordered = self.order is not None and abs(self.order) >= order_by_chance(self.people_in_both)
        return self.equal_tokens > 0 or self.longest_prefix > self.prefix_by_chance or ordered


def join_by_tokens(one: str, other: str, ours: Sequence[str], theirs: Sequence[str], same: Mapping[str, str]) -> Joined:
    """Compare two recipients' pseudonyms, each in the order of its rows.

    `same` says which of `ours` is which of `theirs`: the intruder does not know it; the test does, to see whether order tells.
    """
    bodies = [[_body(token) for token in tokens] for tokens in (ours, theirs)]
    places = {token: place for place, token in enumerate(theirs)}
    pairs = [(place, places[same[token]]) for place, token in enumerate(ours) if same.get(token) in places]
    return Joined(
        one, other,
        equal_tokens=len(set(bodies[0]) & set(bodies[1])),
        longest_prefix=longest_common_prefix(*bodies),
        prefix_by_chance=prefix_by_chance(len(set(ours)), len(set(theirs))),
        people_in_both=len(pairs),
        order=rank_correlation(pairs) if len(pairs) >= FEWEST else None,
    )  # fmt: skip


def _body(token: str) -> str:
    return token.rpartition("-")[2]


def longest_common_prefix(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Symbols that the two most alike have in common from the start. In sorted order, the most alike are neighbours."""
    ordered, longest = sorted(set(theirs)), 0
    for token in set(ours):
        place = bisect.bisect(ordered, token)
        for neighbour in ordered[max(0, place - 1) : place + 1]:
            alike = next((n for n, (a, b) in enumerate(zip(token, neighbour, strict=False)) if a != b), len(token))
            longest = max(longest, alike)
    return longest


def prefix_by_chance(ours: int, theirs: int) -> int:
    """The longest common prefix that chance may give: a first symbol of 3 bits, then of 5 bits each."""
    bits = math.log2(max(ours * theirs, 1)) - math.log2(BY_CHANCE)
    return math.ceil((bits + 2) / 5)


def rank_correlation(pairs: Sequence[tuple[int, int]]) -> float:
    """Spearman's rank correlation of two orders of the same people, -1 to 1."""
    first, second = (np.argsort(np.argsort([pair[side] for pair in pairs])).astype(float) for side in (0, 1))
    return float(np.corrcoef(first, second)[0, 1])


def order_by_chance(people: int) -> float:
    """The rank correlation, up or down, from which order is no chance; just below 1 for few people."""
    return min(1 - 1e-9, SIGMAS / math.sqrt(max(people - 1, 1)))
