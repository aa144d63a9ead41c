"""What each group of features adds to a person's score, on the scale of log-odds: the shares and the start add up to it.

A model without interactions gives every column of a person a number; those numbers and the intercept sum to the log-odds of the
score before it is recalibrated. Recalibration is monotone: it moves the chance and never the order of reasons. So a group's
share is exact; in words it is only a size, as the third digit of a share means nothing to a reader.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.pseudonymised import Reason
from schemas.table import Rows
from stratify.reasons.categories import category_of_group

Numbers = npt.NDArray[np.float64]

# A group that adds less than this to the log-odds (5 % to the odds) is not a reason.
LEAST_SHARE = 0.05

# Sizes in words, by what a share does to the odds: doubled, and half as much again. Our own cut points.
SIZES = ((math.log(2), "raises it strongly"), (math.log(1.5), "raises it clearly"), (LEAST_SHARE, "raises it somewhat"))
LOWERS, BARELY = "lowers it", "barely moves it"

# The last two rows of every person: all groups that are no reasons, and where everybody starts.
EVERYTHING_ELSE = "everything else"
AVERAGE_PERSON = "the average person"
START = "where everybody starts"


class Additive(Protocol):
    """People by columns: what each column adds to the log-odds of the score. `intercept` is where everybody starts."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the model's columns; a name may stand there several times."""

    @property
    def values(self) -> Numbers:
        """People by columns."""

    @property
    def intercept(self) -> float:
        """Log-odds of the average person."""


@dataclass(frozen=True)
class Contributions:
    """The plainest thing that is `Additive`."""

    columns: tuple[str, ...]
    values: Numbers
    intercept: float


@dataclass(frozen=True)
class Shares:
    """People by groups: what each group adds to the log-odds. Groups are sorted."""

    groups: tuple[str, ...]
    values: Numbers
    intercept: float

    def log_odds(self) -> Numbers:
        """What the shares and the start add up to, person by person."""
        return np.asarray(self.values.sum(axis=1) + self.intercept)


def group_shares(contributions: Additive, group_of: Mapping[str, str]) -> Shares:
    """The contributions added up by group; a column of no declared group is a group of its own."""
    names = [group_of.get(column, column) for column in contributions.columns]
    groups = tuple(sorted(set(names)))
    values = np.zeros((len(contributions.values), len(groups)))
    for place, name in enumerate(names):  # one after the other: a sum's last digit then never depends on threads
        values[:, groups.index(name)] += contributions.values[:, place]
    return Shares(groups, values, contributions.intercept)


def size_in_words(share: float) -> str:
    """`raises it strongly`, `raises it clearly`, `raises it somewhat`, `barely moves it` or `lowers it`."""
    if share <= -LEAST_SHARE:
        return LOWERS
    return next((words for least, words in SIZES if share >= least), BARELY)


def reason_rows(score: str, pseudonyms: Sequence[str], shares: Shares) -> Rows[Reason]:
    """Each person's reasons for one score, weightiest first, then everything else and the average person, sorted by pseudonym.

    The shares of a person's rows add up to the log-odds of her score before recalibration.
    """
    order = np.argsort(-shares.values, axis=1, kind="stable")
    ranked = np.take_along_axis(shares.values, order, axis=1)
    shown = ranked >= LEAST_SHARE
    people, places = np.nonzero(shown)
    names = np.asarray(shares.groups, dtype=object)[order[people, places]]
    count = len(pseudonyms)
    last = shown.sum(axis=1) + 1
    table = pa.concat_tables(
        [
            _rows(score, _taken(pseudonyms, people), places + 1, names.tolist(), ranked[people, places]),
            _rows(score, pseudonyms, last, [EVERYTHING_ELSE] * count, np.where(shown, 0.0, ranked).sum(axis=1)),
            _rows(score, pseudonyms, last + 1, [AVERAGE_PERSON] * count, np.full(count, shares.intercept)),
        ]
    )
    return Reason.sort(table)


def _taken(pseudonyms: Sequence[str], people: npt.NDArray[np.int64]) -> Sequence[str]:
    return [pseudonyms[place] for place in people.tolist()]


def _rows(
    score: str, pseudonyms: Sequence[str], places: npt.NDArray[np.int64], groups: Sequence[str], values: Numbers
) -> pa.Table:
    sizes = [START if group == AVERAGE_PERSON else size_in_words(share) for group, share in zip(groups, values, strict=True)]
    columns = [
        pa.array(pseudonyms, pa.string()),
        pa.array([score] * len(pseudonyms), pa.string()),
        pa.array(places, pa.int64()),
        pa.array(groups, pa.string()),
        pa.array(values, pa.float64()),
        pa.array(sizes, pa.string()),
        pa.array([category_of_group(group) for group in groups], pa.string()),
    ]
    return pa.table(columns, schema=Reason.arrow_schema())
