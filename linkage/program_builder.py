"""A program from comparisons, weights and blocking rules: what `program.py` describes, filled in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linkage import weights
from linkage.conditions import (
    SIMILARITIES,
    Alike,
    Both,
    Comparison,
    Differ,
    Equal,
    OneDigit,
    Question,
    Related,
    Shallow,
    Term,
    Within,
    columns_of,
    is_deep,
    is_shallow,
)
from linkage.program import (
    COMMONER,
    COMPARISON,
    DAMERAU_LEVENSHTEIN,
    DIFFER,
    ENTRY,
    EQUAL,
    JARO,
    JARO_WINKLER,
    LEVEL,
    LEVENSHTEIN,
    MEASURE,
    NO_FREQUENCY,
    ONE_DIGIT,
    ONE_SLIP,
    PENDING,
    QUESTION,
    RARER,
    RELATED,
    SLIP,
    TERM,
    TEXT_QUESTION,
    WITHIN,
    Program,
)  # fmt: skip
from linkage.rules import Rule
from linkage.sheets import Texts
from linkage.text_measures import least_jaro
from linkage.weights import Frequency, Weights
from schemas.errors import ConfigurationError

WORD_BITS = 64
# A comparison's table has 2 to the number of its questions entries: 16,384 for 14.
MOST_QUESTIONS = 14

SHALLOW_KINDS: dict[type, int] = {Equal: EQUAL, Both: EQUAL, Differ: DIFFER, Within: WITHIN, OneDigit: ONE_DIGIT}
TEXT_KINDS = {
    "jaro_winkler": JARO_WINKLER, "jaro": JARO, "slip": SLIP,
    "levenshtein": LEVENSHTEIN, "damerau_levenshtein": DAMERAU_LEVENSHTEIN,
}  # fmt: skip
FREQUENCY_KINDS = {weights.COMMONER: COMMONER, weights.RARER: RARER}


@dataclass(frozen=True)
class Layout:
    """Names of the columns that each side hands to the kernel, in the order of their places."""

    left: tuple[str, ...]
    right: tuple[str, ...]


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
    """Places of columns, and bits of shallow questions: those of one comparison side by side."""

    def __init__(self, comparisons: Sequence[Comparison], rules: Sequence[Rule]) -> None:
        self.left: dict[str, int] = {}
        self.right: dict[str, int] = {}
        self.asked: list[tuple[Shallow, int, int]] = []
        self.bits: list[dict[Shallow, int]] = []
        for comparison in comparisons:
            shallow = list(dict.fromkeys(filter(is_shallow, comparison.questions())))
            if len(shallow) > MOST_QUESTIONS:
                raise _too_much(f"comparison {comparison.name} asks {len(shallow)} questions, {MOST_QUESTIONS} are possible")
            self.bits.append({question: self._bit(question) for question in shallow})
        self.rules = [[self._known(question) for question in rule.questions()] for rule in rules]
        if len(self.asked) > WORD_BITS:
            raise _too_much(f"comparisons and rules ask {len(self.asked)} questions, {WORD_BITS} are possible")

    def columns(self, question: Question) -> tuple[int, int]:
        """Places of a question's two columns; a new column gets the next place."""
        left, right = columns_of(question)
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
        self.measured = [list(dict.fromkeys(_measure(q) for q in each.questions() if is_deep(q))) for each in comparisons]
        by_level = [model.of(each.name, name) for each in comparisons for name in each.names]
        used = (weight.frequency.column for weight in by_level if weight.frequency)
        self.frequency_columns = [column for column in dict.fromkeys(used) if column in values.shares]
        self.terms = [(number, term) for number, each in enumerate(comparisons) for one in each.levels for term in one.any_of]

    def program(self) -> Program:
        """Every array."""
        tables = [self._table(number) for number in range(len(self.comparisons))]
        texts = list(dict.fromkeys(column for each in self.measured for _, column, _ in each))
        return Program(
            questions=None,
            rules=np.array([sum({1 << bit for bit in bits}) for bits in self.places.rules], dtype=np.uint64),
            comparisons=self._comparisons([len(entries) for entries, _, _ in tables]),
            entries=np.concatenate([np.empty(0, ENTRY), *(entries for entries, _, _ in tables)]),
            most=np.concatenate([np.empty(0), *(most for _, most, _ in tables)]),
            is_scaled=np.concatenate([np.empty(0), *(is_scaled for _, _, is_scaled in tables)]),
            levels=self._levels(),
            terms=self._terms(),
            text_questions=self._text_questions(),
            measures=self._measures(texts),
            value_share=np.concatenate([np.empty(0), *(self.values.shares[column] for column in self.frequency_columns)]),
            prior=self._prior(),
            dependence_levels=self._dependence_levels(),
            dependence_bits=np.array([each.weight for each in self.weights.dependences], dtype=np.float64),
            **self._texts(texts),
        )._replace(questions=self.places.questions())  # last, when every column has its place

    def _comparisons(self, sizes: Sequence[int]) -> Any:
        """Comparisons as records; what lies one after the other is given by running sums."""
        levels = [len(each.names) for each in self.comparisons]
        entries, firsts = _running(sizes), _running(levels)
        measures = _running(map(len, self.measured))
        strides = list(itertools.accumulate(levels, lambda one, size: one * size, initial=1))
        rows = [
            (
                self._first_bit(number), sizes[number] - 1, entries[number], firsts[number], firsts[number + 1] - 1,
                strides[number], self._scaled_level(number), measures[number], measures[number + 1],
            )
            for number in range(len(self.comparisons))
        ]  # fmt: skip
        return np.array(rows, dtype=COMPARISON)

    def _first_bit(self, number: int) -> int:
        return min(self.places.bits[number].values(), default=0)

    def _table(self, number: int) -> tuple[Any, Any, Any]:
        """One entry for each combination of a comparison's bits: entry, most, is_scaled."""
        comparison, last = self.comparisons[number], len(self.comparisons[number].levels)
        words = np.arange(1 << len(self.places.bits[number]), dtype=np.int64)
        level = np.full(len(words), last, dtype=np.int32)
        most = np.full(len(words), -np.inf)
        pending, done = np.zeros(len(words), dtype=np.bool_), np.zeros(len(words), dtype=np.bool_)
        for place, each in enumerate(comparison.levels):
            for term in each.any_of:
                wanted, unwanted = self._term_bits(number, term, self._first_bit(number))
                holds = ~done & ((words & wanted) == wanted) & ((words & unwanted) == 0)
                most[holds] = np.maximum(most[holds], self._most(number, place))
                if any(is_deep(question) for question in term.yes):
                    pending |= holds
                else:
                    level[holds] = place
                    done |= holds
        most[~done] = np.maximum(most[~done], self._most(number, last))
        scaled = ~pending & (level == self._scaled_level(number))
        most[scaled] = self.weights.of(comparison.name, comparison.names[self._scaled_level(number)]).bits
        entries = np.empty(len(words), dtype=ENTRY)
        entries["otherwise"], entries["level"] = level, np.where(pending, PENDING, level)
        return entries, most, scaled.astype(np.float64)

    def _term_bits(self, number: int, term: Term, first: int = 0) -> tuple[int, int]:
        bits = self.places.bits[number]
        yes = sum(1 << (bits[question] - first) for question in filter(is_shallow, set(term.yes)))
        no = sum(1 << (bits[question] - first) for question in set(term.no))
        return yes, no

    def _most(self, number: int, place: int) -> float:
        """The most that a level can weigh, whatever the value."""
        comparison = self.comparisons[number]
        weight = self.weights.of(comparison.name, comparison.names[place])
        frequency = weight.frequency
        if frequency is None or frequency.column not in self.values.shares:
            return weight.bits
        shares = self.values.shares[frequency.column]
        rarest = max(float(shares[shares > 0].min(initial=1.0)), frequency.floor)
        return weight.bits + max(0.0, frequency.share * (float(np.log2(frequency.base)) - float(np.log2(rarest))))

    def _scaled_level(self, number: int) -> int:
        """The one level of a comparison whose commonness the left value bounds: the first that goes by the commoner value."""
        comparison = self.comparisons[number]
        for place, each in enumerate(comparison.levels):
            frequency = self.weights.of(comparison.name, each.name).frequency
            is_commoner = frequency and frequency.of == weights.COMMONER and frequency.column in self.values.shares
            if frequency and is_commoner and all(_has_both(term, frequency.column) for term in each.any_of):
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

    def _frequency(self, frequency: Frequency | None) -> tuple[int, int, int, int, float, float, float]:
        if frequency is None or frequency.column not in self.frequency_columns:
            return NO_FREQUENCY, 0, 0, 0, 0.0, 0.0, 0.0
        place = self.frequency_columns.index(frequency.column)
        first = sum(len(self.values.shares[column]) for column in self.frequency_columns[:place])
        columns = self.places.columns(Equal(frequency.column))
        return FREQUENCY_KINDS[frequency.of], *columns, first, frequency.share, float(np.log2(frequency.base)), frequency.floor

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
            (firsts[number] + self.measured[number].index(_measure(question)), _bound(question), _is_upwards(question))
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
                asked = [q for q in comparison.questions() if is_deep(q) and _measure(q) == measure]
                columns = self.places.columns(Equal(left, right))
                bounds = min(map(_least_jaro, asked)), max(map(_most_changes, asked))
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
            "letters": np.concatenate([np.empty(0, np.uint64), *(each.letters for each in used)]),
            "first_related": np.searchsorted(np.concatenate([none, *one]), np.arange(texts[-1] + 1)),
            "related": np.concatenate([none, *other]),
        }

    def _prior(self) -> Any:
        return np.array([self.weights.prior, sum(max(0.0, each.weight) for each in self.weights.dependences)])

    def _dependence_levels(self) -> Any:
        every = [[(1 << len(each.names)) - 1 for each in self.comparisons] for _ in self.weights.dependences]
        for row, dependence in zip(every, self.weights.dependences, strict=True):
            for number, each in enumerate(self.comparisons):
                if each.name in dependence.when:
                    row[number] = sum(1 << each.names.index(name) for name in dependence.when[each.name] if name in each.names)
        return np.array(every, dtype=np.int64).reshape(len(every), len(self.comparisons))


