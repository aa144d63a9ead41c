"""The peer of `stratify.models.fit`: a careful scikit-learn pipeline, as an analyst would write it for a table she does not know.

Logistic regression (imputed, standardised, one-hot; the strength of the penalty by cross-validation) and gradient boosting with
interactions (its size by cross-validation), both with scikit-learn's cross-fitted target encoder for texts of many levels; the
better of the two out of fold. Groups stay together in every fold.

    python -m benchmarks.fit_peer LEARN.parquet CHECK.parquet --outcome COL [--group COL]

prints the figures of both on CHECK, and ours.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from threadpoolctl import threadpool_limits

from stratify.models import fit, predict

MANY_LEVELS = 20
FOLDS = 5
PENALTIES = (0.001, 0.01, 0.1, 1.0)
SIZES = ((0.05, 8, 150), (0.05, 16, 150), (0.1, 31, 100), (0.03, 6, 400))


def candidates(table: pd.DataFrame, *, quick: bool = False) -> dict[str, Any]:
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
    for rate, leaves, rounds in SIZES[:1] if quick else SIZES:
        grown = HistGradientBoostingClassifier(
            learning_rate=rate, max_leaf_nodes=leaves, max_iter=rounds, early_stopping=False, random_state=0
        )
        found[f"boosting {rate} {leaves} {rounds}"] = make_pipeline(trees, grown)
    return found


def fit_peer(
    table: pd.DataFrame, outcome: np.ndarray, groups: np.ndarray | None = None, *, quick: bool = False
) -> dict[str, Any]:
    """The best logistic and the best boosting by log loss out of fold, fitted on all rows; `chosen` is the better of them."""
    plain = as_peer_reads(table)
    losses = {}
    splitter = GroupKFold(FOLDS) if groups is not None else StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    tried = candidates(plain, quick=quick)
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


def compare(learn: Path, check: Path, outcome: str, *, group: str | None = None, quick: bool = False) -> dict[str, Any]:
    """AUROC and Brier score of the peer's two pipelines and of ours, learned from one file, on another."""
    known, asked = pq.read_table(learn), pq.read_table(check)
    roles = [name for name in (outcome, group) if name]
    had = asked[outcome].to_numpy().astype(float)
    table = known.to_pandas()
    with threadpool_limits(1):
        peer = fit_peer(
            table.drop(columns=roles),
            table[outcome].to_numpy().astype(int),
            table[group].to_numpy() if group else None,
            quick=quick,
        )
        features = as_peer_reads(asked.to_pandas().drop(columns=roles))
        found = {kind: _figures(had, peer[kind].predict_proba(features)[:, 1]) for kind in ("logistic", "boosting")}
        model = fit(known, outcome, groups=group, interactions=not quick).model
    return {**found, "chosen": peer["chosen"], "ours": {"kind": model.kind, **_figures(had, predict(model, asked))}}


def _figures(had: np.ndarray, p: np.ndarray) -> dict[str, float]:
    return {"auroc": float(roc_auc_score(had, p)), "brier": float(brier_score_loss(had, p))}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("learn", type=Path)
    parser.add_argument("check", type=Path)
    parser.add_argument("--outcome", required=True)
    parser.add_argument("--group")
    given = parser.parse_args()
    print(json.dumps(compare(given.learn, given.check, given.outcome, group=given.group), indent=1))
