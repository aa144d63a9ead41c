"""Why a person's risk is what it is: groups of features, what each adds on the log-odds scale, in plain words.

A model's log-odds are a sum over columns, so its reasons are exact: a person's group contributions and the intercept add up to
the log-odds of her score before recalibration. A reason is shown where the group raises the risk above that of an average
person. The dated reasons of the people on a list are made in `stratify/reasons`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from schemas.pseudonymised import Score
from schemas.table import Rows
from stratify.features import FEATURES
from stratify.models.card import version_of
from stratify.models.design import KEY
from stratify.models.night_fit import Fitted, chances_of
from stratify.models.night_models import NightModel
from stratify.models.prior_rule import FittedRule
from stratify.models.tabular.table_model import contributions
from stratify.models.wording import WORDINGS
from stratify.reasons.shares import LEAST_SHARE, Contributions, Shares
from stratify.reasons.shares import group_shares as shares_by_group
from stratify.scores.score import Given, score_rows

MOST_REASONS = 5
SLICE = 50_000  # people at a time: what each column adds is a number a person and column

# Bands of the chance, for reading only: the list is cut by capacity, not by these. Our own cut points.
BANDS = ((0.50, "very high"), (0.20, "high"), (0.10, "moderate"))
LOWEST_BAND = "low"

GROUP_OF = {feature.name: feature.group for feature in FEATURES}


def as_contributions(fitted: Fitted, features: pa.Table) -> Contributions:
    """What each column adds to the log-odds, in the order of `features`; of the prior-use rule, what its one count adds."""
    if isinstance(fitted, FittedRule):
        odds = np.log(np.asarray(fitted.rates) / (1 - np.asarray(fitted.rates)))
        added = odds[fitted.rule.group_of(features)] - odds[0]
        return Contributions((fitted.rule.column,), added[:, None], float(odds[0]))
    found = contributions(fitted, features)
    return Contributions(found.columns, found.values, found.intercept)


def group_shares(fitted: Fitted, features: pa.Table) -> Shares:
    """What each group of features adds, person by person; a column of no declared feature is a group of its own."""
    return shares_by_group(as_contributions(fitted, features), GROUP_OF)


def weights_of(fitted: Fitted, features: pa.Table) -> dict[str, float]:
    """Group of features to how far it moves people's log-odds on average, up or down; of no people nothing."""
    if not features.num_rows:
        return {}
    shares = group_shares(fitted, features)
    return dict(zip(shares.groups, np.abs(shares.values).mean(axis=0).tolist(), strict=True))


def score_chances(model: NightModel, fitted: Fitted, features: pa.Table) -> Rows[Score]:
    """Score rows of a night's model, sorted by pseudonym: chance, band, reasons, the model's version.

    Raises `E-MODEL-INPUT` where the features are not those the model was fitted on.
    """
    features = features.sort_by(KEY)
    reasons = explain(fitted, features)
    given = [Given(p, band(p), tuple(words)) for p, words in zip(chances_of(fitted, features).tolist(), reasons, strict=True)]
    return score_rows(model.name, version_of(model, fitted), features[KEY].to_pylist(), given)


def band(p: float) -> str:
    """very high, high, moderate or low."""
    return next((name for lowest, name in BANDS if p >= lowest), LOWEST_BAND)


def explain(fitted: Fitted, features: pa.Table) -> list[list[str]]:
    """At most five reasons per row of `features`, the weightiest first."""
    reasons: list[list[str]] = []
    for first in range(0, features.num_rows, SLICE):
        part = features.slice(first, SLICE)
        shares, rows = group_shares(fitted, part), RowByRow(part)
        order = np.argsort(-shares.values, axis=1, kind="stable")
        reasons += [_words(shares, order[place].tolist(), place, rows.at(place)) for place in range(part.num_rows)]
    return reasons


class RowByRow(Mapping[str, Any]):
    """A table as one row after another: a column is brought into Python only once somebody asks for it."""

    def __init__(self, table: pa.Table) -> None:
        self.table, self.place = table, 0
        self.columns: dict[str, list[Any]] = {}

    def at(self, place: int) -> RowByRow:
        """The same, at another row."""
        self.place = place
        return self

    def __getitem__(self, name: str) -> Any:
        """The row's value; `KeyError` where there is no such column."""
        if name not in self.columns:
            self.columns[name] = self.table[name].to_pylist()
        return self.columns[name][self.place]

    def __iter__(self) -> Iterator[str]:
        """Names of the columns."""
        return iter(self.table.column_names)

    def __len__(self) -> int:
        """How many columns."""
        return int(self.table.num_columns)


def _words(shares: Shares, order: list[int], place: int, row: Mapping[str, Any]) -> list[str]:
    reasons: list[str] = []
    for group in order:
        if shares.values[place, group] < LEAST_SHARE or len(reasons) == MOST_REASONS:
            break
        wording = WORDINGS.get(shares.groups[group])
        words = wording(row) if wording else None
        if words:
            reasons.append(words)
    return reasons
