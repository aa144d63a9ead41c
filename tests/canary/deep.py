"""The flows that take minutes: a night under Prefect, and one that is killed while it spills."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.canary.nights import Scratch


def flows(scratch: Scratch, project: Path, note: Path) -> None:
    """Run them over copies of the planted area. Prefect's own home lies in its project's state."""
    prefect = scratch.copy(project, "prefect")
    scratch.caselink("prefect", prefect, "run", expected=(0, 5))
    killed = scratch.copy(project, "killed")
    (killed / "vault").mkdir(mode=0o700)
    scratch.python("spill", "tests.canary.drive", "spill", str(killed), str(note), expected=(-9,))
    scratch.caselink("after-spill", killed, "run", "--direct", expected=(0, 5))
