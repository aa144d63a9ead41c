"""One run at a time: a lock that dies with its holder.

The kernel releases an `flock` when the process that holds it ends, however it ends, so a dead holder is never in
the way. What the file says (process, run) is for people: who is running now, or whose run was cut short.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import AlreadyRunningError


@dataclass(frozen=True)
class Holder:
    """Who holds, or held, the lock."""

    pid: int
    run_id: str


@contextmanager
def run_lock(folder: Path, run_id: str) -> Iterator[Holder | None]:
    """Hold the project's lock; yields the dead holder it was taken over from, or None.

    Raises `AlreadyRunningError` naming the living holder's process and run.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        before = _read(descriptor)
        if not _take(descriptor):
            who = f"process {before.pid}, run {before.run_id}" if before else "another process"
            raise AlreadyRunningError(
                "E-RUNNING", f"a night is already running ({who}).", cure="wait for it, or end that process"
            )
        _write(descriptor, json.dumps({"pid": os.getpid(), "run_id": run_id}))
        try:
            yield before
        finally:
            _write(descriptor, "")
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read(descriptor: int) -> Holder | None:
    text = os.pread(descriptor, 4096, 0).decode("ascii", "replace")
    try:
        found = json.loads(text)
        return Holder(int(found["pid"]), str(found["run_id"]))
    except (ValueError, KeyError, TypeError):
        return None


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode("ascii"), 0)
    os.fsync(descriptor)
