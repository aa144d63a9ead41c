"""A vault's backup: its databases as SQLite copies them, its files by content, and a manifest of digests.

    DIR/manifest.json      path in the vault -> SHA-256, and which of them are databases
    DIR/content/<sha256>   each content once: nights share most of their files

A database is copied with SQLite's backup interface: one state of it, whatever is written meanwhile. What is here is as
identifiable as the vault: it goes into a folder of mode 0700, and from there encrypted (docs/how-to/back-up-the-vault.md).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance.private_files import check_folder, check_outside_git
from schemas.errors import GovernanceError

MANIFEST = "manifest.json"
VERSION = 1
SQLITE = b"SQLite format 3\0"
PASSING = ("-wal", "-shm", "-journal")  # SQLite's own: the copy of the database holds what is in them
SPILL = "spill"
ANOTHER = "make another backup, and find out what happened to this one"


@dataclass(frozen=True)
class Backup:
    """What a backup holds. `sha256` is the manifest's: kept elsewhere, it tells whether this is the backup that was made."""

    files: int
    databases: int
    sha256: str


def check_place(target: Path, *, outside: tuple[Path, ...]) -> None:
    """Refuse a place for a backup. Raises `GovernanceError`.

    `E-BACKUP-PLACE` inside one of the folders `outside`, or one of them inside it; `E-BACKUP-EXISTS` where anything is in it;
    `E-BACKUP-FOLDER` where others can enter it, `E-BACKUP-GIT` inside a git work tree that does not ignore it.
    """
    whole = target.resolve()
    if any(whole.is_relative_to(each) or each.is_relative_to(whole) for each in outside):
        raise GovernanceError(
            "E-BACKUP-PLACE", "a backup may not lie in the project or around it.", cure="name a folder elsewhere"
        )
    if target.exists():
        if not target.is_dir() or any(target.iterdir()):
            raise GovernanceError("E-BACKUP-EXISTS", "there is something in that place already.", cure="name a new folder")
        check_folder(target, "E-BACKUP")
    while not whole.parent.is_dir():
        whole = whole.parent
    check_outside_git(whole, "E-BACKUP")


def back_up(vault: Path, target: Path) -> Backup:
    """Copy a vault that nobody writes to into a new folder. The manifest is written last: without one there is no backup."""
    content = target / "content"
    content.mkdir(parents=True, mode=0o700)
    os.chmod(target, 0o700)
    files, databases = {}, []
    for path in _to_keep(vault):
        name = str(path.relative_to(vault))
        part = content / "part"
        if _is_database(path):
            databases.append(name)
            _copy_database(path, part)
        else:
            _copy(path, part)
        files[name] = _digest(part)
        os.replace(part, content / files[name])
    text = json.dumps({"version": VERSION, "files": files, "databases": databases}, indent=1, sort_keys=True)
    _write(target / MANIFEST, text.encode())
    return Backup(len(files), len(databases), hashlib.sha256(text.encode()).hexdigest())


def verify(target: Path) -> Backup:
    """Read a backup through. Raises `GovernanceError` `E-BACKUP-NONE` (no manifest, or one of another version) and
    `E-BACKUP-DAMAGED` where a content is missing or changed, or SQLite finds a database broken."""
    manifest = _manifest(target)
    bad = [name for name, sha in manifest["files"].items() if not _holds(target / "content" / sha, sha)]
    if not bad:
        bad = [name for name in manifest["databases"] if not _is_whole(target / "content" / manifest["files"][name])]
    if bad:
        raise GovernanceError("E-BACKUP-DAMAGED", f"{len(bad)} files of the backup are missing or damaged.", cure=ANOTHER)
    sha256 = _digest(target / MANIFEST)
    return Backup(len(manifest["files"]), len(manifest["databases"]), sha256)


def restore(target: Path, vault: Path) -> Backup:
    """Put a verified backup in the place of an empty vault, in one rename.

    Raises as `verify`, and `E-BACKUP-OCCUPIED` where the vault holds a file: nothing is overwritten.
    """
    found = verify(target)
    if vault.exists() and any(path.is_file() for path in vault.rglob("*")):
        raise GovernanceError("E-BACKUP-OCCUPIED", "the vault is not empty.", cure="move it away; nothing is overwritten")
    fresh = vault.with_name(f".{vault.name}.restoring")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, sha in _manifest(target)["files"].items():
        place = fresh / name
        for folder in reversed([each for each in place.parents if each == fresh or fresh in each.parents]):
            folder.mkdir(exist_ok=True, mode=0o700)
        _copy(target / "content" / sha, place)
    shutil.rmtree(vault, ignore_errors=True)
    os.rename(fresh, vault)
    return found


def _manifest(target: Path) -> dict[str, Any]:
    path = target / MANIFEST
    said = None
    if path.is_file():
        try:
            said = json.loads(path.read_text())
        except ValueError:
            said = None
    if not isinstance(said, dict) or said.get("version") != VERSION or not all(_inside(name) for name in said["files"]):
        raise GovernanceError("E-BACKUP-NONE", "there is no finished backup in that folder.", cure="name the folder of a backup")
    return said


def _inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _to_keep(vault: Path) -> Iterator[Path]:
    for path in sorted(vault.rglob("*")):
        if path.is_file() and not path.name.endswith(PASSING) and not path.relative_to(vault).parts[0].startswith(SPILL):
            yield path


def _is_database(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(SQLITE)) == SQLITE


def _copy_database(source: Path, target: Path) -> None:
    _write(target, b"")
    trouble = ""
    try:
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)
            other.execute("PRAGMA journal_mode=DELETE")  # one file, and no log beside it
    except sqlite3.Error as error:
        trouble = type(error).__name__
    if trouble or not _is_whole(target):
        raise GovernanceError("E-BACKUP-SOURCE", "the vault's database is damaged.", cure="restore the last backup that verifies")


def _is_whole(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def _copy(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with source.open("rb") as whole, os.fdopen(descriptor, "wb") as copy:
        shutil.copyfileobj(whole, copy)
        copy.flush()
        os.fsync(copy.fileno())


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _holds(path: Path, sha: str) -> bool:
    return path.is_file() and _digest(path) == sha


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
