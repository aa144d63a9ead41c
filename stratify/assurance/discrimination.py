"""How well a model tells people apart, and what the list of the real capacity holds: each figure with its interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from stratify.assurance.resampling import REPEATS, SEED, Interval, Numbers, Places, interval, person_numbers, resamples
from stratify.models.assessment import Assessment, Paired, log_odds

Statistic = Callable[[Numbers], float]

FIGURES = (
    "auroc", "baseline_auroc", "brier", "calibration_slope", "expected_observed", "ppv", "sensitivity", "lift",
)  # fmt: skip
GAIN = "auroc_gain"


def figures_with_intervals(
    paired: Paired, rule: Paired, found: Assessment, *, repeats: int = REPEATS, seed: int = SEED
) -> dict[str, Interval]:
    """Every figure of the assessment, and the gain in AUROC over the rule, with 95 % intervals from resampled people.

    `rule` is of the same rows as `paired`. In a resample the list is of the same share of rows. The interval of the
    calibration slope takes one Newton step from the slope of everybody in each resample.
    """
    points = {name: getattr(found, name) for name in FIGURES}
    if found.auroc is not None and found.baseline_auroc is not None:
        points[GAIN] = found.auroc - found.baseline_auroc
    figures = _figures(paired, rule, found)
    rows = resamples(person_numbers(paired.pseudonyms), repeats=repeats, seed=seed)
    drawn = np.array([figures(weights) for weights in rows]).reshape(-1, len(FIGURES) + 1)
    return {name: interval(points.get(name), drawn[:, place]) for place, name in enumerate((*FIGURES, GAIN))}


def _figures(paired: Paired, rule: Paired, found: Assessment) -> Callable[[Numbers], tuple[float, ...]]:
    """`FIGURES` and the gain, as a function of how often each row is drawn."""
    happened = paired.outcome.astype(np.float64)
    order = np.argsort(-paired.p, kind="stable")
    happened_first, missed = happened[order], (paired.p - happened) ** 2
    share = found.capacity / len(order) if len(order) else 0.0
    auroc, by_rule, slope = _auroc(paired.p, happened), _auroc(rule.p, happened), _slope(paired, found.calibration_slope)

    def weighted(weights: Numbers) -> tuple[float, ...]:
        rows, events = float(weights.sum()), float(weights @ happened)
        hits, places = at_the_top(weights[order], happened_first, share)
        model, plain, ppv = auroc(weights), by_rule(weights), _over(hits, places)
        calibration = (_over(float(weights @ missed), rows), slope(weights), _over(float(weights @ paired.p), events))
        return model, plain, *calibration, ppv, _over(hits, events), _over(ppv, _over(events, rows)), model - plain

    return weighted


def _over(above: float, below: float) -> float:
    return float(above / below) if below > 0 else float("nan")


def at_the_top(weights: Numbers, happened: Numbers, share: float) -> tuple[float, float]:
    """Events found and places filled among the `share` of rows at the top; rows lie with the highest chance first.

    A row that is drawn more often than there are places left fills those.
    """
    filled = np.minimum(np.cumsum(weights), share * weights.sum())
    taken = np.diff(filled, prepend=0.0)
    return float(taken @ happened), float(filled[-1]) if len(filled) else 0.0


def _auroc(scores: Numbers, happened: Numbers) -> Statistic:
    """The chance that somebody with the event has a higher score than somebody without; equal scores count half."""
    codes: Places = np.asarray(np.unique(scores, return_inverse=True)[1], dtype=np.int64)
    size = int(codes.max()) + 1 if len(codes) else 0

    def weighted(weights: Numbers) -> float:
        had = np.bincount(codes, weights * happened, size)
        had_not = np.bincount(codes, weights, size) - had
        below = np.cumsum(had_not) - had_not / 2
        return _over(float(had @ below), float(had.sum() * had_not.sum()))

    return weighted


def _slope(paired: Paired, slope: float | None) -> Statistic:
    """One Newton step from the fit of everybody: its gradient and curve are sums over rows, so resampling them is cheap."""
    if slope is None:
        return lambda _: float("nan")
    odds = log_odds(paired.p)
    intercept = _intercept(odds * slope, paired.outcome)
    fitted = 1 / (1 + np.exp(-(intercept + slope * odds)))
    missed, curve = paired.outcome - fitted, fitted * (1 - fitted)
    sums = np.column_stack([missed, missed * odds, curve, curve * odds, curve * odds**2])

    def stepped(weights: Numbers) -> float:
        up, along, flat, mixed, steep = weights @ sums
        determinant = flat * steep - mixed**2
        return slope + float((flat * along - mixed * up) / determinant) if determinant > 0 else float("nan")

    return stepped


def _intercept(offset: Numbers, outcome: npt.NDArray[np.bool_]) -> float:
    """The intercept at which as many are expected as were observed, given the rest of the log-odds."""
    low, high = -40.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        if (1 / (1 + np.exp(-np.clip(offset + middle, -500, 500)))).sum() < outcome.sum():
            low = middle
        else:
            high = middle
    return (low + high) / 2
