"""The candidates, fitted on some rows of a table and asked about others, all under one encoding of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from schemas.errors import ConfigurationError
from stratify.models.tabular.boosted import Recipe, Steps, as_steps, grow, log_odds_by_round
from stratify.models.tabular.encoding import bin_codes, code_rows, learn_encoding, matrix
from stratify.models.tabular.ladders import Rungs, grow_ladders, summed
from stratify.models.tabular.levels import rates, rates_of_others
from stratify.models.tabular.linear import RATE, design
from stratify.models.tabular.material import Material
from stratify.models.tabular.ridge import Weights, ridge
from stratify.models.tabular.sheet import Codes, Floats, Rows
from stratify.models.tabular.split import folds

Numbers = npt.NDArray[np.float64]

# Folds in which the rate of a text's level is learned, so that no row's own outcome is in it.
RATE_FOLDS = 5
RATE_SALT = np.uint64(0x5EED)

KEEP_EVERY = 5

# Values other than their column's commonest up to which trees without interactions are grown as ladders: they are held as a list.
MOST_UNCOMMON = 20_000_000
NONE = np.zeros(0, dtype=np.int64)


class Candidates:
    """Rows as a design for the logistic candidate and a matrix for trees, each drawn up when it is asked for.

    Raises `ConfigurationError` `E-FIT-FEATURES` where no column tells rows apart.
    """

    def __init__(self, material: Material) -> None:
        self.encoding = learn_encoding(material.sheet, material.people)
        if not self.encoding.terms:
            raise ConfigurationError(
                "E-FIT-FEATURES", "no column tells rows apart.", cure="give numbers, flags or texts that vary"
            )
        self.coded = code_rows(self.encoding, material.sheet)
        self.outcome = material.outcome
        self.rate_fold = folds(material.units ^ RATE_SALT, RATE_FOLDS)

    def try_penalties(self, learn: Rows, check: Rows, penalties: Sequence[float]) -> Iterator[tuple[float, Numbers]]:
        """Log-odds of the rows to check under each penalty, heaviest first."""
        known, asked = self._designs(learn, check)
        start = None
        for penalty in sorted(penalties, reverse=True):
            start = ridge(known, self.outcome[learn], penalty, start)
            yield penalty, start.log_odds(asked)

    def try_rounds(self, learn: Rows, check: Rows, recipe: Recipe) -> Iterator[tuple[int, Numbers]]:
        """Log-odds of the rows to check after every `KEEP_EVERY` trees, numbered from 0."""
        by_round = self._by_ladders if self.grows_ladders(recipe) else self._by_trees
        for number, odds in enumerate(by_round(learn, check, recipe), 1):
            if number % KEEP_EVERY == 0:
                yield number // KEEP_EVERY - 1, odds

    def _by_trees(self, learn: Rows, check: Rows, recipe: Recipe) -> Iterator[Numbers]:
        known, asked = self._matrices(learn, check)
        return log_odds_by_round(grow(recipe, known, self.outcome[learn], recipe.most_rounds), asked)

    def _by_ladders(self, learn: Rows, check: Rows, recipe: Recipe) -> Iterator[Numbers]:
        asked = [codes[check] for codes in self.bins]
        start, ladders = grow_ladders(recipe, self._rungs(learn), self.outcome[learn], recipe.most_rounds)
        odds = np.full(len(check), start)
        for column, rungs in ladders:
            odds = odds + rungs[asked[column]]
            yield odds

    def steps(self, recipe: Recipe, rounds: int, rates: Mapping[str, Numbers]) -> Steps:
        """The boosted candidate without interactions on all rows; `rates` of the texts' levels."""
        if self.grows_ladders(recipe):
            rungs = self._rungs(self.every)
            start, ladders = grow_ladders(recipe, rungs, self.outcome, rounds)
            return summed(start, list(ladders), rungs)
        values = [rates[name] if name in rates else _bins(len(self.encoding.cuts[name])) for name in self.encoding.columns]
        return as_steps(grow(recipe, self.whole_matrix(), self.outcome, rounds), values, self.bins)

    def grows_ladders(self, recipe: Recipe) -> bool:
        """Whether trees without interactions are grown the shorter way: not over texts, whose rates differ from fold to fold, and
        not where most values are uncommon."""
        most = min(MOST_UNCOMMON, self.coded.rows * len(self.encoding.columns) // 2)
        return not (recipe.interacting or self.coded.codes or self.uncommon > most)

    @cached_property
    def bins(self) -> list[Codes]:
        """For every column the code of each row."""
        return [bin_codes(self.encoding, self.coded, name) for name in self.encoding.columns]

    @cached_property
    def uncommon(self) -> int:
        """Values that are not their column's commonest."""
        return sum(len(codes) - int(np.bincount(codes).max()) for codes in self.bins)

    def _rungs(self, rows: Rows) -> Rungs:
        sizes = [len(self.encoding.cuts[name]) + 2 for name in self.encoding.columns]
        return Rungs([codes[rows] for codes in self.bins], sizes)

    def linear(self, penalty: float) -> Weights:
        """The logistic candidate on all rows."""
        return ridge(self._designs(self.every, NONE)[0], self.outcome, penalty)

    def whole_matrix(self) -> Numbers:
        """All rows for trees, a text's rates out of fold."""
        return self._matrices(self.every, NONE)[0]

    def rates(self) -> dict[str, Numbers]:
        """Text column to the log-odds of each level, by all rows."""
        return {name: rates(codes, self.outcome, self.encoding.levels[name].size) for name, codes in self.coded.codes.items()}

    @property
    def every(self) -> Rows:
        """All rows."""
        return np.arange(self.coded.rows)

    def _rates(self, name: str, learn: Rows, check: Rows) -> tuple[Numbers, Numbers]:
        """Rates of a text column: out of fold for the rows learned from, by all of them for those to check."""
        codes, size = self.coded.codes[name], self.encoding.levels[name].size
        known, outcome = codes[learn], self.outcome[learn]
        return rates_of_others(known, outcome, size, self.rate_fold[learn]), rates(known, outcome, size)[codes[check]]

    def _designs(self, learn: Rows, check: Rows) -> tuple[Floats, Floats]:
        rated = {term.column for term in self.encoding.terms if term.shape == RATE}
        by_side = {name: self._rates(name, learn, check) for name in rated}
        return self._design(learn, by_side, 0), self._design(check, by_side, 1)

    def _design(self, rows: Rows, by_side: dict[str, tuple[Numbers, Numbers]], side: int) -> Floats:
        return design(self.encoding.terms, self.coded, {name: both[side] for name, both in by_side.items()}, rows)

    def _matrices(self, learn: Rows, check: Rows) -> tuple[Numbers, Numbers]:
        by_side = {name: self._rates(name, learn, check) for name in self.coded.codes}
        return self._matrix(learn, by_side, 0), self._matrix(check, by_side, 1)

    def _matrix(self, rows: Rows, by_side: dict[str, tuple[Numbers, Numbers]], side: int) -> Numbers:
        return matrix(self.encoding, self.coded, {name: both[side] for name, both in by_side.items()}, rows)


def _bins(cuts: int) -> Numbers:
    """What the bins of a number are in the matrix, no value last."""
    return np.array([*range(cuts + 1), np.nan])
