"""Which pairs are worth comparing: blocking rules, counted before they run.

A rule is a few columns that must be equal on both sides. The rules are those of the linkage literature for names, date of birth
and postcode (the NHS England model uses nine like them), with the number, earlier names and earlier addresses.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from linkage.arrays import Whole
from linkage.joins import KeyIndex, combine
from linkage.people import People


@dataclass(frozen=True)
class Rule:
    """Columns of the record, and the columns of the resident that they must equal."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def same(*columns: str) -> Rule:
    """The same columns on both sides."""
    return Rule(columns, columns)


RULES: list[Rule] = [
    same("number"),
    same("full_birth", "gender", "outward"),
    same("full_birth", "family"),
    same("full_birth", "given"),
    same("family", "year_day", "gender"),
    same("given", "family", "year"),
    same("postcode"),
    Rule(("postcode",), ("previous_postcode",)),
    same("given", "outward"),
    same("family", "outward"),
    Rule(("family", "outward"), ("previous_family", "outward")),
    same("full_birth", "practice"),
]


@dataclass(frozen=True)
class Block:
    """One rule ready to run: where each record's key starts in the index, and how many residents share it."""

    index: KeyIndex
    start: Whole
    count: Whole


@dataclass(frozen=True)
class Blocks:
    """All rules ready to run over some records. `skipped_keys` counts keys over the cap, of which no pair is made."""

    rows: Whole
    blocks: tuple[Block, ...]
    skipped_keys: int

    @property
    def sizes(self) -> Whole:
        """Candidate pairs of each record, those that two rules find counted twice."""
        total: Whole = np.sum([block.count for block in self.blocks], axis=0, dtype=np.int64)
        return total

    def chunks(self, most: int) -> Iterator[tuple[Whole, Whole]]:
        """Distinct (record, resident) pairs, about `most` at a time; every pair of a record lies in one chunk."""
        before = np.cumsum(self.sizes) - self.sizes
        bounds = np.flatnonzero(np.diff(before // most, prepend=-1))
        for first, last in itertools.pairwise([*bounds.tolist(), len(self.rows)]):
            yield self._pairs(slice(first, last))

    def _pairs(self, part: slice) -> tuple[Whole, Whole]:
        found = [block.index.pairs(block.start[part], block.count[part]) for block in self.blocks]
        asking, resident = (np.concatenate(side) for side in zip(*found, strict=True))
        width = 1 + int(resident.max(initial=0))
        key = np.unique(asking * width + resident)
        return self.rows[part][key // width], key % width


def plan_blocks(records: People, rows: Whole, residents: People, *, cap: int) -> Blocks:
    """Count every rule's pairs before any is made; a key that more than `cap` residents share is skipped and counted."""
    blocks, skipped = [], 0
    for rule in RULES:
        left, right = [getattr(records, name)[rows] for name in rule.ours], [getattr(residents, name) for name in rule.theirs]
        ours, theirs = combine(left, right)
        index = KeyIndex(theirs)
        start, count = index.spans(ours)
        over = count > cap
        skipped += len(np.unique(ours[over]))
        blocks.append(Block(index, start, np.where(over, 0, count)))
    return Blocks(rows, tuple(blocks), skipped)
