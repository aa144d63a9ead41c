"""The example night's linkage once more as a delta: what changed is decided again, the rest is kept, and nothing is different."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from linkage import Before, link_records
from schemas.identifiable import Judgement, PersonRecord

TABLES = ("matches", "review_pairs", "near_misses", "conflicts", "waterfall")


@pytest.fixture(scope="module")
def night(first_night: Path) -> tuple[pa.Table, pa.Table]:
    """Records and mergers."""
    records, mergers = (next((first_night / "vault").rglob(f"{name}.parquet")) for name in ("person_record", "register_merger"))
    return pq.read_table(records), pq.read_table(mergers)


def other_night(records: pa.Table, mergers: pa.Table, *, share: float, seed: int) -> tuple[pa.Table, pa.Table]:
    """The night after: some records gone, some with another's number, name, date of birth or postcode, some mergers undone."""
    rng = np.random.default_rng(seed)
    kept = records.filter(pa.array(rng.random(records.num_rows) > share / 4))
    for name in ("nhs_number", "given_name", "family_name", "date_of_birth", "postcode", "gender"):
        taken = kept[name].take(pa.array(rng.integers(0, kept.num_rows, kept.num_rows)))
        values = pc.if_else(pa.array(rng.random(kept.num_rows) < share / 6), taken, kept[name])
        kept = kept.set_column(kept.column_names.index(name), name, values)
    return PersonRecord.conform(kept), mergers.filter(pa.array(rng.random(mergers.num_rows) > share))


@pytest.mark.parametrize(("share", "seed"), [(0.002, 1), (0.02, 2)])
def test_delta_equals_full(night: tuple[pa.Table, pa.Table], share: float, seed: int) -> None:
    linked = link_records(*night)
    before = Before(
        *night, Judgement.empty(), linked.matches, linked.review_pairs, linked.near_misses, linked.conflicts, linked.basis,
        linked.encoded,
    )  # fmt: skip
    tonight = other_night(*night, share=share, seed=seed)
    full, delta = link_records(*tonight), link_records(*tonight, before=before)
    for name in TABLES:
        assert getattr(delta, name).equals(getattr(full, name)), name
    assert full.notes["records decided"] > 5000
    assert 0 < delta.notes["records decided"] < full.notes["records decided"] * min(1.0, share * 100)


def test_chunks_and_order_of_rows_and_sources_change_nothing(night: tuple[pa.Table, pa.Table]) -> None:
    records, mergers = night
    order = np.random.default_rng(3).permutation(records.num_rows)
    one = link_records(records, mergers)
    pieces = records.take(pa.array(order))
    other: Any = link_records(pa.concat_tables([pieces.slice(start, 997) for start in range(0, pieces.num_rows, 997)]), mergers)
    for name in TABLES:
        assert getattr(one, name).equals(getattr(other, name)), name
    assert one.notes == other.notes
