"""Publish a night whole or not at all. The publication row is the commit point; `CURRENT` is a copy of it.

Order: manifest into staging > fsync every file and folder > rename staging to `runs/<run-id>` > publication row >
`CURRENT` > vault rows of this run confirmed > histories of the caseload follow
their people. Every part can be done again: a night killed anywhere resumes here.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from governance.publications import Publication, Publications
from governance.vault import Vault
from pipelines.attacking import manifest_figures
from pipelines.night import Night, Outcome, Progress, code_version, receipts_folder
from pipelines.permission import bases_held, sources_for
from pipelines.project import Project
from pipelines.settings.purposes import POPULATION_ANALYSIS
from pipelines.shelf import digest, sync, write_whole
from pipelines.small_counts import in_words
from schemas.errors import CaselinkError, ConfigurationError
from schemas.zones import Zone

MANIFEST = "manifest.json"
WITHDRAWN = "withdrawn.json"  # which files of a published night were taken away since, and why; not in the manifest
CROSSWALK = "crosswalk.csv"  # a recipient's old and new pseudonyms: handed over, then removed; not in the manifest


def publications(project: Project, place: str) -> Publications:
    """The application database's publication rows; `place` is a path inside the project or a URL."""
    return Publications(store_url(project, place))


def store_url(project: Project, place: str) -> str:
    """A database URL: `place` itself, or a SQLite file inside the project; `vault/...` lies wherever the vault is."""
    if "://" in place:
        return place
    first, *rest = Path(place).parts
    return f"sqlite:///{project.vault.joinpath(*rest) if first == 'vault' and rest else project.root / place}"


def write_manifest(night: Night, receipts: list[dict[str, Any]]) -> Path:
    """`manifest.json` in staging: every file with its digest, every step with its tables, what the night was a function of."""
    staging = night.project.staging(night.run_id)
    files = _own_files(staging)
    manifest = {
        "run_id": night.run_id,
        "as_at": night.as_at.isoformat(),
        "parent": night.parent,
        "code_version": code_version(),
        "keys": {"epoch": night.configuration.keys.epoch, "check_value": night.key},
        "rekeyed_from": night.rekeyed_from,
        "configuration": night.configuration.digest(),
        "files": {str(path.relative_to(staging)): digest(path) for path in files},
        "inputs": sorted(night.inputs),
        "checked_on": night.checked_on.isoformat() if night.checked_on else None,
        "legal_bases": bases_held(night.configuration, night.days),
        "analysts_sources": sorted(sources_for(night.configuration, POPULATION_ANALYSIS, night.days)),
        "judgements": night.judgements,
        "decisions": night.decisions,
        "steps": receipts,
        "uniqueness": manifest_figures(staging),
    }
    path = staging / MANIFEST
    path.write_text(json.dumps(manifest, indent=1, sort_keys=True))
    return path


def publish(night: Night, _progress: Progress) -> Outcome:
    """The night's last step; done again it changes nothing."""
    from pipelines.entries_following import follow_people

    staging, final = night.project.staging(night.run_id), night.project.night(night.run_id)
    if not final.exists():
        write_manifest(night, _steps(night))
        _sync_tree(staging)
        os.rename(staging, final)
        sync(night.project.runs)
    check_whole(final)
    stores = night.configuration.stores
    rows = publications(night.project, stores.application)
    rows.publish(night.run_id, as_at=night.as_at, manifest_sha256=digest(final / MANIFEST))
    write_current(night.project, rows.current())
    Vault(store_url(night.project, stores.vault)).confirm(night.run_id)
    follow_people(night)
    return Outcome()


def _steps(night: Night) -> list[dict[str, Any]]:
    """What each step made, as a reader of the night's folder may know it: counts in warnings under the disclosure policy."""
    policy = night.configuration.disclosure.chosen()
    receipts = [json.loads(path.read_text()) for path in sorted(receipts_folder(night.project, night.run_id).glob("*.json"))]
    return [
        {
            "step": each["step"],
            "tables": [_beside(table) for table in each["outcome"]["tables"]],
            "warnings": [in_words(line, policy) for line in each["outcome"]["warnings"]],
        }
        for each in receipts
    ]


