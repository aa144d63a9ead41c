"""Why a person's risk is what it is: groups of features, what each adds on the log-odds scale, in plain words.

A linear model's score is a sum, so its reasons are exact: a person's group contributions and the intercept add up to the
log-odds of her score. A reason is shown where the group raises the risk above that of an average person. The dated reasons of
the people on a list are made in `stratify/reasons`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from schemas.pseudonymised import Score
from schemas.table import Rows
from stratify.features import FEATURES
from stratify.models.design import KEY
from stratify.models.emergency_admission import LOGISTIC, SCORE, Model, contributions, predict
from stratify.models.prior_use import ADMISSIONS, group_of
from stratify.models.wording import WORDINGS, use_of
from stratify.reasons.shares import LEAST_SHARE, Contributions, Shares
from stratify.reasons.shares import group_shares as shares_by_group
from stratify.scores.score import Given, score_rows

MOST_REASONS = 5

# Bands of the chance, for reading only: the list is cut by capacity, not by these. Our own cut points.
BANDS = ((0.50, "very high"), (0.20, "high"), (0.10, "moderate"))
LOWEST_BAND = "low"

GROUP_OF = {feature.name: feature.group for feature in FEATURES}


def as_contributions(model: Model, features: pa.Table) -> Contributions:
    """What each column adds to the log-odds, in the order of `features`; of the prior-use rule, what the admissions add."""
    if model.kind == LOGISTIC:
        columns = tuple(term.column for term in model.terms)
        return Contributions(columns, contributions(model, features), model.intercept)
    odds = np.log(np.asarray(model.rates) / (1 - np.asarray(model.rates)))
    return Contributions((ADMISSIONS,), (odds[group_of(features)] - odds[0])[:, None], float(odds[0]))


def group_shares(model: Model, features: pa.Table) -> Shares:
    """What each group of features adds, person by person; a column of no declared feature is a group of its own."""
    return shares_by_group(as_contributions(model, features), GROUP_OF)


def score_admission_risk(model: Model, features: pa.Table) -> Rows[Score]:
    """Score rows of `emergency_admission_12_months`, sorted by pseudonym: chance, band, reasons, the model's version.

    Raises `E-MODEL-INPUT` where the features are not those the model was fitted on.
    """
    features = features.sort_by(KEY)
    chances = predict(model, features)["p"].to_pylist()
    reasons = explain(model, features)
    given = [Given(p, band(p), tuple(words)) for p, words in zip(chances, reasons, strict=True)]
    return score_rows(SCORE, model.version, features[KEY].to_pylist(), given)


def band(p: float) -> str:
    """very high, high, moderate or low."""
    return next((name for lowest, name in BANDS if p >= lowest), LOWEST_BAND)


def explain(model: Model, features: pa.Table) -> list[list[str]]:
    """At most five reasons per row of `features`, the weightiest first."""
    if model.kind != LOGISTIC:
        said = use_of("emergency_inpatient")
        return [[said(row) or "no emergency admission in two years"] for row in features.to_pylist()]
    shares = group_shares(model, features)
    columns = features.to_pydict()
    return [
        _words(shares, place, {name: values[place] for name, values in columns.items()}) for place in range(features.num_rows)
    ]


def _words(shares: Shares, place: int, row: dict[str, object]) -> list[str]:
    order = np.argsort(-shares.values[place], kind="stable")
    reasons: list[str] = []
    for group in order:
        if shares.values[place, group] < LEAST_SHARE or len(reasons) == MOST_REASONS:
            break
        wording = WORDINGS.get(shares.groups[group])
        words = wording(row) if wording else None
        if words:
            reasons.append(words)
    return reasons
