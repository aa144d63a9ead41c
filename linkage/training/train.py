"""A model from the records themselves, with no truth: u counted, m by expectation and maximisation over at least two blocks.

    1 u of every level over all pairs: counted, or from random pairs                                `counted_u`
    2 patterns of levels of each block's pairs, counted by the kernel                               `training_task`
    3 m, and the share of matches of each block, with u fixed                                       `em`
    4 how many matches there are: a block's matches over the share of matches that agree in what it blocks on
    5 u less the matches that are among all pairs
    6 what fields say less together, from pairs that are surely two people; then 3 to 5 again       `dependence`

Where a field cannot be learnt the model has a default there, and says so in `training["notes"]`. Nothing depends on the order of
records, on threads or on chunks: chance goes by the ids of records (`draws`), the rest is counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from linkage.arrays import Bits
from linkage.engine.conditions import Comparison
from linkage.engine.rules import Rule
from linkage.engine.weigher import THREADS, Patterns, Sides
from linkage.engine.weights import Dependence
from linkage.model import Model
from linkage.model_file import MISSING
from linkage.training.commonness import level_frequencies
from linkage.training.counted_u import LevelShares, without_matches
from linkage.training.dependence import FAMILY, bits_of_patterns, gender_contexts, household_contexts, learn_dependences, place_of
from linkage.training.draws import all_pairs, draw_chances
from linkage.training.em import Block, Fit, fit, starting_m
from linkage.training.learnt import Learnt, to_model
from linkage.training.task import Counted, Task, count_apart, count_block, count_random, count_shares, unread

# Fewer matches than this tell nothing of a field.
FEWEST_MATCHES = 20.0
# Of matches, the best level must hold at least this share: a class of pairs in which it does not is something else.
LEAST_BEST = 0.3
# Rounds of: m, then u less the matches. The third moves nothing by a hundredth of a bit.
ROUNDS = 3
# Of the smaller side's records, where training cannot tell how many have a match.
ASSUMED_MATCHED = 0.5


def train(
    sides: Sides,
    comparisons: Sequence[Comparison],
    *,
    ids: tuple[Any, Any | None],
    blocks: Sequence[Rule],
    seed: int = 1,
    threads: int = THREADS,
    fallback: Model | None = None,
    commonness: bool = True,
) -> Model:
    """A model of `comparisons` for `sides`, from the pairs of `blocks`; `ids` are the record ids of left and right, Arrow texts.

    A block tells nothing of the comparisons that read its columns, so give two or more that have none in common. Where a field
    cannot be learnt its m is that of `fallback`, else a plain default. `commonness`: whether the model goes by how common the
    values of names are.
    """
    task = Task(sides, tuple(comparisons), draw_chances(*ids, seed), threads, fallback)
    drawn = count_random(task)
    shares = count_shares(task, drawn)
    unknown = [rule for rule in blocks if unread(rule, comparisons)]
    counted = [block for rule in blocks if rule not in unknown and (block := count_block(task, rule)) is not None]
    found = learn(task, shares, counted)
    if found.fit:
        found = _with_dependences(task, found, shares, counted, drawn)
    notes = tuple(f"block {rule.name} is not used: no comparison reads a column of it" for rule in unknown)
    if commonness:
        households = any(FAMILY in each.when for each in found.dependences)
        found = replace(found, frequencies=level_frequencies(task, households=households))
    return to_model(replace(found, notes=(*notes, *found.notes)), task.comparisons)


def learn(
    task: Task, shares: Sequence[LevelShares], counted: Sequence[Counted], dependences: Sequence[Dependence] = ()
) -> Learnt:
    """m, u and the share of matches from counts, given the dependences."""
    blocks = [each.block for each in counted]
    extra = [bits_of_patterns(dependences, task.comparisons, block.patterns) for block in blocks]
    u = [each.u for each in shares]
    match_share, found = _assumed_share(task), None
    for _ in range(ROUNDS if blocks else 0):
        found = fit(blocks, u, missing=task.missing, extra=extra)
        match_share = _match_share(task, found, shares, counted)
        u = [without_matches(each.u, m, match_share) for each, m in zip(shares, found.m, strict=True)]
    m, notes = believable(task, found, u)
    errors = [each.error for each in shares]
    return Learnt(m, u, errors, match_share, found, blocks, tuple(notes), tuple(dependences))


def _with_dependences(
    task: Task, found: Learnt, shares: Sequence[LevelShares], counted: Sequence[Counted], drawn: Patterns
) -> Learnt:
    """The same, with what fields say less together."""
    place = place_of(task.comparisons)
    weights = to_model(found, task.comparisons).weights()
    apart = count_apart(task, place, weights) if place else None
    dependences = learn_dependences(gender_contexts(task.comparisons), task.comparisons, drawn, found.u, found.m)
    if apart is None:
        again = learn(task, shares, counted, dependences)
        return replace(again, notes=(*again.notes, "what a household shares was not learnt: no pairs that are surely two people"))
    dependences += learn_dependences(household_contexts(task.comparisons), task.comparisons, apart, found.u, found.m)
    return learn(task, shares, counted, dependences)


def believable(task: Task, found: Fit | None, u: Sequence[Bits]) -> tuple[list[Bits], list[str]]:
    """m, a default where what was found is nothing that matches could have, and notes of that."""
    m, notes = [], []
    for c, comparison in enumerate(task.comparisons):
        fault = _fault(found, c, u[c])
        if fault:
            notes.append(f"{comparison.name}: {fault}; m is a default")
        m.append(_default(task, c) if fault or found is None else found.m[c])
    if found is None:
        notes.append("no block has a pair; the share of matches is assumed")
    elif not found.converged:
        notes.append(f"not converged after {found.iterations} iterations")
    return m, notes


def _default(task: Task, c: int) -> Bits:
    """m of a field that cannot be learnt."""
    comparison = task.comparisons[c]
    known = task.fallback.comparisons.get(comparison.name, {}) if task.fallback else {}
    if not set(comparison.names) - {MISSING} <= set(known):
        return starting_m(len(comparison.names), task.missing[c])
    m = np.array([known[name].m if name != MISSING else 0.0 for name in comparison.names])
    default: Bits = m / m.sum()
    return default


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
    """The share of all pairs that are matches: those of the blocks over the part of all matches that the blocks can hold.

    No less than one match: a file of a few records tells nothing, and silence is no evidence that nobody is in it twice.
    """
    held = sum(share * each.pairs for share, each in zip(found.shares, counted, strict=True))
    can_hold = sum(_agreement(each.block, found, shares) for each in counted)
    pairs = max(all_pairs(task.sides), 1.0)
    return float(np.clip(held / max(can_hold, 1e-9) / pairs, 1 / (pairs + 1), 0.5))


def _agreement(block: Block, found: Fit, shares: Sequence[LevelShares]) -> float:
    """The share of matches that agree in what a block blocks on: in the levels that its pairs have there."""
    share = 1.0
    for c in set(range(len(block.says))) - set(block.told):
        levels = np.unique(block.patterns.levels[:, c])
        share *= float(found.m[c][levels].sum()) * shares[c].present
    return share


def _assumed_share(task: Task) -> float:
    smaller = min(len(task.sides.left), len(task.sides.other))
    return float(np.clip(ASSUMED_MATCHED * smaller / max(all_pairs(task.sides), 1.0), 1e-15, 0.5))
