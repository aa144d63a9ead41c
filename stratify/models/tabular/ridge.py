"""Logistic regression with a ridge penalty, by Newton's method, in slices of rows so that a million of them fit in memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

SLICE = 20_000
MOST_STEPS = 25
# Rows whose curvature stands for that of all: a step is then a little off, and the next one mends it.
ENOUGH_TO_CURVE = 200_000
MOST_HALVINGS = 20
NEAR_ENOUGH = 1e-8

# Hardly any penalty: what keeps the equations solvable where the outcome is split perfectly.
FREE = 1e-6


class Weights(NamedTuple):
    """Log-odds per unit of each term, and of a row where all are 0."""

    terms: Numbers
    intercept: float

    def log_odds(self, design: Floats) -> Numbers:
        """Of each row."""
        return np.asarray(design @ self.terms.astype(np.float32), dtype=np.float64) + self.intercept


def ridge(design: Floats, outcome: Numbers, penalty: float, start: Weights | None = None) -> Weights:
    """Weights that are best under half of `penalty` times the sum of their squares; the intercept is free."""
    problem = Problem(design, outcome, np.append(np.full(design.shape[1], penalty), FREE))
    mean = float(outcome.mean())
    weights = np.append(np.zeros(design.shape[1]), np.log(mean / (1 - mean)))
    if start is not None:
        weights = np.append(start.terms, start.intercept)
    loss = problem.loss(weights)
    for _ in range(MOST_STEPS):
        slope, curve = problem.slope_and_curve(weights)
        tried, found = problem.shorter_until_better(weights, np.asarray(np.linalg.solve(curve, slope), dtype=np.float64), loss)
        gain, weights, loss = loss - found, tried, found
        if gain < NEAR_ENOUGH * max(1.0, abs(loss)):
            break
    return _as_weights(weights)


class Problem(NamedTuple):
    """Rows by terms, the outcome, and the penalty of each term and the intercept."""

    design: Floats
    outcome: Numbers
    penalties: Numbers

    def loss(self, weights: Numbers) -> float:
        """Log loss of all rows, and the penalty."""
        odds = _as_weights(weights).log_odds(self.design)
        return float((np.logaddexp(0, odds) - self.outcome * odds).sum() + (self.penalties * weights**2).sum() / 2)

    def slope_and_curve(self, weights: Numbers) -> tuple[Numbers, Numbers]:
        """First and second derivatives of what is gained; the second, in a large table, of some of the slices, weighed up."""
        slope, curve = -self.penalties * weights, np.diag(self.penalties)
        step = max(1, len(self.outcome) // ENOUGH_TO_CURVE)
        for first in range(0, len(self.outcome), SLICE):
            rows = self.design[first : first + SLICE]
            p = 1 / (1 + np.exp(-_as_weights(weights).log_odds(rows)))
            wide = np.append(rows, np.ones((len(rows), 1), dtype=np.float32), axis=1)
            slope += wide.T @ (self.outcome[first : first + SLICE] - p)
            if first // SLICE % step == 0:
                rooted = wide * np.sqrt(step * p * (1 - p)).astype(np.float32)[:, None]
                curve += rooted.T @ rooted
        return slope, curve

    def shorter_until_better(self, weights: Numbers, step: Numbers, loss: float) -> tuple[Numbers, float]:
        """Newton's step, halved while it would make things worse; the weights as they were where no step helps."""
        for _ in range(MOST_HALVINGS):
            found = self.loss(weights + step)
            if found <= loss:
                return weights + step, found
            step = step / 2
        return weights, loss


def _as_weights(weights: Numbers) -> Weights:
    return Weights(weights[:-1], float(weights[-1]))
