"""`caselink governance purge`: what has outlived its retention goes; the night that is served, and what it rests on, never does.

What goes is first given a name that nothing reads, then deleted: a purge that is killed is finished by the next one.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance.publications import Publication
from pipelines.auditing import audit_log, operator_act
from pipelines.config import Configuration, load_configuration
from pipelines.extracts.landing import CONVERTED
from pipelines.feeds import load_landed
from pipelines.lock import run_lock
from pipelines.project import Project
from pipelines.publish import publications
from pipelines.settings.retention import ARTEFACTS, AUDIT_PAYLOAD, LANDED_FILE, PUBLISHED_NIGHT, VAULT_NIGHT
from schemas.errors import GovernanceError

ACTION, PURPOSE = "purge", "the retention schedule"
GOING = ".purging-"  # before the name of what is on its way out


@dataclass(frozen=True)
class Due:
    """What has outlived its class: paths to delete, and up to when payloads of the audit log go."""

    paths: dict[str, list[Path]]
    payloads_before: dt.datetime


def purge(project: Project, as_at: dt.date, *, apply: bool, at: dt.datetime) -> dict[str, Any]:
    """Say, and with `apply` do, what the schedule asks for on this day: number of artefacts by class.

    Raises `GovernanceError` `E-RETENTION-NONE` where a class has no line in the schedule: nothing is kept or deleted by default.
    """
    configuration = load_configuration(project)
    schedule = _schedule(configuration)
    with run_lock(project.state, "purge"):
        due = _due(project, configuration, schedule, as_at)
        counts: dict[str, int | None] = {name: len(paths) for name, paths in due.paths.items()}
        if not apply:
            return {"as_at": as_at.isoformat(), "applied": False, "due": counts | {AUDIT_PAYLOAD: None}}
        log = audit_log(project, configuration)
        for name, paths in due.paths.items():
            if paths:
                log.append(operator_act(at, ACTION, PURPOSE, payload=f"{name}: {len(paths)}"))
                _delete(paths)
        _finish(project)
        counts[AUDIT_PAYLOAD] = log.purge(due.payloads_before, operator_act(at, ACTION, PURPOSE))
    return {"as_at": as_at.isoformat(), "applied": True, "due": counts}


def _schedule(configuration: Configuration) -> dict[str, int]:
    found = {each.artefact: each.days for each in configuration.retention}
    missing = [name for name in ARTEFACTS if name not in found]
    if missing:
        raise GovernanceError(
            "E-RETENTION-NONE",
            f"no [[retention]] says how long a {missing[0]} is kept.",
            cure="write a line for every class, with its reference",
        )
    return found


def _due(project: Project, configuration: Configuration, schedule: dict[str, int], as_at: dt.date) -> Due:
    store = publications(project, configuration.stores.application)
    nights = {row.run_id: row.as_at for row in store.history()}
    kept = _kept(store.current())

    def old(artefact: str, folder_of: Callable[[str], Path]) -> list[Path]:
        last = as_at - dt.timedelta(days=schedule[artefact])
        return sorted(folder_of(run) for run, day in nights.items() if day < last and run not in kept and folder_of(run).is_dir())

    gone = old(VAULT_NIGHT, project.vault_night)
    every = (project.vault / "nights").iterdir() if (project.vault / "nights").is_dir() else ()
    staying = [path.name for path in every if path.is_dir() and path not in gone]  # also a night that is not published yet
    arrived = as_at - dt.timedelta(days=schedule[LANDED_FILE])
    return Due(
        {
            PUBLISHED_NIGHT: old(PUBLISHED_NIGHT, project.night),
            VAULT_NIGHT: gone,
            LANDED_FILE: _landed(project, staying, arrived),
        },
        dt.datetime.combine(as_at - dt.timedelta(days=schedule[AUDIT_PAYLOAD]), dt.time(), tzinfo=dt.UTC),
    )


def _kept(current: Publication | None) -> set[str]:
    """Nights that stay whatever their age: the one that is served, on which the next one builds."""
    return {current.run_id} if current else set()


def _landed(project: Project, staying: Iterable[str], arrived: dt.date) -> list[Path]:
    """Copies and conversions that no night which stays was made of, and that came before this day."""
    files = [file for run in staying for source in load_landed(project, run) for file in source.files]
    needed = {file.sha256 for file in files} | {str(file.converted_path.parent.resolve()) for file in files}
    copies = [path for path in project.landed.iterdir() if path.is_file()] if project.landed.is_dir() else []
    conversions = list((project.landed / CONVERTED).glob("*/*"))
    found = [path for path in copies if path.name not in needed] + [
        path for path in conversions if str(path.resolve()) not in needed
    ]
    return sorted(path for path in found if _day(path) < arrived and not path.name.startswith(GOING))


def _day(path: Path) -> dt.date:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC).date()


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        going = path.with_name(GOING + path.name)
        path.rename(going)
        _remove(going)


def _finish(project: Project) -> None:
    """What an earlier purge named and did not delete."""
    for folder in (project.runs, project.vault / "nights", project.landed, *(project.landed / CONVERTED).glob("*")):
        for path in folder.glob(f"{GOING}*") if folder.is_dir() else ():
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
