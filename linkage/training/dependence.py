"""What fields say less together: bits that a level counts for less (or more) where other fields already agree.

Weights add up as if fields were independent among pairs of two people. In a household they are not: those who share a postcode
share a family name, twins a date of birth, father and son a given name; and a given name tells the gender. So u is looked at
again among pairs that are surely of two people:

    bits of a level = log2(what it had been taken to have / its share among those pairs)

Each is told of one field where one or two others agree; where two do, beyond what the first alone has taken already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linkage.arrays import Bits, Truth
from linkage.engine.conditions import Comparison
from linkage.engine.weigher import Patterns
from linkage.engine.weights import Dependence
from linkage.training.counted_u import missing_place

PLACES, FAMILY, GIVEN, GENDER = ("postcode", "address"), "family_name", "given_name", "gender"
# Levels of a field that say that people belong together; the first is the one that is counted.
SHARED = ("same", "previous")
# Less than this is lost in what the model does not know.
LEAST_BITS = 0.3
# Pairs that must be seen at a level, or that u lets expect there, before anything is said of it.
FEWEST_PAIRS = 20.0
# Pairs at the level's former share that stand beside those seen.
PRIOR_PAIRS = 50.0


@dataclass(frozen=True)
class Context:
    """Fields that agree already, and the field that then says something else than elsewhere."""

    agreeing: tuple[str, ...]
    target: str
    why: str


def place_of(comparisons: Sequence[Comparison]) -> Comparison | None:
    """The comparison that tells whether people live together."""
    found = {each.name: each for each in comparisons}
    return next((found[name] for name in PLACES if name in found and SHARED[0] in found[name].names), None)


def household_contexts(comparisons: Sequence[Comparison]) -> list[Context]:
    """What is looked at among people of one place, of the fields that there are."""
    place = place_of(comparisons)
    if place is None:
        return []
    names = [each.name for each in comparisons if each.name not in (place.name, GENDER)]
    one = [Context((place.name,), name, f"who shares {place.name} shares {name} more often: a household") for name in names]
    two = [
        Context((place.name, FAMILY), name, f"who shares {place.name} and {FAMILY} shares {name} more often: a family, twins")
        for name in names
        if FAMILY in names and name != FAMILY
    ]
    return [*one, *two]


def gender_contexts(comparisons: Sequence[Comparison]) -> list[Context]:
    """A given name tells the gender, where both are compared."""
    names = {each.name for each in comparisons}
    return [Context((GIVEN,), GENDER, f"a {GIVEN} tells the {GENDER}")] if {GIVEN, GENDER} <= names else []


def learn_dependences(
    contexts: Sequence[Context], comparisons: Sequence[Comparison], apart: Patterns, u: Sequence[Bits], m: Sequence[Bits]
) -> list[Dependence]:
    """The dependences that pairs of two people (`apart`) show in `contexts`; u and m are by comparison and level."""
    place = {each.name: c for c, each in enumerate(comparisons)}
    learnt: list[Dependence] = []
    for context in contexts:
        agrees = np.all(
            [apart.levels[:, place[name]] == comparisons[place[name]].names.index(SHARED[0]) for name in context.agreeing], axis=0
        )
        target = place[context.target]
        taken = _taken(learnt, context, comparisons[target])
        bits = _bits(apart, agrees, target, comparisons[target], u[target] * np.exp2(-taken))
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.nan_to_num(np.log2(m[target] / u[target])) + taken
        bits = np.where((weight < 0) & (bits > 0), np.minimum(bits, -weight), bits)  # a difference never becomes evidence
        learnt += [_dependence(context, comparisons, level, each) for level, each in enumerate(bits) if abs(each) >= LEAST_BITS]
    return learnt


def bits_of_patterns(dependences: Sequence[Dependence], comparisons: Sequence[Comparison], patterns: Patterns) -> Bits:
    """What dependences add to each pattern."""
    total = np.zeros(len(patterns.pairs))
    for each in dependences:
        holds: Truth = np.ones(len(total), dtype=np.bool_)
        for c, comparison in enumerate(comparisons):
            if comparison.name in each.when:
                codes = [comparison.names.index(name) for name in each.when[comparison.name]]
                holds &= np.isin(patterns.levels[:, c], codes)
        total += np.where(holds, each.weight, 0.0)
    return total


def _taken(learnt: Sequence[Dependence], context: Context, target: Comparison) -> Bits:
    """Bits by level that hold in this context already."""
    taken = np.zeros(len(target.names))
    for each in learnt:
        others = set(each.when) - {target.name}
        if target.name in each.when and others <= set(context.agreeing):
            for name in each.when[target.name]:
                taken[target.names.index(name)] += each.weight
    return taken


def _bits(apart: Patterns, agrees: Truth, c: int, comparison: Comparison, former: Bits) -> Bits:
    """By level: how much rarer it was taken to be than it is, none where too few pairs tell."""
    seen = np.bincount(apart.levels[agrees, c].astype(np.int64), weights=apart.pairs[agrees], minlength=len(comparison.names))
    missing = missing_place(comparison)
    if missing is not None:
        seen[missing] = 0.0
    total = seen.sum()
    share = (seen + PRIOR_PAIRS * former) / (total + PRIOR_PAIRS)
    tells = (former > 0) & (np.maximum(seen, total * former) >= FEWEST_PAIRS)
    with np.errstate(divide="ignore", invalid="ignore"):
        bits: Bits = np.where(tells, np.log2(former / share), 0.0)
    return bits


def _dependence(context: Context, comparisons: Sequence[Comparison], level: int, bits: float) -> Dependence:
    when = {}
    for comparison in comparisons:
        if comparison.name in context.agreeing:
            when[comparison.name] = tuple(name for name in SHARED if name in comparison.names)
        elif comparison.name == context.target:
            when[comparison.name] = (comparison.names[level],)
    return Dependence(context.why, when, float(bits))
