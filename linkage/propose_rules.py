"""Blocking rules for files nobody has seen before, chosen from counted key sizes.

Rules are taken one by one, best worth for the price first, each for the matches that those before it miss, until the budget is
spent or nothing is left to gain.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.draws import Chances
from linkage.file_fields import FileField
from linkage.rule_candidates import MADE_UP_MATCHES, MOST_KEYS, Candidate, pairs_of, rule_candidates
from linkage.rule_keys import rule_keys
from linkage.rules import Rule
from linkage.weigher import Sides
from schemas.errors import ConfigurationError

# A rule asks two or three questions of 64 that the kernel can ask of a pair.
MOST_RULES = 16
# Pairs a record that all rules together may make (the seven rules that linkage to a register was measured with make 120), and
# pairs that are cheap whatever the number of records.
PAIRS_PER_RECORD = 150
ALWAYS_ALLOWED = 2_000_000
# No rule may take more of the budget than this.
LARGEST_SHARE = 0.5
# Rules that make less than this share of the budget count as equally cheap.
CHEAP = 0.03


def budget(sides: Sides) -> float:
    """Pairs that proposed rules together may make."""
    return float(max(ALWAYS_ALLOWED, PAIRS_PER_RECORD * max(len(sides.left), len(sides.other))))


def propose_rules(fields: Sequence[FileField], sides: Sides, chances: Chances) -> tuple[Rule, ...]:
    """The rules for these files; the order of records never changes them.

    Raises `ConfigurationError` `E-LINK-NO-RULE` where no combination of keys is narrow enough.
    """
    allowed = budget(sides)
    chosen = _choose(rule_candidates(rule_keys(fields), sides, chances, LARGEST_SHARE * allowed), sides, allowed)
    if not chosen:
        raise ConfigurationError(
            "E-LINK-NO-RULE",
            f"no one to {MOST_KEYS} keys of the fields make at most {LARGEST_SHARE * allowed:.0f} pairs, and some.",
            cure="give more fields that tell people apart, or name the rules with --block",
        )
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
