"""Checkpoints of a project's audit log: when they are written, where, with which key, and what they prove of the log."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from governance.access.roles import OPERATOR
from governance.audit import Act, Audit, Selection
from governance.audit_verify import BROKEN, CUT, NIGHT, PAYLOAD_CHANGED, PAYLOAD_LOST, REPLACED, Fault
from governance.checkpoints import Checkpoint, append_checkpoint, read_checkpoints
from pipelines.config import Configuration
from pipelines.project import Project
from pipelines.publish import publications, store_url
from pipelines.signing_keys import project_signing_key, public_keys
from schemas.errors import CaselinkError, ConfigurationError, GovernanceError

NIGHT_PURPOSE = "the night is published"
WORDS = {
    BROKEN: "line {line} of the audit log is missing, out of place or not as it was written.",
    CUT: "the audit log ends before line {line}, which a checkpoint has seen: cut off, or an old copy.",
    REPLACED: "line {line} of the audit log is not the one that a checkpoint has seen: another log was put in its place.",
    PAYLOAD_LOST: "the payload of line {line} of the audit log is gone, and no purge took it.",
    PAYLOAD_CHANGED: "the payload of line {line} of the audit log is not the one that was committed to.",
}
CODES = {
    BROKEN: "E-AUDIT-BROKEN", CUT: "E-AUDIT-CUT", REPLACED: "E-AUDIT-REPLACED",
    PAYLOAD_LOST: "E-AUDIT-PAYLOAD", PAYLOAD_CHANGED: "E-AUDIT-PAYLOAD",
}  # fmt: skip
KEEP = "keep the database as it is, and tell whoever answers for the audit"


def audit_log(project: Project, configuration: Configuration) -> Audit:
    """The project's audit log. A checkpoint is written each time so many rows have been added (`[audit] every_rows`)."""
    place, every = store_url(project, configuration.stores.audit), configuration.audit.every_rows

    def appended(before: int, last: int) -> None:
        if before // every != last // every:
            write_checkpoint(project, configuration, at=dt.datetime.now(dt.UTC))

    return Audit(place, appended=appended)


def write_checkpoint(project: Project, configuration: Configuration, *, at: dt.datetime) -> Checkpoint:
    """Sign what the log is now and add it to every configured place; the public key is written where it is not yet.

    Raises `GovernanceError` `E-CHECKPOINT-PLACE` where a place cannot be written, `E-KEY-*`; `ConfigurationError`
    `E-CHECKPOINT-CONFIG` where a place lies beside the log.
    """
    places = checkpoint_places(project, configuration)
    key = project_signing_key(project, configuration)
    log = Audit(store_url(project, configuration.stores.audit))
    with _one_at_a_time(project):
        checkpoint = key.sign(*log.state(), at)
        for place in places:
            append_checkpoint(place, checkpoint)
    return checkpoint


