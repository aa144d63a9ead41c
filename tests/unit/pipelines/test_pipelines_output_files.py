"""Whether a file can be written, asked before the work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.output_files import check_writable
from pipelines.project import Project
from pipelines.train_model import train_model
from schemas.errors import ConfigurationError


def test_a_new_file_and_one_that_is_there_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    check_writable(tmp_path / "old", "--out")
    check_writable(tmp_path / "new", "--out")
    check_writable(tmp_path / "a" / "b" / "new", "--out", make_folder=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old"]


@pytest.mark.parametrize(
    ("path", "make_folder", "fault"),
    [
        ("", True, "names a folder"),
        ("a/new", False, "in a folder that is not there"),
        ("old/new", True, "in a folder that is not there"),
    ],
)
def test_what_cannot_be_written_is_refused_by_its_option(tmp_path: Path, path: str, make_folder: bool, fault: str) -> None:
    (tmp_path / "old").write_text("x")
    with pytest.raises(ConfigurationError, match=f"E-ARGUMENT: --out .*{fault}"):
        check_writable(tmp_path / path, "--out", make_folder=make_folder)


def test_rights_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old").write_text("x")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    for name, fault in (("old", "a file that may not be written"), ("new", "a folder that may not be written to")):
        with pytest.raises(ConfigurationError, match=fault):
            check_writable(tmp_path / name, "--out")


def test_training_asks_before_it_looks_for_a_night(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="E-ARGUMENT"):
        train_model(Project(tmp_path), tmp_path / "nowhere" / "M.json")