def _has_both(term: Term, column: str) -> bool:
    """Whether a term can hold only where both sides have a value in `column`."""
    return any(columns_of(question) == (column, column) for question in term.yes)


def _measure(question: Question) -> tuple[int, str, str]:
    """Kind of measure and the two columns."""
    left, right = columns_of(question)
    if isinstance(question, Related):
        return RELATED, left, right
    is_one_slip = isinstance(question, Alike) and question.measure == "slip" and question.bound == 1
    return ONE_SLIP if is_one_slip else TEXT_KINDS[getattr(question, "measure", "")], left, right


def _bound(question: Question) -> float:
    return question.bound if isinstance(question, Alike) else 1.0


def _is_upwards(question: Question) -> int:
    return int(isinstance(question, Related) or (isinstance(question, Alike) and question.measure in SIMILARITIES))


def _most_changes(question: Question) -> float:
    """Changes beyond which a distance says no; a likeness, even one of 0, is no count of changes."""
    return np.inf if _is_upwards(question) else _bound(question)


def _least_jaro(question: Question) -> float:
    if isinstance(question, Alike) and question.measure in SIMILARITIES:
        return least_jaro(question.bound) if question.measure == "jaro_winkler" else question.bound
    return 0.0


def _running(sizes: Iterable[int]) -> list[int]:
    """Where each of several things of these sizes starts, and where the last one ends."""
    return list(itertools.accumulate(sizes, initial=0))
