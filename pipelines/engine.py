"""The one place that knows which engine runs, and the only one that scans Parquet data sets.

Tables come out as narwhals `LazyFrame`s, so that features and activity are written once for every engine.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa

from schemas.table import Table

# Row groups of equal size, so that the same rows give the same bytes whatever the number of threads.
ROW_GROUP_ROWS = 122_880


class Engine:
    """DuckDB, embedded and locked down: no extension is fetched, no setting can be changed, spill stays in `spill`.

    `spill` is made with mode 0700, emptied at start and removed at the end: a killed run leaves plaintext there.
    """

    def __init__(self, spill: Path, *, memory_mb: int = 1500, threads: int = 2) -> None:
        shutil.rmtree(spill, ignore_errors=True)
        spill.mkdir(parents=True, mode=0o700)
        self.spill = spill
        self.connection = duckdb.connect(
            config={
                "temp_directory": str(spill),
                "memory_limit": f"{memory_mb}MB",
                "threads": threads,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "allow_persistent_secrets": False,
            }
        )
        self.connection.execute("SET TimeZone='UTC'; SET lock_configuration=true")

    def __enter__(self) -> Engine:
        """Return the engine itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connection and remove the spill folder."""
        self.close()

    def close(self) -> None:
        """Close the connection and remove the spill folder."""
        self.connection.close()
        shutil.rmtree(self.spill, ignore_errors=True)

    def scan(self, paths: Path | Sequence[Path]) -> nw.LazyFrame[Any]:
        """One lazy table over one Parquet file or several (columns matched by name)."""
        names = [str(path) for path in ([paths] if isinstance(paths, Path) else paths)]
        return nw.from_native(self.connection.read_parquet(names, union_by_name=True))

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """A small Arrow table as a lazy one, to join with scanned ones."""
        return nw.from_native(self.connection.from_arrow(table))

    def to_arrow(self, frame: nw.LazyFrame[Any]) -> pa.Table:
        """Run the query; the rows as one Arrow table."""
        return frame.collect("pyarrow").to_native()

    def batches(self, frame: nw.LazyFrame[Any], rows: int) -> Iterator[pa.Table]:
        """Run the query and give its rows a few at a time, sorted by all columns in their order: never all of them in memory."""
        relation: Any = frame.to_native()
        ordered = relation.order(", ".join(f'"{name}" NULLS LAST' for name in relation.columns))
        for batch in ordered.to_arrow_reader(rows):
            yield pa.Table.from_batches([batch])

    def write(
        self, frame: nw.LazyFrame[Any], path: Path, table: type[Table] | None = None, columns: Collection[str] | None = None
    ) -> int:
        """Run the query into one Parquet file, sorted, and say how many rows it has.

        With `table`, the columns are cast to its schema in its order and the rows lie in its key or order; every
        other column breaks ties, so that the same rows always give the same file. Without it all columns sort. Only `columns` are
        written, where they are given.
        """
        relation: Any = frame.to_native()
        if table is not None:
            relation = relation.project(", ".join(_cast(name, column.type) for name, column in table.columns().items()))
        first = (table.order or table.key) if table is not None else ()
        rest = [name for name in relation.columns if name not in first]
        ordered = relation.order(", ".join(f'"{name}" NULLS LAST' for name in (*first, *rest)))
        if columns is not None:
            ordered = ordered.project(", ".join(f'"{name}"' for name in relation.columns if name in columns))
        path.parent.mkdir(parents=True, exist_ok=True)
        ordered.write_parquet(str(path), compression="zstd", row_group_size=ROW_GROUP_ROWS)
        return count_rows(path)


def count_rows(path: Path) -> int:
    """Rows of a Parquet file, from its footer."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def _cast(name: str, kind: pa.DataType) -> str:
    return f'"{name}"::{_sql_type(kind)} AS "{name}"'


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind):
        return "STRUCT(" + ", ".join(f'"{f.name}" {_sql_type(f.type)}' for f in kind) + ")"
    if pa.types.is_list(kind):
        return _sql_type(kind.value_type) + "[]"
    return SQL_TYPES[kind]


SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.date32(): "DATE",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
}
