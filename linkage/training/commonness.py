"""Commonness of values: two people called KHAN where many are say less than two called CAXTON-HYDE.

    of an equal value        LR = m / f            f: the share of records that have the value
    of two values alike      LR ~ e / (2 f)        f: that of the rarer one, as a slip makes a rare name of a common one

Each is relative to the level's own m / u: `Frequency.base` is such that over pairs of two people at that level the odds added
have a mean of 1, so that levels keep their u. Under a floor no value counts as rarer: a name seen once may be a slip. In one
household a rare family name is as common as any other, so where households were seen theory is believed in part only.
"""

from __future__ import annotations

import numpy as np

from linkage.arrays import Bits
from linkage.engine.conditions import Alike, Equal, Level
from linkage.engine.rules import same
from linkage.engine.weigher import Sides, Weigher
from linkage.engine.weights import COMMONER, RARER, Frequency, LevelWeight, Weights
from linkage.training.dependence import FAMILY, GIVEN
from linkage.training.draws import DRAWN
from linkage.training.learnt import Frequencies
from linkage.training.task import Task

# Fields whose values' commonness is counted, and how much of the theory is believed: elsewhere, and where households were seen.
NAMES = {GIVEN: (1.0, 0.5), FAMILY: (1.0, 0.25)}
# Records that a value is taken to have at least.
FLOOR_RECORDS = 5
# Of fewer values none is rare.
FEWEST_VALUES = 20
# Random pairs among which those alike are sought.
ALIKE_PAIRS = 1e6


def level_frequencies(task: Task, *, households: bool) -> Frequencies:
    """What commonness adds, by comparison and level, for names whose values' shares the sides know."""
    found: dict[tuple[str, str], Frequency] = {}
    for comparison in task.comparisons:
        level = equal_level(comparison.levels) if comparison.name in NAMES else None
        column = column_of(level) if level else ""
        if level and len(task.sides.shares.get(column, ())) >= FEWEST_VALUES:
            found[comparison.name, level.name] = _of_equal(task.sides, column, NAMES[comparison.name][households])
    return {**found, **_of_alike(task, found)}


def equal_level(levels: tuple[Level, ...]) -> Level | None:
    """The first level that asks for anything, where that is one value of one column on both sides."""
    first = next((level for level in levels if any(term.yes for term in level.any_of)), None)
    return first if first and column_of(first) else None


def column_of(level: Level) -> str:
    """The column whose value both have at this level; empty where it is not one column."""
    questions = [question for term in level.any_of for question in term.yes]
    if len(questions) != 1 or not isinstance(questions[0], Equal) or questions[0].other:
        return ""
    return questions[0].column


def _of_equal(sides: Sides, column: str, share: float) -> Frequency:
    values, floor = sides.shares[column], _floor(sides, column)
    counts = [np.bincount(sheet[column][sheet[column] >= 0], minlength=len(values)) for sheet in (sides.left, sides.other)]
    ours, theirs = (each.astype(np.float64) for each in counts)
    return Frequency(column, _base(np.maximum(values, floor), ours * theirs, share), COMMONER, share, floor)


def _of_alike(task: Task, equal: Frequencies) -> Frequencies:
    """Of levels of likeness alone, in comparisons whose equal level has one: from random pairs that have the level."""
    sides = task.chances.random_pairs(task.sides, ALIKE_PAIRS)
    found: dict[tuple[str, str], Frequency] = {}
    for comparison in task.comparisons:
        frequency = next((each for (name, _), each in equal.items() if name == comparison.name), None)
        levels = [level.name for level in comparison.levels if _is_alike(level)]
        if frequency is None or not levels:
            continue
        marked = Weights(0.0, {comparison.name: {level: LevelWeight(1.0) for level in levels}})
        weigher = Weigher(sides, [comparison], [same(DRAWN)], marked, threads=task.threads)
        pairs = weigher.keep(0.5)
        codes, values = weigher.levels(pairs.pattern)[:, 0], np.append(task.sides.shares[frequency.column], 1.0)
        ours, theirs = sides.left[frequency.column][pairs.left], sides.other[frequency.column][pairs.right]
        rarer = np.maximum(np.minimum(values[ours], values[theirs]), frequency.floor)
        for level in levels:
            here = rarer[codes == comparison.names.index(level)]
            if len(here):
                base = _base(here, np.ones(len(here)), frequency.share)
                found[comparison.name, level] = Frequency(frequency.column, base, RARER, frequency.share, frequency.floor)
    return found


def _is_alike(level: Level) -> bool:
    return all(any(isinstance(question, Alike) for question in term.yes) for term in level.any_of)


def _floor(sides: Sides, column: str) -> float:
    sheets = (sides.left,) if sides.right is None else (sides.left, sides.right)
    records = sum(int((sheet[column] >= 0).sum()) for sheet in sheets)
    return FLOOR_RECORDS / max(records, FLOOR_RECORDS)


def _base(values: Bits, pairs: Bits, share: float) -> float:
    """The value at which nothing is added, so that over `pairs` the odds added have a mean of 1."""
    total = float(pairs.sum())
    return float((total / float((pairs * values**-share).sum())) ** (1 / share)) if total else 1.0
