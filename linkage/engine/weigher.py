"""Two sheets, their comparisons, rules and weights, ready to score: pairs over a floor, counts of patterns, or given pairs.

Threads take ranges of near-equal numbers of pairs; which thread scores a pair changes nothing in the answer, which is sorted.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from linkage.arrays import Bits, Codes, Levels, Truth, Whole
from linkage.engine import kernel
from linkage.engine.candidates import Candidates, find_candidates
from linkage.engine.conditions import Comparison
from linkage.engine.joins import MUCH_SHORTER
from linkage.engine.key_order import in_key_order
from linkage.engine.program_builder import OutlineOf, Values, build
from linkage.engine.rules import Rule
from linkage.engine.sheets import Sheet, Texts
from linkage.engine.weights import Weights

# Pairs that one thread may keep before it hands them over: 28 bytes each.
ROOM = 1 << 18
# Ranges per thread and rule: enough that none waits long for the slowest.
RANGES = 8
# Records or pairs below which no thread is started: that takes longer than the work.
FEW = 2_000
# Patterns of all levels that a histogram may have entries for: 16 million, 128 MB a thread.
MOST_PATTERNS = 1 << 24
# Rules whose candidates are found while one is scored.
AHEAD = 2
THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Crowd:
    """Keys of one rule that more records have than may be: no pair is of them. `largest` is how many the largest has."""

    rule: str
    keys: int
    largest: int


@dataclass(frozen=True)
class Scored:
    """Pairs over the floor, sorted by left and right row; `scored` counts those looked at, `crowds` are keys left out."""

    left: Whole
    right: Whole
    weight: Bits
    pattern: Whole
    scored: int = 0
    crowds: tuple[Crowd, ...] = ()

    @property
    def skipped(self) -> int:
        """How many keys were left out."""
        return sum(each.keys for each in self.crowds)

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.left)

    def take(self, rows: Whole | Truth) -> Scored:
        """Some of the pairs."""
        return Scored(self.left[rows], self.right[rows], self.weight[rows], self.pattern[rows], self.scored, self.crowds)


@dataclass(frozen=True)
class Patterns:
    """Distinct patterns of levels (a column per comparison, codes as in `Comparison.names`), and how many pairs have each."""

    levels: Levels
    pairs: Whole

    @property
    def total(self) -> int:
        """How many pairs there are."""
        return int(self.pairs.sum())


@dataclass(frozen=True)
class Sides:
    """The records to compare: `left` with `right`, or with itself where `right` is None. `texts` and `shares` by column."""

    left: Sheet
    right: Sheet | None
    texts: Mapping[str, Texts]
    shares: Mapping[str, Bits]

    @property
    def other(self) -> Sheet:
        """What left is compared with."""
        return self.left if self.right is None else self.right


class Weigher:
    """Scores pairs of `sides` by `comparisons` and `weights`; `rules` say which pairs, the first rule that finds one has it."""

    def __init__(
        self, sides: Sides, comparisons: Sequence[Comparison], rules: Sequence[Rule], weights: Weights, *, threads: int = THREADS
    ) -> None:
        self.sides, self.comparisons, self.rules, self.threads = sides, tuple(comparisons), tuple(rules), threads
        self.program, self.layout = build(self.comparisons, weights, self.rules, Values(sides.texts, sides.shares))

    def keep(self, floor: float, *, key_cap: int | None = None) -> Scored:
        """Every pair of the rules that weighs `floor` bits or more."""
        parts: list[tuple[Any, ...]] = []
        total, crowds = 0, []
        for ready in self._ready(key_cap):
            found = ready.candidates
            if found.skipped:
                crowds.append(Crowd(found.rule.name, found.skipped, found.largest_skipped))
            for rows, scored in self._in_threads(found, _Keeping(self, ready, floor)):
                total += scored
                parts += [(found.left[one], found.right[other], weight, pattern) for one, other, weight, pattern in rows]
        return _sorted(parts, total, tuple(crowds), one_file=self.sides.right is None)

    def count(self, *, key_cap: int | None = None) -> Patterns:
        """How many pairs of the rules have each pattern of levels."""
        histogram = np.zeros(self._patterns(), dtype=np.int64)
        for ready in self._ready(key_cap):
            for found in self._in_threads(ready.candidates, _Counting(self, ready)):
                histogram += found
        pattern = np.flatnonzero(histogram)
        return Patterns(self.levels(pattern), histogram[pattern])

    def compare(self, left_rows: Whole, right_rows: Whole) -> tuple[Levels, Bits]:
        """Levels and weights of given pairs, whatever the rules say."""
        left, right = self._few(left_rows, right_rows)
        levels = np.empty((len(left_rows), len(self.comparisons)), dtype=np.int8)
        weights = np.empty(len(left_rows), dtype=np.float64)

        def part(bounds: tuple[int, int]) -> None:
            scratch = kernel.new_scratch(len(self.comparisons))
            kernel.compare(self.program, left, right, *bounds, scratch, levels, weights)

        with _pool(self.threads, len(left_rows)) as pool:
            list(pool.map(part, _parts(len(left_rows), self.threads)))
        return levels, weights

    def levels(self, pattern: Whole) -> Levels:
        """Levels of each pattern, a column per comparison."""
        sizes = np.array([len(each.names) for each in self.comparisons], dtype=np.int64)
        found: Levels = ((pattern[:, None] // self.program.comparisons["stride"][None, :]) % sizes[None, :]).astype(np.int8)
        return found

    @property
    def _records(self) -> int:
        return len(self.sides.left) + len(self.sides.other)

    def _patterns(self) -> int:
        size = int(np.prod([len(each.names) for each in self.comparisons], dtype=np.float64))
        if size > MOST_PATTERNS:
            raise ValueError(f"{size} patterns are more than can be counted")
        return size

    @functools.cached_property
    def _sides(self) -> tuple[Any, Any]:
        """Every record of left and of right, one in one piece of memory; the same twice where they are the same."""
        sides, layout = self.sides, self.layout
        with _pool(self.threads, self._records) as pool:
            left = pool.submit(_rows, sides.left, layout.left, sides.texts)
            is_other = sides.right is not None or layout.left != layout.right
            right = pool.submit(_rows, sides.other, layout.right, sides.texts) if is_other else left
            return left.result(), right.result()

    def _in_order(self, left_rows: Whole, right_rows: Whole, room: tuple[Codes, Codes]) -> tuple[Any, Any]:
        """Left records, a row each, and right ones, a column each, in `room`, whose pages are used again for every rule."""
        if MUCH_SHORTER * (len(left_rows) + len(right_rows)) < len(self.sides.left) + len(self.sides.other):
            return self._few(left_rows, right_rows)
        from_left, from_right = self._sides
        ours, theirs = (len(left_rows), from_left.shape[1]), (from_right.shape[1], len(right_rows))
        left, right = (space[: math.prod(shape)].reshape(shape) for space, shape in zip(room, (ours, theirs), strict=True))
        with _pool(self.threads, self._records) as pool:
            for first, last in _parts(len(left_rows), self.threads):
                pool.submit(kernel.rows_in_order, from_left, left_rows, first, last, left)
            for first, last in _parts(len(right_rows), self.threads):
                pool.submit(kernel.columns_in_order, from_right, right_rows, first, last, right)
        return left, right

    def _few(self, left_rows: Whole, right_rows: Whole) -> tuple[Any, Any]:
        """The same of a few records, gathered from their columns, without laying out all records."""
        left = _rows(self.sides.left, self.layout.left, self.sides.texts, left_rows)
        return left, np.ascontiguousarray(_rows(self.sides.other, self.layout.right, self.sides.texts, right_rows).T)

    def _room(self) -> tuple[Codes, Codes]:
        """For all records; what is not written to takes no memory."""
        left, right = len(self.sides.left) * len(self.layout.left), len(self.sides.other) * len(self.layout.right)
        return np.empty(left, np.int32), np.empty(right, np.int32)

    def _ready(self, key_cap: int | None) -> Iterator[_Ready]:
        """Each rule's candidates with both sides in key order; the candidates of the next are found while one is scored."""
        left_out = np.zeros(len(self.sides.left), dtype=np.int64)
        room = self._room()

        def found(rule: Rule) -> Candidates:
            return find_candidates(rule, self.sides.left, self.sides.right, key_cap=key_cap)

        with _pool(AHEAD, self._records) as pool:
            ahead = [pool.submit(found, rule) for rule in self.rules[:AHEAD]]
            for number in range(len(self.rules)):
                candidates = ahead.pop(0).result()
                ahead += [pool.submit(found, rule) for rule in self.rules[number + AHEAD : number + AHEAD + 1]]
                left, right = self._in_order(candidates.left, candidates.right, room)
                yield _Ready(number, candidates, left, right, left_out[candidates.left])
                left_out[candidates.left_out] |= 1 << number

    def _in_threads(self, candidates: Candidates, work: Callable[[list[tuple[int, int]]], Any]) -> list[Any]:
        """Each thread's answer over its ranges of near-equal numbers of pairs."""
        before = np.cumsum(candidates.stop - candidates.start)
        if not len(before):
            return []
        wanted = np.linspace(0, before[-1], self.threads * RANGES + 1)[1:-1]
        cuts = np.unique([0, *np.searchsorted(before, wanted), len(before)]).tolist()
        ranges = list(itertools.pairwise(cuts))
        with _pool(self.threads, int(before[-1])) as pool:
            return list(pool.map(work, [ranges[thread :: self.threads] for thread in range(self.threads)]))


