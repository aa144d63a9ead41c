"""Features of people from files of pseudonymised tables, on either engine: for analysts, outside a night and without a project.

The tables are those of a night (`runs/<run-id>/pseudonymised/`) or those that an analyst was given (`out/<recipient>/`).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine import Engine
from pipelines.output_files import check_writable, write_privately
from pipelines.runner import peak_memory_mb
from pipelines.spark_engine import SparkEngine, private_folder
from schemas.errors import ConfigurationError
from schemas.pseudonymised import PseudonymisedActivity, PseudonymisedPerson
from schemas.table import Table

ENGINES = ("duckdb", "spark")
AnyEngine = Engine | SparkEngine


def open_engine(name: str, *, memory_mb: int, threads: int) -> AnyEngine:
    """The engine of this name, spilling into a private folder of its own. `ConfigurationError` `E-ARGUMENT` for another name."""
    if name not in ENGINES:
        raise ConfigurationError("E-ARGUMENT", "--engine is neither duckdb nor spark.", cure="leave it out for DuckDB")
    return (SparkEngine if name == "spark" else Engine)(private_folder(), memory_mb=memory_mb, threads=threads)


def write_features(
    people: Path, activity: Sequence[Path], out: Path, as_at: dt.date, *, engine: AnyEngine, feed_age: Path | None = None
) -> dict[str, Any]:
    """Write the features of everybody registered at `as_at`, sorted by pseudonym, as Parquet; counts and time.

    `feed_age`: the night's table of that name, so that a late feed counts as late. Raises `ConfigurationError` `E-FEATURES-FILE`
    for a file that is not there, is no Parquet, or lacks a column.
    """
    from stratify.features import build_features

    start = time.perf_counter()
    check_writable(out, "--out")
    check_columns(people, PseudonymisedPerson)
    for path in activity:
        check_columns(path, PseudonymisedActivity)
    lags = read_lags(feed_age, as_at)
    built = engine.to_arrow(build_features(engine.scan(people), engine.scan(activity), as_at, lags=lags)).sort_by("pseudonym")
    write_privately(out, lambda stream: pq.write_table(built, stream, compression="zstd"))
    return {
        "people": built.num_rows,
        "features": built.num_columns - 1,
        "as_at": as_at.isoformat(),
        "seconds": round(time.perf_counter() - start, 2),
        "peak_memory_mb": peak_memory_mb(),
    }


def check_columns(path: Path, table: type[Table]) -> None:
    """Refuse a file that cannot be the table."""
    there = _read_schema(path).names
    missing = [name for name in table.arrow_schema().names if name not in there]
    if missing:
        raise _refused(f"{path.name} lacks {len(missing)} columns of {table.__name__}, the first {missing[0]}")


def read_lags(feed_age: Path | None, as_at: dt.date) -> Mapping[str, int]:
    """Days by which each feed is late, from a night's `feed_age.parquet`; none without it."""
    from stratify.features import feed_lags

    if feed_age is None:
        return {}
    if not {"source", "data_to"} <= set(_read_schema(feed_age).names):
        raise _refused(f"{feed_age.name} lacks source or data_to")
    return feed_lags({row["source"]: row["data_to"] for row in pq.read_table(feed_age).to_pylist()}, as_at)


def _read_schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowInvalid):
        pass
    raise _refused(f"{path.name} is not there, or no Parquet file")


def _refused(fault: str) -> ConfigurationError:
    return ConfigurationError(
        "E-FEATURES-FILE", f"{fault}.", cure="give the night's pseudonymised tables, or those of its analysts"
    )
