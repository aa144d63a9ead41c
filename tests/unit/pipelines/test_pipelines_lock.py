"""One run at a time; a dead holder is taken over, a living one is named."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.lock import Holder, run_lock
from schemas.errors import AlreadyRunningError

HOLD = """
import sys, time
from pathlib import Path
from pipelines.lock import run_lock
with run_lock(Path(sys.argv[1]), "night-a"):
    print("held", flush=True)
    time.sleep(60)
"""


def hold_elsewhere(folder: Path) -> subprocess.Popen[str]:
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def test_a_second_run_is_refused_and_told_who_runs(tmp_path: Path) -> None:
    other = hold_elsewhere(tmp_path)
    try:
        with (
            pytest.raises(AlreadyRunningError, match=rf"process {other.pid}, run night-a") as caught,
            run_lock(tmp_path, "night-b"),
        ):
            raise AssertionError("two runs at once")
        assert caught.value.exit_code == 6
    finally:
        other.kill()
        other.communicate()


def test_a_killed_holders_lock_is_taken_over_and_said(tmp_path: Path) -> None:
    other = hold_elsewhere(tmp_path)
    os.kill(other.pid, signal.SIGKILL)
    other.communicate()
    with run_lock(tmp_path, "night-b") as dead:
        assert dead == Holder(other.pid, "night-a")


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_that_ends_leaves_no_holder_behind(tmp_path: Path, fails: bool) -> None:
    try:
        with run_lock(tmp_path, "night-a"):
            if fails:
                raise RuntimeError
    except RuntimeError:
        pass
    with run_lock(tmp_path, "night-b") as dead:
        assert dead is None


def test_a_damaged_lock_file_does_not_stop_a_run(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text("{not json")
    with run_lock(tmp_path, "night-a") as dead:
        assert dead is None
    assert (tmp_path / "run.lock").read_text() == ""
