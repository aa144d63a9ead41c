"""A backup of a vault: what is in it, what is refused, and that it comes back as it was."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from governance import backups
from governance.backups import back_up, check_place, restore, verify
from governance.vault import Vault
from schemas.errors import CaselinkError

MARK = "9434765919"


def refused(code: str) -> pytest.RaisesExc[CaselinkError]:
    return pytest.raises(CaselinkError, match=f"^{code}: ")


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """A vault with a database somebody has open, two nights that share a file, and spill."""
    folder = tmp_path / "area" / "vault"
    (folder / "nights" / "one").mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    (folder / "nights" / "two").mkdir()
    (folder / "nights" / "one" / "link.parquet").write_text(MARK)
    os.link(folder / "nights" / "one" / "link.parquet", folder / "nights" / "two" / "link.parquet")
    (folder / "spill").mkdir()
    (folder / "spill" / "junk").write_text("spilt")
    Vault(folder / "vault.db").check_key("01234567")
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "vault.db" not in path.name
    }


def test_a_backup_comes_back_as_the_vault_was(vault: Path, tmp_path: Path) -> None:
    target, empty = tmp_path / "backup", tmp_path / "other" / "vault"
    made = back_up(vault, target)
    assert (made.files, made.databases) == (3, 1)
    assert len(list((target / "content").iterdir())) == 2, "one content each"
    assert verify(target) == made
    (empty / "landed").mkdir(parents=True)
    assert restore(target, empty) == made
    expected = {name: content for name, content in bytes_of(vault).items() if not name.startswith("spill")}
    assert bytes_of(empty) == expected
    assert [each.check_value for each in Vault(empty / "vault.db").key_epochs()] == ["01234567"]
    for path in (target, *target.rglob("*"), empty, *empty.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_database_is_copied_whole_while_somebody_writes_to_it(vault: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(vault / "vault.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE scrap (text)")
        connection.execute("INSERT INTO scrap VALUES ('kept')")
        connection.commit()  # in the log beside the file, not in the file
        connection.execute("INSERT INTO scrap VALUES ('not yet')")
        back_up(vault, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "new")
    with closing(sqlite3.connect(tmp_path / "new" / "vault.db")) as again:
        assert again.execute("SELECT text FROM scrap").fetchall() == [("kept",)]


PLACES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "in the project": ("E-BACKUP-PLACE", lambda top: top / "area" / "backup"),
    "in the vault": ("E-BACKUP-PLACE", lambda top: top / "area" / "vault" / "backup"),
    "around the project": ("E-BACKUP-PLACE", lambda top: top),
    "a file": ("E-BACKUP-EXISTS", lambda top: made(top / "file")),
    "not empty": ("E-BACKUP-EXISTS", lambda top: made(top / "full" / "file").parent),
    "open to others": ("E-BACKUP-FOLDER", lambda top: opened(top / "open")),
    "in a work tree": ("E-BACKUP-GIT", lambda top: made(top / "tree" / ".git" / "HEAD").parents[1] / "backup"),
}


def made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text("")
    return path


def opened(path: Path) -> Path:
    path.mkdir()
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", PLACES)
def test_places_that_are_refused(tmp_path: Path, name: str) -> None:
    code, place = PLACES[name]
    target = place(tmp_path)
    assert isinstance(target, Path)
    with refused(code):
        check_place(target, outside=(tmp_path / "area",))


def test_a_private_empty_folder_and_a_new_one_are_fine(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o700)
    for name in ("empty", "new"):
        check_place(tmp_path / name, outside=(tmp_path / "area",))


def content_with(target: Path, text: bytes) -> Path:
    return next(path for path in (target / "content").iterdir() if text in path.read_bytes())


@pytest.mark.parametrize("spoil", ["gone", "changed", "database"])
def test_a_damaged_backup_is_found_and_not_restored(vault: Path, tmp_path: Path, spoil: str) -> None:
    target = tmp_path / "backup"
    back_up(vault, target)
    if spoil == "gone":
        content_with(target, MARK.encode()).unlink()
    elif spoil == "changed":
        content_with(target, MARK.encode()).write_text("9434765870")
    else:
        path = content_with(target, b"SQLite")
        path.write_bytes(path.read_bytes()[:-1])
    with refused("E-BACKUP-DAMAGED") as caught:
        verify(target)
    assert MARK not in str(caught.value)
    with refused("E-BACKUP-DAMAGED"):
        restore(target, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_database_that_was_broken_before_its_digest_was_taken_is_found(vault: Path, tmp_path: Path) -> None:
    """A digest says only that nothing changed since."""
    target = tmp_path / "backup"
    back_up(vault, target)
    path = content_with(target, b"SQLite")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    sha = backups._digest(path)
    os.replace(path, path.with_name(sha))
    (target / "manifest.json").write_text((target / "manifest.json").read_text().replace(path.name, sha))
    with refused("E-BACKUP-DAMAGED"):
        verify(target)


@pytest.mark.parametrize("text", [None, "{", "[]", '{"version": 2}', '{"version": 1, "files": {"../out": "x"}, "databases": []}'])
def test_a_folder_without_a_finished_backup_is_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with refused("E-BACKUP-NONE"):
        verify(tmp_path)


def test_a_vault_that_holds_anything_is_not_overwritten(vault: Path, tmp_path: Path) -> None:
    back_up(vault, tmp_path / "backup")
    before = bytes_of(vault)
    with refused("E-BACKUP-OCCUPIED"):
        restore(tmp_path / "backup", vault)
    assert bytes_of(vault) == before


@pytest.mark.parametrize("keep", [16, 4096])
def test_a_damaged_vault_is_not_backed_up(vault: Path, tmp_path: Path, keep: int) -> None:
    whole = (vault / "vault.db").read_bytes()
    (vault / "vault.db").write_bytes(whole[:keep] + b"\xff" * (len(whole) - keep))
    with refused("E-BACKUP-SOURCE"):
        back_up(vault, tmp_path / "backup")
    with refused("E-BACKUP-NONE"):
        verify(tmp_path / "backup")
