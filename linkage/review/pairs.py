"""Pairs as clerical review knows them: by a reference, by their place in a draw, and whether they may be shown at all."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkage.mergers import successions
from linkage.protected_records import decided_beside, protected_records
from linkage.review.judgements import PAIR
from schemas.identifiable import Match, PersonRecord, RegisterMerger
from schemas.table import Rows

SEPARATOR = "\x1f"  # between the parts of a key: no extract holds it
RECORD = ("source", "local_patient_id")
REFERENCE_DIGITS = 24  # 96 bits: no two pairs of one area share them
WHOLE_RANGE = 2.0**64


def keys(table: pa.Table, *names: str) -> Any:
    """The columns' texts as one text."""
    return pc.binary_join_element_wise(*(table[name] for name in names), SEPARATOR)


def references(pairs: pa.Table) -> pa.Array:
    """What a clerk's file calls each pair: the same every night; a letter first, so that no spreadsheet takes it for a number."""
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in keys(pairs, *PAIR).to_pylist()]
    return pa.array([f"p{digest[:REFERENCE_DIGITS]}" for digest in digests], pa.string())


def chances(pairs: pa.Table, seed: str) -> npt.NDArray[np.float64]:
    """A number from 0 to 1 for each pair, that depends on the pair and the seed and on nothing else (SipHash, keyed)."""
    from pandas.util import hash_array  # takes half a second to import

    key = hashlib.sha256(seed.encode()).hexdigest()[:16]
    texts = keys(pairs, *PAIR).to_numpy(zero_copy_only=False).astype(object)
    hashed: npt.NDArray[np.uint64] = hash_array(texts, hash_key=key, categorize=False)
    return hashed / WHOLE_RANGE


def may_show(pairs: pa.Table, records: Rows[PersonRecord], matches: Rows[Match], mergers: Rows[RegisterMerger]) -> Any:
    """Whether both records of each pair are there, and neither is a protected identity's or may be (see `protected_records`)."""
    hidden = records.filter(protected_records(records, decided_beside(records, matches), successions(mergers)))
    record, resident = keys(pairs, *RECORD), pairs["register_id"]
    is_there = pc.and_(is_in(record, keys(records, *RECORD)), is_in(resident, _register_ids(records)))
    is_hidden = pc.or_(is_in(record, keys(hidden, *RECORD)), is_in(resident, _register_ids(hidden)))
    return pc.and_(is_there, pc.invert(is_hidden))


def _register_ids(records: pa.Table) -> Any:
    return records["local_patient_id"].filter(pc.equal(records["source"], "register"))


def is_in(values: Any, among: Any) -> Any:
    """Whether each value occurs in `among`; null does not."""
    return pc.is_in(values, value_set=_whole(among), skip_nulls=True)


def places(values: Any, among: Any) -> Any:
    """Where each value lies in `among`, null where it does not."""
    return pc.index_in(values, value_set=_whole(among), skip_nulls=True)


def _whole(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
