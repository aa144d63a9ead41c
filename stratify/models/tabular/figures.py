"""How a model did on people it has not seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stratify.models.assessment import calibration_slope

Numbers = npt.NDArray[np.float64]


class Figures(NamedTuple):
    """Of the rows that check a model. Null where they cannot be given: nobody or everybody had the event, or no rule is there.

    `rows` and `events` count those rows; `baseline_auroc` is that of the rule named in `baseline`.
    """

    rows: int
    events: int
    auroc: float | None
    brier: float | None
    calibration_slope: float | None
    expected_observed: float | None
    baseline: str | None
    baseline_auroc: float | None


def measure(p: Numbers, outcome: Numbers, rule: str | None, order: Numbers | None) -> Figures:
    """The figures of chances `p` beside the plain rule's order of the same rows."""
    rows, events = len(outcome), int(outcome.sum())
    mixed = 0 < events < rows
    return Figures(
        rows=rows,
        events=events,
        auroc=auroc(p, outcome),
        brier=float(np.mean((p - outcome) ** 2)) if rows else None,
        calibration_slope=calibration_slope(p, outcome.astype(bool)) if mixed else None,
        expected_observed=float(p.sum()) / events if events else None,
        baseline=rule,
        baseline_auroc=auroc(order, outcome) if order is not None else None,
    )


def auroc(order: Numbers, outcome: Numbers) -> float | None:
    """The chance that a row with the event stands above one without, ties counted half; null with one class."""
    events = int(outcome.sum())
    others = len(outcome) - events
    if not events or not others:
        return None
    unique, place = np.unique(order, return_inverse=True)
    counts = np.bincount(place, minlength=len(unique))
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[place][outcome > 0].sum() - events * (events + 1) / 2) / (events * others))
