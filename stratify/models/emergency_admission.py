"""The risk of an emergency admission in the next 12 months: a regularised logistic model, and the rule it falls back on.

Learned at an earlier index date, checked at a later one (`stratify/outcomes.py`), then used at the night's as-at date.
No class weights and no resampling: they ruin calibration (JAMIA 2022, ocac093); the list is cut by capacity instead.
Cost is not read: a model that ranks on cost is unfair (Science 2019, aax2342).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from schemas.errors import CaselinkError
from stratify.features import NOT_MODELLED
from stratify.models.assessment import Assessment, assess, pair
from stratify.models.design import KEY, Numbers, Term, column_types, fit_terms, matrix
from stratify.models.prior_use import fit_rates, group_of, prior_use

__all__ = ["Assessment", "Model", "assess", "fit", "predict", "prior_use"]

SCORE = "emergency_admission_12_months"

# With fewer events than this a model of so many terms says more of chance than of people (issue text: fewer than 200).
FEWEST_EVENTS = 200

# Inverse strength of the ridge penalty on standardised terms. On the synthetic area, learned from 18,800 people with 179
# features and checked a year later: .03 AUROC .784 and slope of calibration .88; .003 .792 and .97; .001 .796 and 1.04.
PENALTY_C = 0.003

LOGISTIC = "logistic"
RULE = "prior-use-rule"


@dataclass(frozen=True)
class Model:
    """A fitted model. `kind` is `logistic`, or `prior-use-rule` where it fell back; `why` then says why.

    `columns` are the feature columns and types it was fitted on: it refuses any other.
    """

    kind: str
    columns: Mapping[str, str]
    rows: int
    events: int
    dropped: int
    why: str = ""
    terms: tuple[Term, ...] = ()
    estimator: LogisticRegression | None = None
    rates: tuple[float, ...] = field(default=())

    @property
    def version(self) -> str:
        """`emergency-admission-logistic.1+9f2c01d4`: the kind, and a digest of what it learned."""
        learned = repr((self.kind, sorted(self.columns.items()), self.terms, self.weights.tolist(), self.intercept, self.rates))
        return f"emergency-admission-{self.kind}.1+{hashlib.sha256(learned.encode()).hexdigest()[:8]}"

    @property
    def weights(self) -> Numbers:
        """Log-odds per standard deviation of each term."""
        return np.zeros(0) if self.estimator is None else np.asarray(self.estimator.coef_[0], dtype=np.float64)

    @property
    def intercept(self) -> float:
        """Log-odds of a person average in every term."""
        return 0.0 if self.estimator is None else float(self.estimator.intercept_[0])


def fit(features: pa.Table, outcome: pa.Table) -> Model:
    """Learn from (pseudonym, features) and (pseudonym, outcome); people without a known outcome are left out.

    The order of rows and columns never matters. Falls back to the prior-use rule, and says so in `kind` and `why`, where
    there are fewer than 200 events, or nobody without one. Raises `E-MODEL-COLUMN` for a column that is no number or
    flag, `E-ASSESS-PEOPLE` where the two tables speak of different people.
    """
    features = in_order(features)
    columns = column_types(features)
    known = pair(pa.table({KEY: features[KEY], "p": np.zeros(features.num_rows)}), outcome)
    learned = features.filter(outcome.sort_by(KEY)["outcome"].is_valid())
    rows, events = len(known.outcome), int(known.outcome.sum())
    why = too_little(rows, events)
    modelled = learned.select([name for name in learned.column_names if name not in NOT_MODELLED])
    terms = () if why else fit_terms(modelled)
    if not why and not terms:
        why = "no feature tells people apart"
    if why:
        rates = fit_rates(learned, known.outcome)
        return Model(RULE, columns, rows, events, known.dropped, why=why, rates=rates)
    estimator = _fitted(matrix(terms, modelled), known.outcome)
    return Model(LOGISTIC, columns, rows, events, known.dropped, terms=terms, estimator=estimator)


def in_order(features: pa.Table) -> pa.Table:
    """Rows by pseudonym, columns by name: sums of floating point numbers then never depend on how a table lay."""
    return features.select([KEY, *sorted(name for name in features.column_names if name != KEY)]).sort_by(KEY)


def too_little(rows: int, events: int) -> str:
    """Why a model cannot be fitted, in words; empty where it can."""
    if events < FEWEST_EVENTS:
        return f"{events} outcome events, fewer than {FEWEST_EVENTS}"
    return "nobody without the outcome" if events == rows else ""


def _fitted(numbers: Numbers, outcome: npt.NDArray[np.bool_]) -> LogisticRegression:
    with threadpool_limits(limits=1):
        return LogisticRegression(C=PENALTY_C, solver="newton-cholesky", max_iter=200).fit(numbers, outcome)


def check_columns(model: Model, features: pa.Table) -> None:
    """Refuse (`E-MODEL-INPUT`) features whose columns or types are not those the model was fitted on."""
    given = {item.name: str(item.type) for item in features.schema if item.name != KEY}
    problems = [
        *(f"{name} is missing" for name in sorted(model.columns.keys() - given.keys())),
        *(f"{name} was not there" for name in sorted(given.keys() - model.columns.keys())),
        *(f"{name} is {given[name]}, was {model.columns[name]}" for name in sorted(given.keys() & model.columns.keys())
          if given[name] != model.columns[name]),
    ]  # fmt: skip
    if problems:
        raise CaselinkError(
            "E-MODEL-INPUT",
            f"the model was fitted on other columns: {problems[0]} ({len(problems)} in all).",
            cure="build the features with the version that fitted the model, or fit it again",
        )


def predict(model: Model, features: pa.Table) -> pa.Table:
    """(pseudonym, p) in the order of `features`; p is the chance of an emergency admission in 12 months.

    A null feature counts as the average of those the model learned from. Raises `E-MODEL-INPUT`.
    """
    check_columns(model, features)
    if model.kind == RULE:
        return pa.table({KEY: features[KEY], "p": np.asarray(model.rates)[group_of(features)]})
    with threadpool_limits(limits=1):
        odds = np.asarray(contributions(model, features).sum(axis=1) + model.intercept)
    return pa.table({KEY: features[KEY], "p": 1 / (1 + np.exp(-odds))})


def contributions(model: Model, features: pa.Table) -> Numbers:
    """People by terms: what each term adds to the log-odds of a person average in everything. They sum to the score."""
    return matrix(model.terms, features) * model.weights


def silent_columns(model: Model, features: pa.Table) -> tuple[str, ...]:
    """Columns that the model weighs and that have no value at all tonight: as a rule a feed that did not arrive."""
    weighed = sorted({term.column for term in model.terms})
    return tuple(name for name in weighed if features.num_rows and features[name].null_count == features.num_rows)
