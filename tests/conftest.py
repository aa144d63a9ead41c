"""What several folders of tests share: a small fictional area, made once, and a project to spoil."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dials import LIGHT

PEOPLE = 1500

# So few people have too few emergency admissions for a model: their nights fall back on the prior-use rule, say so, and
# end with 5. A night of 20,000 that ends with 0 is in tests/functional/test_functional_full_size.py (deep).
FALLS_BACK = 5

# What tells a new process to measure its coverage.
MEASURING = "COVERAGE_PROCESS_CONFIG"


def pytest_configure(config: pytest.Config) -> None:
    """Where the deep tests are left out, generated tests are lighter too (`tests.dials`)."""
    if config.option.markexpr == "not deep":
        os.environ[LIGHT] = "1"


def process_environment(*, measured: bool) -> dict[str, str]:
    """This process' environment, for another one. Measuring makes a night half as long again: one that walks no line which
    another has not walked is not measured."""
    return {name: value for name, value in os.environ.items() if measured or name != MEASURING}


def measured_alone(*command: str) -> list[str]:
    """A module's command line that measures the process it starts and none of those that one starts: a Prefect server is slow."""
    if MEASURING not in os.environ:
        return [sys.executable, "-u", "-m", *command]
    rooms = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["tool"]["coverage"]["run"]["source"]
    measure = ["coverage", "run", f"--rcfile={os.devnull}", "--branch", "--parallel-mode", f"--source={','.join(rooms)}"]
    return [sys.executable, "-u", "-m", *measure, "-m", *command]


def caselink_alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line, measured by itself."""
    command = measured_alone("pipelines.cli", *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False, env=process_environment(measured=False))


def caselink(
    *arguments: str, cwd: Path | None = None, measured: bool = True, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments],
        capture_output=True, text=True, cwd=cwd, check=False, env=process_environment(measured=measured), input=stdin,
    )  # fmt: skip


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first worker to ask for it makes, and the others of the same run wait for."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder / "area")
            done.touch()
    return folder / "area"


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An example project that no test may change."""

    def make(folder: Path) -> None:
        done = caselink("init", str(folder), "--example", "--people", str(PEOPLE), "--quiet")
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "example", make)


@pytest.fixture(scope="session")
def first_night(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example after its first published night; no test may change it."""

    def make(folder: Path) -> None:
        shutil.copytree(example, folder)
        done = caselink("run", "--direct", "--quiet", "--project", str(folder))
        assert done.returncode == FALLS_BACK, done.stdout + done.stderr

    return made_once(tmp_path_factory, "night", make)


@pytest.fixture
def project(example: Path, tmp_path: Path) -> Path:
    """A copy of the example, to run and to spoil."""
    return Path(shutil.copytree(example, tmp_path / "area"))


@pytest.fixture
def published(first_night: Path, tmp_path: Path) -> Path:
    """A copy of the example after its first night."""
    return Path(shutil.copytree(first_night, tmp_path / "area"))


@pytest.fixture
def run_caselink() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command line."""
    return caselink
