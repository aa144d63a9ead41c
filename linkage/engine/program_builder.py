"""A program from comparisons, weights and blocking rules: what `program.py` describes, filled in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linkage.engine import weights
from linkage.engine.bound_tables import LARGEST_TABLE, GroupTable, LevelTable
from linkage.engine.conditions import (
    Both,
    Comparison,
    Differ,
    Equal,
    OneDigit,
    Question,
    Shallow,
    Term,
    Within,
    columns_of,
    is_deep,
    is_shallow,
)
from linkage.engine.program import (
    COMPARISON,
    DIFFER,
    ENTRY,
    EQUAL,
    GREATER,
    GROUP,
    LESSER,
    LEVEL,
    MEASURE,
    NO_FREQUENCY,
    ONE_DIGIT,
    PENDING,
    QUESTION,
    TERM,
    TEXT_QUESTION,
    WITHIN,
    Program,
)  # fmt: skip
from linkage.engine.rules import Rule
from linkage.engine.sheets import Texts
from linkage.engine.text_questions import bound_of, has_both, is_upwards, least_jaro_of, measure_of, most_changes
from linkage.engine.weights import Frequency, Weights
from schemas.errors import ConfigurationError

WORD_BITS = 64
# A comparison's table has 2 to the number of its questions entries: 16,384 for 14.
MOST_QUESTIONS = 14

SHALLOW_KINDS: dict[type, int] = {Equal: EQUAL, Both: EQUAL, Differ: DIFFER, Within: WITHIN, OneDigit: ONE_DIGIT}


@dataclass(frozen=True)
class OutlineOf:
    """A column with the outlines of another one's texts."""

    column: str


@dataclass(frozen=True)
class Layout:
    """The columns that each side hands to the kernel, in the order of their places."""

    left: tuple[str | OutlineOf, ...]
    right: tuple[str | OutlineOf, ...]


@dataclass(frozen=True)
class Values:
    """What is known of the values in columns: the texts that are read, and the share of records that has each code."""

    texts: Mapping[str, Texts]
    shares: Mapping[str, Any]


def build(comparisons: Sequence[Comparison], model: Weights, rules: Sequence[Rule], values: Values) -> tuple[Program, Layout]:
    """The program of `comparisons` and `rules`, and the columns it reads.

    Raises `ConfigurationError` `E-LINK-COMPARISON` where a comparison or all together ask more than a word has bits for.
    """
    places = _Places(comparisons, rules)
    return _Builder(tuple(comparisons), model, values, places).program(), Layout(tuple(places.left), tuple(places.right))


class _Places:
    """Places of columns, and bits of shallow questions: those of one comparison side by side, those that ask least first."""

    def __init__(self, comparisons: Sequence[Comparison], rules: Sequence[Rule]) -> None:
        self.left: dict[str | OutlineOf, int] = {}
        self.right: dict[str | OutlineOf, int] = {}
        self.asked: list[tuple[Shallow, int, int]] = []
        self.bits: list[dict[Shallow, int]] = [{} for _ in comparisons]
        shallow = [list(dict.fromkeys(filter(is_shallow, each.questions()))) for each in comparisons]
        self.order = sorted(range(len(shallow)), key=lambda number: len(shallow[number]))
        for number in self.order:
            asked = shallow[number]
            if len(asked) > MOST_QUESTIONS:
                name = comparisons[number].name
                raise _too_much(f"comparison {name} asks {len(asked)} questions, {MOST_QUESTIONS} are possible")
            self.bits[number] = {question: self._bit(question) for question in asked}
        self.rules = [[self._known(question) for question in rule.questions()] for rule in rules]
        if len(self.asked) > WORD_BITS:
            raise _too_much(f"comparisons and rules ask {len(self.asked)} questions, {WORD_BITS} are possible")

    def columns(self, question: Question) -> tuple[int, int]:
        """Places of a question's two columns; a new column gets the next place."""
        left, right = columns_of(question)
        return self._places(left, right)

    def outlines(self, left: str, right: str) -> tuple[int, int]:
        """Places of the outlines of two columns' texts."""
        return self._places(OutlineOf(left), OutlineOf(right))

    def _places(self, left: str | OutlineOf, right: str | OutlineOf) -> tuple[int, int]:
        return self.left.setdefault(left, len(self.left)), self.right.setdefault(right, len(self.right))

    def _bit(self, question: Shallow) -> int:
        self.asked.append((question, *self.columns(question)))
        return len(self.asked) - 1

    def _known(self, question: Shallow) -> int:
        """The bit of a rule's question: that of a comparison which asks the same, or one of its own."""
        found = (place for place, (asked, _, _) in enumerate(self.asked) if asked == question)
        bit = next(found, None)
        return self._bit(question) if bit is None else bit

    def questions(self) -> Any:
        """Shallow questions as records: those of one kind and two columns together."""
        asked: dict[tuple[int, int, int, int], list[int]] = {}
        for bit, (question, left, right) in enumerate(self.asked):
            steps = question.steps if isinstance(question, Within) else 0
            bits = asked.setdefault((SHALLOW_KINDS[type(question)], left, right, steps), [0, 0])
            bits[isinstance(question, Both)] |= 1 << bit
        rows = [(kind, left, right, *bits, steps) for (kind, left, right, steps), bits in asked.items()]
        return np.array(rows, dtype=QUESTION)