@contextlib.contextmanager
def _one_at_a_time(project: Project) -> Iterator[None]:
    """Two that write at once would leave an earlier state behind a later one."""
    project.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(project.state / "checkpoint.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def checkpoint_places(project: Project, configuration: Configuration) -> list[Path]:
    """The configured files.

    `ConfigurationError` `E-CHECKPOINT-CONFIG` for one in the folder of the log, in the vault or among keys, or that is no file.
    """
    places = [(project.root / place).resolve() for place in configuration.audit.checkpoints]
    store = configuration.stores.audit
    folder = None if "://" in store else (project.root / store).resolve().parent
    closed = {each.resolve() for each in (project.state, project.vault, project.secrets)}
    beside = {(project.root / configuration.audit.signing_key).resolve().parent, *([folder] if folder else [])}
    closed |= beside - {project.root.resolve()}
    if any(place.parent == folder or any(place.is_relative_to(each) for each in closed) for place in places):
        raise ConfigurationError(
            "E-CHECKPOINT-CONFIG",
            "a place of `[audit] checkpoints` lies beside the log, in the vault or among keys.",
            cure="name one elsewhere",
        )
    if any(place.exists() and not place.is_file() for place in places):
        raise ConfigurationError(
            "E-CHECKPOINT-CONFIG", "a place of `[audit] checkpoints` is no file.", cure="name a file, there or to be made"
        )
    return places


def check_witness(project: Project, configuration: Configuration) -> None:
    """Refuse (`GovernanceError` `E-CHECKPOINT-HERE`) a live project that keeps every checkpoint in its own folder.

    Whoever can write to the log there can cut it, and its only witnesses too. Made-up people need none elsewhere.
    """
    places = checkpoint_places(project, configuration)
    if configuration.area.synthetic or any(not place.is_relative_to(project.root.resolve()) for place in places):
        return
    raise GovernanceError(
        "E-CHECKPOINT-HERE",
        "every place of `[audit] checkpoints` lies in the project itself.",
        cure="name one on another machine or disk, where whoever runs the night can add and not change: docs/reference/audit.md",
    )


def seal_night(project: Project, configuration: Configuration, run_id: str, *, at: dt.datetime, actor: str) -> str:
    """Write down that the night is published, once, and a checkpoint; what went wrong, in words, or nothing.

    The night is public already: a log that cannot be written makes it end with a warning. Views of identities refuse by
    themselves.
    """
    try:
        log = audit_log(project, configuration)
        if all(row["run_id"] != run_id for row in log.select(Selection(action=NIGHT))):
            log.append(Act(at, actor, NIGHT, NIGHT_PURPOSE, run_id=run_id, role=OPERATOR))
            write_checkpoint(project, configuration, at=at)
    except CaselinkError as trouble:
        return f"the audit log has no checkpoint of this night: {trouble}"
    return ""


def seal_served_night(project: Project, configuration: Configuration, *, at: dt.datetime, actor: str) -> None:
    """After a run that was cut short: it may have published its night and not written it down. What goes wrong here goes wrong
    again, and is told, when the next night is sealed."""
    current = publications(project, configuration.stores.application).current()
    if current is not None:
        seal_night(project, configuration, current.run_id, at=at, actor=actor)


def check_log(project: Project, configuration: Configuration, *, since: Sequence[Path], at: dt.datetime) -> dict[str, Any]:
    """Check the log against every checkpoint in the configured places and in `since`, and against the nights that were published;
    how long it is, and how it is witnessed.

    Raises `GovernanceError`: `E-AUDIT-BROKEN`, `E-AUDIT-PAYLOAD`, `E-AUDIT-CUT`, `E-AUDIT-REPLACED`, each with the first line;
    `E-AUDIT-NIGHT` where a published night has no line; `E-AUDIT-SILENT` where the last checkpoint is older than agreed; those of
    `checkpoints.read_checkpoints`.
    """
    log = Audit(store_url(project, configuration.stores.audit))
    log_id, lines, last_hash = log.state()
    held = checkpoints_held(project, configuration, since, lines=lines)
    runs: set[str] = set()
    _raise(log.verify(_heads(held), runs=runs))
    check_nights(project, configuration, runs)
    if any(each.log_id != log_id for each in held):
        raise GovernanceError("E-AUDIT-REPLACED", "the audit log is not the one that the checkpoints are of.", cure=KEEP)
    newest = max((each.ts for each in held), default=None)
    check_not_silent(configuration, newest, at=at)
    return {"lines": lines, "last_hash": last_hash, "checkpoints": len(held), "last_checkpoint": newest}


def check_nights(project: Project, configuration: Configuration, runs: set[str]) -> None:
    """Refuse (`E-AUDIT-NIGHT`) a log that says nothing of a night that was published: every night leaves a line there."""
    unsaid = {row.run_id for row in publications(project, configuration.stores.application).history()} - runs
    if unsaid:
        raise GovernanceError(
            "E-AUDIT-NIGHT",
            f"{len(unsaid)} published nights have no line in the audit log: it was cut, replaced, or could not be written.",
            cure="if the night itself ended with that warning, run it again: it then writes its line. Else " + KEEP,
        )


def checkpoints_held(project: Project, configuration: Configuration, since: Sequence[Path], *, lines: int) -> list[Checkpoint]:
    """Every checkpoint that can be read. A log in which nothing stands yet needs none."""
    places = checkpoint_places(project, configuration)
    wanted = [place for place in places if lines or place.exists()]
    if not wanted and not since:
        return []
    keys = public_keys(project, configuration)
    return [each for place in (*wanted, *since) for each in read_checkpoints(place, keys)]


def check_not_silent(configuration: Configuration, newest: str | None, *, at: dt.datetime) -> None:
    """Refuse (`E-AUDIT-SILENT`) where the last checkpoint is older than the agreed number of hours."""
    limit = configuration.audit.silent_hours
    if limit is None or newest is None or at - dt.datetime.fromisoformat(newest) <= dt.timedelta(hours=limit):
        return
    raise GovernanceError(
        "E-AUDIT-SILENT",
        f"the last checkpoint is older than {limit} hours.",
        cure="see why the night writes none: `caselink runs list`",
    )


def _heads(held: Sequence[Checkpoint]) -> dict[int, str]:
    """What the checkpoints have of each line; two that disagree cannot both be true of one log."""
    heads: dict[int, str] = {}
    for each in held:
        if heads.setdefault(each.seq, each.head) != each.head:
            _raise(Fault(REPLACED, each.seq))
    return heads


def _raise(fault: Fault | None) -> None:
    if fault is not None:
        raise GovernanceError(CODES[fault.what], WORDS[fault.what].format(line=fault.line), cure=KEEP)
