"""Blocking rules that could be used on two files: the pairs each makes, and which made-up matches it would find.

The price of a rule is the number of pairs it makes, counted from the sizes of its keys. Its worth is told by some thousand
made-up matches: pairs of records of one person in which keys are missing as often as they are in the files, and fields differ as
`rule_keys` assumes. A few careless records differ in many fields at once, so that rules are worth having which leave a way
round any two spoilt fields.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linkage.arrays import NONE, Truth, Whole
from linkage.engine.rules import Rule, same
from linkage.engine.weigher import Sides
from linkage.files.rule_keys import ERROR, RuleKey
from linkage.training.counted_u import equal_pairs
from linkage.training.draws import Chances

MOST_KEYS = 3
# Records of a side from which sizes are first estimated, to rank a thousand rules; the chosen ones are then counted in full.
ESTIMATE_FROM = 20_000
MADE_UP_MATCHES = 8192
# Share of records kept carelessly, and how much likelier any field of theirs is to differ, up to the most likely.
CARELESS, CARELESS_TIMES, MOST_LIKELY = 0.25, 5.0, 0.6
SEED = 20_240_229


@dataclass(frozen=True)
class Candidate:
    """A rule, the made-up matches that it finds, and its pairs: counted, or estimated from a sample of large files."""

    rule: Rule
    finds: Truth
    pairs: float


def rule_candidates(keys: Sequence[RuleKey], sides: Sides, chances: Chances, most_pairs: float) -> list[Candidate]:
    """Every combination of one to three keys of different fields that makes at most `most_pairs` pairs."""
    survives = _survivals(keys, sides)
    sample, times = _sampled(sides, chances)
    found = []
    for size in range(1, MOST_KEYS + 1):
        for combination in itertools.combinations(keys, size):
            columns = tuple(key.column for key in combination)
            if len({key.field for key in combination}) == size and (pairs := pairs_of(columns, sample) * times) <= most_pairs:
                found.append(Candidate(same(*columns), np.logical_and.reduce([survives[column] for column in columns]), pairs))
    return found


def pairs_of(columns: Sequence[str], sides: Sides) -> float:
    """How many pairs of records agree in all the columns."""
    return equal_pairs([(column, column) for column in columns], sides)


def _sampled(sides: Sides, chances: Chances) -> tuple[Sides, float]:
    """Some records of each side, and how many pairs of the whole each of their pairs stands for; small files as they are."""
    left = _lowest(chances.left)
    right = left if chances.right is None else _lowest(chances.right)
    times = len(sides.left) / max(1, len(left)) * len(sides.other) / max(1, len(right))
    other = None if sides.right is None else sides.right.take(right)
    return Sides(sides.left.take(left), other, sides.texts, sides.shares), times


def _lowest(chance: npt.NDArray[np.uint64]) -> Whole:
    """The records that chance puts first."""
    return np.sort(np.argsort(chance, kind="stable")[:ESTIMATE_FROM])


def _survivals(keys: Sequence[RuleKey], sides: Sides) -> dict[str, Truth]:
    """In which of the made-up matches each key is present on both sides and equal."""
    draws = np.random.default_rng(SEED)
    times = np.where(draws.random(MADE_UP_MATCHES) < CARELESS, CARELESS_TIMES, 1.0)
    fields = list(dict.fromkeys(key.field for key in keys))
    differs = {field: draws.random(MADE_UP_MATCHES) < np.minimum(ERROR[field.kind] * times, MOST_LIKELY) for field in fields}
    luck = {field: draws.random(MADE_UP_MATCHES) for field in fields}
    present = {field: draws.random(MADE_UP_MATCHES) for field in fields}
    return {
        key.column: (~differs[key.field] | (luck[key.field] < key.survival))
        & (present[key.field] < _share_present(key.column, sides))
        for key in keys
    }


def _share_present(column: str, sides: Sides) -> float:
    """The chance that both records of a match have a value, taken as independent."""
    shares = [float((sheet[column] != NONE).mean()) if len(sheet) else 0.0 for sheet in (sides.left, sides.other)]
    return shares[0] * shares[1]
