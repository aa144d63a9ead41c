"""Published tables served once more, by a rollback or under new pseudonyms: analysts have theirs only while they still may."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.publications import Publication
from pipelines.auditing import audit_log
from pipelines.config import load_configuration
from pipelines.going_back import go_back
from pipelines.project import Project
from pipelines.publish import check_whole, publications, withdrawn_files
from schemas.errors import CaselinkError
from tests.conftest import caselink
from tests.rekeying import AT, rekey_here, served, set_keys

DATABASE = "state/application.db"
TODAY = AT.date()  # 1 October 2026, the day after the night's date

Change = Callable[[str], str]


def live(text: str) -> str:
    """As if its people were real."""
    return text.replace("synthetic = true", "synthetic = false")


def without_basis(text: str) -> str:
    """Live, and the practices' basis for population analysis ends with the night's date."""
    ending = r'(source = "gp"\npurpose = "population-analysis"\n(?:.*\n)*?valid_to = )2028-01-04'
    changed, count = re.subn(ending, r"\g<1>2026-09-30", live(text), count=1)
    assert count == 1
    return changed


def overdue(text: str) -> str:
    """Live, and population analysis was to be reviewed by the night's date."""
    changed, count = re.subn(r'(id = "population-analysis"\n(?:.*\n)*?review_by = )2028-01-04', r"\g<1>2026-09-30", live(text))
    assert count == 1
    return changed


def old_list(text: str) -> str:
    """Live, and no day may pass after the national check, which was on the night's date."""
    changed, count = re.subn("max_age_days = 7", "max_age_days = 0", live(text))
    assert count == 1
    return changed


ENDED = [
    pytest.param(without_basis, "there is no basis any more for population-analysis of gp", id="a basis ended"),
    pytest.param(overdue, "the purpose population-analysis was to be reviewed by 2026-09-30", id="a review is overdue"),
    pytest.param(old_list, "list is 1 days old, more than 0", id="the opt-out list is too old"),
]


def changed(folder: Path, change: Change) -> Project:
    path = folder / "caselink.toml"
    path.write_text(change(path.read_text()))
    return Project.at(folder)


@pytest.fixture(name="two")
def _two(published: Path) -> Path:
    """Two publication rows; the later night is a copy of the first one."""
    store = publications(Project.at(published), DATABASE)
    first = store.history()[0]
    shutil.copytree(published / "runs" / first.run_id, published / "runs" / "later")
    store.publish("later", as_at=first.as_at, manifest_sha256="x" * 64)
    return published


def back(project: Project, *, without_analysts: bool = False) -> Publication:
    return go_back(project, None, without_analysts=without_analysts, at=AT, today=TODAY)


def test_where_everything_holds_a_rollback_serves_everything_again(two: Path) -> None:
    project = changed(two, live)
    row = back(project)
    assert (project.night(row.run_id) / "out" / "csu" / "person.parquet").is_file()
    assert withdrawn_files(project.night(row.run_id)) == frozenset()


@pytest.mark.parametrize(("change", "says"), ENDED)
def test_a_rollback_serves_no_analysts_tables_that_have_ended_and_the_lists_all_the_same(
    two: Path, change: Change, says: str
) -> None:
    project = changed(two, change)
    store = publications(project, DATABASE)
    with pytest.raises(CaselinkError, match="E-ANALYSTS-ENDED") as refusal:
        back(project)
    assert says in str(refusal.value)
    assert "--without-analysts" in str(refusal.value)
    assert store.current() == store.history()[-1]
    assert [row.kind for row in store.history()] == ["publish", "publish"]

    row = back(project, without_analysts=True)
    folder = project.night(row.run_id)
    assert row.kind == "rollback"
    assert not (folder / "out" / "csu").exists()
    assert list((folder / "out").glob("*/caseload.parquet"))
    assert "out/csu/person.parquet" in withdrawn_files(folder)
    check_whole(folder)
    lines = audit_log(project, load_configuration(project)).rows("publish rollback")
    assert [(line["run_id"], line["purpose"]) for line in lines] == [(row.run_id, "analysts' tables withdrawn")]


def test_what_is_not_withdrawn_has_to_be_there_and_what_comes_back_has_to_be_as_it_was(two: Path) -> None:
    project = changed(two, without_basis)
    folder = project.night(back(project, without_analysts=True).run_id)
    strange = folder / "out" / "csu" / "person.parquet"
    strange.parent.mkdir()
    strange.write_bytes(b"something else")
    with pytest.raises(CaselinkError, match="E-PUBLISH-DAMAGED"):
        check_whole(folder)
    shutil.rmtree(strange.parent)
    next((folder / "out").glob("*/caseload.csv")).unlink()
    with pytest.raises(CaselinkError, match="E-PUBLISH-DAMAGED"):
        check_whole(folder)


@pytest.mark.parametrize(("change", "says"), ENDED)
def test_a_rekey_writes_no_analysts_tables_that_have_ended_and_says_so(published: Path, change: Change, says: str) -> None:
    changed(published, change)
    set_keys(published, epoch=2)
    with pytest.raises(CaselinkError, match="E-ANALYSTS-ENDED"):
        rekey_here(published, "csu")
    assert rekey_here(published)["rekeyed"]
    folder = published / "runs" / served(published)
    assert not (folder / "out" / "csu").exists()
    assert list((folder / "out").glob("*/caseload.parquet"))
    handover = (folder / "handover.md").read_text()
    assert says in handover
    assert "The analysts' tables are withheld." in handover
    assert json.loads((folder / "manifest.json").read_text())["checked_on"] == str(TODAY)


def test_a_rekey_brings_no_withdrawn_table_back(two: Path) -> None:
    project = changed(two, without_basis)
    back(project, without_analysts=True)
    changed(two, lambda text: text.replace("valid_to = 2026-09-30", "valid_to = 2028-01-04"))
    set_keys(two, epoch=2)
    assert rekey_here(two)["rekeyed"]
    folder = two / "runs" / served(two)
    assert not (folder / "out" / "csu").exists()
    assert withdrawn_files(folder) == frozenset()
    assert (folder / "attack.json").is_file()


def test_a_rekey_over_a_limit_of_the_intruder_test_publishes_nothing(published: Path) -> None:
    before = served(published)
    changed(published, lambda text: text.replace("analysts_unique_share = 1.0", "analysts_unique_share = 0.0"))
    set_keys(published, epoch=2)
    with pytest.raises(CaselinkError, match="E-ATTACK-UNIQUE"):
        rekey_here(published)
    assert served(published) == before


def test_the_command_refuses_and_takes_away_when_told(two: Path) -> None:
    changed(two, without_basis)
    done = caselink("publish", "rollback", "--project", str(two))
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-ANALYSTS-ENDED")
    done = caselink("publish", "rollback", "--without-analysts", "--json", "--project", str(two))
    assert done.returncode == 0, done.stderr
    assert not (two / "runs" / json.loads(done.stdout)["run_id"] / "out" / "csu").exists()
