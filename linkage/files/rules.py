"""Blocking rules that a user names: `date_of_birth+postcode.outward`. And, for small files, none at all: every pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.engine.candidates import check_cap, find_candidates
from linkage.engine.rules import Rule, same
from linkage.engine.sheets import Sheet
from linkage.engine.weigher import Sides
from linkage.training.draws import all_pairs
from schemas.errors import ConfigurationError

# Pairs that one named rule may make: minutes of work, where a proposed rule is kept to seconds.
MOST_PAIRS, MOST_PAIRS_PER_RECORD = 20_000_000, 300
# Files so small that every pair is looked at: a second of work, and no rule can miss anything.
EVERY_PAIR = 2_000_000
SAME_FOR_ALL = "every_pair"


def parse_rules(texts: Sequence[str], sides: Sides) -> tuple[Rule, ...]:
    """Rules from `a+b`. Columns are the fields and their parts (`file_values`).

    Raises `ConfigurationError` `E-LINK-BLOCK` for a column that no field has, and, naming the rule and the size of its largest
    key, for a rule that makes too many pairs.
    """
    rules = tuple(dict.fromkeys(_rule(text, sides.left) for text in texts))
    most = max(MOST_PAIRS, MOST_PAIRS_PER_RECORD * max(len(sides.left), len(sides.other)))
    for rule in rules:
        check_cap([find_candidates(rule, sides.left, sides.right)], most)
    return rules


def every_pair(sides: Sides) -> tuple[Sides, Rule] | None:
    """A rule that finds every pair, and the sides with the column it goes by; None where that is too many."""
    if all_pairs(sides) > EVERY_PAIR:
        return None
    right = None if sides.right is None else _with_constant(sides.right)
    return Sides(_with_constant(sides.left), right, sides.texts, sides.shares), same(SAME_FOR_ALL)


def _rule(text: str, sheet: Sheet) -> Rule:
    columns = tuple(part.strip() for part in text.split("+") if part.strip())
    unknown = [column for column in columns if column not in sheet.columns]
    if unknown or not columns:
        raise ConfigurationError(
            "E-LINK-BLOCK",
            f"blocking rule: {unknown[0]} is no field and no part of one." if unknown else "blocking rule: no column is named.",
            cure=f"name one or more of {', '.join(sorted(sheet.columns))}, joined by +",
        )
    return same(*columns)


def _with_constant(sheet: Sheet) -> Sheet:
    return sheet.with_columns(**{SAME_FOR_ALL: np.zeros(len(sheet), np.int32)})
