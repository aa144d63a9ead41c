"""The key of one published count, the same in every night: totals, ranges and the vault's figures all speak of it."""

from __future__ import annotations

from typing import NamedTuple

ABOVE, BELOW = "numerator", "denominator"
AREA = "area"


class Figure(NamedTuple):
    """One published count. `side` is `ABOVE` or `BELOW` of a measure's row; of a model's check it says what is counted."""

    measure: str
    breakdown: str
    category: str
    organisation: str
    period: str
    side: str
