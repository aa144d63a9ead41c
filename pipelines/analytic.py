"""The steps between the bars: need without identity. They run in a child process with no key and no vault path.

The parent starts `python -m pipelines.beyond` with an empty environment and writes, a line each, a step's name and a `Bench`
on its standard input; the child shuts itself in, then answers each with an `Outcome` on standard output. What the child is told
is all it can find, and all it can open.
One child does all steps of a night: a child for each would spend longer on its imports than on its work. The child's standard
input stays open while the parent lives: when it closes, the child ends, so that a killed night leaves nobody behind who still
writes.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines.config import Team, Tiers
from pipelines.night import Night, Outcome, Progress
from pipelines.runner import peak_memory_mb, reset_peak
from pipelines.settings.allocation import AllocationSettings, NeedRule, Professional, Ward
from pipelines.settings.models import ModelSettings
from pipelines.settings.selection import SelectionSettings
from pipelines.shelf import Shelf
from schemas.errors import CaselinkError, coded
from schemas.table import TableRef
from stratify.segments import PRECEDENCE

# What a child's environment may hold: enough to find Python's own libraries, and for tests to measure it; nothing of ours.
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "COVERAGE_PROCESS_CONFIG")

# What a bench holds several of.
SEVERAL: dict[str, Callable[..., Any]] = {"teams": Team, "professionals": Professional, "needs": NeedRule, "wards": Ward}


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
    policy: str
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    models: ModelSettings = field(default_factory=ModelSettings)
    precedence: tuple[str, ...] = PRECEDENCE
    allocation: AllocationSettings = field(default_factory=AllocationSettings)
    needs: tuple[NeedRule, ...] = ()
    wards: tuple[Ward, ...] = ()

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
            policy=settings.disclosure.policy,
            selection=settings.selection,
            models=settings.models,
            precedence=settings.segments.precedence,
            allocation=settings.allocation,
            needs=settings.need,
            wards=settings.ward,
        )

    def dump(self) -> str:
        """As JSON for the child's standard input."""
        said: dict[str, Any] = {**self.__dict__}
        said |= {name: getattr(self, name).model_dump() for name in ("tiers", "selection", "models", "allocation")}
        said |= {name: [each.model_dump() for each in getattr(self, name)] for name in SEVERAL}
        return json.dumps(said, default=str)

    @classmethod
    def load(cls, text: str) -> Bench:
        """From the JSON that `dump` wrote."""
        said = json.loads(text)
        said["folder"] = Path(said["folder"])
        said["parent_folder"] = Path(said["parent_folder"]) if said["parent_folder"] else None
        said["as_at"] = dt.date.fromisoformat(said["as_at"])
        said["tiers"], said["selection"] = Tiers(**said["tiers"]), SelectionSettings(**said["selection"])
        said["models"], said["allocation"] = ModelSettings(**said["models"]), AllocationSettings(**said["allocation"])
        said["precedence"] = tuple(said["precedence"])
        said |= {name: tuple(kind(**each) for each in said[name]) for name, kind in SEVERAL.items()}
        return cls(**said)


# The last of the analytic steps: after it the child has nothing more to do, and its memory is given back.
LAST = "measures"


def in_child(name: str) -> Callable[[Night, Progress], Outcome]:
    """A step's work that has the child perform the analytic step `name`; the first one asked starts the child."""

    def work(night: Night, progress: Progress) -> Outcome:
        progress(0, 1)
        has_more = False
        try:
            outcome = BEYOND.perform(name, Bench.of(night).dump())
            has_more = name != LAST
        finally:
            if not has_more:
                BEYOND.dismiss()
        return outcome

    return work


class Beyond:
    """The child of this process, while there is one."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[str] | None = None

    def perform(self, name: str, bench: str) -> Outcome:
        """The outcome of one step, or its refusal raised here."""
        if self.child is None:
            self.child = _start()
        said = _ask(self.child, f"{name} {bench}")
        return _answer(0 if said.endswith("\n") else self.child.wait(), said)

    def dismiss(self) -> None:
        """Let the child end, and wait until it has."""
        child, self.child = self.child, None
        if child is not None:
            with suppress(BrokenPipeError), child:  # what could not be told to a dead child is told once more as the pipe closes
                _ask(child, "")


BEYOND = Beyond()


@contextmanager
def one_child_a_night() -> Iterator[None]:
    """Whatever ends the night within, no child is left of it."""
    try:
        yield
    finally:
        BEYOND.dismiss()


def _start() -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key in KEPT_ENVIRONMENT}
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.beyond"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
        env=environment,
    )


def _ask(child: subprocess.Popen[str], question: str) -> str:
    """The child's answer to one line, nothing where it has ended. Its standard input stays open."""
    if child.stdin is None or child.stdout is None:
        return ""
    try:
        child.stdin.write(question + "\n")
        child.stdin.flush()
    except BrokenPipeError:
        return ""
    return child.stdout.readline()


def _answer(code: int, text: str) -> Outcome:
    """The child's outcome, or its refusal raised here. Its standard error is never shown: it might hold a value."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise CaselinkError("E-CHILD", f"an analytic step ended without an answer (process exit code {code}).")
    if "code" in said:
        raise _refusals()[said["kind"]](said["code"], said["message"], cure=said["cure"])
    tables = tuple(TableRef(**ref) for ref in said["tables"])
    return Outcome(tables, tuple(said["warnings"]), tuple(said["notes"]), said["figures"])


def _refusals() -> dict[str, type[CaselinkError]]:
    from schemas import errors

    return {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, CaselinkError)}


def main(first: str = "") -> None:
    """The child: read a step and a `Bench` a line, do the step, print its outcome as a line of JSON; an empty line is the end.

    `first`: a line that has been read already.
    """
    os.umask(0o077)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no answer
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    if first and not first.strip():
        return
    if first:
        asked.put(first.strip())
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    while question := asked.get():
        answers.write(json.dumps(_perform(*question.split(" ", 1))) + "\n")
        answers.flush()


def _perform(name: str, bench: str) -> dict[str, Any]:
    from pipelines.analytic_steps import STEPS

    reset_peak()
    try:
        outcome = coded(STEPS[name], Bench.load(bench))
    except CaselinkError as error:
        return {"kind": type(error).__name__, "code": error.code, "message": error.message, "cure": error.cure}
    answer = asdict(outcome)
    answer["figures"]["peak_memory_mb"] = peak_memory_mb()
    _give_back()
    return answer


def _give_back() -> None:
    """Give the memory of a step back before the next begins."""
    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()


def _listen(asked: queue.SimpleQueue[str]) -> None:
    """Pass on what the parent asks; once it is gone (its end of the pipe closes), end at once."""
    for line in sys.stdin:
        asked.put(line.strip())
        if not line.strip():
            return
    os._exit(1)
