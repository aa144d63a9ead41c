"""A model from the records themselves, with no truth: u counted, m by expectation and maximisation over at least two blocks.

    1 u of every level over all pairs: counted, or from random pairs              `counted_u`
    2 patterns of levels of each block's pairs, counted by the kernel             `Weigher`
    3 m, and the share of matches of each block, with u fixed                     `em`
    4 how many matches there are: a block's matches over the share of matches that agree in what it blocks on
    5 u less the matches that are among all pairs; 3 to 5 again until nothing moves

Where a field cannot be learnt the model has a default there, and says so in `training["notes"]`. Nothing depends on the order of
records, on threads or on chunks: chance goes by the ids of records (`draws`), the rest is counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linkage.arrays import Bits
from linkage.conditions import Comparison, columns_of
from linkage.counted_u import LevelShares, equal_pairs, level_shares, missing_place, without_matches
from linkage.draws import DRAWN, Chances, all_pairs, draw_chances
from linkage.em import Block, Fit, by_level, fit, starting_m
from linkage.learnt import Learnt, to_model
from linkage.model import Model
from linkage.rules import Rule, same
from linkage.weigher import THREADS, Patterns, Sides, Weigher
from linkage.weights import Weights

# Random pairs from which u of levels that cannot be counted is taken.
U_PAIRS = 5e6
# Pairs of each block: more change m in the third digit only and take longer.
BLOCK_PAIRS = 2e6
# A key that more records share is left out of a block: half a file under one value would be all that training sees.
KEY_CAP = 20_000
# Histograms over more patterns than this are slower than sorting the pairs.
MOST_PATTERNS = 1 << 20
# Fewer matches than this tell nothing of a field.
FEWEST_MATCHES = 20.0
# Of matches, the best level must hold at least this share: a class of pairs in which it does not is something else.
LEAST_BEST = 0.3
# Rounds of: u less the matches, then m again. The second moves the prior by less than a tenth of a bit.
ROUNDS = 3
# Of the smaller side's records, where training cannot tell how many have a match.
ASSUMED_MATCHED = 0.5

NOTHING = Weights(0.0, {})


@dataclass(frozen=True)
class Task:
    """What is trained on: the records, how they compare, and chance."""

    sides: Sides
    comparisons: tuple[Comparison, ...]
    chances: Chances
    threads: int = THREADS

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


def train(
    sides: Sides,
    comparisons: Sequence[Comparison],
    *,
    ids: tuple[Any, Any | None],
    blocks: Sequence[Rule],
    seed: int = 1,
    threads: int = THREADS,
) -> Model:
    """A model of `comparisons` for `sides`, from the pairs of `blocks`; `ids` are the record ids of left and right, Arrow texts.

    A block tells nothing of the comparisons that read its columns, so give two or more that have none in common.
    """
    task = Task(sides, tuple(comparisons), draw_chances(*ids, seed), threads)
    shares = count_shares(task)
    counted = [found for rule in blocks if (found := count_block(task, rule)) is not None]
    return to_model(learn(task, shares, counted), task.comparisons)


def count_shares(task: Task) -> list[LevelShares]:
    """u of every level over all pairs of records."""
    drawn = task.patterns(task.chances.random_pairs(task.sides, U_PAIRS), same(DRAWN))
    return [
        level_shares(comparison, task.sides, by_level(drawn.levels[:, c], drawn.pairs, len(comparison.names), None))
        for c, comparison in enumerate(task.comparisons)
    ]


def count_block(task: Task, rule: Rule) -> Counted | None:
    """The patterns of a rule's pairs, of a part of the records where there are too many; None where there is no pair."""
    pairs = equal_pairs(list(zip(rule.ours, rule.theirs, strict=True)), task.sides)
    if not pairs:
        return None
    sides = task.chances.share_of_left(task.sides, min(1.0, BLOCK_PAIRS / pairs))
    patterns = task.patterns(sides, rule)
    read = {*rule.ours, *rule.theirs}
    says = tuple(not read & _columns(comparison) for comparison in task.comparisons)
    return Counted(Block(rule.name, patterns, says), pairs) if patterns.total else None


def learn(task: Task, shares: Sequence[LevelShares], counted: Sequence[Counted]) -> Learnt:
    """Everything that is learnt from counts."""
    blocks = [each.block for each in counted]
    u = [each.u for each in shares]
    match_share, found = _assumed_share(task.sides), None
    for _ in range(ROUNDS if blocks else 0):
        found = fit(blocks, u, missing=task.missing, extra=[np.zeros(len(block.patterns.pairs)) for block in blocks])
        match_share = _match_share(task, found, shares, counted)
        u = [without_matches(each.u, m, match_share) for each, m in zip(shares, found.m, strict=True)]
    m, notes = believable(task, found, u)
    return Learnt(m, u, [each.error for each in shares], match_share, found, blocks, notes)


def believable(task: Task, found: Fit | None, u: Sequence[Bits]) -> tuple[list[Bits], list[str]]:
    """m, a default where what was found is nothing that matches could have, and notes of that."""
    m, notes = [], []
    for c, comparison in enumerate(task.comparisons):
        fault = _fault(found, c, u[c])
        if fault:
            notes.append(f"{comparison.name}: {fault}; m is a default")
        m.append(starting_m(len(u[c]), task.missing[c]) if fault or found is None else found.m[c])
    if found is None:
        notes.append("no block has a pair; the share of matches is assumed")
    elif not found.converged:
        notes.append(f"not converged after {found.iterations} iterations")
    return m, notes


def _fault(found: Fit | None, c: int, u: Bits) -> str:
    if found is None:
        return "no block has a pair"
    best = int(np.flatnonzero(u > 0)[0])
    if found.seen[c] < FEWEST_MATCHES:
        return f"fewer than {FEWEST_MATCHES:.0f} matches tell of it"
    if found.m[c][best] <= u[best] or found.m[c][best] < LEAST_BEST:
        return "what was found is no class of matches, as its best level is rare in it"
    return ""


def _match_share(task: Task, found: Fit, shares: Sequence[LevelShares], counted: Sequence[Counted]) -> float:
    """The share of all pairs that are matches: those of the blocks over the part of all matches that the blocks can hold."""
    held = sum(share * each.pairs for share, each in zip(found.shares, counted, strict=True))
    can_hold = sum(_agreement(each.block, found, shares) for each in counted)
    share = held / max(can_hold, 1e-9) / all_pairs(task.sides)
    return float(np.clip(share, 1e-15, 0.5))


def _agreement(block: Block, found: Fit, shares: Sequence[LevelShares]) -> float:
    """The share of matches that agree in what a block blocks on: in the levels that its pairs have there."""
    share = 1.0
    for c in set(range(len(block.says))) - set(block.told):
        levels = np.unique(block.patterns.levels[:, c])
        share *= float(found.m[c][levels].sum()) * shares[c].present
    return share


def _assumed_share(sides: Sides) -> float:
    smaller = min(len(sides.left), len(sides.other))
    return float(np.clip(ASSUMED_MATCHED * smaller / max(all_pairs(sides), 1.0), 1e-15, 0.5))


def _columns(comparison: Comparison) -> set[str]:
    return {column for question in comparison.questions() for column in columns_of(question)}
