"""The scorer in plain words: slow, obvious, one pair at a time; what the kernel must equal on every pair.

Records are mappings from column to value, None where missing. No codes, no bits, no bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rapidfuzz.distance import OSA, DamerauLevenshtein, Jaro, JaroWinkler, Levenshtein

from linkage.engine.conditions import SIMILARITIES, Alike, Both, Comparison, Differ, Equal, OneDigit, Question, Within, columns_of
from linkage.engine.rules import Rule
from linkage.engine.text_measures import LONGEST_TEXT
from linkage.engine.weights import COMMONER, Frequency, Weights

Record = Mapping[str, Any]
Shares = Mapping[str, Mapping[Any, float]]
RelatedTexts = Callable[[str, str], bool]

MEASURES: dict[str, Callable[[str, str], float]] = {
    "jaro_winkler": JaroWinkler.similarity,
    "jaro": Jaro.similarity,
    "levenshtein": Levenshtein.distance,
    "damerau_levenshtein": DamerauLevenshtein.distance,
    "slip": OSA.distance,
}


def holds(question: Question, left: Record, right: Record, are_related: RelatedTexts) -> bool:
    """Whether a question is answered yes."""
    one, other = (record.get(column) for record, column in zip((left, right), columns_of(question), strict=True))
    if one is None or other is None:
        return False
    match question:
        case Equal():
            return bool(one == other)
        case Both():
            return True
        case Differ():
            return bool(one != other)
        case Within():
            return bool(abs(one - other) <= question.steps)
        case OneDigit():
            return sum(a != b for a, b in zip(f"{one:08x}", f"{other:08x}", strict=True)) == 1
        case Alike():
            value = MEASURES[question.measure](one[:LONGEST_TEXT], other[:LONGEST_TEXT])
            return value >= question.bound if question.measure in SIMILARITIES else value <= question.bound
        case _:
            return are_related(one, other)


def level_of(comparison: Comparison, left: Record, right: Record, are_related: RelatedTexts) -> str:
    """The first level of which a term holds."""
    for level in comparison.levels:
        for term in level.any_of:
            if all(holds(question, left, right, are_related) for question in term.yes) and not any(
                holds(question, left, right, are_related) for question in term.no
            ):
                return level.name
    return comparison.otherwise


def commonness(frequency: Frequency | None, left: Record, right: Record, shares: Shares) -> float:
    """Bits that the two values of a pair add to their level, the one that is there where the other is missing."""
    if frequency is None or frequency.column not in shares:
        return 0.0
    values = [record[frequency.column] for record in (left, right) if record.get(frequency.column) is not None]
    if not values:
        return 0.0
    of = max if frequency.of == COMMONER else min
    share = max(of(shares[frequency.column][value] for value in values), frequency.floor)
    return frequency.share * (math.log2(frequency.base) - math.log2(share))


def weigh(
    comparisons: Iterable[Comparison], weights: Weights, left: Record, right: Record, *, shares: Shares, are_related: RelatedTexts
) -> tuple[float, tuple[str, ...]]:
    """Match weight of one pair in bits, and its level in each comparison."""
    total, levels = weights.prior, {}
    for comparison in comparisons:
        levels[comparison.name] = level_of(comparison, left, right, are_related)
        weight = weights.of(comparison.name, levels[comparison.name])
        total += weight.bits
        total += commonness(weight.frequency, left, right, shares)
    for dependence in weights.dependences:
        if all(levels.get(field) in among for field, among in dependence.when.items() if field in levels):
            total += dependence.weight
    return total, tuple(levels.values())


def candidate_pairs(rules: Sequence[Rule], left: Sequence[Record], right: Sequence[Record] | None) -> Iterator[tuple[int, int]]:
    """Every pair that a rule finds; within one file each pair once, the earlier record left."""
    for i, one in enumerate(left):
        for j, other in enumerate(left if right is None else right):
            if (right is not None or i < j) and any(
                all(holds(question, one, other, lambda _a, _b: False) for question in rule.questions()) for rule in rules
            ):
                yield i, j
