"""A number column as bins of about equal size. The steps and trees of a boosted model are over bins, not over values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.sheet import Floats

MOST_BINS = 127
# Cut points are taken from at most this many values; beyond it they do not move.
SAMPLE = 200_000


def cut_points(values: Floats) -> Floats:
    """Where bins end, halfway between values; none where a column has one value only. Infinities lie in the outer bins."""
    known = values[np.isfinite(values)]
    known = np.sort(known[:: max(1, len(known) // SAMPLE)])
    if not len(known):
        return np.zeros(0, dtype=np.float32)
    ends = np.unique(known[(np.arange(1, MOST_BINS) * len(known)) // MOST_BINS])
    following = np.searchsorted(known, ends, side="right")
    ends, following = ends[following < len(known)], following[following < len(known)]
    halfway = ends.astype(np.float64) / 2 + known[following].astype(np.float64) / 2
    return np.asarray(np.unique(halfway.astype(np.float32)))


def binned(values: Floats, cuts: Floats) -> npt.NDArray[np.float64]:
    """Bin of each value, from 0; nan where there is none."""
    found = np.searchsorted(cuts, values, side="left").astype(np.float64)
    found[np.isnan(values)] = np.nan
    return found
