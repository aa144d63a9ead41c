"""G07: the analytic process opens nothing of vault, key, inbox or state, whoever runs it, root too."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from governance.shut_in import abi, shut_in
from pipelines import analytic

ROOT = Path(__file__).resolve().parents[2]
CLOSED = ("vault", "secrets", "inbox", "state")

pytestmark = pytest.mark.skipif(not abi(), reason="this kernel has no Landlock")

# What stands in the place of the analytic steps: it tries everything, and says what it could do.
PROBE = """
import json, os, signal, socket, sys, types
from pathlib import Path

def probe(first):
    asked = json.loads(first.partition(" ")[2])
    done = []
    def tried(name, work):
        try:
            work()
        except OSError:
            return
        done.append(name)
    for path in map(Path, asked["paths"]):
        tried(str(path), lambda: list(path.iterdir()) if path.is_dir() else path.read_bytes())
    tried("write beside", lambda: Path(asked["folder"], "..", "beside").write_text("x"))
    tried("write here", lambda: Path(asked["folder"], "here").write_text("x"))
    tried("parent's environment", lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes())
    tried("parent's files", lambda: os.listdir(f"/proc/{os.getppid()}/fd"))
    tried("connection", lambda: socket.create_connection(("127.0.0.1", asked["port"]), timeout=5).close())
    tried("signal", lambda: os.kill(os.getppid(), 0))
    print(json.dumps(done))

sys.modules["pipelines.analytic"] = types.SimpleNamespace(main=probe)
from pipelines import beyond
beyond.main()
"""


def what_it_could_do(project: Path, paths: list[Path]) -> set[str]:
    (bench,) = (path for path in (project / "runs").iterdir() if path.is_dir() and not path.name.startswith("."))
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = {"folder": str(bench), "parent_folder": None, "paths": list(map(str, paths)), "port": server.getsockname()[1]}
        done = subprocess.run(
            [sys.executable, "-c", PROBE], input=f"score {json.dumps(asked)}\n", capture_output=True, text=True, check=True,
            cwd=ROOT, env={key: value for key, value in os.environ.items() if key in ("PATH", "VIRTUAL_ENV")},
        )  # fmt: skip
    return set(json.loads(done.stdout))


def test_it_opens_its_own_night_and_nothing_else(published: Path) -> None:
    closed = [path for name in CLOSED for path in (published / name, *(published / name).rglob("*"))]
    closed += [published / "caselink.toml", published / "CURRENT", published / "runs", published, Path.home()]
    assert {path.relative_to(published).parts[0] for path in closed if published in path.parents} > set(CLOSED)
    (bench,) = (path for path in (published / "runs").iterdir() if path.is_dir() and not path.name.startswith("."))
    own = [path for path in bench.rglob("*") if path.is_file()]
    could = what_it_could_do(published, [*closed, *own])
    assert could == {"write here", *map(str, own)}
    assert not (published / "runs" / "beside").exists()


def test_the_night_starts_its_steps_that_way() -> None:
    child = analytic._start()
    child.communicate("\n")
    assert child.args == [sys.executable, "-m", "pipelines.beyond"]
    assert child.returncode == 0


def test_a_process_of_several_threads_is_not_half_shut_in() -> None:
    wait = threading.Event()
    other = threading.Thread(target=wait.wait)
    other.start()
    try:
        with pytest.raises(OSError, match="several threads"):
            shut_in([], [])
    finally:
        wait.set()
        other.join()
