"""What people do with a published night, and what must not slip through on the next one."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.night import Receipt
from pipelines.objections import LISTED
from pipelines.project import Project
from pipelines.publish import publications, rollback
from tests.conftest import caselink
from tests.functional.test_functional_night import current

DATABASE = "state/application.db"


def test_the_shipped_views_work_on_the_analysts_tables(first_night: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = current(first_night) / "out" / "csu"
    monkeypatch.chdir(folder)
    with duckdb.connect() as connection:
        connection.execute((folder / "views.sql").read_text())
        names = [row[0] for row in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
        assert len(names) == 8
        for name in names:
            assert connection.table(name).limit(1).fetchall(), name
        scored = connection.execute("SELECT count(emergency_admission_12_months), count(whole_system_use) FROM person_score")
        assert min(scored.fetchone() or (0,)) > 1000


def test_everything_a_night_writes_is_its_owners_alone(first_night: Path) -> None:
    for path in (
        *(first_night / "runs").rglob("*"),
        *(first_night / "vault").rglob("*"),
        first_night / "runs",
        first_night / "inbox",
    ):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.relative_to(first_night)


def three_nights(folder: Path) -> Project:
    """A project with three publication rows, whose folders are copies of the first night."""
    project = Project.at(folder)
    first = current(folder)
    store = publications(project, DATABASE)
    for day in (1, 2):
        copy = shutil.copytree(first, first.with_name(f"night{day}"))
        store.publish(copy.name, as_at=store.history()[0].as_at.replace(day=28 + day), manifest_sha256="x" * 64)
    return project


def test_rolling_back_twice_goes_back_twice_and_never_to_a_withdrawn_night(published: Path) -> None:
    project = three_nights(published)
    first = publications(project, DATABASE).history()[0].run_id
    assert rollback(project, DATABASE, None).run_id == "night1"
    assert rollback(project, DATABASE, None).run_id == first
    refused = caselink("publish", "rollback", "--project", str(published))
    assert (refused.returncode, refused.stderr.split(":")[0]) == (2, "E-ROLLBACK-NONE")
    assert rollback(project, DATABASE, "night2").run_id == "night2"


def next_night(folder: Path, *more: str, measured: bool = True) -> subprocess.CompletedProcess[str]:
    return caselink("run", "--direct", "--quiet", "--as-at", "2026-10-01", "--project", str(folder), *more, measured=measured)


def test_an_opt_out_list_that_disappears_or_is_no_list_stops_the_night(published: Path) -> None:
    folder = published / "inbox" / "opt_outs"
    listed = next(folder.iterdir())
    shutil.move(listed, folder / "opt_outs.txt")
    done = next_night(published)
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-OPTOUT-STRANGE")
    (folder / "opt_outs.txt").unlink()
    done = next_night(published)
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-OPTOUT-GONE")
    assert "this one has none: national." in done.stderr


def test_a_night_remembers_which_kinds_of_list_it_had(first_night: Path) -> None:
    receipt = Receipt.read(Project.at(first_night), current(first_night).name, "opt_outs")
    assert receipt is not None
    assert {name for name in receipt.outcome.figures if name.startswith(LISTED)} == {LISTED + "national"}


def test_without_a_fresh_national_list_the_lists_served_stay(published: Path) -> None:
    served = current(published)
    done = caselink("run", "--direct", "--quiet", "--as-at", "2026-10-08", "--project", str(published), measured=False)
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-OPTOUT-STALE")
    assert "8 days old, more than 7" in done.stderr
    assert current(published) == served
    assert list((served / "out").glob("*/caseload.csv"))


@pytest.fixture(scope="module")
def odd_night(example: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A project with leftovers, strange file names and a source missing, after its night; and what the command said."""
    project = Path(shutil.copytree(example, tmp_path_factory.mktemp("odd") / "area"))
    for place in ("runs/.staging-0123456789abcdef", "runs/0123456789abcdef", "vault/nights/0123456789abcdef"):
        (project / place).mkdir(parents=True)
    (project / "vault" / "nights" / "stray-file").write_text("x")
    (project / "inbox" / "register" / "SMITH JOHN 943 476 5919.csv").write_text("NHS_NUMBER\n")
    (project / "inbox" / "cld" / "cld_9434765919.csv").write_text("")
    shutil.rmtree(project / "inbox" / "ecds")
    checked = caselink("check", "--project", str(project))
    assert "9434765919" not in checked.stdout + checked.stderr
    assert "SMITH" not in checked.stdout + checked.stderr
    done = caselink("run", "--direct", "--json", "--project", str(project))
    assert done.returncode == 5, done.stderr
    return project, done


def test_a_missing_source_is_published_with_a_warning_and_exit_code_5(
    odd_night: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    project, done = odd_night
    assert any("ecds is missing" in line for line in json.loads(done.stdout)["warnings"])
    assert "ecds is missing" in (current(project) / "handover.md").read_text()


def test_a_file_named_after_a_person_is_not_named_anywhere(odd_night: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    project, done = odd_night
    said = (
        done.stdout
        + done.stderr
        + "".join(p.read_text() for p in current(project).rglob("*") if p.suffix in (".md", ".json", ".html"))
    )
    assert "SMITH" not in said
    assert "9434765919" not in said


def test_the_hook_is_told_of_a_night_that_fails(project: Path) -> None:
    hook = f'[hook]\ncommand = ["{sys.executable}", "-c", "import sys; open(\'told.json\', \'w\').write(sys.stdin.read())"]\n'
    with (project / "caselink.toml").open("a") as settings:
        settings.write(hook)
    (project / "state" / "released.json").write_text("{damaged")
    done = caselink("run", "--direct", "--quiet", "--project", str(project))
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "E-STATE")
    told = json.loads((project / "told.json").read_text())
    assert (told["exit_code"], told["published"]) == (2, False)
    assert told["message"].startswith("E-STATE")


def test_leftovers_of_nights_that_never_were_are_cleared_away(
    odd_night: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    project, _ = odd_night
    assert [path.name for path in (project / "runs").iterdir()] == [current(project).name]
    assert sorted(path.name for path in (project / "vault" / "nights").iterdir()) == sorted([current(project).name, "stray-file"])


@pytest.mark.deep  # nights of its own
def test_a_source_that_fails_is_carried_forward_even_after_the_project_moved(published: Path, tmp_path: Path) -> None:
    moved = Path(shutil.move(published, tmp_path / "elsewhere"))
    for path in (moved / "inbox" / "cld").iterdir():
        path.unlink()
    (moved / "inbox" / "cld" / "cld_2026-06.csv").write_text("nonsense\n1\n")
    done = next_night(moved, "--json", measured=False)
    assert done.returncode == 5, done.stderr
    feed = [line for line in json.loads(done.stdout)["warnings"] if line.startswith("cld is stale")]
    assert len(feed) == 1
    assert "The night used the files up to 2026-06-30" in feed[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_one_line_with_a_cure(project: Path) -> None:
    (project / "inbox").chmod(0)
    done = caselink("run", "--direct", "--quiet", "--project", str(project))
    assert done.stderr.startswith("E-IO")


def test_init_again_after_it_was_cut_short_uses_the_key_it_left(tmp_path: Path) -> None:
    folder = tmp_path / "area"
    assert caselink("init", str(folder), "--quiet").returncode == 0
    key = (folder / "secrets" / "root.key").read_text()
    (folder / "caselink.toml").unlink()
    assert caselink("init", str(folder), "--quiet").returncode == 0
    assert (folder / "secrets" / "root.key").read_text() == key
    done = caselink("init", str(folder))
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "E-INIT-EXISTS")
