"""A new root key: where it may be written, and what is said to be done with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.keys import FileKey, key_check_value
from pipelines.console import Console
from pipelines.example import make_project
from pipelines.new_key import next_steps, write_new_key
from schemas.errors import ConfigurationError


@pytest.fixture(name="area")
def _area(tmp_path: Path) -> Path:
    make_project(tmp_path / "area", Console(quiet=True), example=False, people=0, seed=1)
    return tmp_path / "area"


def test_the_lines_to_change_are_those_of_this_project(area: Path) -> None:
    made = write_new_key(area / "secrets" / "root-2.key", area)
    check_value = key_check_value(FileKey(area / "secrets" / "root-2.key").root())
    assert (made.place, made.check_value) == ("secrets/root-2.key", check_value)
    lines = [line.strip() for line in next_steps(made)]
    for line in (
        'file = "secrets/root-2.key"',
        'previous_file = "secrets/root.key"',
        f'check_value = "{check_value}"',
        "epoch = 2",
    ):
        assert line in lines
    assert lines[-1].endswith("caselink governance rekey")


def test_a_key_beside_the_configuration_or_elsewhere_is_named_in_full(area: Path, tmp_path: Path) -> None:
    area.chmod(0o700)
    assert write_new_key(area / "root-2.key", area).place == "root-2.key"
    (tmp_path / "safe").mkdir(mode=0o700)
    made = write_new_key(tmp_path / "safe" / "root-2.key", tmp_path / "nowhere")
    assert made.place == str((tmp_path / "safe" / "root-2.key").resolve())
    assert list(next_steps(made)) == ["Next: docs/how-to/rotate-the-keys.md."]


def test_no_folder_is_made_but_the_usual_one(area: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"^E-KEY-PLACE: there is no folder .*nowhere"):
        write_new_key(area / "nowhere" / "root-2.key", area)
    assert not (area / "nowhere").exists()
    (tmp_path / "fresh").mkdir(mode=0o700)
    monkeypatch.chdir(tmp_path / "fresh")
    assert write_new_key(Path("secrets/root-2.key"), Path()).place == "secrets/root-2.key"
    assert (tmp_path / "fresh" / "secrets").stat().st_mode & 0o777 == 0o700
