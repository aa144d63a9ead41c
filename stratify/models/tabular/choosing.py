"""Which candidates, with which penalty and how many trees: what is best on people not learned from, and its recalibration.

People are dealt into folds by a hash; each fold is given chances by models that have not seen its people. Where there is a
time, only the last slice is looked at: what is to be right is what comes next. Candidates may be joined by the mean of
their log-odds. The one with the lowest log loss is chosen; one with more parts has to be better by a margin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.boosted import ADDITIVE, INTERACTING as WITH_INTERACTIONS, Recipe, grow, log_odds_by_round
from stratify.models.tabular.encoding import Coded, Encoding, code_rows, learn_encoding, matrix
from stratify.models.tabular.hashing import Hashes
from stratify.models.tabular.levels import rates, rates_of_others
from stratify.models.tabular.linear import design
from stratify.models.tabular.recalibration import Recalibration, log_loss, recalibrate
from stratify.models.tabular.ridge import ridge
from stratify.models.tabular.sheet import Sheet
from stratify.models.tabular.split import folds
from stratify.models.tabular.table_model import BOOSTED, INTERACTING, LOGISTIC

Numbers = npt.NDArray[np.float64]

RECIPES = {BOOSTED: ADDITIVE, INTERACTING: WITH_INTERACTIONS}
PENALTIES = (1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
FEW_PENALTIES = (100.0, 10.0)
FEW_FROM = 50_000

# Rows: folds dealt, folds looked at. A large table says enough with one.
FOLDS = ((10_000, 5, 5), (40_000, 4, 4), (100_000, 5, 2))
FOLDS_OF_MANY = (5, 1)
MOST_TO_CHOOSE = 200_000

RATE_FOLDS = 5
KEEP_EVERY = 5
FEWEST_LATE_EVENTS = 100

# Share of what the best candidate gains over a constant that one more part must add.
MARGIN = 0.005


class Material(NamedTuple):
    """Rows to learn from: features, outcome (0 and 1), a hash per person, and whether each row is of the last slice."""

    sheet: Sheet
    outcome: Numbers
    units: Hashes
    late: npt.NDArray[np.bool_]

    def part(self, rows: npt.NDArray[np.int64]) -> Material:
        """Some of the rows."""
        return Material(self.sheet.in_order(rows), self.outcome[rows], self.units[rows], self.late[rows])

    @property
    def people(self) -> npt.NDArray[np.int64]:
        """A number per row, the same for rows of one person."""
        return np.asarray(np.unique(self.units, return_inverse=True)[1])


@dataclass(frozen=True)
class Choice:
    """The parts of a model, what they are fitted with, and the recalibration of their mean."""

    parts: tuple[str, ...]
    penalty: float
    rounds: dict[str, int]
    recalibration: Recalibration

    @property
    def kind(self) -> str:
        """The parts' names."""
        return "+".join(self.parts)


class Tried(NamedTuple):
    """Out-of-fold log-odds by candidate, and what each was fitted with."""

    log_odds: dict[str, Numbers]
    penalty: float
    rounds: dict[str, int]


