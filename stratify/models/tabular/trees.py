"""Trees that look at several columns, as plain arrays: what a model file holds of them, and how a row falls through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from stratify.models.tabular.boosted import threads

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]

SLICE = 8_192


@dataclass(frozen=True)
class Trees:
    """All trees one after another; `first` is each tree's root. In a leaf `left` and `right` lead back to itself."""

    first: Places
    column: Places
    cut: Numbers
    missing_left: npt.NDArray[np.bool_]
    left: Places
    right: Places
    value: Numbers
    depth: Places
    intercept: float

    def log_odds(self, matrix: Numbers) -> Numbers:
        """Of each row."""
        found = np.full(len(matrix), self.intercept)
        for start in range(0, len(matrix), SLICE):
            rows = np.ascontiguousarray(matrix[start : start + SLICE])
            found[start : start + SLICE] += self._sums(rows)
        return found

    def _sums(self, rows: Numbers) -> Numbers:
        flat, width = rows.ravel(), rows.shape[1]
        base = np.arange(len(rows)) * width
        unknown = np.isnan(flat)
        found = np.zeros(len(rows))
        for root, depth in zip(self.first, self.depth, strict=True):
            node = np.full(len(rows), root, dtype=np.int32)
            for _ in range(depth):
                place = base + self.column[node]
                goes_left = np.where(unknown[place], self.missing_left[node], flat[place] <= self.cut[node])
                node = np.where(goes_left, self.left[node], self.right[node])
            found += self.value[node]
        return found


def as_trees(grown: HistGradientBoostingClassifier, example: Numbers) -> Trees:
    """The arrays of grown trees. `example`: any rows; by them the intercept is found."""
    tables = [stage[0].nodes for stage in grown._predictors]
    first = np.cumsum([0, *(len(table) for table in tables)])[:-1].astype(np.int32)
    nodes = np.concatenate(tables)
    shift = np.repeat(first, [len(table) for table in tables])
    own = np.arange(len(nodes), dtype=np.int32)
    leaf = nodes["is_leaf"].astype(bool)
    trees = Trees(
        first=first,
        column=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
        cut=np.where(leaf, 0.0, nodes["num_threshold"]),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        left=np.where(leaf, own, nodes["left"].astype(np.int32) + shift).astype(np.int32),
        right=np.where(leaf, own, nodes["right"].astype(np.int32) + shift).astype(np.int32),
        value=np.where(leaf, nodes["value"], 0.0),
        depth=np.array([table["depth"].max() for table in tables], dtype=np.int32),
        intercept=0.0,
    )
    with threads(0):
        whole = np.asarray(grown.decision_function(example[:1]), dtype=np.float64)
    intercept = float((whole - trees.log_odds(example[:1]))[0])
    return Trees(**{**trees.__dict__, "intercept": intercept})
