"""The plain rule beside which a model of any table is shown: the one number or flag column that orders people best.

Chosen on the rows a model learns from, used on those that check it; a row without a value takes the median.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.figures import auroc
from stratify.models.tabular.sheet import Floats, Sheet

Numbers = npt.NDArray[np.float64]
SAMPLE = 50_000


class Rule(NamedTuple):
    """A column, whether more of it means more risk, and what stands for no value."""

    column: str
    rising: bool
    median: float

    def order(self, sheet: Sheet) -> Numbers:
        """A number per row, higher for more risk; no chance."""
        values = _filled(sheet.numbers[self.column], self.median)
        return values if self.rising else -values


def best_column(sheet: Sheet, outcome: Numbers) -> Rule | None:
    """The column with the AUROC furthest from a half, the first by name of equals; None without any number or flag."""
    step = max(1, len(outcome) // SAMPLE)
    found, best = None, 0.0
    for name in sorted(sheet.numbers):
        values = sheet.numbers[name][::step]
        known = values[np.isfinite(values)]
        if not len(known):
            continue
        median = float(np.median(known))
        area = auroc(_filled(values, median), outcome[::step])
        if area is not None and abs(area - 0.5) > best:
            best, found = abs(area - 0.5), Rule(name, area > 0.5, median)
    return found


def _filled(values: Floats, median: float) -> Numbers:
    return np.asarray(np.where(np.isnan(values), median, values), dtype=np.float64)
