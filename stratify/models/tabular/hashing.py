"""Numbers drawn from content alone: what a row or a value holds decides where it falls, never where it lies in a table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes = npt.NDArray[np.uint64]

# SplitMix64 (Steele, Lea and Flood 2014): every bit of the answer depends on every bit of the number.
GAMMA, FIRST, SECOND = (np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def mixed(numbers: Hashes) -> Hashes:
    """Each number scrambled; equal numbers stay equal."""
    with np.errstate(over="ignore"):
        found = numbers + GAMMA
        found = (found ^ (found >> np.uint64(30))) * FIRST
        found = (found ^ (found >> np.uint64(27))) * SECOND
    return found ^ (found >> np.uint64(31))


def hash_of_text(text: str) -> int:
    """64 bits of a text's digest."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hash_values(column: pa.ChunkedArray) -> Hashes:
    """One hash per row of a column of any type, by the value as text; a null has one too."""
    found = pc.dictionary_encode(as_text(column), null_encoding="encode").combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        found = found.chunk(0)
    levels = [hash_of_text("" if level is None else f"={level}") for level in found.dictionary.to_pylist()]
    return mixed(np.array(levels, dtype=np.uint64))[np.asarray(found.indices)] if levels else np.zeros(0, dtype=np.uint64)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column's values as text. A whole number is written the same whatever its type: 7, 7.0 and `7` are one value."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(pc.cast(column, kind.value_type))
    if pa.types.is_boolean(kind):
        return pc.cast(column, pa.string())
    if pa.types.is_floating(kind):
        return pc.replace_substring_regex(pc.cast(column, pa.string()), r"^(-?\d+)\.0$", r"\1")
    return pc.cast(column, pa.string())


def hash_rows(columns: Mapping[str, Hashes], rows: int) -> Hashes:
    """One hash per row over all its columns; their order does not matter, their names do."""
    found = np.zeros(rows, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for name, values in columns.items():
            found += mixed(values ^ np.uint64(hash_of_text(name)))
    return mixed(found)


def hash_numbers(numbers: npt.NDArray[np.float32]) -> Hashes:
    """One hash per number; every nan has the same, and 0 has that of -0."""
    plain = np.where(np.isnan(numbers), np.float32(np.nan), numbers + np.float32(0))
    return mixed(np.ascontiguousarray(plain, dtype=np.float32).view(np.uint32).astype(np.uint64))


def hash_units(units: npt.NDArray[np.int64], rows: Hashes) -> Hashes:
    """One hash per unit, numbered from 0 without a gap, over the hashes of its rows; their order does not matter."""
    if not len(units):
        return np.zeros(0, dtype=np.uint64)
    order = np.argsort(units, kind="stable")
    starts = np.flatnonzero(np.diff(units[order], prepend=-1))
    return mixed(np.add.reduceat(mixed(rows)[order], starts))
