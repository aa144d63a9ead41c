"""Operations hear of a damaged night: the doctor, and the page of runs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from caseload.desk.night import PublishedNight
from governance.access.identity_file import FILE
from pipelines.console import Console
from pipelines.doctor import examine
from pipelines.example import make_project
from pipelines.night_health import damage, night_served
from pipelines.project import Project
from pipelines.publish import MANIFEST, publications
from pipelines.serving import ServedNights
from pipelines.shelf import digest
from pipelines.web_runs import PublishedRuns
from schemas.errors import CaselinkError

RUN = "0123456789abcdef"
DESK = "out/castle/desk.db"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose served night is three small files."""
    make_project(tmp_path / "area", Console(quiet=True), example=False, people=0, seed=1)
    made = Project.at(tmp_path / "area")
    folder = made.night(RUN)
    for name in ("report.html", DESK, "pseudonymised/person.parquet"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    files = {str(path.relative_to(folder)): digest(path) for path in folder.rglob("*") if path.is_file()}
    (folder / MANIFEST).write_text(json.dumps({"as_at": "2026-09-30", "files": files, "steps": []}))
    made.vault_night(RUN).mkdir(parents=True)
    (made.vault_night(RUN) / FILE).write_text("identities")
    rows = publications(made, "state/application.db")
    rows.publish(RUN, as_at=dt.date(2026, 9, 30), manifest_sha256=digest(folder / MANIFEST))
    return made


def told(project: Project) -> tuple[str, str]:
    """What the doctor and the page of runs say."""
    (finding,) = (each for each in examine(project) if each.name == "night served")
    (row,) = PublishedRuns(project).nights()
    assert (finding.state == "ok") == (not finding.cure)
    return finding.found, row["damage"]


def test_a_whole_night_is_as_it_was_published(project: Project) -> None:
    assert told(project) == ("as it was published", "")


Break = Callable[[Project], object]
CASES: dict[str, tuple[Break, str]] = {
    "changed": (lambda each: (each.night(RUN) / DESK).write_text("other"), "1 of its files are missing or changed"),
    "gone": (lambda each: (each.night(RUN) / DESK).unlink(), "1 of its files are missing or changed"),
    "manifest": (lambda each: (each.night(RUN) / MANIFEST).write_text("{}"), "its manifest is missing or changed"),
    "no manifest": (lambda each: (each.night(RUN) / MANIFEST).unlink(), "its manifest is missing or changed"),
    "identities": (lambda each: (each.vault_night(RUN) / FILE).unlink(), "the vault has no identities of it"),
}


@pytest.mark.parametrize("case", CASES)
def test_damage_is_told_to_operations(project: Project, case: str) -> None:
    told(project)  # what was seen whole is looked at again
    spoil, words = CASES[case]
    spoil(project)
    assert told(project) == (words, words)


def test_a_change_of_a_file_that_no_page_reads_is_the_doctors_to_find(project: Project) -> None:
    (project.night(RUN) / "report.html").write_text("other")
    assert told(project) == ("1 of its files are missing or changed", "")


def test_a_project_without_a_night_has_nothing_to_find(tmp_path: Path) -> None:
    make_project(tmp_path / "area", Console(quiet=True), example=False, people=0, seed=1)
    made = Project.at(tmp_path / "area")
    assert not [each for each in examine(made) if each.name == "night served"]
    assert not list(made.state.iterdir()), "the doctor makes nothing"


@pytest.mark.parametrize("case", ["changed", "gone", "manifest"])
def test_no_page_opens_a_damaged_file(project: Project, case: str) -> None:
    CASES[case][0](project)
    with pytest.raises(CaselinkError, match="E-NIGHT-DAMAGED"):
        served(project).listed("castle")
    row = night_served(project)
    assert row is not None
    assert damage(project, row, every_file=True)


def served(project: Project) -> PublishedNight:
    night = ServedNights(project, publications(project, "state/application.db")).current()
    assert night is not None
    return night


def test_the_nights_that_a_reader_missed_are_those_between(project: Project) -> None:
    rows = publications(project, "state/application.db")

    def publish(day: int, run_id: str) -> None:
        folder = project.night(run_id)
        folder.mkdir(parents=True)
        (folder / MANIFEST).write_text(json.dumps({"as_at": f"2026-10-{day:02}", "files": {}, "run": run_id}))
        rows.publish(run_id, as_at=dt.date(2026, 10, day), manifest_sha256=digest(folder / MANIFEST))

    nights = ServedNights(project, rows)

    def missed(looked: str) -> list[str]:
        night = nights.current()
        assert night is not None
        return [each.run_id for each in nights.missed(night, looked)]

    for day in (1, 2, 3):
        publish(day, f"{day:016x}")
    publish(2, f"{22:016x}")
    rows.rollback(f"{3:016x}")
    assert missed(f"{3:016x}") == []
    assert missed(RUN) == [f"{2:016x}", f"{1:016x}"], "what a rollback withdrew is not told of"
    publish(4, f"{4:016x}")
    (project.night(f"{2:016x}") / MANIFEST).write_text("{}")
    assert missed(f"{1:016x}") == [f"{3:016x}", f"{2:016x}"], "opened before it was damaged"
    nights = ServedNights(project, rows)
    assert missed(f"{1:016x}") == [f"{3:016x}"]
    assert missed("0000000000ffffff") == [], "a run that was never published"
    for day in range(5, 20):
        publish(day, f"{day:016x}")
    assert missed(RUN) == [f"{day:016x}" for day in range(18, 8, -1)], "not for ever"
