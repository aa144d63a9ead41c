"""Whether the night that is served is still as it was published: for operations, who have to hear of it before the users do."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from governance.access.identity_file import FILE as IDENTITIES
from governance.publications import Publication
from pipelines.config import load_configuration
from pipelines.project import Project
from pipelines.publish import MANIFEST, differing, publications, read_manifest, withdrawn_files
from pipelines.shelf import digest
from schemas.errors import CaselinkError

CURE = "`caselink publish rollback` to an earlier night, or restore the files from a backup"
DESK = "desk.db"


def night_served(project: Project) -> Publication | None:
    """The publication row of the night that is served; None where nothing is published."""
    return publications(project, load_configuration(project).stores.application).current()


def damage(project: Project, row: Publication, *, every_file: bool) -> str:
    """What is wrong with the night served, in words without a value; empty where nothing is.

    With `every_file` each file's bytes are compared with the manifest; else those that pages look people up in, and of the
    others that they are there.
    """
    folder = project.night(row.run_id)
    if not (folder / MANIFEST).is_file() or _digest_of(folder / MANIFEST) != row.manifest_sha256:
        return "its manifest is missing or changed"
    try:
        bad = differing(folder) if every_file else _differing_in_passing(folder)
    except (CaselinkError, ValueError, KeyError):
        return "its manifest cannot be read"
    if bad:
        return f"{len(bad)} of its files are missing or changed"
    if (folder / "pseudonymised").is_dir() and not (project.vault_night(row.run_id) / IDENTITIES).is_file():
        return "the vault has no identities of it"
    return ""


def _differing_in_passing(folder: Path) -> list[str]:
    files: dict[str, Any] = read_manifest(folder)["files"]
    gone = withdrawn_files(folder)
    bad = [name for name in files if name not in gone and not (folder / name).is_file()]
    looked_up = [name for name in files if name not in bad and Path(name).name == DESK and (folder / name).is_file()]
    return bad + [name for name in looked_up if _digest_of(folder / name) != files[name]]


def _digest_of(path: Path) -> str:
    found = path.stat()
    return _digest(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=200)  # a page asks again and again; a file that was written to since has another time
def _digest(path: Path, _size: int, _changed: int) -> str:
    return digest(path)
