"""The audit log: who opened or changed what, why, and about whom; written before anything identifiable is shown.

Every row is chained to the one before: its hash covers its own fields and the previous hash, so a row that was changed, taken
out or put in breaks the chain at its place. A person is only ever named by her pseudonym in the audit's own domain. No audit
row, no identifier: a caller that cannot append must not go on. A log cut off at its end, or an old copy of it, is a whole,
shorter log: signed checkpoints kept elsewhere tell (`governance.checkpoints`).
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from governance.audit_rows import (
    AUDIT,
    BEGINNING,
    FIELDS,
    HASH_VERSION,
    METADATA,
    PAYLOAD,
    STORE_VERSION,
    UPGRADES,
    commitment,
    identity,
    row_hash,
)  # fmt: skip
from governance.audit_verify import PURGE, Fault, first_bad_payload, first_broken, stored_rows
from governance.detectors import PSEUDONYM, rules_found
from governance.keys import Domain
from governance.stores import Store
from schemas.errors import GovernanceError

__all__ = ["FIELDS", "Act", "Audit", "Selection", "audit_domain"]

BLOCK_ROWS = 10_000
RECIPIENT = "audit"  # whose domain the subjects' pseudonyms are of
SUBJECT = re.compile(f"(?={RECIPIENT}[0-9])(?:{PSEUDONYM})")

RUN_ID = re.compile("[0-9a-f]{16}")  # ten of its digits in a row may look like a number

MAY_NAME_ACCOUNTS = {"e-mail address"}  # of a user, who signs in with it

# What the lines of one act have in common: all that is said of it but about whom.
SAID = ("at", "run_id", "actor", "role", "action", "purpose", "basis", "decision")

ALLOWED, DENIED = "allowed", "denied"

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Act:
    """One act. `at` carries a zone; `actor` is who does it, in the `role` and on the legal `basis` that allow it, where known.

    `action` is a stable word (`link review export`), `purpose` says why in a few words, without identifiers. `payload` is what
    more is to be kept for a time, without identifiers too: it lies beside the chain and can be purged.
    """

    at: dt.datetime
    actor: str
    action: str
    purpose: str
    run_id: str = ""
    role: str = ""
    basis: str = ""
    decision: str = ALLOWED
    payload: str = ""


@dataclass(frozen=True)
class Selection:
    """Which rows to read: of one action, of certain subjects, from a moment on, before a moment; the last so many of them."""

    action: str | None = None
    subjects: frozenset[str] | None = None
    since: dt.datetime | None = None
    before: dt.datetime | None = None
    last: int | None = None


def audit_domain(epoch: int) -> Domain:
    """The domain of the pseudonyms that name people in the audit log; nothing else uses it."""
    return Domain(RECIPIENT, "audit", epoch)


class Audit:
    """The audit store: a path or a URL. `appended` is told the last number before and after each append, once it is kept."""

    def __init__(self, where: str | Path, *, appended: Callable[[int, int], None] | None = None) -> None:
        self._store = Store(where, METADATA, name="audit", version=STORE_VERSION, upgrades=UPGRADES)
        self._appended = appended

    def append(self, act: Act, subjects: Sequence[str] = ("",)) -> int:
        """Write one row for each subject (a pseudonym of `audit_domain`; empty where the act is about nobody) in one transaction.

        Gives the number of the last row. Raises `GovernanceError` and writes nothing: `E-AUDIT-TIME` for a time without a zone,
        `E-AUDIT-TEXT` where a text of the act looks like an identifier, `E-AUDIT-SUBJECT` where a subject is no such pseudonym,
        `E-AUDIT-STORE` where the database is full, read-only or out of reach.
        """
        return self.together(act, subjects, lambda _connection, last: last)

    def together(self, act: Act, subjects: Sequence[str], work: Callable[[Connection, int], Answer]) -> Answer:
        """Append the act's rows and do `work` in one transaction: both are kept, or neither is. Gives what `work` answers.

        `work` is given the connection and the number of the act's last row, and changes tables that lie in this database; what it
        raises is raised, and nothing is kept. It may be called again where the database rolled the transaction back. Raises as
        `append` does.
        """
        _check(act, subjects)

        def both(connection: Connection) -> tuple[int, Answer]:
            last = _append(connection, act, subjects)
            return last, work(connection, last)

        last, answer = self._transact(both)
        if self._appended is not None:
            self._appended(last - len(subjects), last)
        return answer

    @property
    def store(self) -> Store:
        """The database itself, for tables whose changes are audited in the same transaction."""
        return self._store

    def purge(self, before: dt.datetime, act: Act) -> int:
        """Delete the payloads of all lines up to the first one that is not before this moment; audited in the same transaction.

        How many there were. The chain stays whole. `act` says who does it and when; its action and purpose are set here. Raises
        as `append` does.
        """
        _check(act, ("",))
        return self._transact(lambda connection: _purge(connection, before, act))

    def verify(self, heads: Mapping[int, str] | None = None, *, runs: set[str] | None = None) -> Fault | None:
        """The first thing that is not as it was written; None where all is. `heads`: hashes of lines that checkpoints hold.

        `runs` is filled with the ids of the runs that the log says were published.
        """
        with self._store.read() as connection:
            return first_broken(stored_rows(connection), heads, runs) or first_bad_payload(connection)

    def last(self) -> tuple[int, str]:
        """Number and hash of the last row; 0 and what the first row will be chained to where there is none."""
        with self._store.read() as connection:
            return _last(connection)

    def of_actor(self, actor: str, action: str, since: dt.date, *, after: int = 0) -> list[tuple[int, str, str, str]]:
        """Number, moment, subject and decision of what a user did, from a day in UTC and after a row's number; in order."""
        columns = (AUDIT.c.seq, AUDIT.c.at, AUDIT.c.subject, AUDIT.c.decision)
        mine = (AUDIT.c.actor == actor, AUDIT.c.action == action)
        # One of two indices: with both conditions a database may walk through all that the user did, to find what is new of it.
        first = AUDIT.c.seq > after if after else AUDIT.c.at >= since.isoformat()
        with self._store.read() as connection:
            rows = connection.execute(select(*columns).where(*mine, first).order_by(AUDIT.c.seq))
            return [tuple(row) for row in rows if row.at >= since.isoformat()]

    def state(self) -> tuple[str, int, str]:
        """What a checkpoint is of: the log's name, and number and hash of the last row."""
        return self._transact(lambda connection: (identity(connection), *_last(connection)))

    def line(self, seq: int) -> dict[str, Any] | None:
        """The row with this number; None where there is none."""
        with self._store.read() as connection:
            row = connection.execute(select(AUDIT).where(AUDIT.c.seq == seq)).mappings().one_or_none()
            return dict(row) if row else None

    def rows(self, action: str | None = None) -> list[dict[str, Any]]:
        """Every row in order, or those of one action."""
        return self.select(Selection(action=action))

    def select(self, selection: Selection) -> list[dict[str, Any]]:
        """The rows selected, in order, each with its payload: None where it had none or it was purged."""
        query = select(AUDIT, PAYLOAD.c.payload).outerjoin(PAYLOAD, PAYLOAD.c.seq == AUDIT.c.seq).order_by(AUDIT.c.seq.desc())
        if selection.action is not None:
            query = query.where(AUDIT.c.action == selection.action)
        if selection.subjects is not None:
            query = query.where(AUDIT.c.subject.in_(sorted(selection.subjects)))
        if selection.since is not None:
            query = query.where(AUDIT.c.at >= _written(selection.since))
        if selection.before is not None:
            query = query.where(AUDIT.c.at < _written(selection.before))
        with self._store.read() as connection:
            return [dict(row) for row in connection.execute(query.limit(selection.last)).mappings()][::-1]

    def acts(self, last: int, *, before: int) -> list[dict[str, Any]]:
        """The last so many acts whose lines lie before a line, in order: consecutive lines that differ in their subject alone.

        Each is the columns of SAID, its `first` and `last` line, and how many `people` its lines name.
        """
        query = select(AUDIT.c.seq, AUDIT.c.subject, *(AUDIT.c[name] for name in SAID))
        query = query.where(AUDIT.c.seq < before).order_by(AUDIT.c.seq.desc()).execution_options(yield_per=BLOCK_ROWS)
        found: list[dict[str, Any]] = []
        with self._store.read() as connection, connection.execute(query) as rows:
            for said, lines in groupby(rows, key=lambda row: tuple(row[2:])):
                own = [(line.seq, line.subject) for line in lines]
                people = len({subject for _, subject in own if subject})
                found.append({**dict(zip(SAID, said, strict=True)), "first": own[-1][0], "last": own[0][0], "people": people})
                if len(found) == last:
                    break
        return found[::-1]

    def _transact(self, work: Callable[[Connection], Answer]) -> Answer:
        failure = ""
        try:
            return self._store.transact(work)
        except SQLAlchemyError as error:
            failure = type(error).__name__  # raised below, outside the except block: the driver's text may hold values
        raise GovernanceError(
            "E-AUDIT-STORE", f"the audit log cannot be written ({failure}): nothing is shown.", cure="`caselink doctor`"
        )


