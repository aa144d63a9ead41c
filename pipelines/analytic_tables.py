"""What the analytic steps read: tables of tonight through the engine, what the feeds speak of, tables of the night before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.analytic import Bench
from pipelines.engine import Engine
from schemas.zones import Zone

PSEUDONYMISED = Zone.PSEUDONYMISED


def engine_of(bench: Bench) -> Engine:
    """The engine for pseudonymised tables: it spills in the night's own folder."""
    return Engine(bench.folder / "spill", memory_mb=bench.memory_mb, threads=bench.threads)


def scan_activity(bench: Bench, engine: Engine) -> nw.LazyFrame[Any]:
    """Every event, from the files of all sources; no rows where no source has any."""
    from schemas.pseudonymised import PseudonymisedActivity

    files = sorted((bench.folder / PSEUDONYMISED / "activity").glob("*.parquet"))
    return engine.scan(files) if files else engine.from_arrow(PseudonymisedActivity.empty())


def scan_people(bench: Bench, engine: Engine) -> nw.LazyFrame[Any]:
    """Everybody."""
    return engine.scan(bench.shelf.path(PSEUDONYMISED, "person"))


def last_days(bench: Bench) -> dict[str, dt.date | None]:
    """The last day each source speaks of; null where it did not arrive."""
    return {feed["source"]: feed["data_to"] for feed in bench.shelf.get(Zone.AGGREGATE, "feed_age").to_pylist()}


def known_to(bench: Bench, source: str) -> dt.date:
    """The last day up to which outcomes that a source tells of are known, `as_at` at the latest."""
    last = last_days(bench).get(source)
    return min(bench.as_at, last) if last else bench.as_at


def lags(bench: Bench) -> dict[str, int]:
    """Tonight's lag of each source in days."""
    from stratify.features import feed_lags

    return feed_lags(last_days(bench), bench.as_at)


def first_day(activity: nw.LazyFrame[Any], source: str) -> dt.date | None:
    """The earliest start of an event of a source, without what lasts: a package may have begun long before its feed did."""
    from stratify.features.events import LASTING
    from stratify.features.lags import TYPES_OF

    short = [kind for kind in TYPES_OF[source] if kind not in LASTING or kind.startswith("inpatient")]
    told = activity.filter(nw.col("activity_type").is_in(short))
    first: dt.date | None = told.select(nw.col("start_date").min()).collect("pyarrow").to_native()["start_date"][0].as_py()
    return first


def one_score(bench: Bench, name: str) -> pa.Table:
    """Value and band of one score, a row per person who was asked about, without reading the others' words."""
    path = bench.shelf.path(PSEUDONYMISED, "score")
    return pq.read_table(path, columns=["value", "band"], filters=[("score", "=", name)], partitioning=None)


def last_night(bench: Bench, name: str) -> pa.Table | None:
    """A pseudonymised table of the night before; None where there is none."""
    path = bench.parent_folder / PSEUDONYMISED / f"{name}.parquet" if bench.parent_folder else None
    return pq.read_table(path, partitioning=None) if path is not None and path.is_file() else None
