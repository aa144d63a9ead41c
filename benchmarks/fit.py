"""`caselink stratify fit` and `predict` on a large made-up table: `python -m benchmarks.fit --rows 1000000 --columns 200 --json`.

Counts, amounts, flags and texts of few and of many levels, a tenth of the values missing; people have two rows each. What is
measured is time and memory of the two commands, each in a process of its own, and the processor time of both. The table is
made up: its AUROC says nothing.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MISSING = 0.1
THAT_MATTER = 20
LIMITS = {"seconds": 600.0, "peak_memory_mb": 8192}


def write_table(path: Path, rows: int, columns: int, seed: int = 1) -> None:
    """A Parquet file with `columns` features, `y`, `person` and `row_id`."""
    draw = np.random.default_rng(seed)
    odds = np.full(rows, -2.5)
    found: dict[str, pa.Array] = {"row_id": pa.array(np.arange(rows)), "person": pa.array(np.arange(rows) // 2)}
    for place in range(columns):
        values, effect = column(draw, place, rows)
        found[f"c{place:03}"] = pa.array(values, mask=draw.random(rows) < MISSING)
        if place < THAT_MATTER:
            odds += effect
    found["y"] = pa.array((draw.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8))
    pq.write_table(pa.table(found), path)


def column(draw: np.random.Generator, place: int, rows: int) -> tuple[Any, Any]:
    """Values of one column by its place, and what they add to the log-odds."""
    kind = place % 10
    if kind < 5:
        counts = draw.poisson(np.exp(draw.normal(-1, 1, rows)))
        return counts, 0.3 * np.log1p(counts)
    if kind < 7:
        amounts = draw.normal(0, 1, rows)
        return amounts, 0.2 * amounts * (amounts > 0)
    if kind == 7:
        flags = draw.random(rows) < 0.2
        return flags, 0.3 * flags
    levels = 8 if kind == 8 else 800
    codes = draw.integers(0, levels, rows)
    return np.array([f"L{level:04}" for level in range(levels)], dtype=object)[codes], 0.3 * draw.normal(0, 1, levels)[codes]


def command(*arguments: str | Path) -> dict[str, Any]:
    """A command's answer, run in a process of its own."""
    words = [sys.executable, "-m", "pipelines.cli", "stratify", *map(str, arguments), "--json", "--quiet"]
    return dict(json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout))


def measure(rows: int, columns: int, *, additive: bool) -> dict[str, Any]:
    """Make the table, fit, predict; the answer of both commands, and whether the limits were kept."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_table(place / "F.parquet", rows, columns)
        told = ["--additive"] if additive else []
        fitted = command(
            "fit", "--features", place / "F.parquet", "--outcome", "y", "--group", "person", "--out", place / "M", *told
        )
        used = command("predict", "--model", place / "M", "--features", place / "F.parquet", "--out", place / "P.csv")
        size = (place / "M").stat().st_size
    used_up = resource.getrusage(resource.RUSAGE_CHILDREN)
    kept = all(fitted[name] <= limit for name, limit in LIMITS.items())
    return {
        "columns": columns,
        "fit": fitted,
        "predict": used,
        "model_bytes": size,
        "cpu_seconds": round(used_up.ru_utime + used_up.ru_stime, 1),
        "within_limits": kept,
    }


def main() -> None:
    """Print the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--additive", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    answer = measure(given.rows, given.columns, additive=given.additive)
    if given.json:
        print(json.dumps(answer, indent=1))
    else:
        fitted, used = answer["fit"], answer["predict"]
        print(f"fit {fitted['seconds']:.0f} s, {fitted['peak_memory_mb']:,} MB; predict {used['seconds']:.0f} s")


if __name__ == "__main__":
    main()
