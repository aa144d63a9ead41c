"""The peer of `stratify.models.fit`: a careful scikit-learn pipeline, as an analyst would write it for a table she does not know.

Logistic regression (imputed, standardised, one-hot; the strength of the penalty by cross-validation) and gradient boosting with
interactions (its size by cross-validation), both with scikit-learn's cross-fitted target encoder for texts of many levels; the
better of the two out of fold. Groups stay together in every fold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder

MANY_LEVELS = 20
FOLDS = 5
PENALTIES = (0.001, 0.01, 0.1, 1.0)
SIZES = ((0.05, 8, 150), (0.05, 16, 150), (0.1, 31, 100), (0.03, 6, 400))


def candidates(table: pd.DataFrame) -> dict[str, Any]:
    """Every pipeline that is tried, by name."""
    texts = [name for name in table if table[name].dtype == object]
    many = [name for name in texts if table[name].nunique() > MANY_LEVELS]
    few = [name for name in texts if name not in many]
    numbers = [name for name in table if name not in texts]
    encoded = TargetEncoder(cv=FOLDS, random_state=0)
    linear = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
            ("few", OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist"), few),
            ("many", make_pipeline(encoded, StandardScaler()), many),
        ]
    )
    trees = ColumnTransformer(
        [
            ("numbers", "passthrough", numbers),
            ("few", OneHotEncoder(handle_unknown="ignore", sparse_output=False), few),
            ("many", encoded, many),
        ]
    )
    found = {f"logistic {penalty}": make_pipeline(linear, LogisticRegression(C=penalty, max_iter=2000)) for penalty in PENALTIES}
    for rate, leaves, rounds in SIZES:
        grown = HistGradientBoostingClassifier(
            learning_rate=rate, max_leaf_nodes=leaves, max_iter=rounds, early_stopping=False, random_state=0
        )
        found[f"boosting {rate} {leaves} {rounds}"] = make_pipeline(trees, grown)
    return found


def fit_peer(table: pd.DataFrame, outcome: np.ndarray, groups: np.ndarray | None = None) -> dict[str, Any]:
    """The best logistic and the best boosting by log loss out of fold, fitted on all rows; `chosen` is the better of them."""
    plain = as_peer_reads(table)
    losses = {}
    splitter = GroupKFold(FOLDS) if groups is not None else StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    tried = candidates(plain)
    for name, pipeline in tried.items():
        p = cross_val_predict(pipeline, plain, outcome, groups=groups, cv=splitter, method="predict_proba")[:, 1]
        losses[name] = log_loss(outcome, p)
    best = {
        kind: min((name for name in tried if name.startswith(kind)), key=losses.__getitem__) for kind in ("logistic", "boosting")
    }
    fitted = {kind: tried[name].fit(plain, outcome) for kind, name in best.items()}
    return {**fitted, "chosen": min(best, key=lambda kind: losses[best[kind]]), "settings": best}


def as_peer_reads(table: pd.DataFrame) -> pd.DataFrame:
    """Flags as numbers, texts as objects with a word for no value, columns of one value left out by whoever calls."""
    found = {}
    for name in table:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            found[name] = column.astype(float)
        else:
            found[name] = column.astype(object).where(column.notna(), "(none)").astype(str).astype(object)
    return pd.DataFrame(found)
