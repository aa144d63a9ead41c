"""Files with identifiers: their owner's alone, whole or not at all, harmless to open, and never in runs/."""

from __future__ import annotations

import csv
import os
import stat
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.private_csv import check_place, write_private_csv
from pipelines.project import Project
from schemas.errors import GovernanceError

TABLE = pa.table({"id": ["007", "=1+1", None], "name": ['O"Hara, Ann', "@sum", "Zoë"]})


@pytest.fixture(name="area")
def _area(tmp_path: Path) -> Project:
    (tmp_path / "area").mkdir()
    (tmp_path / "area" / "caselink.toml").write_text('[area]\nname = "x"\n')
    return Project.at(tmp_path / "area")


def test_for_people_every_text_is_quoted_and_no_formula_lives(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.csv"
    write_private_csv(path, TABLE, for_people=True)
    assert path.read_bytes() == (b'"id","name"\r\n"007","O""Hara, Ann"\r\n"\'=1+1","\'@sum"\r\n"","Zo\xc3\xab"\r\n')


def test_for_a_machine_the_texts_are_as_they_are(tmp_path: Path) -> None:
    write_private_csv(tmp_path / "file.csv", TABLE, for_people=False)
    with (tmp_path / "file.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [["id", "name"], ["007", 'O"Hara, Ann'], ["=1+1", "@sum"], ["", "Zoë"]]


def test_the_file_is_its_owners_alone_whatever_the_mask_and_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("old")
    path.chmod(0o644)
    before = os.umask(0)
    try:
        write_private_csv(path, TABLE, for_people=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["file.csv"]


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    write_private_csv(path, TABLE, for_people=True)
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        write_private_csv(path, pa.table({"id": [1]}), for_people=True)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["file.csv"]


@pytest.mark.parametrize(
    "place", ["runs/x.csv", "runs/abc/out/team/x.csv", "inbox/x.csv", "state/x.csv", "x.csv", "vault/../runs/x.csv"]
)
def test_nothing_of_the_project_but_its_vault_may_hold_it(area: Project, place: str) -> None:
    with pytest.raises(GovernanceError, match="E-EXPORT-PLACE"):
        check_place(area, area.root / place)


def test_a_link_into_runs_is_seen_through(area: Project, tmp_path: Path) -> None:
    area.runs.mkdir()
    (tmp_path / "elsewhere").symlink_to(area.runs)
    with pytest.raises(GovernanceError, match="E-EXPORT-PLACE"):
        check_place(area, tmp_path / "elsewhere" / "x.csv")


def test_the_vault_and_places_outside_are_allowed(area: Project, tmp_path: Path) -> None:
    assert check_place(area, area.vault / "returns") == area.vault / "returns"
    assert check_place(area, tmp_path / "x.csv") == tmp_path / "x.csv"


def test_a_work_tree_that_does_not_ignore_it_is_refused(area: Project, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    subprocess.run(["git", "init", "--quiet", str(tree)], check=True)
    with pytest.raises(GovernanceError, match="E-EXPORT-GIT"):
        check_place(area, tree / "x.csv")
    (tree / ".gitignore").write_text("*.csv\n")
    assert check_place(area, tree / "x.csv") == tree / "x.csv"
