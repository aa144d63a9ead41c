"""Who goes into which part of the people, and in which order their rows lie: by what is known of them, never by their name.

A pseudonym is another one on every machine. So a person is dealt by a hash of all her features at all her index dates: two
machines that know the same deal alike, wherever the rows lay. People alike in every feature are told apart by a number. Which
of them has which is decided by what happened to them, so that this, too, is the same everywhere; the numbers are scrambled before
anybody is dealt by them, so that a place says nothing of what happened.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stratify.models.snapshots import BESIDE, INDEX_DATE, OUTCOME, PERSON
from stratify.models.tabular.columns import column_kinds
from stratify.models.tabular.fitting import dealt_out
from stratify.models.tabular.hashing import Hashes, hash_rows, hash_units, hash_values, mixed
from stratify.models.tabular.sheet import Rows, read_sheet


def units_of_people(table: pa.Table) -> Hashes:
    """A hash per row of `snapshots`: equal for the rows of one person, and another for every other person."""
    people = _numbered(table[PERSON])
    days = hash_values(table[INDEX_DATE])
    alike = hash_units(people, _row_hashes(table) ^ days)
    happened = hash_units(people, mixed(hash_values(table[OUTCOME]) ^ days))
    order = np.lexsort((happened, alike))
    alike[order] = dealt_out(alike[order])
    return alike[people]


def in_order_of_content(units: Hashes, table: pa.Table) -> Rows:
    """Places of the rows, those of one person together by date: the same whatever her name and wherever they lay."""
    days = pc.cast(table[INDEX_DATE], pa.int32()).to_numpy()
    return np.asarray(np.lexsort((days, units)))


def _numbered(names: pa.ChunkedArray) -> Rows:
    """The number of each row's person in the order of names: it decides nothing but between people alike in everything."""
    found = names.combine_chunks().dictionary_encode()
    rank = np.empty(len(found.dictionary), dtype=np.int64)
    rank[np.asarray(pc.sort_indices(found.dictionary))] = np.arange(len(rank))
    return np.asarray(rank[np.asarray(found.indices)])


def _row_hashes(table: pa.Table) -> Hashes:
    """Of every feature, one at a time, as a table of many people would not fit in memory twice."""
    names = [name for name in table.column_names if name not in BESIDE]
    found = np.zeros(table.num_rows, dtype=np.uint64)
    for name in names:
        one = table.select([name])
        found += hash_rows(read_sheet(one, column_kinds(one)).hashes(), table.num_rows)
    return mixed(found)
