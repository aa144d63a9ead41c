"""What several folders of tests share: a small fictional area, made once, and a project to spoil."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# No example is timed: machines are busy, and the first loads compiled code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

PEOPLE = 1500

# So few people have too few emergency admissions for a model: their nights fall back on the prior-use rule, say so, and
# end with 5. A night of 20,000 that ends with 0 is in tests/functional/test_functional_full_size.py (deep).
FALLS_BACK = 5


def caselink(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An example project that no test may change."""
    folder = tmp_path_factory.mktemp("example") / "area"
    done = caselink("init", str(folder), "--example", "--people", str(PEOPLE), "--quiet")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def first_night(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example after its first published night; no test may change it."""
    folder = tmp_path_factory.mktemp("night") / "area"
    shutil.copytree(example, folder)
    done = caselink("run", "--direct", "--quiet", "--project", str(folder))
    assert done.returncode == FALLS_BACK, done.stdout + done.stderr
    return folder


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
