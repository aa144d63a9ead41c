"""Chance that does not depend on order: every draw is a hash of the seed, of what is decided, and for whom.

A draw for one person never changes because another person, month or service was added. So a following night agrees with
the base area without storing anything, and the same settings give the same bytes run after run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

# What an array holds, for the reader: numpy's own element types are too narrow for mixed arithmetic.
Floats = npt.NDArray[Any]
Ints = npt.NDArray[Any]
Flags = npt.NDArray[Any]
Who = Ints | int

# Constants of the SplitMix64 finaliser (Steele, Lea and Flood 2014).
GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
MASK = 0xFFFFFFFFFFFFFFFF


class Chance:
    """Named draws under one seed. `what` says what is decided; `who` (people, events, months) for whom."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def bits(self, what: str, *who: Who) -> npt.NDArray[np.uint64]:
        """64 hashed bits for each element of `who` (numbers are broadcast to the arrays' length)."""
        key = int.from_bytes(hashlib.blake2b(f"{self.seed}/{what}".encode(), digest_size=8).digest(), "little")
        for number in who:
            if not isinstance(number, np.ndarray):
                key = _mix_one(key + int(number) * GOLDEN)
        mixed: npt.NDArray[np.uint64] | None = None
        for array in who:
            if isinstance(array, np.ndarray):
                step = array.astype(np.uint64) * np.uint64(GOLDEN)
                mixed = _mix(step + np.uint64(key)) if mixed is None else _mix(mixed + step)
        return np.array([key], np.uint64) if mixed is None else mixed

    def uniform(self, what: str, *who: Who) -> Floats:
        """Numbers between 0 and 1, neither of them included."""
        return (self.bits(what, *who) >> np.uint64(11)) * 2.0**-53 + 2.0**-54

    def normal(self, what: str, *who: Who) -> Floats:
        """Standard normal numbers (Box and Muller)."""
        radius = np.sqrt(-2.0 * np.log(self.uniform(what, *who)))
        return radius * np.cos(2.0 * np.pi * self.uniform(f"{what} turn", *who))

    def happens(self, what: str, probability: float | Floats, *who: Who) -> Flags:
        """Whether it happens, with that probability."""
        return self.uniform(what, *who) < probability

    def pick(self, what: str, weights: Sequence[float] | Floats, *who: Who) -> Ints:
        """Positions in `weights`, drawn in proportion to them."""
        steps = np.cumsum(np.asarray(weights, float))
        found = np.searchsorted(steps, self.uniform(what, *who) * steps[-1], side="right")
        last: Ints = np.minimum(found, len(steps) - 1)
        return last

    def whole(self, what: str, low: int | Ints, high: int | Ints, *who: Who) -> Ints:
        """Whole numbers from `low` to `high`, both included, each as likely."""
        span = np.asarray(high) - np.asarray(low) + 1
        drawn: Ints = (np.asarray(low) + np.floor(self.uniform(what, *who) * span)).astype(np.int64)
        return drawn

    def poisson(self, what: str, rate: Floats, *who: Who) -> Ints:
        """Poisson counts by inversion: fast where most rates are well under one."""
        return poisson_quantile(self.uniform(what, *who), rate)

    def gamma(self, what: str, shape: float, *who: Who) -> Floats:
        """Gamma numbers of mean 1 (inversion of a tabulated distribution)."""
        grid, below = _gamma_table(shape)
        return np.interp(self.uniform(what, *who), below, grid)


def poisson_quantile(uniform: Floats, rate: Floats) -> Ints:
    """The Poisson count whose cumulative probability first reaches `uniform`."""
    count = np.zeros(len(rate), np.int64)
    left = np.flatnonzero(uniform > np.exp(-rate))
    level, target = rate[left], uniform[left]
    term = np.exp(-level)
    below, k = term.copy(), 0
    while len(left):
        k += 1
        count[left] += 1
        term = term * level / k
        below = below + term
        more = (target > below) & (k < 200)
        left, level, target, term, below = left[more], level[more], target[more], term[more], below[more]
    return count


def _gamma_table(shape: float) -> tuple[Floats, Floats]:
    grid = np.geomspace(1e-9, 60.0, 6000)
    density = grid ** (shape - 1.0) * np.exp(-shape * grid)
    mass = np.concatenate([[grid[0] * density[0] / shape], np.diff(grid) * (density[1:] + density[:-1]) / 2])
    below = np.cumsum(mass)
    return grid, below / below[-1]


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scramble in place; one spare array serves all shifts."""
    spare = x >> np.uint64(30)
    x ^= spare
    x *= np.uint64(FIRST)
    x ^= np.right_shift(x, np.uint64(27), out=spare)
    x *= np.uint64(SECOND)
    x ^= np.right_shift(x, np.uint64(31), out=spare)
    return x


def _mix_one(x: int) -> int:
    x &= MASK
    x = ((x ^ (x >> 30)) * FIRST) & MASK
    x = ((x ^ (x >> 27)) * SECOND) & MASK
    return x ^ (x >> 31)
