"""Arrow tables in one SQLite file that is written once and from then on only read: for point look-ups, which Parquet has none of.

The same tables give the same bytes: one transaction, pages of one size, rows in the order given, nothing of the clock. Dates lie
as days since 1 January 1970, as Arrow keeps them; flags as 0 and 1.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from schemas.errors import GovernanceError

PRIVATE = 0o600
PAGE_BYTES = 4096
BATCH_ROWS = 50_000
MOST_TERMS = 500  # values in one query's list; SQLite's own limit is far above
DAY_ONE = dt.date(1970, 1, 1)
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR})

KINDS = {pa.string(): "TEXT", pa.date32(): "INTEGER", pa.int64(): "INTEGER", pa.float64(): "REAL", pa.bool_(): "INTEGER"}


class TableWriter:
    """A new file at `path`, mode 0600 from its first byte; in place whole once the block is left without an error.

    A file that was there is replaced, never changed: it may be linked from elsewhere.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(f".{path.name}.part")
        self._part.unlink(missing_ok=True)
        os.close(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        self._connection = sqlite3.connect(self._part, isolation_level=None)
        for pragma in (f"page_size={PAGE_BYTES}", "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN EXCLUSIVE")

    def __enter__(self) -> TableWriter:
        """Return the writer itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Keep the file, or after an error leave nothing of it."""
        if kind is None:
            self._connection.execute("COMMIT")
        self._connection.close()
        if kind is not None:
            self._part.unlink(missing_ok=True)
            return
        descriptor = os.open(self._part, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(self._part, self._path)

    def create(self, name: str, schema: pa.Schema, *, key: Sequence[str] = ()) -> None:
        """A table with these columns. `key`: the columns it is looked up by and lies in the order of; rows come in that order."""
        columns = [f'"{field.name}" {KINDS[field.type]}' for field in schema]
        columns += [f"PRIMARY KEY ({_names(key)})"] if key else []
        self._connection.execute(f'CREATE TABLE "{name}" ({", ".join(columns)}){" WITHOUT ROWID" if key else ""}')

    def add(self, name: str, table: pa.Table) -> None:
        """Rows at the end of a table."""
        places = ", ".join("?" * table.num_columns)
        insert = f'INSERT INTO "{name}" ({_names(table.column_names)}) VALUES ({places})'  # noqa: S608 - names of our own tables
        self._connection.executemany(insert, _rows(table))

    def index(self, name: str, *columns: str) -> None:
        """Look-ups of a table by further columns."""
        self._connection.execute(f'CREATE INDEX "{name}_{"_".join(columns)}" ON "{name}" ({_names(columns)})')

    def put(self, name: str, table: pa.Table, *, key: Sequence[str] = ()) -> None:
        """A table and its rows, in the order of the key where there is one."""
        self.create(name, table.schema, key=key)
        self.add(name, table.sort_by([(each, "ascending") for each in key]) if key else table)


class TableReader:
    """The file opened for reading alone; a connection for every thread. Nothing is kept in memory but SQLite's own pages."""

    def __init__(self, path: Path) -> None:
        self._uri = f"file:{quote(str(path))}?mode=ro&immutable=1"
        self._local = threading.local()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query gives, all of it. Raises `GovernanceError` `E-NIGHT-DAMAGED` where the file is gone or damaged."""
        try:
            return self._connection().execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in DAMAGED:
                raise
        raise GovernanceError(  # outside the except block: the driver's text may hold values
            "E-NIGHT-DAMAGED",
            "a file of the night served cannot be read.",
            cure="`caselink publish rollback` to an earlier night, or restore the files from a backup",
        )

    def among(self, query: str, wanted: Iterable[str], schema: pa.Schema) -> pa.Table:
        """`among_rows` as a table: its columns are the schema's, in their order."""
        return as_table(self.among_rows(query, wanted), schema)

    def among_rows(self, query: str, wanted: Iterable[str]) -> list[tuple[Any, ...]]:
        """What a query that ends in `IN` gives for these values, each asked for once."""
        values, rows = sorted(set(wanted)), list[tuple[Any, ...]]()
        for start in range(0, len(values), MOST_TERMS):
            some = values[start : start + MOST_TERMS]
            rows += self.rows(f"{query} ({', '.join('?' * len(some))})", some)
        return rows

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = sqlite3.connect(self._uri, uri=True)
        return found


def select(schema: pa.Schema, source: str, rest: str = "") -> str:
    """A query of these columns. `source` and `rest` are texts of our own code, and hold no value: values are bound."""
    return f"SELECT {_names(schema.names)} FROM {source} {rest}"  # noqa: S608 - see above


def as_table(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Rows as the file holds them, with the types of a schema."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [_array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == pa.date32():
        return pa.array(values, pa.int32()).cast(kind)
    if kind == pa.bool_():
        return pa.array([None if value is None else bool(value) for value in values], kind)
    return pa.array(values, kind)


def as_rows(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> list[dict[str, Any]]:
    """Rows as the file holds them by the names of a schema, with its types: dates and flags are what they were."""
    names = schema.names
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for field in schema:
        if field.type in (pa.date32(), pa.bool_()):
            for row in found:
                row[field.name] = _value(row[field.name], field.type)
    return found


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    return bool(value) if kind == pa.bool_() else DAY_ONE + dt.timedelta(days=value)


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        yield from zip(*(_plain(column).to_pylist() for column in batch.columns), strict=True)


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.int32()) if column.type == pa.date32() else column


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
