"""What changed since the night before: rows of records, and where a superseded number leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import Truth, Whole
from linkage.mergers import Successions, successions
from linkage.review.pairs import RECORD, keys
from schemas.identifiable import PersonRecord, RegisterMerger
from schemas.table import Rows

# What linkage reads of a record; that another column changed changes no link.
READ_COLUMNS = (
    "nhs_number", "nhs_number_given", "nhs_number_status", "given_name", "other_given_name", "alias", "family_name",
    "previous_family_name", "date_of_birth", "gender", "postcode", "previous_postcode", "gp_practice_code", "protected",
)  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """`is_changed`: which records of tonight are new or differ. `place`: where each stood the night before, -1 where it did not.

    `former`: all records of the night before that differ or are gone, as they stood, with the numbers then current; `former_rows`
    where they stood.
    """

    is_changed: Truth
    place: Whole
    former: pa.Table
    former_rows: Whole


def find_changes(
    records: Rows[PersonRecord], mergers: Rows[RegisterMerger], before: Rows[PersonRecord], mergers_before: Rows[RegisterMerger]
) -> Changes:
    """Compare two nights' records, both in key order. A record whose number leads elsewhere has changed, too."""
    chains, chains_before = successions(mergers), successions(mergers_before)
    place = _places(records, before)
    found = np.flatnonzero(place >= 0)
    differs = _differs(records, before, place)
    differs |= _leads_elsewhere(records["nhs_number"], chains, chains_before)
    is_kept = np.zeros(before.num_rows, dtype=np.bool_)
    is_kept[place[found]] = ~differs[found]
    former = before.filter(pa.array(~is_kept))
    current = chains_before.follow(former["nhs_number"])
    former = former.set_column(former.column_names.index("nhs_number"), "nhs_number", current)
    return Changes(differs, place, former, np.flatnonzero(~is_kept))


def _places(records: pa.Table, before: pa.Table) -> Whole:
    """Where each record stood the night before, -1 where it did not."""
    if records.num_rows == before.num_rows and all(records[name].equals(before[name]) for name in RECORD):
        return np.arange(records.num_rows)
    known = keys(before, *RECORD).combine_chunks()
    found = pc.index_in(keys(records, *RECORD), value_set=known, skip_nulls=True)
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


def _differs(records: pa.Table, before: pa.Table, place: Any) -> Truth:
    """Whether each record is new or reads otherwise than the night before."""
    rows = None if np.array_equal(place, np.arange(before.num_rows)) else pa.array(place, mask=place < 0)
    same = pa.array(place >= 0)
    for name in READ_COLUMNS:
        now = records[name].combine_chunks()
        then = before[name].combine_chunks() if rows is None else before[name].combine_chunks().take(rows)
        equal = pc.or_(pc.fill_null(pc.equal(now, then), False), pc.and_(now.is_null(), then.is_null()))
        same = pc.and_(same, equal)
    answer: Truth = ~np.asarray(same.to_numpy(zero_copy_only=False), dtype=np.bool_)
    return answer


def _leads_elsewhere(numbers: Any, chains: Successions, chains_before: Successions) -> Truth:
    """Whether each number's current one is another than it was."""
    moved = [each.superseded for each in (chains, chains_before)]
    either = pa.chunked_array([chunk for each in moved for chunk in _chunks(each)], pa.string()).unique()
    turned = either.filter(pc.not_equal(chains.follow(either), chains_before.follow(either)))
    answer: Truth = np.asarray(pc.is_in(numbers, value_set=turned, skip_nulls=True).to_numpy(), dtype=np.bool_)
    return answer


def _chunks(values: Any) -> list[Any]:
    return values.chunks if isinstance(values, pa.ChunkedArray) else [values]
