"""How sure a share is: the interval that a table carries beside a rate, and that disclosure control works out again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Standard normal quantile of a two-sided interval at 95 %.
Z = 1.959963984540054

Numbers = npt.NDArray[np.float64]


def wilson(above: npt.ArrayLike, below: npt.ArrayLike) -> tuple[Numbers, Numbers]:
    """Lower and upper end of the 95 % interval of the share `above` / `below`; NaN where it is no share (`below` is 0, NaN).

    Wilson's score interval (Wilson 1927, J. Am. Stat. Assoc. 22:209-212), which stays within 0 and 1 and holds for small counts
    and for shares near 0 and 1. The counts need not be whole: an effective number of judgements is welcome.
    """
    trials = np.asarray(below, dtype=np.float64)
    trials = np.where(trials > 0, trials, np.nan)
    share = np.asarray(above, dtype=np.float64) / trials
    share = np.where((share >= 0) & (share <= 1), share, np.nan)
    middle = share + Z**2 / (2 * trials)
    half = Z * np.sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2))
    scale = 1 + Z**2 / trials
    low, high = (middle - half) / scale, (middle + half) / scale
    return np.where(share == 0, 0.0, np.maximum(low, 0.0)), np.where(share == 1, 1.0, np.minimum(high, 1.0))