def _beside(table: dict[str, Any]) -> dict[str, Any]:
    """A table of a step. Rows and digest only of one that lies beside the manifest, where anybody can read the same from it.

    How many rows an identifiable table has is a count that nothing has suppressed, and its digest tells a guess of it right.
    """
    secret = ("rows", "sha256") if Zone(table["zone"]) is Zone.IDENTIFIABLE else ()
    return {name: value for name, value in table.items() if name not in secret}


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        sync(path)
    sync(folder)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a published night; `E-PUBLISH-DAMAGED` where it is gone or is none."""
    found: Any = None
    if (folder / MANIFEST).is_file():
        with contextlib.suppress(ValueError):
            found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(found, dict) or "as_at" not in found:
        raise CaselinkError(
            "E-PUBLISH-DAMAGED",
            f"runs/{folder.name}/{MANIFEST} is missing or damaged.",
            cure="restore it from a backup, or `caselink publish rollback` to an earlier night",
        )
    return found


def check_whole(folder: Path) -> None:
    """Refuse (`E-PUBLISH-DAMAGED`) a published night that has a file missing or changed since its manifest was written.

    The files that `withdrawn.json` names may be missing; one that is there has to be as it was.
    """
    read_manifest(folder)
    bad = differing(folder)
    if bad:
        raise CaselinkError(
            "E-PUBLISH-DAMAGED",
            f"{len(bad)} files of this night differ from its manifest, the first {bad[0]}.",
            cure="`caselink publish rollback` to an earlier night, or restore the files from a backup",
        )


def differing(folder: Path) -> list[str]:
    """The files of a night, by the names in its manifest, that are missing or changed since it was written.

    The files that `withdrawn.json` names may be missing; one that is there has to be as it was.
    """
    withdrawn = withdrawn_files(folder)
    listed: dict[str, str] = json.loads((folder / MANIFEST).read_text())["files"]
    files = {name: sha for name, sha in listed.items() if name not in withdrawn or (folder / name).exists()}
    return [name for name, sha in files.items() if not (folder / name).is_file() or digest(folder / name) != sha]


def unlisted(folder: Path) -> list[Path]:
    """Files that lie in a night's folder and are not in its manifest, though a night's own would be."""
    listed = json.loads((folder / MANIFEST).read_text())["files"]
    return [path for path in _own_files(folder) if str(path.relative_to(folder)) not in listed]


def _own_files(folder: Path) -> list[Path]:
    """What a manifest lists: not itself, what was handed over beside the night or says what was taken away since, nor receipts.

    Earlier releases kept those here.
    """
    beside = (MANIFEST, CROSSWALK, WITHDRAWN)
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.parent.name != "receipts" and p.name not in beside)


def withdrawn_files(folder: Path) -> frozenset[str]:
    """Files of a published night that were taken away since, by their names in its manifest."""
    path = folder / WITHDRAWN
    return frozenset(json.loads(path.read_text())["files"]) if path.is_file() else frozenset()


def write_current(project: Project, row: Publication | None) -> None:
    """Rebuild `CURRENT` from the row that is served, in one rename; where nothing is served there is nothing to write."""
    if row is None:
        return
    write_whole(project.current, json.dumps({"run_id": row.run_id, "as_at": row.as_at.isoformat()}) + "\n")


def rollback(project: Project, place: str, run_id: str | None) -> Publication:
    """Serve an earlier night again (see `earlier_night`). What analysts may no longer have is `pipelines.going_back`'s to ask."""
    chosen = earlier_night(project, place, run_id)
    row = publications(project, place).rollback(chosen.run_id)
    write_current(project, row)
    return row


def earlier_night(project: Project, place: str, run_id: str | None) -> Publication:
    """The night to go back to: the one named, or the one before the current. Its files are checked.

    Nights that an earlier rollback withdrew are not gone back to unless they are named. Raises `ConfigurationError`
    `E-ROLLBACK-NONE`, `E-ROLLBACK-PRUNED`; see also `check_whole`.
    """
    store = publications(project, place)
    earlier = store.standing()[:-1] if run_id is None else [row for row in store.history() if row.run_id == run_id]
    chosen = earlier[-1] if earlier else None
    if chosen is None:
        raise ConfigurationError("E-ROLLBACK-NONE", "there is no such earlier night.", cure="see `caselink runs list`")
    if not project.night(chosen.run_id).is_dir():
        raise ConfigurationError(
            "E-ROLLBACK-PRUNED", f"the files of run {chosen.run_id} are no longer there.", cure="restore them from a backup"
        )
    check_whole(project.night(chosen.run_id))
    return chosen
