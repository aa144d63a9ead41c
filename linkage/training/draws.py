"""Records drawn by chance that their own ids decide: the order of the rows, threads and chunks change nothing.

Each record's chance is a keyed hash of its id, so the same records are drawn whatever stands before them in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from linkage.arrays import NONE, Codes, Truth, Whole
from linkage.engine.compiled import compiled
from linkage.engine.joins import combine
from linkage.engine.rules import Rule
from linkage.engine.sheets import Sheet
from linkage.engine.weigher import Sides

DRAWN = "drawn"  # column of the group that chance has put a record in
WHOLE_RANGE = 2.0**64
# Records of a side that random pairs are made of: more names would tell little more, and take longer to lay out.
MOST_DRAWN = 100_000
# One side's chances say nothing of the other's: a person who has the same id on both sides is not drawn against herself.
LEFT, RIGHT = 1, 2

Chance = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Chances:
    """A random whole number for each record of the left and, where there are two files, of the right."""

    left: Chance
    right: Chance | None

    def random_pairs(self, sides: Sides, pairs: float) -> Sides:
        """Some of the records, with a column `drawn`: pairs with one value there are about `pairs` of all, by chance."""
        chances = [chance for chance in (self.left, self.right) if chance is not None]
        rows = [_some(chance, MOST_DRAWN / max(len(chance), 1)) for chance in chances]
        part = Sides(sides.left.take(rows[0]), sides.right and sides.right.take(rows[-1]), sides.texts, sides.shares)
        groups = max(1, round(all_pairs(part) / pairs))
        left, right = _grouped(part.left, self.left[rows[0]], groups), None
        if part.right is not None and self.right is not None:
            right = _grouped(part.right, self.right[rows[-1]], groups)
        return Sides(left, right, sides.texts, sides.shares)

    def share_of_left(self, sides: Sides, share: float) -> Sides:
        """The sides with about a share of the left records; one file is split in these and all others, so no pair comes twice."""
        if share >= 1:
            return sides
        drawn: Truth = self.left < np.uint64(share * WHOLE_RANGE)
        right = sides.right if sides.right is not None else sides.left.take(~drawn)
        return Sides(sides.left.take(drawn), right, sides.texts, sides.shares)

    def some_pairs(self, sides: Sides, share: float) -> Sides:
        """Records of both sides that make about a share of their pairs, and of their matches."""
        if share >= 1 or sides.right is None or self.right is None:
            return self.share_of_left(sides, share)
        left, right = (_some(chance, share**0.5) for chance in (self.left, self.right))
        return Sides(sides.left.take(left), sides.right.take(right), sides.texts, sides.shares)

    def some_keys(self, sides: Sides, rule: Rule, share: float) -> Sides:
        """All the records of about a share of the rule's keys: who meets whom is as it was."""
        if share >= 1:
            return sides
        ours, theirs = combine(_wide(sides.left, rule.ours), _wide(sides.other, rule.theirs))
        places = _small(np.concatenate([ours, theirs]))
        mixed = np.zeros(int(places.max(initial=0)) + 1, dtype=np.uint64)
        mix_by_key(places[: len(ours)], self.left, mixed)
        drawn: Truth = ((mixed > 0) & (mixed < np.uint64(share * WHOLE_RANGE)))[places] & (places != NONE)
        right = None if sides.right is None else sides.right.take(drawn[len(ours) :])
        return Sides(sides.left.take(drawn[: len(ours)]), right, sides.texts, sides.shares)


def draw_chances(left_ids: Any, right_ids: Any | None, seed: int) -> Chances:
    """Chances of records with these ids (Arrow arrays of text)."""
    return Chances(chances_of(left_ids, 2 * seed + LEFT), None if right_ids is None else chances_of(right_ids, 2 * seed + RIGHT))


def all_pairs(sides: Sides) -> float:
    """How many pairs of records there are, of whatever likeness."""
    ours = len(sides.left)
    return float(ours) * len(sides.right) if sides.right is not None else ours * (ours - 1) / 2


def chances_of(ids: Any, key: int) -> Chance:
    """A random-looking whole number for each text, that `key` and the text decide."""
    texts = (
        pa.chunked_array([ids] if isinstance(ids, pa.Array) else ids.chunks, ids.type).cast(pa.large_string()).combine_chunks()
    )
    starts, points = np.zeros(1, np.int64), np.zeros(0, np.uint8)
    if len(texts):
        _, offsets, data = texts.buffers()
        starts = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
        points = np.frombuffer(data, dtype=np.uint8) if data is not None else points
    found = np.empty(len(texts), dtype=np.uint64)
    mix(points, starts, key, found)
    return found


@compiled
def mix(points, starts, key, found):  # type: ignore[no-untyped-def]
    """FNV-1a of each text's bytes, then the finisher of SplitMix64 (Steele and others 2014) so that every bit counts."""
    for row in range(len(found)):
        value = np.uint64(0xCBF29CE484222325) ^ (np.uint64(key) * np.uint64(0x9E3779B97F4A7C15))
        for place in range(starts[row], starts[row + 1]):
            value = (value ^ np.uint64(points[place])) * np.uint64(0x100000001B3)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        found[row] = value ^ (value >> np.uint64(31))


@compiled
def mix_by_key(keys, chance, mixed):  # type: ignore[no-untyped-def]
    """The chance of each key: those of its records, each bit the parity of theirs, whatever their order."""
    for row in range(len(keys)):
        if keys[row] >= 0:
            mixed[keys[row]] ^= chance[row]


def _some(chance: Chance, share: float) -> Whole:
    """Rows of about a share of the records, drawn by chance."""
    return np.arange(len(chance)) if share >= 1 else np.flatnonzero(chance < np.uint64(share * WHOLE_RANGE))


def _grouped(sheet: Sheet, chance: Chance, groups: int) -> Sheet:
    codes: Codes = (chance % np.uint64(groups)).astype(np.int32)
    return sheet.with_columns(**{DRAWN: codes})


def _small(keys: Whole) -> Whole:
    """The keys, or their ranks where they are larger than there are records."""
    if keys.max(initial=0) <= 4 * len(keys):
        return keys
    values, places = np.unique(keys, return_inverse=True)
    return np.where(values[places] < 0, NONE, places)


def _wide(sheet: Sheet, columns: Sequence[str]) -> list[Whole]:
    return [sheet[column].astype(np.int64) for column in columns]
