"""The pages' own tests on a real PostgreSQL: the same tests as on SQLite, each with databases of its own on the server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.test_integration_postgres import Server, server  # noqa: F401 - a fixture
from tests.places import SERVER

TOP = Path(__file__).parents[2]
UNIT = (
    "break_glass", "desk", "meetings", "practice_and_team", "seen", "take_away", "guardian", "forms", "wards", "decided", "api",
    "web_gate", "web_oversight", "web_sign_in", "web_steps", "web_team_pages", "web_walk",
)  # fmt: skip
FILES = [*(f"tests/unit/caseload/test_caseload_{name}.py" for name in UNIT), "tests/spec/test_spec_hostile_pages.py"]


@pytest.mark.deep
@pytest.mark.parametrize("file", FILES)
def test_the_tests_of_the_pages_pass_on_postgresql(request: pytest.FixtureRequest, tmp_path: Path, file: str) -> None:
    running: Server = request.getfixturevalue("server")
    environment = os.environ | {SERVER: running.url("{}")}
    plugins = ("-p", "no:cacheprovider", "-p", "tests.places", "-W", "ignore::pytest.PytestUnraisableExceptionWarning")
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "--basetemp", str(tmp_path / "t"), file]
    done = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert running.databases() > 3, "the databases are on the server"
