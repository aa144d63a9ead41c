"""What other users of the machine can see of a process while it runs: its command line; and what its children inherit."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from types import TracebackType


class Watch:
    """Collect the command lines and environments of a process and all its descendants until the block is left."""

    def __init__(self, top: subprocess.Popen[bytes]) -> None:
        self.top = top
        self.seen: set[bytes] = set()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        """Begin."""
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End."""
        self.stop.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.stop.is_set():
            for pid in descendants(self.top.pid):
                for name in ("cmdline", "environ"):
                    self.seen.add(_content(Path(f"/proc/{pid}/{name}")))
            self.stop.wait(0.05)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended, or does not let itself be looked at
        return b""


def descendants(pid: int) -> list[int]:
    """A process and everything it has started, as far as it still runs."""
    found, queue = [], [pid]
    while queue:
        found.append(queue.pop())
        for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            queue += [int(child) for child in _content(task).split()]
    return found
