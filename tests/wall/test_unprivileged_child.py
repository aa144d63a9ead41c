"""G07, G14: what comes after the wall runs as a user who can open nothing of vault, key, inbox or state, and knows no key.

Only root can give its rights up; elsewhere the tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.keys import FileKey
from pipelines import analytic
from pipelines.analytic import in_child
from pipelines.analytic_steps import STEPS
from pipelines.config import load_configuration
from pipelines.night import Night, silent
from pipelines.project import Project
from tests.rekeying import served

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[2]
CLOSED = ("vault", "secrets", "inbox", "state")
BEFORE_THE_CHILD = (
    "pseudonymised/person.parquet",
    "pseudonymised/activity",
    "pseudonymised/referral.parquet",
    "pseudonymised/entry.parquet",
    "aggregate/feed_age.parquet",
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give its rights up")


def command(uid: int, what: str) -> list[str]:
    return [sys.executable, "-m", "tests.unprivileged", str(uid), what]


def opened_by(uid: int, paths: list[Path]) -> set[str]:
    """Which of the paths this user can open."""
    asked = "\n".join(map(str, paths))
    done = subprocess.run(command(uid, "probe"), input=asked, capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stdout.splitlines())


@pytest.fixture
def area(published: Path) -> Iterator[Path]:
    """A night before its analytic steps, whose `runs/` belongs to nobody; every folder above can be walked through."""
    opened = []
    for folder in (published, *published.parents):
        if folder.stat().st_mode & 0o005 != 0o005:
            opened.append((folder, folder.stat().st_mode))
            folder.chmod(0o711)
    done = published / "runs" / served(published)
    staging = published / "runs" / ".staging-tonight"
    for name in BEFORE_THE_CHILD:
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (done / name).is_dir() else shutil.copyfile)(done / name, staging / name)
    for path in (published / "runs", *(published / "runs").rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    yield published
    for folder, mode in opened:
        folder.chmod(mode & 0o777)


def test_a_lesser_user_opens_nothing_of_vault_key_inbox_or_state(area: Path) -> None:
    closed = [path for name in CLOSED for path in (area / name, *(area / name).rglob("*"))]
    closed += [area / "caselink.toml", area / "CURRENT"]
    kinds = {path.relative_to(area).parts[0] for path in closed}
    assert set(CLOSED) < kinds
    assert len(closed) > 60
    assert opened_by(NOBODY, closed) == set()
    assert opened_by(0, closed) == set(map(str, closed)), "the paths are there: who may, opens every one"
    runs = list((area / "runs").rglob("*"))
    assert opened_by(NOBODY, runs) == set(map(str, runs)), "what the steps need, they can open"


def test_every_analytic_step_runs_as_that_user_without_key_and_without_an_open_file_of_the_vault(
    area: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not opened_by(NOBODY, [ROOT / "stratify" / "select.py"]):
        pytest.skip("the code itself lies where a lesser user cannot go")
    project = Project.at(area)
    configuration = load_configuration(project)
    night = Night(project, configuration, configuration.night.as_at, "tonight", served(area))  # type: ignore[arg-type]
    key = FileKey(project.secrets / "root.key").root().hex()
    monkeypatch.setenv("CASELINK_ROOT_KEY_FILE", str(project.secrets / "root.key"))
    real = subprocess.Popen

    def start(*_command: object, **named: object) -> subprocess.Popen[str]:
        return real(command(NOBODY, "steps"), **named)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(analytic.subprocess, "Popen", start)
    seen: list[tuple[int, str, list[str]]] = []
    perform = analytic.BEYOND.perform

    def look(name: str, bench: str) -> object:
        outcome = perform(name, bench)
        child = analytic.BEYOND.child
        assert child is not None
        place = Path(f"/proc/{child.pid}")
        uid = int(next(line for line in (place / "status").read_text().splitlines() if line.startswith("Uid:")).split()[2])
        said = (place / "environ").read_text() + (place / "cmdline").read_text() + bench
        seen.append((uid, said, [os.readlink(each) for each in (place / "fd").iterdir()]))
        return outcome

    monkeypatch.setattr(analytic.BEYOND, "perform", look)
    for name in STEPS:
        in_child(name)(night, silent)
    assert [uid for uid, _, _ in seen] == [NOBODY] * len(STEPS)
    for _, said, files in seen:
        assert key not in said
        assert not any(word in said for word in ("CASELINK", "vault", "secrets", "inbox"))
        assert not [each for each in files if any(f"/{name}/" in each for name in CLOSED)]
    made = night.shelf.folder / "pseudonymised"
    before = project.night(served(area)) / "pseudonymised"
    assert {path.name for path in made.iterdir()} == {path.name for path in before.iterdir()}
    assert {(made / name).stat().st_uid for name in ("feature.parquet", "proposal.parquet")} == {NOBODY}
