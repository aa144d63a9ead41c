"""Which candidates, with which penalty and how many trees: what is best on people not learned from, and its recalibration.

People are dealt into folds by a hash; each fold is given chances by models that have not seen its people. Where there is a
time, only the last slice is looked at: what is to be right is what comes next. Candidates may be joined by the mean of
their log-odds. The set with the lowest log loss is chosen, one with fewer parts where it is as good but for a margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.boosted import ADDITIVE, Recipe
from stratify.models.tabular.boosted import INTERACTING as WITH_INTERACTIONS
from stratify.models.tabular.candidates import KEEP_EVERY, Candidates
from stratify.models.tabular.material import Material
from stratify.models.tabular.recalibration import Recalibration, log_loss, recalibrate
from stratify.models.tabular.split import folds
from stratify.models.tabular.table_model import BOOSTED, INTERACTING, LOGISTIC

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

RECIPES = {BOOSTED: ADDITIVE, INTERACTING: WITH_INTERACTIONS}
PENALTIES = (1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)

# A large table needs less of everything: rows at most, folds dealt, folds looked at.
FOLDS = ((10_000, 5, 5), (40_000, 4, 4), (100_000, 5, 2))
FOLDS_OF_MANY = (5, 1)
FEW_PENALTIES, FEW_FROM = (100.0, 10.0), 50_000
MOST_ROWS = 200_000

FEWEST_LATE_EVENTS = 100

# Share of what the best set gains over a constant that one with fewer parts may lack.
MARGIN = 0.002


@dataclass(frozen=True)
class Choice:
    """The parts of a model, what they are fitted with, and the recalibration of their mean."""

    parts: tuple[str, ...]
    penalty: float
    rounds: dict[str, int]
    recalibration: Recalibration
    recipes: dict[str, Recipe]

    @property
    def kind(self) -> str:
        """The parts' names."""
        return "+".join(self.parts)


class Tried(NamedTuple):
    """Outcome and out-of-fold log-odds by candidate of the rows looked at, and what each candidate was fitted with."""

    outcome: Numbers
    log_odds: dict[str, Numbers]
    penalty: float
    rounds: dict[str, int]


def choose(material: Material, offered: Sequence[Sequence[str]]) -> Choice:
    """The best of the offered sets of parts."""
    rows = len(material.outcome)
    recipes = {part: recipe.for_rows(rows) for part, recipe in RECIPES.items()}
    if rows > MOST_ROWS:
        material = material.part(np.flatnonzero(folds(material.units, -(-rows // MOST_ROWS)) == 0))
    tried = _try(material, tuple(dict.fromkeys(part for parts in offered for part in parts)), recipes)
    found = []
    for parts in offered:
        joined = np.mean([tried.log_odds[part] for part in parts], axis=0)
        again = recalibrate(joined, tried.outcome)
        choice = Choice(tuple(parts), tried.penalty, tried.rounds, again, recipes)
        found.append((log_loss(again.of(joined), tried.outcome), choice))
    return _simplest_of_best(found, log_loss(np.zeros_like(tried.outcome) + _log_odds(tried.outcome.mean()), tried.outcome))


def every_set(parts: Sequence[str]) -> list[tuple[str, ...]]:
    """Every set of parts, those of one first."""
    return [each for size in range(1, len(parts) + 1) for each in combinations(parts, size)]


def _simplest_of_best(found: list[tuple[float, Choice]], without: float) -> Choice:
    best = min(loss for loss, _ in found)
    near = [each for each in found if each[0] <= best + MARGIN * max(without - best, 0.0)]
    return min(near, key=lambda each: (len(each[1].parts), each[0]))[1]


def _try(material: Material, wanted: Sequence[str], recipes: dict[str, Recipe]) -> Tried:
    rows, outcome = len(material.outcome), material.outcome
    dealt, looked_at = next(((deal, look) for most, deal, look in FOLDS if rows <= most), FOLDS_OF_MANY)
    fold = folds(material.units, dealt)
    judged = _judged(material, fold < looked_at)
    candidates = Candidates(material)
    penalties = (PENALTIES if rows <= FEW_FROM else FEW_PENALTIES) if LOGISTIC in wanted else ()
    linear = {penalty: np.zeros(rows) for penalty in penalties}
    staged = {part: _stages(recipes[part], rows) for part in wanted if part in recipes}
    for each in range(looked_at):
        learn, check = np.flatnonzero(fold != each), np.flatnonzero((fold == each) & judged)
        if linear:
            for penalty, odds in candidates.try_penalties(learn, check, penalties):
                linear[penalty][check] = odds
        for part, stages in staged.items():
            for stage, odds in candidates.try_rounds(learn, check, recipes[part]):
                stages[stage, check] = odds
    return _best(
        outcome[judged],
        {penalty: odds[judged] for penalty, odds in linear.items()},
        {part: stages[:, judged] for part, stages in staged.items()},
    )


def _judged(material: Material, looked_at: Mask) -> Mask:
    """Rows looked at: of the last slice, unless it has too few events to choose by."""
    late = looked_at & material.late
    return late if material.outcome[late].sum() >= FEWEST_LATE_EVENTS else looked_at


def _stages(recipe: Recipe, rows: int) -> npt.NDArray[np.float32]:
    return np.zeros((recipe.most_rounds // KEEP_EVERY, rows), dtype=np.float32)


def _best(outcome: Numbers, linear: dict[float, Numbers], staged: dict[str, npt.NDArray[np.float32]]) -> Tried:
    penalty = min(linear, key=lambda each: log_loss(linear[each], outcome), default=0.0)
    tried = Tried(outcome, {LOGISTIC: linear[penalty]} if linear else {}, penalty, {})
    for part, stages in staged.items():
        losses = [log_loss(stage.astype(np.float64), outcome) for stage in stages]
        stage = int(np.argmin(losses))
        tried.rounds[part] = (stage + 1) * KEEP_EVERY
        tried.log_odds[part] = stages[stage].astype(np.float64)
    return tried


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))
