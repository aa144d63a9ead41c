"""F34: a rekey killed at any point leaves the old epoch served whole, or the new one; run again, it ends as if never killed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.project import Project
from pipelines.publish import check_whole
from pipelines.rekey import STEPS
from tests.conftest import process_environment
from tests.fault.test_fault_killed_night import published_bytes, served
from tests.rekeying import set_keys

BEFORE_THE_ROW = [*(f"after:{number}" for number in range(len(STEPS) - 1)), "rename", "row"]
EVERY_POINT = [*BEFORE_THE_ROW, "current", "confirm"]
A_FEW_POINTS = ["after:1", "row", "confirm"]

pytestmark = pytest.mark.deep  # nights of their own; their parts are checked in every run


def drive(folder: Path, *point: str) -> int:
    command = [sys.executable, "-m", "tests.rekeying", str(folder), *point]
    return subprocess.run(command, capture_output=True, check=False, env=process_environment(measured=False)).returncode


@pytest.mark.parametrize("points", [A_FEW_POINTS, pytest.param(EVERY_POINT, marks=pytest.mark.deep)], ids=["a few", "every"])
def test_a_rekey_killed_at_points_in_turn_ends_like_an_uninterrupted_one(
    first_night: Path, tmp_path: Path, points: list[str]
) -> None:
    whole, killed = (Path(shutil.copytree(first_night, tmp_path / name)) for name in ("whole", "killed"))
    for folder in (whole, killed):
        set_keys(folder, epoch=2)
    assert drive(whole) == 0
    old, new = served(killed), served(whole)
    assert old is not None
    assert new is not None
    kept = published_bytes(killed, old)
    for point in points:
        assert drive(killed, point) == -9, point
        if point in BEFORE_THE_ROW:
            assert served(killed) == old, point
        check_whole(Project.at(killed).night(str(served(killed))))
    assert drive(killed) == 0
    assert served(killed) == new
    assert published_bytes(killed, old) == kept
    once, resumed = published_bytes(whole, new), published_bytes(killed, new)
    assert once.keys() == resumed.keys()
    assert [name for name in once if once[name] != resumed[name]] == []
    assert not list((killed / "runs").glob(".staging-*"))
    assert {path.name for path in (killed / "vault" / "nights").iterdir()} == {old, new}
    assert json.loads((killed / "CURRENT").read_text())["run_id"] == new


def test_a_killed_rekey_may_be_given_up(first_night: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(first_night, tmp_path / "area"))
    old = served(folder)
    set_keys(folder, epoch=2)
    assert drive(folder, "after:3") == -9
    set_keys(folder, epoch=1)
    assert drive(folder) == 0
    assert served(folder) == old
    assert not list((folder / "runs").glob(".staging-*"))
    assert [path.name for path in (folder / "vault" / "nights").iterdir()] == [old]
