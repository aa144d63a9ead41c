"""Where a share is going if it goes on as it did, and whether that may be said at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

# Fewer months show no trend.
FEWEST_MONTHS = 6
# Student's t, 97.5 %, at the 4 degrees of freedom that FEWEST_MONTHS leave: wider than need be where there are more.
T = 2.776


class Trend(NamedTuple):
    """Change of the share in a month, and the line's value in the last month."""

    per_month: float
    last: float

    def after(self, months: int) -> float:
        """The share so many months after the last one, between 0 and 1."""
        return min(1.0, max(0.0, self.last + months * self.per_month))

    def months_until_full(self) -> int | None:
        """Months after the last one until every one has it; None where the share does not rise."""
        if self.per_month <= 0:
            return None
        return max(0, math.ceil(round((1 - self.last) / self.per_month, 6)))  # a month is not late by a rounding


def steady_trend(shares: Sequence[float | None]) -> Trend | None:
    """The straight line through monthly shares (None: withheld or nobody), oldest first; None where it may be chance.

    It may be chance where there are fewer than six months, or where the 95 % interval of the slope (least squares, the months
    weighing alike) holds zero.
    """
    known = [(place, share) for place, share in enumerate(shares) if share is not None]
    if len(known) < FEWEST_MONTHS:
        return None
    places, values = zip(*known, strict=True)
    middle, mean = sum(places) / len(known), sum(values) / len(known)
    spread = sum((place - middle) ** 2 for place in places)
    slope = sum((place - middle) * (value - mean) for place, value in known) / spread
    rest = sum((value - mean - slope * (place - middle)) ** 2 for place, value in known)
    error = math.sqrt(rest / (len(known) - 2) / spread)
    if abs(slope) <= T * error or math.isclose(slope, 0, abs_tol=1e-9):
        return None
    return Trend(slope, mean + slope * (len(shares) - 1 - middle))
