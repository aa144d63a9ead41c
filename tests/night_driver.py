"""Run a night in a process of its own with seeded person ids, and kill it at a named point.

    python -m tests.night_driver PROJECT SEED [POINT]

POINT is `after:STEP` (the step has done its work, its receipt is not written), or one of `rename`, `row`, `current`,
`confirm`: just before that part of publishing.
"""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any


def die(*_arguments: Any, **_named: Any) -> None:
    """End as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def seed_ids(seed: int) -> None:
    """Person ids from a seed instead of the system's randomness."""
    from governance import vault

    source = random.Random(seed)
    vault.Vault.__init__.__defaults__ = (lambda: f"{source.getrandbits(128):032x}",)


def kill_at(point: str) -> None:
    """Arrange for the process to be killed at `point`."""
    from governance.publications import Publications
    from governance.vault import Vault
    from pipelines import overnight, publish

    if point.startswith("after:"):
        number = next(i for i, step in enumerate(overnight.STORY) if step.name == point.removeprefix("after:"))
        step = overnight.STORY[number]

        def work(night: Any, progress: Any) -> Any:
            step.work(night, progress)
            die()

        overnight.STORY[number] = dataclasses.replace(step, work=work)
    else:
        owner, name = {
            "rename": (publish.os, "rename"),
            "row": (Publications, "publish"),
            "current": (publish, "write_current"),
            "confirm": (Vault, "confirm"),
        }[point]
        setattr(owner, name, die)


def main() -> int:
    """Run it."""
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.running import conduct_directly, run

    seed_ids(int(sys.argv[2]))
    if len(sys.argv) > 3:
        kill_at(sys.argv[3])
    return run(Project.at(Path(sys.argv[1])), None, Console(quiet=True), conduct_directly).exit_code


if __name__ == "__main__":
    sys.exit(main())
