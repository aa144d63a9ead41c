"""`caselink governance vault`: the vault to a folder and back, with nobody at work in it, and a line in the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from governance import backups
from governance.backups import Backup
from pipelines.auditing import audit_log, operator_act
from pipelines.config import Configuration, load_configuration
from pipelines.lock import run_lock
from pipelines.project import Project
from pipelines.publish import store_url


def back_up(project: Project, target: Path, at: dt.datetime) -> dict[str, Any]:
    """Copy the vault into the new folder `target`; see `governance.backups` for what is refused. The key is no part of it."""
    configuration = load_configuration(project)
    backups.check_place(target, outside=(project.root, project.vault.resolve()))
    return _done(project, configuration, "backup", lambda: backups.back_up(project.vault, target), at)


def restore(project: Project, target: Path, at: dt.datetime) -> dict[str, Any]:
    """Put the backup in `target` in the place of this project's empty vault."""
    configuration = load_configuration(project)
    return _done(project, configuration, "restore", lambda: backups.restore(target, project.vault), at)


def verify(target: Path) -> dict[str, Any]:
    """Read a backup through."""
    return _said(backups.verify(target))


def _done(
    project: Project, configuration: Configuration, what: str, work: Callable[[], Backup], at: dt.datetime
) -> dict[str, Any]:
    project.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with run_lock(project.state, f"vault-{what}"):
        log = audit_log(project, configuration)
        log.append(operator_act(at, f"governance vault {what}", f"{what} of the vault"))
        found = work()
    database = store_url(project, configuration.stores.vault).removeprefix("sqlite:///")
    inside = Path(database).is_relative_to(project.vault)
    return _said(found) | {"database_elsewhere": not inside}


def _said(found: Backup) -> dict[str, Any]:
    return {"files": found.files, "databases": found.databases, "manifest_sha256": found.sha256}
