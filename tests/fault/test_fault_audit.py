"""No audit row, no identifier: a killed writer, a full disk, a clock set back, many writers, a place that cannot be written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from governance.audit import Act, Audit
from pipelines.config import load_configuration
from pipelines.project import Project
from pipelines.witness import audit_log, seal_night, write_checkpoint
from schemas.errors import GovernanceError
from tests.audit_cases import AT, write_from_processes, written_log

ACT = Act(AT, "clerk.a", "look", "why")

# A writer of an identifiable file, as every door is: its row first, then what it shows; killed in between, or within the row.
DOOR = """
import datetime as dt, os, signal, sys
from pathlib import Path
from governance import audit
from governance.audit import Act, Audit
place, shown, when = sys.argv[1:]
if when == "within":
    append = audit._append
    def killed(*given):
        append(*given)
        os.kill(os.getpid(), signal.SIGKILL)
    audit._append = killed
log = Audit(place)
log.append(Act(dt.datetime(2026, 11, 25, tzinfo=dt.UTC), "a", "look", "why"))
if when == "between":
    os.kill(os.getpid(), signal.SIGKILL)
Path(shown).write_text("shown")
"""

FULL = """
import datetime as dt, resource, signal, sys
from governance.audit import Act, Audit
from schemas.errors import GovernanceError
log = Audit(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
try:
    log.append(Act(dt.datetime(2026, 11, 25, tzinfo=dt.UTC), "a", "look", "why"))
except GovernanceError as refusal:
    told = (refusal.code, refusal.__context__)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(told)
"""


def run(program: str, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "state" / "audit.db"
    written_log(str(place), 3)
    return place


@pytest.mark.parametrize(("when", "lines", "shown"), [("never", 4, True), ("between", 4, False), ("within", 3, False)])
def test_a_killed_door_never_shows_what_is_not_in_the_log(
    place: Path, tmp_path: Path, when: str, lines: int, shown: bool
) -> None:
    done = run(DOOR, place, tmp_path / "shown", when)
    assert done.returncode == (0 if shown else -signal.SIGKILL), done.stderr
    assert ((tmp_path / "shown").exists(), Audit(place).last()[0], Audit(place).verify()) == (shown, lines, None)


def test_a_full_disk_refuses_and_leaves_the_log_whole(place: Path) -> None:
    done = run(FULL, place)
    assert done.stdout == "('E-AUDIT-STORE', None)\n", done.stderr
    assert (Audit(place).last()[0], Audit(place).verify()) == (3, None)
    assert Audit(place).append(ACT) == 4


def test_a_clock_set_back_changes_no_order(place: Path) -> None:
    audit = Audit(place)
    audit.append(dataclasses.replace(ACT, at=AT - dt.timedelta(hours=2)))
    audit.append(ACT)
    assert [row["seq"] for row in audit.rows()] == [1, 2, 3, 4, 5]
    assert [row["at"][11:13] for row in audit.rows()] == ["12", "12", "12", "10", "12"]
    assert audit.verify() is None


def test_a_few_processes_leave_no_gap(place: Path) -> None:
    write_from_processes(str(place), writers=3, each=10)
    assert (Audit(place).last()[0], Audit(place).verify()) == (33, None)


@pytest.mark.deep
def test_eight_processes_leave_no_gap_in_80_000_lines(place: Path) -> None:
    write_from_processes(str(place), writers=8, each=10_000)
    assert (Audit(place).last()[0], Audit(place).verify()) == (80_003, None)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "area"
    root.mkdir(mode=0o700)
    (root / "caselink.toml").write_text(
        '[area]\nname = "x"\nsynthetic = true\n[audit]\nevery_rows = 2\ncheckpoints = ["witness/log.jsonl"]\n'
    )
    (root / "witness").mkdir()
    return Project.at(root)


def cut_off(project: Project) -> None:
    """The witness is out of reach: where its folder was there is a file."""
    shutil.rmtree(project.root / "witness")
    (project.root / "witness").write_text("")


def test_a_night_whose_log_cannot_be_written_says_so_and_is_published(project: Project) -> None:
    configuration = load_configuration(project)
    assert seal_night(project, configuration, "n1", at=AT, actor="user id 1") == ""
    cut_off(project)
    told = seal_night(project, configuration, "n2", at=AT, actor="user id 1")
    assert told.startswith("the audit log has no checkpoint of this night: E-CHECKPOINT-PLACE")
    (project.state / "audit.db").write_bytes(b"x" * 10_000)
    assert "E-STORE-OPEN" in seal_night(project, configuration, "n3", at=AT, actor="user id 1")


def test_no_door_opens_where_a_checkpoint_that_is_due_cannot_be_written(project: Project) -> None:
    configuration = load_configuration(project)
    log = audit_log(project, configuration)
    log.append(ACT)
    cut_off(project)
    with pytest.raises(GovernanceError, match=r"^E-CHECKPOINT-PLACE"):
        log.append(ACT)
    assert log.append(ACT) == 3  # no checkpoint is due


def test_a_checkpoint_is_due_each_time_so_many_lines_are_added(project: Project) -> None:
    log = audit_log(project, load_configuration(project))
    for count in (1, 1, 1, 5, 1):
        log.append(ACT, [""] * count)
    write_checkpoint(project, load_configuration(project), at=AT)
    lines = (project.root / "witness" / "log.jsonl").read_text().splitlines()
    assert [line.split('"seq":')[1].split(",")[0] for line in lines] == ["2", "8", "9"]
