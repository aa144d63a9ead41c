"""Generated linkage problems: records, comparisons, weights and rules of every kind, small enough for the plain scorer."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from linkage.engine import plain_scorer as reference
from linkage.engine.conditions import (
    MEASURES,
    SIMILARITIES,
    Alike,
    Both,
    Comparison,
    Differ,
    Equal,
    Level,
    OneDigit,
    Related,
    Term,
    Within,
)
from linkage.engine.rules import Rule
from linkage.engine.sheets import Sheet, Texts, encode_values, lay_out
from linkage.engine.weigher import Sides
from linkage.engine.weights import COMMONER, RARER, Dependence, Frequency, LevelWeight, Weights

TEXT_COLUMNS = ("given", "family", "alias")  # one dictionary, so that each is found in another's place
NUMBER_COLUMNS = ("born", "swapped")  # YYYYMMDD, four bits a digit
CODE_COLUMNS = ("gender", "town")
COLUMNS = (*TEXT_COLUMNS, *NUMBER_COLUMNS, *CODE_COLUMNS)
GROUPS_OF_COLUMNS = (TEXT_COLUMNS, NUMBER_COLUMNS, ("gender",), ("town",))  # of one kind, so that they may be compared
FREQUENT = ("given", "family", "gender", "town")  # columns whose commonness may count; that of the last is never known
GROUPS = (("ANN", "ANNE", "NAN"), ("BOB", "ROBERT"))

TEXTS = (
    "ANN", "ANNE", "NAN", "BOB", "ROBERT", "MARTHA", "MARHTA", "DIXON", "DICKSONX", "", "A", "AB", "BA", "CA", "ABC",
    "JOSÉ", "JOSE\u0301", "שלום", "שולם", "\U0001f600\U0001f601", "\U0001f601\U0001f600", "O'NEIL", "ONEIL",
    "X" * 300, "X" * 256 + "Y", "XY" * 200,
)  # fmt: skip
DATES = (0x19800102, 0x19800201, 0x19800112, 0x19810102, 0x19991231, 0x20000101, 0x79991231, 0x00000000)
CODES = ("1", "2")


@dataclasses.dataclass(frozen=True)
class Problem:
    """Records of both sides (one where `right` is None), and how they are to be compared."""

    left: Sequence[Mapping[str, Any]]
    right: Sequence[Mapping[str, Any]] | None
    comparisons: tuple[Comparison, ...]
    rules: tuple[Rule, ...]
    weights: Weights
    shares: Mapping[str, Mapping[Any, float]]

    def sides(self) -> Sides:
        """The records as sheets, encoded as the product encodes them."""
        texts: dict[str, Texts] = {}
        shares = {}
        columns = {name: [[record[name] for record in side] for side in self._both()] for name in COLUMNS}
        for group, is_text in ((TEXT_COLUMNS, True), *(((name,), False) for name in CODE_COLUMNS)):
            asked = [pa.chunked_array([pa.array(side, pa.string())]) for name in group for side in columns[name]]
            values, codes = encode_values(*asked)
            for place, name in enumerate(group):
                columns[name] = codes[place * len(self._both()) : (place + 1) * len(self._both())]
                if is_text:
                    texts[name] = lay_out(values, GROUPS)
                if name in self.shares:
                    shares[name] = np.array([self.shares[name][value] for value in values.to_pylist()], dtype=np.float64)
        for name in NUMBER_COLUMNS:
            columns[name] = [np.array([-1 if x is None else x for x in side], np.int32) for side in columns[name]]
        sheets = [Sheet({name: columns[name][place] for name in COLUMNS}) for place in range(len(self._both()))]
        return Sides(sheets[0], sheets[1] if self.right is not None else None, texts, shares)

    def answers(self, key_cap: int | None = None) -> dict[tuple[int, int], tuple[float, tuple[str, ...]]]:
        """Weight and levels of every pair of the rules, by the plain scorer; of each rule only of keys that few enough share."""
        other = self.left if self.right is None else self.right
        pairs = set()
        for rule in self.rules:
            sharing = [sum(_are_equal(rule, one, each) for each in other) for one in self.left]
            found = reference.candidate_pairs([rule], self.left, self.right)
            pairs |= {(i, j) for i, j in found if key_cap is None or sharing[i] <= key_cap}
        return {(i, j): self.answer(self.left[i], other[j]) for i, j in sorted(pairs)}

    def answer(self, left: Mapping[str, Any], right: Mapping[str, Any]) -> tuple[float, tuple[str, ...]]:
        """Weight and levels of one pair, by the plain scorer."""
        return reference.weigh(self.comparisons, self.weights, left, right, shares=self.shares, are_related=are_related)

    def _both(self) -> list[Sequence[Mapping[str, Any]]]:
        return [self.left] if self.right is None else [self.left, self.right]


def _are_equal(rule: Rule, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(reference.holds(question, one, other, are_related) for question in rule.questions())


def are_related(one: str, other: str) -> bool:
    """Whether a group holds both of two different texts."""
    return one != other and any(one in group and other in group for group in GROUPS)


class Maker:
    """Makes one problem from one seed: dense enough that pairs are many, equal values common and near ones not rare."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.texts = self.random.sample(TEXTS, self.random.randint(2, 5))
        self.dates = self.random.sample(DATES, self.random.randint(1, 3))

    def problem(self) -> Problem:
        """Anything the kernel may be asked."""
        asked = tuple(self.comparison(number) for number in range(self.random.randint(1, 4)))
        rules = tuple(self.rule() for _ in range(self.random.randint(1, 3)))
        return Problem(self.records(), self.either(None, self.records()), asked, rules, self.weights(asked), self.shares())

    def shares(self) -> dict[str, dict[str, float]]:
        """How common each value is, of up to two columns."""
        frequent = self.random.sample(FREQUENT[:-1], self.random.randint(0, 3))
        values = {name: TEXTS if name in TEXT_COLUMNS else CODES for name in frequent}
        return {name: {value: self.one((0.001, 0.02, 0.3, 0.9)) for value in values[name]} for name in frequent}

    def records(self) -> list[dict[str, Any]]:
        """Up to ten records, some of their values missing."""
        pools = dict.fromkeys(TEXT_COLUMNS, self.texts) | dict.fromkeys(NUMBER_COLUMNS, self.dates)
        pools |= dict.fromkeys(CODE_COLUMNS, CODES)
        return [
            {name: self.one(pool) if self.random.random() < 0.85 else None for name, pool in pools.items()}
            for _ in range(self.random.randint(0, 10))
        ]

    def comparison(self, number: int) -> Comparison:
        """A comparison of one to four levels, each of one or two terms."""
        levels = [[self.term() for _ in range(self.random.randint(1, 2))] for _ in range(self.random.randint(1, 4))]
        return Comparison(f"c{number}", tuple(Level(f"l{place}", tuple(any_of)) for place, any_of in enumerate(levels)))

    def term(self) -> Term:
        """Up to two questions answered yes, shallow or deep, and up to one answered no."""
        asked = [self.one((self.shallow, self.deep))() for _ in range(self.random.randint(0, 2))]
        return Term(tuple(asked), tuple(self.shallow() for _ in range(self.random.randint(0, 1))))

    def shallow(self) -> Any:
        """A question that takes no reading."""
        kind = self.one((Equal, Both, Differ, Within, OneDigit))
        if kind is Within:
            column, other = self.columns(NUMBER_COLUMNS)
            return Within(column, self.one((0, 1, 16, 70_000)), other)
        return kind(*self.columns(NUMBER_COLUMNS if kind is OneDigit else self.one(GROUPS_OF_COLUMNS)))

    def deep(self) -> Any:
        """A question that reads texts."""
        column, other = self.columns(TEXT_COLUMNS)
        measure = self.one((*MEASURES, "related"))
        if measure == "related":
            return Related(column, other)
        bounds = (0.0, 0.3, 0.58, 0.71, 0.83, 0.92, 1.0) if measure in SIMILARITIES else (0.0, 1.0, 2.0, 5.0)
        return Alike(measure, column, self.one(bounds), other)

    def weights(self, asked: Sequence[Comparison]) -> Weights:
        """Bits for most levels, some with frequency, and up to two dependences."""
        levels = {
            each.name: {
                name: LevelWeight(self.bits(), self.frequency(each, place))
                for place, name in enumerate(each.names)
                if self.random.random() < 0.85
            }
            for each in asked
        }
        return Weights(self.bits(), levels, tuple(self.dependence(asked) for _ in range(self.random.randint(0, 2))))

    def dependence(self, asked: Sequence[Comparison]) -> Dependence:
        """Some levels of some comparisons."""
        some = self.random.sample(asked, self.random.randint(0, len(asked)))
        when = {each.name: tuple(self.random.sample(each.names, self.random.randint(1, len(each.names)))) for each in some}
        return Dependence("made up", when, self.bits())

    def frequency(self, comparison: Comparison, place: int) -> Frequency | None:
        """How commonness counts, for half the levels: of a column that the level asks about, or of any."""
        asked = [term.yes for level in comparison.levels[place : place + 1] for term in level.any_of if term.yes]
        columns = [question.column for yes in asked for question in yes if question.column in FREQUENT]
        column = self.either(self.one(columns), self.one(FREQUENT)) if columns else self.one(FREQUENT)
        how = self.one((0.01, 0.2, 1.0)), self.one((COMMONER, COMMONER, RARER)), self.one((1.0, 0.5)), self.one((0.0, 0.05))
        return self.either(None, Frequency(column, *how))

    def rule(self) -> Rule:
        """One or two columns that must be equal, sometimes another column on the other side."""
        pairs = [self.columns(self.one(GROUPS_OF_COLUMNS)) for _ in range(self.random.randint(1, 2))]
        return Rule(tuple(one for one, _ in pairs), tuple(other or one for one, other in pairs))

    def columns(self, group: Sequence[str]) -> tuple[str, str]:
        """A column and, now and then, another of its kind for the right side."""
        column, other = self.one(group), self.one(group)
        return column, other if other != column and self.random.random() < 0.4 else ""

    def bits(self) -> float:
        """A weight."""
        return self.random.uniform(-12, 12)

    def one(self, values: Sequence[Any]) -> Any:
        """Any of them."""
        return self.random.choice(values)

    def either(self, one: Any, other: Any) -> Any:
        """One or the other."""
        return one if self.random.random() < 0.5 else other


def problems() -> st.SearchStrategy[Problem]:
    """Problems by seed: hypothesis' own lists are mostly too short for two records to meet."""
    return st.integers(0, 2**63).map(lambda seed: Maker(seed).problem())
