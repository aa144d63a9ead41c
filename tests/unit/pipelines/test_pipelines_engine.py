"""The engine is locked down, spills where it is told, and writes the same bytes for the same rows."""

import stat
from pathlib import Path

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.engine import Engine

ROWS = pa.table({"key": ["b", "a", "a"], "value": [1, 3, 2]})


def test_the_spill_folder_is_private_emptied_at_start_and_removed_at_the_end(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    (spill / "left-by-a-killed-run").write_text("plaintext")
    with Engine(spill) as engine:
        assert stat.S_IMODE(spill.stat().st_mode) == 0o700
        assert list(spill.iterdir()) == []
        assert engine.connection.execute("SELECT current_setting('temp_directory')").fetchone() == (str(spill),)
    assert not spill.exists()


@pytest.mark.parametrize("statement", ["SET threads=1", "INSTALL httpfs", "SET allow_community_extensions=true"])
def test_nothing_can_be_unlocked_or_fetched(tmp_path: Path, statement: str) -> None:
    with Engine(tmp_path / "spill") as engine, pytest.raises(duckdb.Error):
        engine.connection.execute(statement)


def test_several_files_are_one_table_matched_by_name(tmp_path: Path) -> None:
    pq.write_table(ROWS, tmp_path / "a.parquet")
    pq.write_table(ROWS.select(["value", "key"]), tmp_path / "b.parquet")
    with Engine(tmp_path / "spill") as engine:
        frame = engine.scan([tmp_path / "a.parquet", tmp_path / "b.parquet"])
        assert engine.to_arrow(frame.select(nw.col("value").sum()))["value"].to_pylist() == [12]


def test_writing_sorts_and_is_deterministic(tmp_path: Path) -> None:
    with Engine(tmp_path / "spill") as engine:
        engine.write(engine.from_arrow(ROWS), tmp_path / "one.parquet")
        engine.write(engine.from_arrow(ROWS.take([2, 0, 1])), tmp_path / "two.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    assert pq.read_table(tmp_path / "one.parquet").to_pylist() == [
        {"key": "a", "value": 2},
        {"key": "a", "value": 3},
        {"key": "b", "value": 1},
    ]