def _too_much(what: str) -> ConfigurationError:
    return ConfigurationError("E-LINK-COMPARISON", f"linkage: {what}.", cure="give fewer fields, levels or blocking rules")


class _Builder:
    """Builds the parts of a program."""

    def __init__(self, comparisons: tuple[Comparison, ...], model: Weights, values: Values, places: _Places) -> None:
        self.comparisons, self.weights, self.values, self.places = comparisons, model, values, places
        self.measured = [list(dict.fromkeys(measure_of(q) for q in each.questions() if is_deep(q))) for each in comparisons]
        by_level = (model.of(each.name, name).frequency for each in comparisons for name in each.names)
        self.frequencies = [each for each in dict.fromkeys(by_level) if each and each.column in values.shares]
        self.terms = [(number, term) for number, each in enumerate(comparisons) for one in each.levels for term in one.any_of]

    def program(self) -> Program:
        """Every array."""
        tables = [self._table(number) for number in range(len(self.comparisons))]
        groups, left_over = self._groups(tables)
        starts = _running(len(group.most) for group in groups)
        texts = list(dict.fromkeys(column for each in self.measured for _, column, _ in each))
        return Program(
            questions=None,
            rules=np.array([sum({1 << bit for bit in bits}) for bits in self.places.rules], dtype=np.uint64),
            comparisons=self._comparisons(tables),
            entries=np.concatenate([np.empty(0, ENTRY), *(table.entries for table in tables)]),
            most=np.concatenate([np.empty(0), *(table.most for table in tables)]),
            groups=np.array([group.record(entry) for group, entry in zip(groups, starts, strict=False)], dtype=GROUP),
            group_most=np.concatenate([np.empty(0), *(group.most for group in groups)]),
            levels=self._levels(),
            terms=self._terms(),
            text_questions=self._text_questions(),
            measures=self._measures(texts),
            value_bits=np.concatenate([np.empty(0), *map(self._value_bits, self.frequencies)]),
            prior=np.array([self.weights.prior, left_over]),
            dependence_levels=self._dependence_levels(),
            dependence_bits=np.array([each.weight for each in self.weights.dependences], dtype=np.float64),
            **self._texts(texts),
        )._replace(questions=self.places.questions())  # last, when every column has its place

    def _comparisons(self, tables: Sequence[LevelTable]) -> Any:
        """Comparisons as records; what lies one after the other is given by running sums."""
        sizes, scaled = [len(table.entries) for table in tables], [table.scaled for table in tables]
        levels = [len(each.names) for each in self.comparisons]
        entries, firsts = _running(sizes), _running(levels)
        measures = _running(map(len, self.measured))
        strides = list(itertools.accumulate(levels, lambda one, size: one * size, initial=1))
        rows = [
            (
                self._first_bit(number), sizes[number] - 1, entries[number], firsts[number], firsts[number + 1] - 1,
                strides[number], measures[number], measures[number + 1],
                self._scaled_level(number) if scaled[number] else -1, scaled[number] << self._first_bit(number),
            )
            for number in range(len(self.comparisons))
        ]  # fmt: skip
        return np.array(rows, dtype=COMPARISON)

    def _groups(self, tables: Sequence[LevelTable]) -> tuple[list[GroupTable], float]:
        """Comparisons whose bits are neighbours and few in one table each; what dependences across tables can add at most."""
        groups: list[GroupTable] = []
        for number in self.places.order:
            if groups and len(groups[-1].most) * len(tables[number].most) <= LARGEST_TABLE:
                groups[-1] = groups[-1].with_table(number, tables[number])
            else:
                groups.append(GroupTable(self._first_bit(number), tables[number].most, {number: tables[number].possible}))
        left_over = 0.0
        for dependence, levels in zip(self.weights.dependences, self._dependence_levels().tolist(), strict=True):
            asked = {number: levels[number] for number, each in enumerate(self.comparisons) if each.name in dependence.when}
            home = next((place for place, group in enumerate(groups) if asked.keys() <= group.possible.keys()), None)
            if home is None:
                left_over += max(0.0, dependence.weight)
            else:
                groups[home] = groups[home].with_dependence(asked, dependence.weight)
        return groups, left_over

    def _first_bit(self, number: int) -> int:
        return min(self.places.bits[number].values(), default=0)

    def _table(self, number: int) -> LevelTable:
        """One entry for each combination of a comparison's bits."""
        comparison, last = self.comparisons[number], len(self.comparisons[number].levels)
        words = np.arange(1 << len(self.places.bits[number]), dtype=np.int64)
        level = np.full(len(words), last, dtype=np.int32)
        most = np.full(len(words), -np.inf)
        possible = np.zeros(len(words), dtype=np.int64)
        pending, done = np.zeros(len(words), dtype=np.bool_), np.zeros(len(words), dtype=np.bool_)
        for place, each in enumerate(comparison.levels):
            for term in each.any_of:
                wanted, unwanted = self._term_bits(number, term, self._first_bit(number))
                holds = ~done & ((words & wanted) == wanted) & ((words & unwanted) == 0)
                most[holds] = np.maximum(most[holds], self._most(number, place))
                possible[holds] |= 1 << place
                if any(is_deep(question) for question in term.yes):
                    pending |= holds
                else:
                    level[holds] = place
                    done |= holds
        most[~done] = np.maximum(most[~done], self._most(number, last))
        possible[~done] |= 1 << last
        scaled = ~pending & (level == self._scaled_level(number))
        bits = _bits_that_say(words, scaled)
        if bits:
            most[scaled] = self.weights.of(comparison.name, comparison.names[self._scaled_level(number)]).bits
        entries = np.empty(len(words), dtype=ENTRY)
        entries["otherwise"], entries["level"] = level, np.where(pending, PENDING, level)
        return LevelTable(entries, most, possible, bits)

    def _term_bits(self, number: int, term: Term, first: int = 0) -> tuple[int, int]:
        bits = self.places.bits[number]
        yes = sum(1 << (bits[question] - first) for question in filter(is_shallow, set(term.yes)))
        no = sum(1 << (bits[question] - first) for question in set(term.no))
        return yes, no

    def _most(self, number: int, place: int) -> float:
        """The most that a level can weigh, whatever the value."""
        comparison = self.comparisons[number]
        weight = self.weights.of(comparison.name, comparison.names[place])
        if weight.frequency not in self.frequencies:
            return weight.bits
        return weight.bits + max(0.0, float(self._value_bits(weight.frequency).max(initial=0.0)))

    def _scaled_level(self, number: int) -> int:
        """The one level of a comparison whose commonness the left value bounds: the first that goes by the commoner value."""
        comparison = self.comparisons[number]
        for place, each in enumerate(comparison.levels):
            frequency = self.weights.of(comparison.name, each.name).frequency
            if (
                frequency in self.frequencies
                and _which(frequency) == LESSER
                and all(has_both(term, frequency.column) for term in each.any_of)
            ):
                return place
        return -1

    def _levels(self) -> Any:
        rows = []
        stop = 0
        for each in self.comparisons:
            for place, name in enumerate(each.names):
                first, stop = stop, stop + (len(each.levels[place].any_of) if place < len(each.levels) else 0)
                weight = self.weights.of(each.name, name)
                rows.append((first, stop, weight.bits, *self._frequency(weight.frequency)))
        return np.array(rows, dtype=LEVEL)

    def _frequency(self, frequency: Frequency | None) -> tuple[int, int, int, int]:
        if frequency not in self.frequencies:
            return NO_FREQUENCY, 0, 0, 0
        place = self.frequencies.index(frequency)
        first = sum(len(self.values.shares[each.column]) for each in self.frequencies[:place])
        return _which(frequency), *self.places.columns(Equal(frequency.column)), first

    def _value_bits(self, frequency: Frequency) -> Any:
        """What the commonness of each value of a column adds; values that no record has add what the rarest does."""
        shares = np.asarray(self.values.shares[frequency.column], dtype=np.float64)
        shares = np.maximum(shares, shares[shares > 0].min(initial=1.0))
        return frequency.share * (np.log2(frequency.base) - np.log2(np.maximum(shares, frequency.floor)))

    def _terms(self) -> Any:
        stops = _running(sum(map(is_deep, term.yes)) for _, term in self.terms)
        rows = [
            (*self._term_bits(number, term), first, stop)
            for (number, term), first, stop in zip(self.terms, stops[:-1], stops[1:], strict=True)
        ]
        return np.array(rows, dtype=TERM)

    def _text_questions(self) -> Any:
        firsts = _running(map(len, self.measured))
        rows = [
            (firsts[number] + self.measured[number].index(measure_of(question)), bound_of(question), is_upwards(question))
            for number, term in self.terms
            for question in term.yes
            if is_deep(question)
        ]
        return np.array(rows, dtype=TEXT_QUESTION)

    def _measures(self, texts: Sequence[str]) -> Any:
        """What is measured by each comparison, once for all its questions that ask it."""
        firsts = _running(len(self.values.texts[column]) for column in texts)
        rows = []
        for comparison, measured in zip(self.comparisons, self.measured, strict=True):
            for measure in measured:
                kind, left, right = measure
                asked = [q for q in comparison.questions() if is_deep(q) and measure_of(q) == measure]
                columns = *self.places.columns(Equal(left, right)), *self.places.outlines(left, right)
                bounds = min(map(least_jaro_of, asked)), max(map(most_changes, asked))
                rows.append((kind, *columns, firsts[texts.index(left)], *bounds))
        return np.array(rows, dtype=MEASURE)

    def _texts(self, columns: Sequence[str]) -> dict[str, Any]:
        """The texts of every column that is read, one after the other."""
        used = [self.values.texts[column] for column in columns]
        points, texts = _running(len(each.points) for each in used), _running(map(len, used))
        starts = [each.start[:-1] + offset for each, offset in zip(used, points, strict=False)]
        one = [each.related // max(1, len(each)) + first for each, first in zip(used, texts, strict=False)]
        other = [each.related % max(1, len(each)) + first for each, first in zip(used, texts, strict=False)]
        none = np.empty(0, np.int64)
        return {
            "points": np.concatenate([np.empty(0, np.int32), *(each.points for each in used)]),
            "start": np.concatenate([none, *starts, points[-1:]]),
            "first_related": np.searchsorted(np.concatenate([none, *one]), np.arange(texts[-1] + 1)),
            "related": np.concatenate([none, *other]),
        }

    def _dependence_levels(self) -> Any:
        every = [[(1 << len(each.names)) - 1 for each in self.comparisons] for _ in self.weights.dependences]
        for row, dependence in zip(every, self.weights.dependences, strict=True):
            for number, each in enumerate(self.comparisons):
                if each.name in dependence.when:
                    row[number] = sum(1 << each.names.index(name) for name in dependence.when[each.name] if name in each.names)
        return np.array(every, dtype=np.int64).reshape(len(every), len(self.comparisons))


def _which(frequency: Frequency) -> int:
    """Whether the lesser or the greater of two values' bits counts: the commoner value has the lesser, unless commonness adds."""
    return LESSER if (frequency.of == weights.COMMONER) == (frequency.share >= 0) else GREATER


def _bits_that_say(words: Any, holds: Any) -> int:
    """The bits that are all set in just the words for which something holds; 0 where no such bits are."""
    bits = int(np.bitwise_and.reduce(words[holds])) if holds.any() else 0
    return bits if bits and np.array_equal((words & bits) == bits, holds) else 0


def _running(sizes: Iterable[int]) -> list[int]:
    """Where each of several things of these sizes starts, and where the last one ends."""
    return list(itertools.accumulate(sizes, initial=0))