def _append(connection: Connection, act: Act, subjects: Sequence[str]) -> int:
    seq, previous = _last(connection)
    rows, payloads = [], []
    for subject in subjects:
        seq += 1
        salt = secrets.token_hex(32) if act.payload else ""
        committed = commitment(salt, act.payload) if act.payload else ""
        rows.append(_row(act, subject, seq=seq, previous=previous, committed=committed))
        payloads.append({"seq": seq, "salt": salt, "payload": act.payload})
        previous = rows[-1]["hash"]
    for start in range(0, len(rows), BLOCK_ROWS):
        connection.execute(insert(AUDIT), rows[start : start + BLOCK_ROWS])
        if act.payload:
            connection.execute(insert(PAYLOAD), payloads[start : start + BLOCK_ROWS])
    return seq


def _purge(connection: Connection, before: dt.datetime, act: Act) -> int:
    end = connection.execute(select(func.min(AUDIT.c.seq)).where(AUDIT.c.at >= _written(before))).scalar_one()
    line = _last(connection)[0] if end is None else end - 1
    removed = connection.execute(delete(PAYLOAD).where(PAYLOAD.c.seq <= line)).rowcount
    told = Act(act.at, act.actor, PURGE, f"payloads of lines up to {line}", run_id=act.run_id, role=act.role, basis=act.basis)
    _append(connection, told, ("",))
    return int(removed)


