"""Records as columns of whole numbers: equal values have equal codes, -1 is missing, and comparing is arithmetic.

A `Sheet` is one side of a linkage, or the only one where a file is compared with itself. Columns whose values are read (names,
for their likeness) have their `Texts`; several columns may share them, so that a given name is found in a family name's place.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Codes, Truth, Whole
from linkage.engine.text_measures import LONGEST_TEXT

# An outline has a bit for each of so many sets of letters; above them stands the length, up to LONGEST_OUTLINE.
LETTER_BITS = 26
LONGEST_OUTLINE = 63


@dataclass(frozen=True)
class Sheet:
    """Columns of codes, one entry per record in each."""

    columns: Mapping[str, Codes]

    def __len__(self) -> int:
        """How many records."""
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, column: str) -> Codes:
        """One column."""
        return self.columns[column]

    def take(self, rows: Whole | Truth) -> Sheet:
        """Some of the records, in the order of `rows`."""
        return Sheet({name: codes[rows] for name, codes in self.columns.items()})

    def with_columns(self, **columns: Codes) -> Sheet:
        """The same records with more columns, or other ones."""
        return Sheet({**self.columns, **columns})


@dataclass(frozen=True)
class Texts:
    """The distinct texts that codes stand for, laid out for the kernel.

    `points` are the code points of all of them, text `code` from `start[code]` to `start[code + 1]`; `outline` its letters, as
    bits of 26 sets, and its length, in one word. `related` are pairs of codes, as `left * len + right`, that a table says are one
    name; both ways, sorted.
    """

    points: Codes
    start: Whole
    outline: Codes
    related: Whole = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        """How many distinct texts."""
        return len(self.start) - 1

    def text(self, code: int) -> str:
        """The text of one code."""
        return self.points[self.start[code] : self.start[code + 1]].astype("<u4").tobytes().decode("utf-32-le")


def encode_values(*columns: pa.ChunkedArray) -> tuple[pa.Array, list[Codes]]:
    """Distinct values of all the columns together, and each column as codes into them.

    Codes follow the order of first appearance: which record has which code depends on the order of the records, what is equal
    to what does not.
    """
    whole = pa.chunked_array([chunk for column in columns for chunk in column.chunks], columns[0].type)
    whole = whole.unify_dictionaries().combine_chunks()
    encoded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    codes = np.asarray(pc.fill_null(encoded.indices, NONE).to_numpy(zero_copy_only=False), dtype=np.int32)
    bounds = np.cumsum([0, *map(len, columns)])
    return encoded.dictionary, [codes[first:last] for first, last in itertools.pairwise(bounds)]


def lay_out(values: Any, related: Iterable[Sequence[str]] = ()) -> Texts:
    """`Texts` of an Arrow array of distinct strings; `related` are groups of texts that are one name in several forms."""
    cut = pc.utf8_slice_codeunits(values.cast(pa.string()), 0, LONGEST_TEXT)
    lengths = np.asarray(pc.utf8_length(cut).to_numpy(zero_copy_only=False), dtype=np.int64)
    whole = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(cut)], pa.int32()), cut), "")[0].as_py() or ""
    points = np.frombuffer(whole.encode("utf-32-le"), dtype=np.int32)
    start = np.concatenate([[0], np.cumsum(lengths)])
    return Texts(points, start, _outlines(points, start), _related(values, related))


def _outlines(points: Codes, start: Whole) -> Codes:
    lengths = np.diff(start)
    letters = np.zeros(len(lengths), dtype=np.uint32)
    if len(points):
        bits = np.uint32(1) << (points.astype(np.uint32) % np.uint32(LETTER_BITS))
        found = np.bitwise_or.reduceat(bits, np.minimum(start[:-1], len(points) - 1))
        letters = np.where(lengths > 0, found, np.uint32(0))
    long = np.minimum(lengths, LONGEST_OUTLINE).astype(np.uint32) << np.uint32(LETTER_BITS)
    return (letters | long).view(np.int32)


def _related(values: Any, groups: Iterable[Sequence[str]]) -> Whole:
    codes = {text: code for code, text in enumerate(values.to_pylist())} if groups else {}
    present = ([codes[text] for text in group if text in codes] for group in groups)
    keys = {one * len(values) + other for group in present for one in group for other in group if one != other}
    return np.array(sorted(keys), dtype=np.int64)
