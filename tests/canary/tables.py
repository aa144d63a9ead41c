"""Tables and databases cell by cell: Parquet, Arrow, SQLite, DuckDB. Their compressed pages hide what a raw search would find."""

from __future__ import annotations

import io
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

APART = "\n;;;;\n"  # keeps the digits of two cells from reading as one number


def together(texts: Iterable[object]) -> bytes:
    """Cells as one text."""
    return APART.join(str(text) for text in texts).encode("utf-8", "surrogatepass")


def cells(table: pa.Table) -> Iterator[bytes]:
    """The values of each column; bytes stay bytes, dates are written YYYY-MM-DD."""
    for name in range(table.num_columns):
        values = table.column(name).to_pylist()
        blobs = [value for value in values if isinstance(value, bytes)]
        if blobs:
            yield b"\n\xff\xff\xff;".join(blobs)
        yield together(_said(value) for value in values if value is not None and not isinstance(value, bytes))


def _said(value: Any) -> str:
    return f"{value:.0f} {value!r}" if isinstance(value, float) and value == value and abs(value) < 1e18 else str(value)


def parquet_parts(blob: bytes) -> Iterator[bytes]:
    """Metadata, column statistics and cells of a Parquet file."""
    file = pq.ParquetFile(io.BytesIO(blob))
    found = file.metadata
    yield together([file.schema_arrow, *(file.schema_arrow.metadata or {}).values(), *(found.metadata or {}).items()])
    statistics = []
    for group in range(found.num_row_groups):
        for column in range(found.num_columns):
            said = found.row_group(group).column(column).statistics
            if said is not None and said.has_min_max:
                statistics += [said.min, said.max]
    yield together(statistics)
    for group in range(found.num_row_groups):
        yield from cells(file.read_row_group(group))


def arrow_parts(blob: bytes) -> Iterator[bytes]:
    """Schema and cells of an Arrow file (Feather too)."""
    yield from _batches(pa.ipc.open_file(pa.BufferReader(blob)).read_all())


def arrow_stream_parts(blob: bytes) -> Iterator[bytes]:
    """Schema and cells of an Arrow stream."""
    yield from _batches(pa.ipc.open_stream(pa.BufferReader(blob)).read_all())


def _batches(table: pa.Table) -> Iterator[bytes]:
    yield together([table.schema, *(table.schema.metadata or {}).items()])
    yield from cells(table)


def sqlite_parts(blob: bytes) -> Iterator[bytes]:
    """Statements and rows of a SQLite database; `sqlite_with_log` adds what lies in its write-ahead log."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(blob[:18] + b"\1\1" + blob[20:])  # a memory database has no write-ahead log
        yield from _rows(connection)


def sqlite_with_log(path: Path) -> Iterator[bytes]:
    """Rows of a database together with what its write-ahead log adds."""
    with tempfile.TemporaryDirectory() as work:
        for ending in ("", "-wal"):
            (Path(work) / f"copy{ending}").write_bytes(path.with_name(path.name + ending).read_bytes())
        with closing(sqlite3.connect(Path(work) / "copy")) as connection:
            yield from _rows(connection)


def _rows(connection: sqlite3.Connection) -> Iterator[bytes]:
    connection.text_factory = bytes
    named = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    yield b"\n".join(part for row in named for part in row if part)
    names = [row[0].decode() for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in names:
        values = [value for row in connection.execute(f'SELECT * FROM "{name}"') for value in row]  # noqa: S608 - its own names
        yield b"\n;;;;\n".join(value for value in values if isinstance(value, bytes))
        yield together(_said(value) for value in values if isinstance(value, int | float))
        yield from (value for value in values if isinstance(value, bytes) and len(value) > 20 and not value.isascii())


def duckdb_parts(blob: bytes) -> Iterator[bytes]:
    """Rows of a DuckDB database."""
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "copy.duckdb"
        path.write_bytes(blob)
        settings = {"autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 1}
        with duckdb.connect(str(path), read_only=True, config=settings) as connection:
            for schema, name in connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
                yield from cells(connection.sql(f'SELECT * FROM "{schema}"."{name}"').to_arrow_table())  # noqa: S608
