"""Tables in a file that is written once: types come back, the same rows give the same bytes, an error leaves nothing."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest

from governance.table_files import MOST_TERMS, TableReader, TableWriter, as_rows, as_table, select
from schemas.errors import GovernanceError

SCHEMA = pa.schema(
    [("name", pa.string()), ("born", pa.date32()), ("times", pa.int64()), ("share", pa.float64()), ("open", pa.bool_())]
)
ROWS = [
    {"name": "b", "born": dt.date(1931, 2, 28), "times": 3, "share": 0.25, "open": True},
    {"name": "a", "born": None, "times": None, "share": None, "open": None},
    {"name": "c", "born": dt.date(2026, 9, 30), "times": 0, "share": 1.0, "open": False},
]


def written(path: Path) -> TableReader:
    with TableWriter(path) as file:
        file.put("thing", pa.Table.from_pylist(ROWS, schema=SCHEMA), key=["name"])
        file.index("thing", "times")
    return TableReader(path)


def test_rows_come_back_with_their_types(tmp_path: Path) -> None:
    reader = written(tmp_path / "x.db")
    found = reader.rows(select(SCHEMA, "thing"))
    in_order = [ROWS[1], ROWS[0], ROWS[2]]
    assert as_rows(found, SCHEMA) == in_order
    assert as_table(found, SCHEMA).to_pylist() == in_order
    assert as_table([], SCHEMA).num_rows == 0


def test_look_ups_of_many_values_go_in_parts(tmp_path: Path) -> None:
    reader = written(tmp_path / "x.db")
    wanted = ["c", "c", *(f"no {number}" for number in range(2 * MOST_TERMS)), "a"]
    found = reader.among(select(SCHEMA, "thing", "WHERE name IN"), wanted, SCHEMA)
    assert sorted(found["name"].to_pylist()) == ["a", "c"]


def test_the_same_rows_give_the_same_bytes_and_a_file_in_use_is_replaced_not_changed(tmp_path: Path) -> None:
    reader = written(tmp_path / "x.db")
    assert len(reader.rows("SELECT name FROM thing")) == 3
    first = (tmp_path / "x.db").read_bytes()
    (tmp_path / "linked.db").hardlink_to(tmp_path / "x.db")
    with TableWriter(tmp_path / "x.db") as file:
        file.put("other", pa.table({"n": [1]}))
    assert (tmp_path / "linked.db").read_bytes() == first
    assert len(reader.rows("SELECT name FROM thing")) == 3
    written(tmp_path / "x.db")
    assert (tmp_path / "x.db").read_bytes() == first


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError), TableWriter(tmp_path / "x.db") as file:
        file.put("thing", pa.table({"n": [1]}), key=["no such column"])
    assert list(tmp_path.iterdir()) == []


def test_it_is_read_and_never_written(tmp_path: Path) -> None:
    reader = written(tmp_path / "x.db")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.rows("DELETE FROM thing")


def test_a_file_that_is_damaged_or_gone_is_a_coded_refusal_without_a_value(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with TableWriter(path) as file:
        file.put("t", pa.table({"a": [f"value {number}" for number in range(4_000)]}))
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096 * 8)
    for damaged in (path, tmp_path / "gone.db"):
        with pytest.raises(GovernanceError, match=r"^E-NIGHT-DAMAGED: a file of the night") as refusal:
            TableReader(damaged).rows("SELECT a FROM t")
        assert refusal.value.__context__ is None
