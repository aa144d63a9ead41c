"""Killed while somebody decides: the decision and its audit row are both there or neither is, and what follows is mended."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from caseload.entries.entries import Entries
from governance.audit import Audit
from tests.access_drawings import NOON, house, token
from tests.entries_drawings import Caseload, caseload, opened

# One who decides, killed by the system at a point: the audit row is added, the event is added too, both are kept, all is done.
DECIDES = """
import os, signal, sys
from pathlib import Path
from governance import audit
from caseload.entries import entries
from tests.access_drawings import House, house
from tests.entries_drawings import Caseload, caseload
folder, point = Path(sys.argv[1]), sys.argv[2]
desk = caseload(folder)
def killed(*given, **said):
    os.kill(os.getpid(), signal.SIGKILL)
if point == "audited":
    entries.events_of = killed
if point == "added":
    add = entries.add
    entries.add = lambda *given, **said: (add(*given, **said), killed())
if point == "kept":
    entries.Entries.follow = killed
desk.decide(1, "accept")
"""


@pytest.mark.parametrize(("point", "events", "mended"), [("audited", 0, 0), ("added", 0, 0), ("kept", 1, 2), ("never", 1, 0)])
def test_a_killed_decision_is_whole_or_nothing(point: str, events: int, mended: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DECIDES, str(tmp_path), point], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == (0 if point == "never" else -signal.SIGKILL), done.stderr
    made = house(tmp_path)
    desk = Caseload(made, opened(made))
    assert (desk.entries.position(), made.door.audit.last()[0]) == (events, events)
    assert made.door.audit.verify() is None
    assert desk.entries.mend(at=NOON, by="system") == mended
    assert len(desk.ties(1)) == 2 * events
    assert desk.entries.mend(at=NOON, by="system") == 0


def test_a_full_disk_refuses_the_decision_and_leaves_the_rest(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")
    before = desk.entries.current("castle", NOON.date())
    program = """
import resource, signal, sys
from pathlib import Path
from schemas.errors import GovernanceError
from tests.access_drawings import house
from tests.entries_drawings import Caseload, opened
made = house(Path(sys.argv[1]))
desk = Caseload(made, opened(made))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
try:
    desk.decide(2, "accept")
except GovernanceError as refusal:
    told = refusal.code
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(told)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip() in {"E-AUDIT-STORE", "E-ACCESS-STORE", "E-ENTRY-STORE"}, done.stderr
    again: Entries = opened(desk.house, Audit(tmp_path / "state" / "audit.db"))
    assert again.current("castle", NOON.date()).equals(before)
    assert again.entry("castle", token(2), NOON.date()).last == 0