@dataclass(frozen=True)
class _Ready:
    """One rule ready to score: left records that have pairs, one in one piece of memory; right columns; both in key order.

    `left_out` has, per left record, a bit for each rule before that left it out: it found no pair of it, so a later one does.
    """

    rule: int
    candidates: Candidates
    left: Any
    right: Any
    left_out: Whole

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What the kernel takes first."""
        return self.left, self.right, self.candidates.start, self.candidates.stop


@dataclass(frozen=True)
class _Keeping:
    """One thread's work of keeping pairs."""

    weigher: Weigher
    ready: _Ready
    floor: float

    def __call__(self, ranges: list[tuple[int, int]]) -> tuple[list[tuple[Any, ...]], int]:
        ready, scratch = self.ready, kernel.new_scratch(len(self.weigher.comparisons))
        room = max(ROOM, int((ready.candidates.stop - ready.candidates.start).max(initial=0)))
        kept = kernel.Kept(np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room), np.empty(room, np.int64))
        rows, total = [], 0
        for first, last in ranges:
            while first < last:
                first, written, scored = kernel.keep(
                    self.weigher.program, *ready.arguments, first, last, ready.rule, ready.left_out, self.floor, scratch, kept
                )
                total += scored
                if written:
                    rows.append(tuple(column[:written].copy() for column in kept))
        return rows, total


