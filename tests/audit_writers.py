"""Several threads that append to one audit log at once."""

from __future__ import annotations

import threading
from pathlib import Path

from governance.audit import Act, Audit


def write_at_once(where: str | Path, act: Act, *, writers: int = 4, rows: int = 10) -> Audit:
    """Let each writer append its rows through a log of its own; the log afterwards."""

    def write() -> None:
        audit = Audit(where)
        for _ in range(rows):
            audit.append(act)

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Audit(where)
