"""What a model is trained on, and the counts that training asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from linkage.arrays import Levels, Whole
from linkage.engine.conditions import Comparison, Equal, columns_of
from linkage.engine.rules import Rule, same
from linkage.engine.sheets import Sheet
from linkage.engine.weigher import THREADS, Patterns, Sides, Weigher
from linkage.engine.weights import Weights
from linkage.model import Model
from linkage.training.counted_u import LevelShares, equal_pairs, level_shares, missing_place
from linkage.training.draws import DRAWN, Chances
from linkage.training.em import Block, by_level

# Random pairs from which u of levels that cannot be counted is taken.
U_PAIRS = 1.5e6
# Pairs of each block: more change m in the third digit only and take longer.
BLOCK_PAIRS = 1e6
# A key that more records share is left out of a block: half a file under one value would be all that training sees.
KEY_CAP = 20_000
# Histograms over more patterns than this are slower than sorting the pairs.
MOST_PATTERNS = 1 << 20
# Bits at which a record's person is found beyond doubt (p = .999999), dependences not known yet.
FOUND_BITS = 20.0
# Where found people have more records than this on average, files hold people twice.
MOST_EACH = 1.02

NOTHING = Weights(0.0, {})


@dataclass(frozen=True)
class Task:
    """Records, how they compare, chance, and a model for what cannot be learnt."""

    sides: Sides
    comparisons: tuple[Comparison, ...]
    chances: Chances
    threads: int = THREADS
    fallback: Model | None = None

    @property
    def missing(self) -> tuple[int | None, ...]:
        """Code of `missing` by comparison."""
        return tuple(missing_place(each) for each in self.comparisons)

    def patterns(self, sides: Sides, rule: Rule) -> Patterns:
        """Patterns of a rule's pairs."""
        weigher = Weigher(sides, self.comparisons, [rule], NOTHING, threads=self.threads)
        if np.prod([len(each.names) for each in self.comparisons], dtype=np.float64) <= MOST_PATTERNS:
            return weigher.count(key_cap=KEY_CAP)
        pattern, pairs = np.unique(weigher.keep(-np.inf, key_cap=KEY_CAP).pattern, return_counts=True)
        return Patterns(weigher.levels(pattern), pairs)


@dataclass(frozen=True)
class Counted:
    """A block, and how many pairs its rule makes of all records (`block` may be of a part of them)."""

    block: Block
    pairs: float


def count_random(task: Task) -> Patterns:
    """Patterns of pairs drawn by chance."""
    return task.patterns(task.chances.random_pairs(task.sides, U_PAIRS), same(DRAWN))


def count_shares(task: Task, drawn: Patterns) -> list[LevelShares]:
    """u of every level over all pairs of records."""

    def shares(c: int) -> LevelShares:
        comparison = task.comparisons[c]
        return level_shares(comparison, task.sides, by_level(drawn.levels[:, c], drawn.pairs, len(comparison.names), None))

    with ThreadPoolExecutor(task.threads) as pool:
        return list(pool.map(shares, range(len(task.comparisons))))


def count_block(task: Task, rule: Rule) -> Counted | None:
    """The patterns of a rule's pairs, of a part of the records where there are too many; None where there is no pair."""
    pairs = pairs_of(task, rule)
    if not pairs:
        return None
    patterns = task.patterns(task.chances.some_pairs(task.sides, BLOCK_PAIRS / pairs), rule)
    says = tuple(not reads(comparison, rule) for comparison in task.comparisons)
    return Counted(Block(rule.name, patterns, says), pairs) if patterns.total else None


def pairs_of(task: Task, rule: Rule) -> float:
    """How many pairs a rule makes, counted from values."""
    return equal_pairs(list(zip(rule.ours, rule.theirs, strict=True)), task.sides)


def count_apart(task: Task, place: Comparison, weights: Weights) -> Patterns | None:
    """Patterns of pairs of one place that are surely two people: a record whose person is found beyond doubt is nobody else.

    None where the place has no column of its own, where there are no such pairs, or where the files hold people twice.
    """
    rule = rule_of(place)
    pairs = pairs_of(task, rule) if rule else 0.0
    if rule is None or not pairs:
        return None
    sides = task.chances.some_keys(task.sides, rule, BLOCK_PAIRS / pairs)
    weigher = Weigher(sides, task.comparisons, [rule], weights, threads=task.threads)
    found = weigher.keep(FOUND_BITS, key_cap=KEY_CAP)
    people = np.unique(found.left)
    fewest = len(people) if sides.right is not None else min(len(people), len(np.unique(found.right)))
    if not len(found) or len(found) > MOST_EACH * fewest:
        return None
    others = sides.right if sides.right is not None else without(sides.left, people)  # nobody is set against herself
    theirs = Sides(sides.left.take(people), others, sides.texts, sides.shares)
    return less(task.patterns(theirs, rule), weigher.levels(found.pattern))


def rule_of(comparison: Comparison) -> Rule | None:
    """The rule that puts together what has the comparison's best level, where that is equality."""
    for level in comparison.levels:
        for term in level.any_of:
            if term.yes and not term.no and all(isinstance(question, Equal) for question in term.yes):
                return Rule(*zip(*(columns_of(question) for question in term.yes), strict=True))
    return None


def less(patterns: Patterns, levels: Levels) -> Patterns:
    """The patterns without one pair for each row of `levels`."""
    both = np.concatenate([patterns.levels, levels])
    counts = np.concatenate([patterns.pairs, np.full(len(levels), -1)])
    kinds, place = np.unique(both, axis=0, return_inverse=True)
    pairs = np.bincount(place.ravel(), weights=counts, minlength=len(kinds)).astype(np.int64)
    return Patterns(kinds[pairs > 0], pairs[pairs > 0])


def without(sheet: Sheet, rows: Whole) -> Sheet:
    """The records that are not among `rows`."""
    stays = np.ones(len(sheet), dtype=np.bool_)
    stays[rows] = False
    return sheet.take(stays)


def reads(comparison: Comparison, rule: Rule) -> bool:
    """Whether a comparison asks of a pair of columns that the rule makes equal: then all pairs of the rule agree in it.

    A column that it looks up in the place of another (a given name among family names) does not count.
    """
    asked = {columns_of(question) for question in comparison.questions()}
    return any(pair in asked or pair[::-1] in asked for pair in zip(rule.ours, rule.theirs, strict=True))


def unread(rule: Rule, comparisons: Sequence[Comparison]) -> bool:
    """Whether a column of the rule is in no comparison, so that nobody knows which of them it makes agree."""
    parts = [Rule((one,), (other,)) for one, other in zip(rule.ours, rule.theirs, strict=True)]
    return not all(any(reads(comparison, part) for comparison in comparisons) for part in parts)
