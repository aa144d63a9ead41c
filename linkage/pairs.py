"""Candidate pairs: a source record, a register record, and what each comparison says of the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from linkage.arrays import Bits, Levels, Truth, Whole
from linkage.comparisons import COMPARISONS, LEVELS
from linkage.engine.sheets import Texts
from linkage.engine.weigher import Sides, Weigher
from linkage.engine.weights import Weights
from linkage.people import People

FIELDS = tuple(comparison.name for comparison in COMPARISONS)
# How the evidence pattern names the fields.
SHORT_NAMES = {
    "nhs_number": "nhs", "date_of_birth": "dob", "given_name": "given", "family_name": "family", "postcode": "postcode",
    "gender": "gender", "gp_practice_code": "practice",
}  # fmt: skip


@dataclass(frozen=True)
class Pairs:
    """Pairs by row: `record` of the sources, `resident` of the register, a column of levels per field.

    `weight` and `margin` are bits, not a number where nothing was weighed.
    """

    record: Whole
    resident: Whole
    levels: Levels
    weight: Bits
    margin: Bits

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.record)

    def take(self, rows: Whole | Truth) -> Pairs:
        """Some of the pairs, in the order of `rows`."""
        return Pairs(self.record[rows], self.resident[rows], self.levels[rows], self.weight[rows], self.margin[rows])

    def at(self, field: str, *levels: str) -> Truth:
        """Whether the field's comparison gave one of these levels."""
        wanted = [LEVELS[field].index(level) for level in levels]
        found: Truth = np.isin(self.levels[:, FIELDS.index(field)], wanted)
        return found

    def weighed(self, weight: Bits, margin: Bits) -> Pairs:
        """The same pairs with weights and margins."""
        return Pairs(self.record, self.resident, self.levels, weight, margin)

    def evidence(self) -> list[str]:
        """The pattern of each pair: `nhs=same dob=same given=nickname family=same postcode=same gender=same practice=missing`."""
        return patterns(self.levels)


def comparer(left: People, right: People, texts: Mapping[str, Texts]) -> Weigher:
    """What compares records of the two sides in every field, and weighs nothing."""
    return Weigher(Sides(left.sheet(), right.sheet(), texts, {}), COMPARISONS, (), Weights(0.0, {}))


def compare(weigher: Weigher, record: Whole, resident: Whole) -> Pairs:
    """Pairs of `record` (rows of left) and `resident` (rows of right), compared in every field."""
    unknown = np.full(len(record), np.nan)
    return Pairs(record, resident, weigher.compare(record, resident)[0], unknown, unknown)


def join_pairs(parts: list[Pairs]) -> Pairs:
    """All the pairs, one part after the other."""
    empty = np.empty(0, dtype=np.int64)
    none = Pairs(empty, empty, np.empty((0, len(FIELDS)), dtype=np.int8), np.empty(0), np.empty(0))
    parts = [none, *parts]
    return Pairs(
        np.concatenate([part.record for part in parts]),
        np.concatenate([part.resident for part in parts]),
        np.concatenate([part.levels for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.margin for part in parts]),
    )


def patterns(levels: Levels, fields: Sequence[str] = FIELDS) -> list[str]:
    """One text per row of levels; each distinct row is written once."""
    key = np.zeros(len(levels), dtype=np.int64)
    for column, field in enumerate(fields):
        key = key * len(LEVELS[field]) + levels[:, column]
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    texts = [
        " ".join(f"{SHORT_NAMES[field]}={LEVELS[field][level]}" for field, level in zip(fields, row, strict=True))
        for row in levels[first].tolist()
    ]
    return [texts[position] for position in place.tolist()]
