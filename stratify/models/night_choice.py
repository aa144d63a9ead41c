"""The night's recipe: logistic by default, boosted where it is clearly better on people not learned from, in seconds.

The same parts as `stratify.models.tabular.choosing`, tried less lavishly: a night has minutes, an analyst has the evening. The
default is left only for a challenger that gains at least `LEAD` more: two models that tie are one model and some chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.boosted import ADDITIVE
from stratify.models.tabular.candidates import KEEP_EVERY, Candidates
from stratify.models.tabular.choosing import Choice
from stratify.models.tabular.material import Material
from stratify.models.tabular.recalibration import log_loss, recalibrate
from stratify.models.tabular.split import folds
from stratify.models.tabular.table_model import BOOSTED, LOGISTIC

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Part = tuple[Rows, Rows]

PENALTIES = (300.0, 30.0)
CHALLENGER = replace(ADDITIVE, learning_rate=0.12, most_rounds=80)
FOLDS = 5

# Rows that are drawn on to choose, and up to which all folds are looked at; of a larger table as many as hold enough events.
MOST_ROWS, EVERY_FOLD_TO, ENOUGH_EVENTS = 20_000, 10_000, 200

# Later events, from which on the later slice alone is looked at: what is to be right is what comes next.
FEWEST_LATE = 100

# Share of what the default gains over a constant by which the challenger must be better.
LEAD = 0.02


def choose_tonight(material: Material) -> Choice:
    """Logistic or boosted, with its penalty or number of trees, and the recalibration of its log-odds."""
    if len(material.outcome) > MOST_ROWS:
        material = material.part(np.flatnonzero(folds(material.units, len(material.outcome) // MOST_ROWS + 1) == 0))
    fold = folds(material.units, FOLDS)
    looked = _folds_looked_at(fold, material.outcome)
    late = material.late & (fold < looked)
    judged = late if material.outcome[late].sum() >= FEWEST_LATE else fold < looked
    candidates, parts = Candidates(material), list(_folds(fold, judged, looked))
    penalty, default = _best(_linear(candidates, parts), material.outcome[judged], judged)
    rounds, challenger = _best(_boosted(candidates, parts), material.outcome[judged], judged)
    return _chosen(default, challenger, material.outcome[judged], penalty, int(rounds))


def _folds_looked_at(fold: Rows, outcome: Numbers) -> int:
    """All of a small table; of a larger one two at least, and as many as hold enough events to choose and recalibrate by."""
    if len(fold) <= EVERY_FOLD_TO:
        return FOLDS
    return next((count for count in range(2, FOLDS) if outcome[fold < count].sum() >= ENOUGH_EVENTS), FOLDS)


def _chosen(default: Numbers, challenger: Numbers, outcome: Numbers, penalty: float, rounds: int) -> Choice:
    plain, other = recalibrate(default, outcome), recalibrate(challenger, outcome)
    without = log_loss(np.full(len(outcome), np.log(outcome.mean() / (1 - outcome.mean()))), outcome)
    loss, loss_of_other = log_loss(plain.of(default), outcome), log_loss(other.of(challenger), outcome)
    if loss - loss_of_other > LEAD * max(without - loss, 0.0):
        return Choice((BOOSTED,), penalty, {BOOSTED: rounds}, other, {BOOSTED: CHALLENGER})
    return Choice((LOGISTIC,), penalty, {}, plain, {})


def _linear(candidates: Candidates, parts: Iterable[Part]) -> Iterator[tuple[float, Rows, Numbers]]:
    for learn, check in parts:
        for penalty, odds in candidates.try_penalties(learn, check, PENALTIES):
            yield penalty, check, odds


def _boosted(candidates: Candidates, parts: Iterable[Part]) -> Iterator[tuple[float, Rows, Numbers]]:
    for learn, check in parts:
        for stage, odds in candidates.try_rounds(learn, check, CHALLENGER):
            yield float((stage + 1) * KEEP_EVERY), check, odds


def _folds(fold: Rows, judged: npt.NDArray[np.bool_], looked: int) -> Iterator[Part]:
    for each in range(looked):
        yield np.flatnonzero(fold != each), np.flatnonzero((fold == each) & judged)


def _best(found: Iterator[tuple[float, Rows, Numbers]], outcome: Numbers, judged: npt.NDArray[np.bool_]) -> tuple[float, Numbers]:
    """The setting with the lowest log loss over all judged rows, and its log-odds there."""
    by_setting: dict[float, Numbers] = {}
    for setting, check, odds in found:
        by_setting.setdefault(setting, np.zeros(len(judged)))[check] = odds
    best = min(by_setting, key=lambda each: log_loss(by_setting[each][judged], outcome))
    return best, by_setting[best][judged]
