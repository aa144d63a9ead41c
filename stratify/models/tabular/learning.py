"""From rows and a choice to a model: the chosen parts fitted on all the rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.boosted import Steps, grow, threads
from stratify.models.tabular.candidates import Candidates
from stratify.models.tabular.choosing import Choice
from stratify.models.tabular.material import Material
from stratify.models.tabular.table_model import BOOSTED, INTERACTING, LOGISTIC, TableModel
from stratify.models.tabular.trees import Trees, as_trees

Numbers = npt.NDArray[np.float64]


def learn(material: Material, columns: Mapping[str, str], choice: Choice, *, dropped: int) -> TableModel:
    """The chosen parts, fitted on these rows; `dropped` counts those without an outcome."""
    with threads(0):
        return _learn(material, columns, choice, dropped)


def _learn(material: Material, columns: Mapping[str, str], choice: Choice, dropped: int) -> TableModel:
    candidates = Candidates(material)
    rates = candidates.rates()
    linear = candidates.linear(choice.penalty) if LOGISTIC in choice.parts else None
    steps, trees = _boosted(candidates, choice, rates)
    return TableModel(
        kind=choice.kind,
        columns=columns,
        rows=len(material.outcome),
        events=int(material.outcome.sum()),
        dropped=dropped,
        encoding=candidates.encoding,
        rates=rates,
        recalibration=choice.recalibration,
        linear=linear,
        steps=steps,
        trees=trees,
    )


def _boosted(candidates: Candidates, choice: Choice, rates: Mapping[str, Numbers]) -> tuple[Steps | None, Trees | None]:
    steps, trees = None, None
    if BOOSTED in choice.parts:
        steps = candidates.steps(choice.recipes[BOOSTED], choice.rounds[BOOSTED], rates)
    if INTERACTING in choice.parts:
        matrix = candidates.whole_matrix()
        trees = as_trees(grow(choice.recipes[INTERACTING], matrix, candidates.outcome, choice.rounds[INTERACTING]), matrix)
    return steps, trees
