"""How well chances agree with what happened, measured where the list is cut."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.metrics import roc_auc_score

from schemas.errors import CaselinkError
from stratify.models.design import KEY, Numbers

# Chances are kept this far from 0 and 1 before their log-odds are taken.
EDGE = 1e-9
STEPS = 50

# Rows of people at several index dates have this column, too.
INDEX_DATE = "index_date"


@dataclass(frozen=True)
class Assessment:
    """Figures of one model on one index date. Null where they cannot be given (nobody or everybody had the event).

    `dropped` are people whose outcome is not known. `ppv`, `sensitivity` and `lift` are those of the `capacity` people
    with the highest chance; lift is against choosing at random. `expected_observed` is events expected over observed.
    """

    rows: int
    events: int
    dropped: int
    capacity: int
    auroc: float | None
    baseline_auroc: float | None
    brier: float | None
    calibration_slope: float | None
    expected_observed: float | None
    ppv: float | None
    sensitivity: float | None
    lift: float | None


class Paired(NamedTuple):
    """Chances and outcomes of the same people, one row for each of their index dates; `pair` gives them by pseudonym and date."""

    pseudonyms: npt.NDArray[np.object_]
    p: Numbers
    outcome: npt.NDArray[np.bool_]
    dropped: int


def assess(predicted: pa.Table, outcome: pa.Table, *, baseline: pa.Table, capacity: int) -> Assessment:
    """Assess (pseudonym, p) against (pseudonym, outcome), beside a `baseline` of (pseudonym, p).

    Where people have rows at several index dates, each table has the column `index_date`, and rows are counted, not people.
    Raises `E-ASSESS-PEOPLE` where the tables speak of different people.
    """
    return assess_paired(pair(predicted, outcome), pair(baseline, outcome), capacity)


def assess_paired(paired: Paired, rule: Paired, capacity: int) -> Assessment:
    """The assessment of rows that are paired already; `rule` has the same rows."""
    people, events = len(paired.p), int(paired.outcome.sum())
    mixed = 0 < events < people
    found = int(paired.outcome[_highest(paired, capacity)].sum())
    listed = min(capacity, people)
    ppv = found / listed if listed else None
    return Assessment(
        rows=people,
        events=events,
        dropped=paired.dropped,
        capacity=capacity,
        auroc=float(roc_auc_score(paired.outcome, paired.p)) if mixed else None,
        baseline_auroc=float(roc_auc_score(rule.outcome, rule.p)) if mixed else None,
        brier=float(np.mean((paired.p - paired.outcome) ** 2)) if people else None,
        calibration_slope=calibration_slope(paired.p, paired.outcome) if mixed else None,
        expected_observed=float(paired.p.sum()) / events if events else None,
        ppv=ppv,
        sensitivity=found / events if events else None,
        lift=ppv / (events / people) if ppv is not None and events else None,
    )


def pair(predicted: pa.Table, outcome: pa.Table) -> Paired:
    """Chances beside outcomes; rows without a known outcome are counted and left out. Raises `E-ASSESS-PEOPLE`."""
    predicted, outcome = _in_order(predicted), _in_order(outcome)
    if _whose(predicted) != _whose(outcome):
        raise CaselinkError(
            "E-ASSESS-PEOPLE",
            f"{predicted.num_rows} people have a chance, {outcome.num_rows} an outcome, and they are not the same people.",
            cure="build features and outcome at the same index date",
        )
    known = outcome["outcome"].is_valid()
    kept = predicted.filter(known)
    return Paired(
        pseudonyms=kept[KEY].to_numpy(zero_copy_only=False),
        p=np.asarray(kept["p"].to_numpy(zero_copy_only=False), dtype=np.float64),
        outcome=np.asarray(outcome["outcome"].filter(known).to_numpy(zero_copy_only=False), dtype=bool),
        dropped=predicted.num_rows - kept.num_rows,
    )


def _in_order(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in (KEY, INDEX_DATE) if name in table.column_names])


def _whose(table: pa.Table) -> list[list[object]]:
    return [table[name].to_pylist() for name in (KEY, INDEX_DATE) if name in table.column_names]


def _highest(paired: Paired, capacity: int) -> npt.NDArray[np.int64]:
    """Places of the `capacity` highest chances; equal chances in the order in which the rows lie."""
    return np.asarray(np.argsort(-paired.p, kind="stable")[:capacity])


def calibration_slope(p: Numbers, outcome: npt.NDArray[np.bool_]) -> float | None:
    """Slope of a logistic regression of the outcome on the log-odds of `p`: 1 is right, below 1 is too extreme.

    Null where all chances are equal, or where the outcome is split perfectly, so that no slope is best.
    """
    odds = log_odds(p)
    if np.ptp(odds) == 0:
        return None
    rows = np.column_stack([np.ones_like(odds), odds])
    weights = np.array([0.0, 1.0])
    for _ in range(STEPS):
        fitted = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        curve = rows.T @ (rows * (fitted * (1 - fitted))[:, None])
        if not math.isfinite(np.linalg.cond(curve)) or np.linalg.cond(curve) > 1e12:
            return None
        step = np.linalg.solve(curve, rows.T @ (outcome - fitted))
        weights = weights + step
        if np.abs(step).max() < 1e-9:
            return float(weights[1])
    return None


def log_odds(p: Numbers) -> Numbers:
    """Log-odds of chances, which are kept off 0 and 1."""
    clipped = np.clip(p, EDGE, 1 - EDGE)
    return np.asarray(np.log(clipped / (1 - clipped)))
