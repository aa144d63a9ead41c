"""Intervals by resampling people, not rows: somebody with several snapshots is drawn with all of them or with none.

The percentile bootstrap (Efron and Tibshirani 1993, chapter 13). The seed is given, so the same people give the same interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

REPEATS = 500
SEED = 20261128
TAILS = (2.5, 97.5)

# With fewer resamples than this share having the figure at all (one had an event in it), there is no interval.
LEAST_KNOWN = 0.95


class Interval(NamedTuple):
    """A figure and the ends of its 95 % interval; null where it cannot be given."""

    figure: float | None
    low: float | None
    high: float | None


def person_numbers(pseudonyms: npt.NDArray[np.object_]) -> Places:
    """The number of each row's person, from 0, in the order in which they first come."""
    return np.asarray(pa.array(pseudonyms, pa.string()).dictionary_encode().indices, dtype=np.int64)


def resamples(people: Places, *, repeats: int = REPEATS, seed: int = SEED) -> Iterator[Numbers]:
    """How often each row is drawn, resample after resample: `people` are the rows' persons, as `person_numbers` gives them."""
    count = int(people.max()) + 1 if len(people) else 0
    chance = np.random.default_rng(seed)
    for _ in range(repeats):
        drawn = np.bincount(chance.integers(0, count, count), minlength=count) if count else np.zeros(0)
        yield drawn.astype(np.float64)[people]


def interval(figure: float | None, resampled: Numbers) -> Interval:
    """The figure with the 2.5th and 97.5th percentile of its resamples; NaN there is a resample without it."""
    known = resampled[np.isfinite(resampled)]
    if figure is None or not len(known) or len(known) < LEAST_KNOWN * len(resampled):
        return Interval(figure, None, None)
    low, high = np.percentile(known, TAILS)
    return Interval(figure, float(low), float(high))


def ratio(above: Numbers, below: Numbers) -> Numbers:
    """Quotients; NaN where nothing is below the line."""
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) > 0))
