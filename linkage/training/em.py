"""m: how often each level occurs among pairs of one person, by expectation and maximisation over counts of patterns.

u is fixed, so there is only one thing that the two classes can become apart over. All blocks are fitted together: one m for all
of them, a share of matches for each. A block says nothing of the fields that it blocks on, as all its pairs agree there;
another one must. What each block says counts by the matches that it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linkage.arrays import Bits, Levels, Whole
from linkage.engine.weigher import Patterns

MOST_ITERATIONS = 500
TOLERANCE = 1e-6
# What each level is taken to have been seen with before anything is seen, so that a rare one is never impossible.
PRIOR_COUNT = 0.5
FIRST_SHARE = 0.1  # of matches in a block, before anything is known
# Where m starts: the better a level, the likelier among matches.
FIRST_M = 0.9
SMALLEST = 1e-12
# No level is rarer among matches than this: too few have ever been looked at to say so.
LEAST_M = 1e-4


@dataclass(frozen=True)
class Block:
    """Patterns of a block's pairs, and which comparisons it says something of (the others it blocks on)."""

    name: str
    patterns: Patterns
    says: tuple[bool, ...]

    @property
    def told(self) -> tuple[int, ...]:
        """Places of the comparisons that it says something of."""
        return tuple(c for c, says in enumerate(self.says) if says)


@dataclass(frozen=True)
class Fit:
    """m by comparison and level; by block the share of its pairs that are matches; `seen`: matches that tell of a comparison."""

    m: tuple[Bits, ...]
    shares: tuple[float, ...]
    seen: Bits
    iterations: int
    converged: bool


def starting_m(levels: int, missing: int | None) -> Bits:
    """Most in the best level, the rest shared; none in `missing`."""
    present = [place for place in range(levels) if place != missing]
    m = np.zeros(levels)
    m[present] = (1 - FIRST_M) / max(1, len(present) - 1)
    m[present[0]] = FIRST_M
    started: Bits = m / m.sum()
    return started


def fit(blocks: Sequence[Block], u: Sequence[Bits], *, missing: Sequence[int | None], extra: Sequence[Bits]) -> Fit:
    """m from the blocks' patterns; `extra` are bits that dependences add to each pattern of each block."""
    m = [starting_m(len(each), place) for each, place in zip(u, missing, strict=True)]
    shares = [FIRST_SHARE] * len(blocks)
    seen = np.zeros(len(u))
    for iteration in range(1, MOST_ITERATIONS + 1):
        weights = level_weights(m, u)
        counts = [np.where(np.arange(len(each)) == place, 0.0, PRIOR_COUNT) for each, place in zip(u, missing, strict=True)]
        seen, moved = np.zeros(len(u)), 0.0
        for number, block in enumerate(blocks):
            p = posterior(block, weights, shares[number], extra[number])
            matches = p * block.patterns.pairs
            share = float(np.clip(matches.sum() / max(block.patterns.total, 1), SMALLEST, 1 - SMALLEST))
            moved = max(moved, abs(share - shares[number]))
            shares[number] = share
            for c in block.told:
                found = by_level(block.patterns.levels[:, c], matches, len(u[c]), missing[c])
                counts[c] += found
                seen[c] += found.sum()
        new = [_shares(each, place) for each, place in zip(counts, missing, strict=True)]
        moved = max(moved, *(float(np.abs(one - other).max()) for one, other in zip(new, m, strict=True)))
        m = new
        if moved < TOLERANCE:
            return Fit(tuple(m), tuple(shares), seen, iteration, converged=True)
    return Fit(tuple(m), tuple(shares), seen, MOST_ITERATIONS, converged=False)


def _shares(counts: Bits, missing: int | None) -> Bits:
    shares: Bits = np.maximum(counts / counts.sum(), LEAST_M)
    if missing is not None:
        shares[missing] = 0.0
    return shares / float(shares.sum())


def level_weights(m: Sequence[Bits], u: Sequence[Bits]) -> list[Bits]:
    """Bits by comparison and level; none for `missing`, of which neither class has a share."""
    weights = []
    for ours, theirs in zip(m, u, strict=True):
        bits = np.log2(np.maximum(ours, SMALLEST)) - np.log2(np.maximum(theirs, SMALLEST))
        weights.append(np.where((ours > 0) & (theirs > 0), bits, 0.0))
    return weights


def posterior(block: Block, weights: Sequence[Bits], share: float, extra: Bits) -> Bits:
    """Probability of each pattern of a block that its pairs are one person."""
    bits = np.log2(share / (1 - share)) + extra
    for c in block.told:
        bits = bits + weights[c][block.patterns.levels[:, c]]
    answer: Bits = 1 / (1 + np.exp2(-np.clip(bits, -1000, 1000)))
    return answer


def by_level(levels: Levels, pairs: Bits | Whole, size: int, missing: int | None) -> Bits:
    """Pairs of each level, none of `missing`."""
    found: Bits = np.bincount(levels.astype(np.int64), weights=pairs, minlength=size).astype(np.float64)
    if missing is not None:
        found[missing] = 0.0
    return found
