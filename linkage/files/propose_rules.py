"""Blocking rules for files nobody has seen before, chosen from counted key sizes.

Rules are taken one by one, best worth for the price first, each for the matches that those before it miss, until the budget is
spent or nothing is left to gain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from linkage.engine.candidates import find_candidates
from linkage.engine.rules import Rule
from linkage.engine.weigher import Sides
from linkage.files.fields import FileField
from linkage.files.rule_candidates import MADE_UP_MATCHES, MOST_KEYS, Candidate, pairs_of, rule_candidates
from linkage.files.rule_keys import rule_keys
from linkage.training.draws import Chances
from schemas.errors import ConfigurationError

# A rule asks two or three questions of 64 that the kernel can ask of a pair.
MOST_RULES = 16
# Pairs a record that all rules together may make (the seven rules that linkage to a register was measured with make 120), and
# pairs that are cheap whatever the number of records.
PAIRS_PER_RECORD = 150
ALWAYS_ALLOWED = 2_000_000
# No rule may take more of the budget than this.
LARGEST_SHARE = 0.5
# Of the rules that are all too dear, those that are counted to name the cheapest.
COUNTED = 5
# Rules that make less than this share of the budget count as equally cheap.
CHEAP = 0.03


def budget(sides: Sides) -> float:
    """Pairs that proposed rules together may make."""
    return float(max(ALWAYS_ALLOWED, PAIRS_PER_RECORD * max(len(sides.left), len(sides.other))))


def propose_rules(fields: Sequence[FileField], sides: Sides, chances: Chances) -> tuple[Rule, ...]:
    """The rules for these files; the order of records never changes them.

    Raises `ConfigurationError` `E-LINK-NO-RULE`, naming the cheapest rule and the size of its largest key, where no combination
    of keys is narrow enough, and where none makes a pair.
    """
    allowed = budget(sides)
    chosen = _choose(rule_candidates(rule_keys(fields), sides, chances, LARGEST_SHARE * allowed), sides, allowed)
    if not chosen:
        raise _no_rule(rule_candidates(rule_keys(fields), sides, chances, math.inf), sides, LARGEST_SHARE * allowed)
    return tuple(rule for rule in chosen if not any(set(other.ours) < set(rule.ours) for other in chosen))


def _choose(candidates: list[Candidate], sides: Sides, allowed: float) -> list[Rule]:
    chosen: list[Rule] = []
    missed = np.ones(MADE_UP_MATCHES, dtype=np.bool_)
    left_over = allowed
    while candidates and len(chosen) < MOST_RULES:
        gains = [int((each.finds & missed).sum()) / (each.pairs + CHEAP * allowed) for each in candidates]
        best = int(np.argmax(gains))
        if not gains[best]:
            break
        taken = candidates.pop(best)
        counted = pairs_of(taken.rule.ours, sides)
        if 0 < counted <= min(left_over, LARGEST_SHARE * allowed):
            chosen.append(taken.rule)
            missed &= ~taken.finds
            left_over -= counted
            candidates = [each for each in candidates if each.pairs <= left_over]
    return chosen


def _no_rule(candidates: Sequence[Candidate], sides: Sides, most: float) -> ConfigurationError:
    """Why there is none: the cheapest is over its cap, or no two records share a key."""
    sizes = [(find_candidates(each.rule, sides.left, sides.right), each) for each in _cheapest(candidates)]
    found = [(counted.pairs, counted.largest, each.rule.name) for counted, each in sizes if counted.pairs]
    if not found:
        return ConfigurationError(
            "E-LINK-NO-RULE", f"no two records share any of one to {MOST_KEYS} keys.", cure="give fields that both files fill in"
        )
    pairs, largest, name = min(found)
    return ConfigurationError(
        "E-LINK-NO-RULE",
        f"the cheapest rule, {name}, makes {pairs} pairs, {most:.0f} are allowed; its largest key alone makes {largest}.",
        cure="give more fields that tell people apart, empty the value that so many records share, or name rules with --block",
    )


def _cheapest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The few that make the fewest pairs by estimate: one to name, and some should its estimate have been wrong."""
    return sorted((each for each in candidates if each.pairs), key=lambda each: (each.pairs, each.rule.name))[:COUNTED]
