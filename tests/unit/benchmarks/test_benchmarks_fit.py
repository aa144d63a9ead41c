"""The table of `benchmarks.fit`, and the peer it is not measured against but compared with."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.fit import write_table
from benchmarks.fit_peer import compare
from tests.person_tables import person_table


def test_the_table_has_every_kind_of_column(tmp_path: Path) -> None:
    write_table(tmp_path / "F.parquet", 400, 10)
    table = pq.read_table(tmp_path / "F.parquet")
    assert table.column_names == ["row_id", "person", *(f"c{place:03}" for place in range(10)), "y"]
    assert {str(table[f"c{place:03}"].type) for place in range(10)} == {"int64", "double", "bool", "string"}
    assert 0 < table["c000"].null_count < 100


@pytest.mark.deep
def test_ours_and_the_peer_s_figures_stand_side_by_side(tmp_path: Path) -> None:
    table = person_table(700).select(["person", "age", "carer", "y"])
    pq.write_table(table.slice(0, 1000), tmp_path / "learn.parquet")
    pq.write_table(table.slice(1000), tmp_path / "check.parquet")
    found = compare(tmp_path / "learn.parquet", tmp_path / "check.parquet", "y", group="person", quick=True)
    assert found.keys() == {"logistic", "boosting", "chosen", "ours"}
    assert found["ours"].keys() == {"kind", "auroc", "brier"}
    assert abs(found["ours"]["auroc"] - found["logistic"]["auroc"]) < 0.05
    assert pa.types.is_boolean(table["y"].type)
