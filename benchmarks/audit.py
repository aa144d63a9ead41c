"""How fast an audit log is written and verified: `python -m benchmarks.audit --events 1000000 --writers 8 --json`.

The events are made up; a batch is one transaction. Writers are processes that append one event a transaction, each of which
SQLite sees safely on the disk before the next.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from governance.audit import Act, Audit

BATCH = 50_000
AT = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
ACT = Act(AT, "user id 1000", "link review export", "clerical review of linkage", run_id="0123456789abcdef")
WRITER = """
import sys
from benchmarks.audit import ACT
from governance.audit import Audit
log = Audit(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    log.append(ACT)
"""


def measure(place: str, events: int) -> dict[str, float]:
    """How fast so many events are written in batches and verified."""
    log = Audit(place)
    began = time.perf_counter()
    for start in range(0, events, BATCH):
        log.append(ACT, [""] * min(BATCH, events - start))
    written, cpu = time.perf_counter(), time.process_time()
    if log.verify() is not None:
        raise SystemExit("the log is broken")
    verified = time.perf_counter()
    return {
        "events": events,
        "written_per_second": round(events / (written - began)),
        "verified_per_second": round(events / (verified - written)),
        "verify_seconds": round(verified - written, 2),
        "verify_cpu_seconds": round(time.process_time() - cpu, 2),  # what it takes where nothing else runs
    }


def writers_at_once(place: str, writers: int, each: int) -> dict[str, float]:
    """Events a second that so many processes append together, one a transaction."""
    first = Audit(place).last()[0]
    command = [sys.executable, "-c", WRITER, place, str(each)]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(writers)]
    for writer in started:
        writer.stdout.readline()  # it has started
    began = time.perf_counter()
    for writer in started:
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    for writer in started:
        writer.communicate()
    seconds = time.perf_counter() - began
    log = Audit(place)
    if log.last()[0] != first + writers * each:
        raise SystemExit("an event was lost")
    return {"writers": writers, "appended_per_second": round(writers * each / seconds)}


def main() -> int:
    """Measure in a temporary folder, or in the database of --url."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--each", type=int, default=100, help="events of each writer")
    parser.add_argument("--url", help="a PostgreSQL database; a SQLite file where none is given")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = asked.url or str(Path(folder) / "state" / "audit.db")
        figures = measure(place, asked.events) | writers_at_once(place, asked.writers, asked.each)
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value:,}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
