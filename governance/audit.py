"""The audit log: who opened or changed what, why, and about whom; written before anything identifiable is shown.

Every row is chained to the one before: its hash covers its own fields and the previous hash, so a row that was changed, taken
out or put in breaks the chain at its place. A person is only ever named by her pseudonym in the audit's own domain. No audit
row, no identifier: a caller that cannot append must not go on.

Known gap: a log cut off at its end is a whole, shorter log. Who keeps the last row's number and hash elsewhere can tell; signed
checkpoints will do it by themselves.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select

from governance.detectors import PSEUDONYM, rules_found
from governance.keys import Domain
from governance.stores import Store, append_only
from schemas.errors import GovernanceError

STORE_VERSION = 1
HASH_VERSION = 1  # of the fields that the hash covers and of how they are written
BEGINNING = "0" * 64  # what the first row's hash is chained to
BLOCK_ROWS = 10_000
RECIPIENT = "audit"  # whose domain the subjects' pseudonyms are of
SUBJECT = re.compile(f"(?={RECIPIENT}[0-9])(?:{PSEUDONYM})")

ALLOWED, DENIED = "allowed", "denied"

METADATA = MetaData()
AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash_version", Integer, nullable=False),
    Column("at", String(40), nullable=False),  # ISO 8601, UTC: the same text in every database
    Column("run_id", String(64), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("role", String(80), nullable=False),
    Column("action", String(80), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("purpose", String(500), nullable=False),
    Column("basis", String(200), nullable=False),
    Column("decision", String(20), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
FIELDS = tuple(column.name for column in AUDIT.columns if column.name not in ("hash",))


append_only(AUDIT)


@dataclass(frozen=True)
class Act:
    """One act. `at` carries a zone; `actor` is who does it, in the `role` and on the legal `basis` that allow it, where known.

    `action` is a stable word (`link review export`), `purpose` says why in a few words, without identifiers.
    """

    at: dt.datetime
    actor: str
    action: str
    purpose: str
    run_id: str = ""
    role: str = ""
    basis: str = ""
    decision: str = ALLOWED


def audit_domain(epoch: int) -> Domain:
    """The domain of the pseudonyms that name people in the audit log; nothing else uses it."""
    return Domain(RECIPIENT, "audit", epoch)


class Audit:
    """The audit store: a path or a URL."""

    def __init__(self, where: str | Path) -> None:
        self._store = Store(where, METADATA, name="audit", version=STORE_VERSION)

    def append(self, act: Act, subjects: Sequence[str] = ("",)) -> int:
        """Write one row for each subject (a pseudonym of `audit_domain`; empty where the act is about nobody) in one transaction.

        Gives the number of the last row. Raises `GovernanceError` and writes nothing: `E-AUDIT-TIME` for a time without a zone,
        `E-AUDIT-TEXT` where a text of the act looks like an identifier, `E-AUDIT-SUBJECT` where a subject is no such pseudonym.
        """
        _check(act, subjects)
        with self._store.write() as connection:
            seq, previous = _last(connection)
            rows = []
            for subject in subjects:
                row = _row(act, subject, seq=seq + 1, previous=previous)
                seq, previous = row["seq"], row["hash"]
                rows.append(row)
            for start in range(0, len(rows), BLOCK_ROWS):
                connection.execute(insert(AUDIT), rows[start : start + BLOCK_ROWS])
        return int(seq)

    def verify(self) -> int | None:
        """The number of the first row that is missing, out of place or not as it was written; None where the chain is whole."""
        expected, previous = 1, BEGINNING
        with self._store.read() as connection:
            for found in connection.execute(select(AUDIT).order_by(AUDIT.c.seq)).yield_per(BLOCK_ROWS).mappings():
                row = dict(found)
                if row["seq"] != expected or row["previous_hash"] != previous or row["hash"] != _hash(row):
                    return expected
                expected, previous = expected + 1, row["hash"]
        return None

    def last(self) -> tuple[int, str]:
        """Number and hash of the last row; 0 and what the first row will be chained to where there is none."""
        with self._store.read() as connection:
            return _last(connection)

    def of_actor(self, actor: str, action: str, since: dt.date, *, after: int = 0) -> list[tuple[int, str, str, str]]:
        """Number, moment, subject and decision of what a user did, from a day in UTC and after a row's number; in order."""
        columns = (AUDIT.c.seq, AUDIT.c.at, AUDIT.c.subject, AUDIT.c.decision)
        mine = (AUDIT.c.actor == actor, AUDIT.c.action == action, AUDIT.c.at >= since.isoformat(), AUDIT.c.seq > after)
        with self._store.read() as connection:
            return [tuple(row) for row in connection.execute(select(*columns).where(*mine).order_by(AUDIT.c.seq))]

    def rows(self, action: str | None = None) -> list[dict[str, Any]]:
        """Every row in order, or those of one action."""
        query = select(AUDIT).order_by(AUDIT.c.seq)
        if action is not None:
            query = query.where(AUDIT.c.action == action)
        with self._store.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _last(connection: Connection) -> tuple[int, str]:
    last = connection.execute(select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1)).one_or_none()
    return (int(last.seq), str(last.hash)) if last else (0, BEGINNING)


def _row(act: Act, subject: str, *, seq: int, previous: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "seq": seq, "hash_version": HASH_VERSION, "at": act.at.astimezone(dt.UTC).isoformat(), "run_id": act.run_id,
        "actor": act.actor, "role": act.role, "action": act.action, "subject": subject, "purpose": act.purpose,
        "basis": act.basis, "decision": act.decision, "previous_hash": previous,
    }  # fmt: skip
    return row | {"hash": _hash(row)}


def _hash(row: dict[str, Any]) -> str:
    """SHA-256 over the fields as a JSON array: every text is delimited, so that no two rows are written alike."""
    written = json.dumps([row[name] for name in FIELDS], ensure_ascii=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(written.encode("ascii")).hexdigest()


def _check(act: Act, subjects: Iterable[str]) -> None:
    if act.at.tzinfo is None:
        raise GovernanceError("E-AUDIT-TIME", "the time of an audited act has no time zone.")
    if any(rules_found(text, coded=False) for text in (act.action, act.purpose, act.basis)):
        raise GovernanceError(
            "E-AUDIT-TEXT",
            "a text meant for the audit log looks like an identifier.",
            cure="give the reason without a name",
        )
    strange = sum(bool(subject) and SUBJECT.fullmatch(subject) is None for subject in subjects)
    if strange:
        raise GovernanceError("E-AUDIT-SUBJECT", f"{strange} subjects of an audited act are no pseudonyms of the audit's domain.")
