"""A table as compact arrays, column by column: numbers as 32-bit floats with nan for missing, texts as codes of their levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stratify.models.tabular.columns import EMPTY, TEXT, plain_type, texts_of
from stratify.models.tabular.hashing import Hashes, hash_numbers, hash_of_text, mixed

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]

NO_VALUE = -1
EVERY = slice(None)


@dataclass(frozen=True)
class Texts:
    """A text column: one code per row, its place in `levels`; `NO_VALUE` where there is none."""

    codes: Codes
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """Feature columns of a table, all in the same row order."""

    rows: int
    numbers: Mapping[str, Floats]
    texts: Mapping[str, Texts]

    def in_order(self, order: Rows) -> Sheet:
        """The rows in another order, or some of them."""
        return Sheet(
            len(order),
            {name: values[order] for name, values in self.numbers.items()},
            {name: Texts(column.codes[order], column.levels) for name, column in self.texts.items()},
        )

    def between(self, first: int, until: int) -> Sheet:
        """Rows that lie one after another."""
        return self.in_order(np.arange(first, min(until, self.rows)))

    def hashes(self) -> dict[str, Hashes]:
        """Column to one hash per row, by value."""
        found = {name: hash_numbers(values) for name, values in self.numbers.items()}
        for name, column in self.texts.items():
            levels = np.array([hash_of_text(level) for level in column.levels] + [0], dtype=np.uint64)
            found[name] = mixed(levels)[column.codes]
        return found


@dataclass(frozen=True)
class Coded:
    """Rows under an encoding: numbers as they are, and the codes of texts."""

    numbers: Mapping[str, Floats]
    codes: Mapping[str, Codes]
    rows: int


def read_sheet(table: pa.Table, kinds: Mapping[str, str]) -> Sheet:
    """The columns of `kinds` as arrays; a column without any value that is to be text has no level."""
    numbers = {name: _numbers(table[name]) for name, kind in kinds.items() if kind not in {TEXT, EMPTY}}
    texts = {name: _texts(table[name]) for name, kind in kinds.items() if kind == TEXT}
    return Sheet(table.num_rows, numbers, texts)


def _numbers(column: pa.ChunkedArray) -> Floats:
    if column.null_count == len(column):
        return np.full(len(column), np.nan, dtype=np.float32)
    plain = pc.cast(column, plain_type(column.type)) if pa.types.is_dictionary(column.type) else column
    if pa.types.is_boolean(plain.type):
        plain = pc.cast(plain, pa.int8())
    values = pc.cast(plain, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):  # what 32 bits cannot hold is as good as infinite
        return np.asarray(values, dtype=np.float32)


def _texts(column: pa.ChunkedArray) -> Texts:
    if column.null_count == len(column):
        return Texts(np.full(len(column), NO_VALUE, dtype=np.int32), ())
    found = pa.chunked_array(texts_of(column)).combine_chunks().dictionary_encode()
    codes = np.asarray(pc.fill_null(found.indices, NO_VALUE), dtype=np.int32)
    return Texts(codes, tuple(found.dictionary.to_pylist()))
