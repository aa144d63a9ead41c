"""The steps between the bars: need without identity. They run in a child process with no key and no vault path.

The parent starts `python -m pipelines.analytic STEP` with an empty environment and writes a `Bench` on its standard
input; the child answers with an `Outcome` on standard output. What the child is told is all it can find. The child's
standard input stays open while the parent lives: when it closes, the child ends, so that a killed night leaves nobody
behind who still writes.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.config import Professional, Team, Tiers
from pipelines.night import Night, Outcome, Progress
from pipelines.runner import peak_memory_mb
from pipelines.shelf import Shelf
from schemas.errors import CaselinkError, coded
from schemas.table import TableRef

# What a child's environment may hold: enough to find Python's own libraries, and for tests to measure it; nothing of ours.
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "COVERAGE_PROCESS_CONFIG")


@dataclass(frozen=True)
class Bench:
    """All that an analytic step is told."""

    folder: Path
    run_id: str
    as_at: dt.date
    memory_mb: int
    threads: int
    tiers: Tiers
    teams: tuple[Team, ...]
    professionals: tuple[Professional, ...]
    parent_folder: Path | None

    @property
    def shelf(self) -> Shelf:
        """The night's pseudonymised and aggregate tables."""
        return Shelf(self.folder, self.run_id, identifiable=False)

    @classmethod
    def of(cls, night: Night) -> Bench:
        """The part of a night that may cross the wall."""
        settings = night.configuration
        return cls(
            folder=night.shelf.folder,
            run_id=night.run_id,
            as_at=night.as_at,
            memory_mb=settings.night.memory_mb,
            threads=settings.night.threads,
            tiers=settings.tiers,
            teams=settings.team,
            professionals=settings.professional,
            parent_folder=night.parent_folder,
        )

    def dump(self) -> str:
        """As JSON for the child's standard input."""
        said: dict[str, Any] = {**self.__dict__}
        said["tiers"] = self.tiers.model_dump()
        said["teams"] = [team.model_dump() for team in self.teams]
        said["professionals"] = [person.model_dump() for person in self.professionals]
        return json.dumps(said, default=str)

    @classmethod
    def load(cls, text: str) -> Bench:
        """From the JSON that `dump` wrote."""
        said = json.loads(text)
        said["folder"] = Path(said["folder"])
        said["parent_folder"] = Path(said["parent_folder"]) if said["parent_folder"] else None
        said["as_at"] = dt.date.fromisoformat(said["as_at"])
        said["tiers"] = Tiers(**said["tiers"])
        said["teams"] = tuple(Team(**team) for team in said["teams"])
        said["professionals"] = tuple(Professional(**person) for person in said["professionals"])
        return cls(**said)


def in_child(name: str) -> Callable[[Night, Progress], Outcome]:
    """A step's work that runs the analytic step `name` in a child process."""

    def work(night: Night, progress: Progress) -> Outcome:
        progress(0, 1)
        with _start(name) as child:
            said = _ask(child, Bench.of(night).dump())
            return _answer(child.wait(), said)

    return work


def _start(name: str) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key in KEPT_ENVIRONMENT}
    return subprocess.Popen(  # noqa: S603 - our own module, arguments without data
        [sys.executable, "-m", "pipelines.analytic", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
        env=environment,
    )


def _ask(child: subprocess.Popen[str], bench: str) -> str:
    """Everything the child says until it ends. Its standard input stays open meanwhile."""
    if child.stdin is None or child.stdout is None:
        return ""
    try:
        child.stdin.write(bench + "\n")
        child.stdin.flush()
    except BrokenPipeError:
        return ""
    return child.stdout.read()


def _answer(code: int, text: str) -> Outcome:
    """The child's outcome, or its refusal raised here. Its standard error is never shown: it might hold a value."""
    try:
        said = json.loads(text.strip().rsplit("\n", 1)[-1])
    except ValueError:
        said = None
    if not isinstance(said, dict) or (code and "code" not in said):
        raise CaselinkError("E-CHILD", f"an analytic step ended without an answer (process exit code {code}).")
    if "code" in said:
        raise _refusals()[said["kind"]](said["code"], said["message"], cure=said["cure"])
    tables = tuple(TableRef(**ref) for ref in said["tables"])
    return Outcome(tables, tuple(said["warnings"]), tuple(said["notes"]), said["figures"])


def _refusals() -> dict[str, type[CaselinkError]]:
    from schemas import errors

    return {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, CaselinkError)}


def main(name: str) -> int:
    """The child: read a `Bench`, do one step, print its outcome as one line of JSON."""
    from pipelines.analytic_steps import STEPS

    os.umask(0o077)
    bench = Bench.load(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        outcome = coded(STEPS[name], bench)
    except CaselinkError as error:
        answer: dict[str, Any] = {"kind": type(error).__name__, "code": error.code, "message": error.message, "cure": error.cure}
    else:
        answer = asdict(outcome)
        answer["figures"]["peak_memory_mb"] = peak_memory_mb()
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if "code" in answer else 0


def _end_with_parent() -> None:
    """Wait until the parent is gone (its end of the pipe closes) and end at once."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
