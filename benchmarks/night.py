"""How long a whole night takes, step by step, beside a plain DuckDB scan and group-by of the same files.

    python -m benchmarks.night --people N [--seed S] [--prefect] --json

Prints `{"people":, "events":, "seconds":, "peak_memory_mb":, "steps": {name: {"seconds":, "peak_memory_mb":, "rows":}},
"scan_seconds":, "ratio_to_scan":}` and, beside it, CPU seconds, the time to make the extracts, machine and versions.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb


def scan_and_group(inbox: Path) -> tuple[float, int]:
    """Seconds of a plain scan and group-by of every extract file, each by its first column; and the rows read."""
    started, rows = time.monotonic(), 0
    with duckdb.connect(config={"threads": 2}) as connection:
        for path in sorted(inbox.rglob("*.csv")):
            if path.parent.name in ("lookups", "opt_outs"):
                continue
            grouped = connection.execute(
                f"SELECT #1, count(*) FROM read_csv('{path}', all_varchar=true, header=true) GROUP BY 1"  # noqa: S608 - our own path
            ).fetchall()
            rows += sum(count for _, count in grouped)
    return time.monotonic() - started, rows


def night(folder: Path, *, direct: bool) -> tuple[dict[str, Any], float, float]:
    """Run the night in a process of its own: its answer, wall seconds and CPU seconds (children included)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    command = [sys.executable, "-m", "pipelines.cli", "run", "--json", "--quiet", "--project", str(folder)]
    done = subprocess.run(command + (["--direct"] if direct else []), capture_output=True, text=True, check=False)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 5):
        sys.exit(done.stderr)
    return json.loads(done.stdout), wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(people: int, seed: int, *, direct: bool) -> dict[str, Any]:
    """Make an area, run its night, scan its files, and put the figures side by side."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "area"
        started = time.monotonic()
        init = [sys.executable, "-m", "pipelines.cli", "init", str(folder), "--example", "--quiet"]
        subprocess.run([*init, "--people", str(people), "--seed", str(seed)], check=True)
        synth_seconds = time.monotonic() - started
        scan_seconds, rows = scan_and_group(folder / "inbox")
        answer, wall, cpu = night(folder, direct=direct)
    steps = answer["steps"]
    return {
        "people": people,
        "events": rows,
        "seconds": round(wall, 2),
        "cpu_seconds": round(cpu, 2),
        "peak_memory_mb": max(step["peak_memory_mb"] for step in steps.values()),
        "steps": steps,
        "scan_seconds": round(scan_seconds, 2),
        "ratio_to_scan": round(wall / scan_seconds, 1),
        "synth_seconds": round(synth_seconds, 2),
        "prefect": not direct,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("duckdb", "narwhals", "pyarrow", "pandas", "scikit-learn", "prefect")},
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prefect", action="store_true", help="under Prefect instead of --direct")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    answer = measure(given.people, given.seed, direct=not given.prefect)
    if given.json:
        print(json.dumps(answer, indent=1))
        return
    for name, step in answer["steps"].items():
        print(f"{name:<14}{step['seconds']:>8.2f} s {step['peak_memory_mb']:>8.0f} MB {step['rows']:>10,} rows")
    print(f"{answer['seconds']} s for {answer['events']:,} rows; {answer['ratio_to_scan']} x a plain scan and group-by")


if __name__ == "__main__":
    main()
