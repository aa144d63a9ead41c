"""Blocks to train a model on: pairs among which matches are many, and what the block does not read tells them from the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.engine.rules import Rule
from linkage.engine.weigher import Sides
from linkage.files.fields import NAME, FileField
from linkage.files.rule_candidates import Candidate, pairs_of, rule_candidates
from linkage.files.rule_keys import whole_keys
from linkage.training.draws import Chances, all_pairs

# A block of more pairs a record is not looked at; at the fair number a block counts half.
TRAINING_PAIRS_PER_RECORD = 25
FAIR_PAIRS = 10
SMALL = 10_000  # records of a small file: its largest block may be as large as that of such a file
MOST_BLOCKS = 4
# A block of less worth than this share of the best one's adds more doubt than knowledge.
LEAST_WORTH = 0.3


def training_blocks(fields: Sequence[FileField], sides: Sides, chances: Chances) -> tuple[Rule, ...]:
    """Rules to train on, of which none reads what another does.

    In a good block matches are many, and what it does not read tells them well: a block tells nothing of the comparisons that
    read its columns. Each name is also sought in the other's place, so that who blocks on one is blind to both.
    """
    most = TRAINING_PAIRS_PER_RECORD * float(max(len(sides.left), len(sides.other), SMALL))
    candidates = rule_candidates(whole_keys(fields), sides, chances, most)
    bits = {field.name: _bits(field, sides) for field in fields}
    names = {field.name for field in fields if field.kind == NAME}
    read = [set(each.rule.ours) | (names if names & set(each.rule.ours) else set()) for each in candidates]
    told_by = [sum(bits[name] for name in bits if name not in seen) for seen in read]
    worth = [_purity(each, sides) * told for each, told in zip(candidates, told_by, strict=True)]
    chosen: list[int] = []
    for place in sorted(range(len(candidates)), key=lambda place: -worth[place]):
        apart = all(not read[place] & read[other] for other in chosen)
        if apart and len(chosen) < MOST_BLOCKS and worth[place] > LEAST_WORTH * max(worth):
            chosen.append(place)
    return tuple(candidates[place].rule for place in chosen)


def _bits(field: FileField, sides: Sides) -> float:
    """How much two records say by agreeing in a field: log2 of the number of pairs among which one agrees."""
    return float(np.log2(all_pairs(sides) / max(1.0, pairs_of([field.name], sides))))


def _purity(candidate: Candidate, sides: Sides) -> float:
    """Made-up matches found, the fewer the more pairs a record must be looked at for them."""
    records = max(1, min(len(sides.left), len(sides.other)))
    return float(candidate.finds.mean()) / (1 + candidate.pairs / (FAIR_PAIRS * records)) if candidate.pairs >= 1 else 0.0
