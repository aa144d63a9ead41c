"""Logistic regression with a ridge penalty, by Newton's method, in slices of rows so that a million of them fit in memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

SLICE = 20_000
MOST_STEPS = 25
NEAR_ENOUGH = 1e-6


class Weights(NamedTuple):
    """Log-odds per unit of each term, and of a row where all are 0."""

    terms: Numbers
    intercept: float

    def log_odds(self, design: Floats) -> Numbers:
        """Of each row."""
        return np.asarray(design @ self.terms.astype(np.float32), dtype=np.float64) + self.intercept


def ridge(design: Floats, outcome: Numbers, penalty: float, start: Weights | None = None) -> Weights:
    """Weights that are best under `penalty` / 2 times the sum of their squares; the intercept is free."""
    terms = design.shape[1]
    weights = np.zeros(terms + 1)
    if start is not None:
        weights[:-1], weights[-1] = start
    else:
        mean = outcome.mean()
        weights[-1] = np.log(mean / (1 - mean))
    penalties = np.full(terms + 1, penalty)
    penalties[-1] = 1e-9
    loss = _loss(design, outcome, weights, penalties)
    for _ in range(MOST_STEPS):
        slope, curve = _slope_and_curve(design, outcome, weights)
        step = np.linalg.solve(curve + np.diag(penalties), slope - penalties * weights)
        weights, loss, gain = _shorter_until_better(design, outcome, weights, penalties, step, loss)
        if gain < NEAR_ENOUGH * max(1.0, abs(loss)) * 1e-2:
            break
    return Weights(weights[:-1], float(weights[-1]))


def _shorter_until_better(design, outcome, weights, penalties, step, loss):  # type: ignore[no-untyped-def]
    for _ in range(20):
        tried = weights + step
        found = _loss(design, outcome, tried, penalties)
        if found <= loss:
            return tried, found, loss - found
        step = step / 2
    return weights, loss, 0.0


def _loss(design: Floats, outcome: Numbers, weights: Numbers, penalties: Numbers) -> float:
    odds = Weights(weights[:-1], float(weights[-1])).log_odds(design)
    return float((np.logaddexp(0, odds) - outcome * odds).sum() + (penalties * weights**2).sum() / 2)


def _slope_and_curve(design: Floats, outcome: Numbers, weights: Numbers) -> tuple[Numbers, Numbers]:
    size = design.shape[1] + 1
    slope, curve = np.zeros(size), np.zeros((size, size))
    held = Weights(weights[:-1], float(weights[-1]))
    for first in range(0, len(outcome), SLICE):
        rows = design[first : first + SLICE]
        p = 1 / (1 + np.exp(-held.log_odds(rows)))
        wide = np.ones((len(rows), size), dtype=np.float32)
        wide[:, :-1] = rows
        slope += wide.T.astype(np.float64) @ (outcome[first : first + SLICE] - p)
        rooted = wide * np.sqrt(p * (1 - p)).astype(np.float32)[:, None]
        curve += rooted.T @ rooted
    return slope, curve
