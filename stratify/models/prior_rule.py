"""The plain rule beside which a model is shown, and on which the night falls back: who used a service before, how often.

People in the order of one count of use in the last year, those with as many in the order of a second. As a chance the rule
gives the share of people with as much earlier use to whom the event happened. It reads two columns and no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stratify.models.design import Numbers, as_numbers

KIND = "prior-use-rule"

# The second count only breaks ties between people with as much of the first.
TIE_WEIGHT = 0.001


@dataclass(frozen=True)
class PriorUse:
    """A count of use that orders people, one that breaks its ties, and the groups: `fewest` or less, ..., `most` or more."""

    column: str
    ties: str
    fewest: int = 0
    most: int = 3

    def order(self, features: pa.Table) -> Numbers:
        """The rule's order as a number, not a chance. A feed that did not arrive counts as no use."""
        return counted(features, self.column) + TIE_WEIGHT * counted(features, self.ties)

    def group_of(self, features: pa.Table) -> npt.NDArray[np.int64]:
        """The group of each row, from 0."""
        within = np.clip(counted(features, self.column), self.fewest, self.most)
        return np.asarray(within - self.fewest, dtype=np.int64)


@dataclass(frozen=True)
class FittedRule:
    """The rule with the chance of each of its groups. `why` says why the night fell back on it."""

    rule: PriorUse
    rates: tuple[float, ...]
    rows: int
    events: int
    why: str
    kind: str = KIND

    @property
    def version(self) -> str:
        """`prior-use-rule.1+9f2c01d4`: the kind, and a digest of what it learned."""
        return f"{KIND}.1+{hashlib.sha256(repr((self.rule, self.rates)).encode()).hexdigest()[:8]}"

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns it reads; a column that is missing counts as no use, so none is required."""
        return {}


def fit_rule(rule: PriorUse, features: pa.Table, outcome: pa.ChunkedArray, why: str) -> FittedRule:
    """Share with the event in each group: never falling, never 0 or 1. Rows without a known outcome are left out.

    Half an event is added to everybody's rate and one person with that rate to each group, so that no group is certain.
    """
    known = features.filter(outcome.is_valid())
    happened = np.asarray(pc.drop_null(outcome).to_numpy(zero_copy_only=False), dtype=bool)
    overall = (happened.sum() + 0.5) / (len(happened) + 1)
    groups = rule.group_of(known)
    rates = [
        float((happened[groups == group].sum() + overall) / ((groups == group).sum() + 1))
        for group in range(rule.most - rule.fewest + 1)
    ]
    rising = tuple(float(rate) for rate in np.maximum.accumulate(rates))
    return FittedRule(rule, rising, len(happened), int(happened.sum()), why)


def predict_rule(fitted: FittedRule, features: pa.Table) -> Numbers:
    """The chance of each row's group."""
    return np.asarray(fitted.rates)[fitted.rule.group_of(features)]


def counted(features: pa.Table, name: str) -> Numbers:
    """A column of counts as numbers; null, and a column that is not there, as 0."""
    if name not in features.column_names:
        return np.zeros(features.num_rows)
    return np.nan_to_num(as_numbers(features[name]), nan=0.0)
