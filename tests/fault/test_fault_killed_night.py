"""A night killed at any point leaves yesterday's list, resumes, and ends as an uninterrupted one would."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.overnight import STORY
from tests.conftest import FALLS_BACK, process_environment

EVERY_POINT = [f"after:{step.name}" for step in STORY if step.name != "publish"] + ["rename", "row", "current", "confirm"]
A_FEW_POINTS = ["after:land", "after:assign", "after:scores", "rename", "row", "confirm"]


def drive(project: Path, *point: str, measured: bool = False) -> int:
    """A night, killed at `point`; who is killed has measured nothing."""
    command = [sys.executable, "-m", "tests.night_driver", str(project), "7", *point]
    return subprocess.run(command, capture_output=True, check=False, env=process_environment(measured=measured)).returncode


def served(project: Path) -> str | None:
    path = project / "CURRENT"
    return json.loads(path.read_text())["run_id"] if path.exists() else None


def published_bytes(project: Path, run_id: str) -> dict[str, bytes]:
    folder = project / "runs" / run_id
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "receipts" not in path.parts
    }


@pytest.fixture(scope="module")
def uninterrupted(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(example, tmp_path_factory.mktemp("whole") / "area"))
    assert drive(folder) == FALLS_BACK
    return folder


@pytest.mark.parametrize("points", [A_FEW_POINTS, pytest.param(EVERY_POINT, marks=pytest.mark.deep)], ids=["a few", "every"])
def test_a_night_killed_at_points_in_turn_ends_byte_for_byte_like_an_uninterrupted_one(
    example: Path, uninterrupted: Path, tmp_path: Path, points: list[str]
) -> None:
    project = Path(shutil.copytree(example, tmp_path / "area"))
    for point in points:
        before = served(project)
        assert drive(project, point) == -9, point
        if point not in ("confirm",):
            assert served(project) == before, point
    assert drive(project) == 0, "the publication row was there: nothing is left to do"
    run_id = served(uninterrupted)
    assert run_id is not None
    assert served(project) == run_id
    whole, resumed = published_bytes(uninterrupted, run_id), published_bytes(project, run_id)
    assert whole.keys() == resumed.keys()
    assert [name for name in whole if whole[name] != resumed[name]] == []
    assert not list((project / "vault").glob("spill*"))
    assert not list((project / "runs").glob(".staging-*"))


@pytest.mark.deep  # nights of its own
def test_while_a_second_night_is_killed_the_first_is_served(uninterrupted: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(uninterrupted, tmp_path / "area"))
    first = served(project)
    text = (project / "caselink.toml").read_text()
    (project / "caselink.toml").write_text(text.replace("as_at = 2026-09-30", "as_at = 2026-10-01"))
    for point in ("after:pseudonymise", "row"):
        assert drive(project, point) == -9
        assert served(project) == first
    assert drive(project, measured=True) == FALLS_BACK
    assert served(project) not in (None, first)
