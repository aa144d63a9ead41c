"""The last step to a chance: log-odds shifted and stretched so that they are right on people not learned from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.ridge import ridge

Numbers = npt.NDArray[np.float64]


class Recalibration(NamedTuple):
    """`shift` + `slope` x log-odds. The slope is never below 0: the order of people stays."""

    shift: float
    slope: float

    def of(self, log_odds: Numbers) -> Numbers:
        """Recalibrated log-odds."""
        return self.shift + self.slope * log_odds


def recalibrate(log_odds: Numbers, outcome: Numbers) -> Recalibration:
    """The logistic regression of the outcome on log-odds of people not learned from."""
    spread = float(log_odds.std())
    if spread == 0:
        return Recalibration(float(np.log(outcome.mean() / (1 - outcome.mean()))), 0.0)
    centre = float(log_odds.mean())
    column = ((log_odds - centre) / spread).astype(np.float32)[:, None]
    found = ridge(column, outcome, 1e-6)
    slope = max(float(found.terms[0]) / spread, 0.0)
    if slope == 0.0:
        return Recalibration(float(np.log(outcome.mean() / (1 - outcome.mean()))), 0.0)
    return Recalibration(found.intercept - slope * centre, slope)


def log_loss(log_odds: Numbers, outcome: Numbers) -> float:
    """Mean log loss."""
    return float(np.mean(np.logaddexp(0, log_odds) - outcome * log_odds))