def choose(material: Material, offered: Sequence[Sequence[str]]) -> Choice:
    """The best of the offered sets of parts."""
    if len(material.outcome) > MOST_TO_CHOOSE:
        dealt = folds(material.units, len(material.outcome) // MOST_TO_CHOOSE + 1)
        material = material.part(np.flatnonzero(dealt == 0))
    wanted = tuple(dict.fromkeys(part for parts in offered for part in parts))
    judged, tried = _try(material, wanted)
    outcome = material.outcome[judged]
    found = []
    for parts in offered:
        joined = np.mean([tried.log_odds[part] for part in parts], axis=0)
        again = recalibrate(joined, outcome)
        found.append((log_loss(again.of(joined), outcome), Choice(tuple(parts), tried.penalty, tried.rounds, again)))
    mean = np.full(len(outcome), np.log(outcome.mean() / (1 - outcome.mean())))
    return _simplest_of_best(found, log_loss(mean, outcome))


def every_set(parts: Sequence[str]) -> list[tuple[str, ...]]:
    """Every set of parts, those of one first."""
    return [each for size in range(1, len(parts) + 1) for each in combinations(parts, size)]


def _simplest_of_best(found: list[tuple[float, Choice]], without: float) -> Choice:
    best = min(loss for loss, _ in found)
    near = best + MARGIN * max(without - best, 0.0)
    return min(found, key=lambda each: (each[0] > near, len(each[1].parts) if each[0] <= near else 0, each[0]))[1]


def _try(material: Material, wanted: Sequence[str]) -> tuple[npt.NDArray[np.bool_], Tried]:
    """Which rows were judged, and what was found for them."""
    rows = len(material.outcome)
    dealt, looked_at = next(((deal, look) for most, deal, look in FOLDS if rows <= most), FOLDS_OF_MANY)
    fold = folds(material.units, dealt)
    enough = material.outcome[material.late & (fold < looked_at)].sum() >= FEWEST_LATE_EVENTS
    judged = (fold < looked_at) & (material.late if enough else np.ones(rows, dtype=bool))
    penalties = PENALTIES if rows <= FEW_FROM else FEW_PENALTIES
    bench = Bench(material)
    linear: dict[float, Numbers] = {penalty: np.zeros(rows) for penalty in penalties}
    staged = {part: np.zeros((RECIPES[part].most_rounds // KEEP_EVERY, rows), np.float32) for part in wanted if part in RECIPES}
    for each in range(looked_at):
        learn, check = np.flatnonzero(fold != each), np.flatnonzero((fold == each) & judged)
        if LOGISTIC in wanted:
            for penalty, odds in bench.linear(learn, check, penalties):
                linear[penalty][check] = odds
        for part, kept in staged.items():
            for stage, odds in bench.grown(learn, check, RECIPES[part]):
                kept[stage, check] = odds
    return judged, _best(material.outcome[judged], linear, staged, judged)


def _best(outcome: Numbers, linear: dict[float, Numbers], staged: dict[str, npt.NDArray[np.float32]], judged: npt.NDArray[np.bool_]) -> Tried:
    penalty = min(linear, key=lambda each: log_loss(linear[each][judged], outcome))
    log_odds, rounds = {LOGISTIC: linear[penalty][judged]}, {}
    for part, kept in staged.items():
        losses = [log_loss(stage[judged].astype(np.float64), outcome) for stage in kept]
        stage = int(np.argmin(losses))
        rounds[part] = (stage + 1) * KEEP_EVERY
        log_odds[part] = kept[stage, judged].astype(np.float64)
    return Tried(log_odds, penalty, rounds)


class Bench:
    """Rows under one encoding, from which models of some of them are fitted."""

    def __init__(self, material: Material) -> None:
        self.encoding: Encoding = learn_encoding(material.sheet, material.people)
        self.coded: Coded = code_rows(self.encoding, material.sheet)
        self.outcome = material.outcome
        self.rate_fold = folds(material.units ^ np.uint64(0x5EED), RATE_FOLDS)
        nothing = {name: np.zeros(self.coded.rows) for name in self.coded.codes}
        self.matrix = matrix(self.encoding, self.coded, nothing)
        columns = {**self.coded.numbers, **{name: codes.astype(np.float32) for name, codes in self.coded.codes.items()}}
        self.design = design(self.encoding.terms, columns, {name: zeros.astype(np.float32) for name, zeros in nothing.items()})

    def linear(
        self, learn: npt.NDArray[np.int64], check: npt.NDArray[np.int64], penalties: Sequence[float]
    ) -> Iterator[tuple[float, Numbers]]:
        """Log-odds of the rows to check under each penalty, heaviest first."""
        known, asked = self.design[learn], self.design[check]
        self.fill_design(known, asked, learn, check)
        start = None
        for penalty in sorted(penalties, reverse=True):
            start = ridge(known, self.outcome[learn], penalty, start)
            yield penalty, start.log_odds(asked)

    def grown(
        self, learn: npt.NDArray[np.int64], check: npt.NDArray[np.int64], recipe: Recipe
    ) -> Iterator[tuple[int, Numbers]]:
        """Log-odds of the rows to check after every few trees."""
        known, asked = self.matrix[learn], self.matrix[check]
        for place, name in enumerate(self.encoding.columns):
            if name in self.coded.codes:
                known[:, place], asked[:, place] = self.rates_of(name, learn, check)
        trees = grow(recipe, known, self.outcome[learn], recipe.most_rounds)
        for number, odds in enumerate(log_odds_by_round(trees, asked), 1):
            if number % KEEP_EVERY == 0:
                yield number // KEEP_EVERY - 1, odds

    def fill_design(self, known: npt.NDArray[np.float32], asked: npt.NDArray[np.float32], learn: npt.NDArray[np.int64], check: npt.NDArray[np.int64]) -> None:
        for place, term in enumerate(self.encoding.terms):
            if term.shape == "rate":
                known[:, place], asked[:, place] = self.rates_of(term.column, learn, check)

    def rates_of(self, name: str, learn: npt.NDArray[np.int64], check: npt.NDArray[np.int64]) -> tuple[Numbers, Numbers]:
        """Rates of a text column: out of fold for the rows learned from, by all of them for those to check."""
        codes, size = self.coded.codes[name], self.encoding.levels[name].size
        known, outcome = codes[learn], self.outcome[learn]
        return rates_of_others(known, outcome, size, self.rate_fold[learn]), rates(known, outcome, size)[codes[check]]