def _last(connection: Connection) -> tuple[int, str]:
    last = connection.execute(select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1)).one_or_none()
    return (int(last.seq), str(last.hash)) if last else (0, BEGINNING)


def _row(act: Act, subject: str, *, seq: int, previous: str, committed: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "seq": seq, "hash_version": HASH_VERSION, "at": _written(act.at), "run_id": act.run_id,
        "actor": act.actor, "role": act.role, "action": act.action, "subject": subject, "purpose": act.purpose,
        "basis": act.basis, "decision": act.decision, "commitment": committed, "previous_hash": previous,
    }  # fmt: skip
    return row | {"hash": row_hash(row)}


def _written(moment: dt.datetime) -> str:
    """A moment as text that sorts as the moments do: always with six digits of a second's fraction."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _check(act: Act, subjects: Iterable[str]) -> None:
    if act.at.tzinfo is None:
        raise GovernanceError("E-AUDIT-TIME", "the time of an audited act has no time zone.")
    said = [act.action, act.purpose, act.basis, act.payload, act.role, act.decision]
    said += [] if RUN_ID.fullmatch(act.run_id) else [act.run_id]
    if any(rules_found(text, coded=False) for text in said) or rules_found(act.actor, coded=False) - MAY_NAME_ACCOUNTS:
        raise GovernanceError(
            "E-AUDIT-TEXT",
            "a text meant for the audit log looks like an identifier.",
            cure="give the reason without a name",
        )
    strange = sum(bool(subject) and SUBJECT.fullmatch(subject) is None for subject in subjects)
    if strange:
        raise GovernanceError("E-AUDIT-SUBJECT", f"{strange} subjects of an audited act are no pseudonyms of the audit's domain.")
