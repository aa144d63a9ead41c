"""How long stratification takes on people of any number: `python -m benchmarks.stratify --people N --json`.

Twelve events a person, made up (`benchmarks/stratify_area.py`). The features of tonight are timed beside SQL written by hand
for the same columns (`benchmarks/features_by_hand.py`) in the same run, and both must agree in every value. Then the steps of a
night as they are: the models with the snapshots that they learn from, every score of everybody, tiers, and the reasons of all
who are listed.

Prints `{"people":, "events":, "features_s":, "sql_s":, "ratio_to_sql":, "fit_s":, "score_s":, "peak_memory_mb":}`: `fit_s` is the
snapshots and the three models; `score_s` all scores, the lists, and the reasons of the listed. Beside them the seconds of each
step, the peak memory of features alone, how many are listed, machine and versions. `--features-only` leaves the steps out.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.features_by_hand import statement
from benchmarks.stratify_area import AS_AT, make_area
from pipelines.analytic import Bench
from pipelines.config import Tiers
from pipelines.engine import Engine
from pipelines.runner import peak_memory_mb, reset_peak
from stratify.features import FEATURES, build_features
from stratify.features.lags import TYPES_OF

EVENTS_A_PERSON = 12
MEMORY_MB = 3_000  # the engine's; beside it stand the tables of the rows handed over
THREADS = 2
LISTED = ("case management", "care navigation", "supported self-management")
STEPS = ("features", "models", "scores", "select", "reasons")


def measure(people: int, *, steps: bool) -> dict[str, Any]:
    """The figures of one run."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        made = _put_area(folder, people)
        figures = _features_beside_sql(folder, made)
        if steps:
            figures |= _steps(folder)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    versions = {name: version(name) for name in ("duckdb", "narwhals", "pyarrow", "scikit-learn")}
    return {"people": people, "events": people * EVENTS_A_PERSON, **figures, "machine": machine, "versions": versions}


def _put_area(folder: Path, people: int) -> Path:
    """The tables that a night would have where its analytic steps begin."""
    tables = folder / "pseudonymised"
    (tables / "activity").mkdir(parents=True)
    make_area(tables, people, people * EVENTS_A_PERSON)
    (tables / "activity.parquet").rename(tables / "activity" / "all.parquet")
    (folder / "aggregate").mkdir()
    heard = AS_AT - dt.timedelta(days=1)
    pq.write_table(
        pa.table({"source": list(TYPES_OF), "data_to": [heard] * len(TYPES_OF)}), folder / "aggregate" / "feed_age.parquet"
    )
    return tables


def _features_beside_sql(folder: Path, tables: Path) -> dict[str, Any]:
    people, activity = tables / "person.parquet", tables / "activity" / "all.parquet"
    reset_peak()
    with Engine(folder / "spill", memory_mb=MEMORY_MB, threads=THREADS) as engine:
        ours, seconds = _timed(
            lambda: engine.to_arrow(build_features(engine.scan(people), engine.scan(activity), AS_AT)).sort_by("pseudonym")
        )
    peak = peak_memory_mb()
    with Engine(folder / "spill", memory_mb=MEMORY_MB, threads=THREADS) as engine:
        theirs, sql_seconds = _timed(lambda: engine.connection.sql(statement(str(people), str(activity), AS_AT)).to_arrow_table())
    differing = [feature.name for feature in FEATURES if not ours[feature.name].equals(theirs[feature.name])]
    if differing:
        raise SystemExit(f"features and SQL differ in {', '.join(differing)}")
    return {
        "features": len(FEATURES),
        "features_s": round(seconds, 2),
        "sql_s": round(sql_seconds, 2),
        "ratio_to_sql": round(seconds / sql_seconds, 2),
        "features_peak_mb": round(peak, 1),
    }


def _steps(folder: Path) -> dict[str, Any]:
    from pipelines.analytic_steps import STEPS as EVERY

    bench = Bench(folder, "bench", AS_AT, MEMORY_MB, THREADS, Tiers(), (), (), None, "nhse-hes")
    seconds, peaks = {}, {}
    for name in STEPS:
        reset_peak()
        seconds[name] = round(_timed(lambda name=name: EVERY[name](bench))[1], 2)
        peaks[name] = round(peak_memory_mb(), 1)
    tiers = pq.read_table(folder / "pseudonymised" / "selection.parquet", columns=["tier"])["tier"]
    return {
        "fit_s": round(seconds["features"] + seconds["models"], 2),
        "score_s": round(seconds["scores"] + seconds["select"] + seconds["reasons"], 2),
        "peak_memory_mb": max(peaks.values()),
        "listed": pc.sum(pc.is_in(tiers, value_set=pa.array(LISTED))).as_py(),
        "steps_s": seconds,
        "steps_peak_mb": peaks,
    }


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.stratify", description=__doc__)
    options.add_argument("--people", type=int, default=100_000)
    options.add_argument("--features-only", action="store_true", help="without the steps of a night")
    options.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = options.parse_args()
    figures = measure(chosen.people, steps=not chosen.features_only)
    print(json.dumps(figures) if chosen.json else "\n".join(f"{name:18}{value!s:>14}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
