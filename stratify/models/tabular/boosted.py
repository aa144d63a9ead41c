"""The boosted challengers: many small trees over bins. Without interactions they are a sum of steps, one ladder a column.

No class weights and no resampling: they ruin calibration (JAMIA 2022, ocac093).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Numbers = npt.NDArray[np.float64]

# A fixed number of threads for a size, whatever the machine has: the sum of a table's gradients depends on it in the last digit.
ONE_THREAD_TO = 100_000
TWO = 2


@dataclass(frozen=True)
class Recipe:
    """How a challenger grows; `most_rounds` is cut to what is best out of fold."""

    interacting: bool
    learning_rate: float
    most_leaves: int
    smallest_leaf: int
    shrinkage: float
    share_of_columns: float
    most_rounds: int

    def for_rows(self, rows: int) -> Recipe:
        """A large table bears longer strides, and fewer of them."""
        if rows <= ONE_THREAD_TO:
            return self
        return replace(self, learning_rate=2 * self.learning_rate, most_rounds=self.most_rounds // 2)


ADDITIVE = Recipe(False, 0.08, 4, 30, 5.0, 1.0, 400)
INTERACTING = Recipe(True, 0.05, 12, 30, 5.0, 0.5, 400)


def grow(recipe: Recipe, matrix: Numbers, outcome: Numbers, rounds: int) -> HistGradientBoostingClassifier:
    """Trees on rows by columns; a column without any value in these rows is as good as constant."""
    empty = np.isnan(matrix).all(axis=0)
    if empty.any():
        matrix = matrix.copy()
        matrix[:, empty] = 0.0
    grown = HistGradientBoostingClassifier(
        learning_rate=recipe.learning_rate,
        max_iter=rounds,
        max_leaf_nodes=recipe.most_leaves,
        min_samples_leaf=recipe.smallest_leaf,
        l2_regularization=recipe.shrinkage,
        max_features=recipe.share_of_columns,
        interaction_cst=None if recipe.interacting else "no_interactions",
        early_stopping=False,
        random_state=0,
    )
    with threads(len(outcome)):
        return grown.fit(matrix, outcome)


def threads(rows: int) -> threadpool_limits:
    """One thread for a small table, two for a large one; always one for sums of products."""
    return threadpool_limits({"openmp": 1 if rows <= ONE_THREAD_TO else TWO, "blas": 1})


def log_odds_by_round(grown: HistGradientBoostingClassifier, matrix: Numbers) -> Iterator[Numbers]:
    """Log-odds of each row after the first tree, the second, and so on."""
    for found in grown.staged_decision_function(matrix):
        yield np.asarray(found, dtype=np.float64).ravel()


@dataclass(frozen=True)
class Steps:
    """A sum of ladders: for every column one number per code, the last for no value. `intercept` is that of an average row."""

    ladders: tuple[Numbers, ...]
    intercept: float


def as_steps(grown: HistGradientBoostingClassifier, values: list[Numbers], codes: list[npt.NDArray[np.int32]]) -> Steps:
    """Trees that never look at two columns, read off code by code.

    `values`: for every column what its codes are in the matrix, no value last; `codes`: those of the rows learned from, by
    which each ladder is centred.
    """
    base = np.array([ladder[0] for ladder in values])
    grid = np.tile(base, (1 + sum(len(ladder) for ladder in values), 1))
    first = 1
    for place, ladder in enumerate(values):
        grid[first : first + len(ladder), place] = ladder
        first += len(ladder)
    with threads(0):
        found = np.asarray(grown.decision_function(grid), dtype=np.float64)
    intercept, ladders, first = float(found[0]), [], 1
    for ladder, seen in zip(values, codes, strict=True):
        rungs = found[first : first + len(ladder)] - found[0]
        first += len(ladder)
        mean = float(np.bincount(seen, minlength=len(ladder)) @ rungs / max(len(seen), 1))
        ladders.append(rungs - mean)
        intercept += mean
    return Steps(tuple(ladders), intercept)