@dataclass(frozen=True)
class _Counting:
    """One thread's work of counting patterns."""

    weigher: Weigher
    ready: _Ready

    def __call__(self, ranges: list[tuple[int, int]]) -> Whole:
        ready, scratch = self.ready, kernel.new_scratch(len(self.weigher.comparisons))
        histogram = np.zeros(self.weigher._patterns(), dtype=np.int64)
        for first, last in ranges:
            kernel.count(self.weigher.program, *ready.arguments, first, last, ready.rule, ready.left_out, scratch, histogram)
        return histogram


class _AtOnce(Executor):
    """Does what it is given at once, in the thread that gives it."""

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """The work, done."""
        done: Future[Any] = Future()
        done.set_result(work(*given, **named))
        return done


def _pool(threads: int, size: int) -> Executor:
    """Threads for work on `size` records or pairs; none where they are few."""
    return _AtOnce() if size < FEW else ThreadPoolExecutor(threads)


def _parts(size: int, parts: int) -> list[tuple[int, int]]:
    """A range in parts of about one size."""
    return list(itertools.pairwise(size * part // parts for part in range(parts + 1)))


def _rows(
    sheet: Sheet, columns: Sequence[str | OutlineOf], texts: Mapping[str, Texts], chosen: Whole | slice = slice(None)
) -> Any:
    """The columns of all records, or the chosen ones, side by side: one record in one piece of memory."""
    size = len(sheet) if isinstance(chosen, slice) else len(chosen)
    rows = np.empty((size, len(columns)), dtype=np.int32)
    for place, column in enumerate(columns):
        if isinstance(column, str):
            rows[:, place] = sheet[column][chosen]
        else:
            rows[:, place] = _outlines(sheet[column.column][chosen], texts[column.column])
    return rows


def _outlines(codes: Codes, texts: Texts) -> Codes:
    """The outline of each record's text; anything where it has none, as nobody asks."""
    return np.append(texts.outline, np.int32(0))[codes]


def _sorted(parts: list[tuple[Any, ...]], scored: int, crowds: tuple[Crowd, ...], *, one_file: bool) -> Scored:
    """All pairs in the order of their rows; in one file the earlier row is left."""
    empty = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))
    left, right, weight, pattern = (np.concatenate(column) for column in zip(empty, *parts, strict=True))
    if one_file:
        left, right = np.minimum(left, right), np.maximum(left, right)
    order, _ = in_key_order(left * (1 + int(right.max(initial=0))) + right)
    return Scored(left[order], right[order], weight[order], pattern[order], scored, crowds)
