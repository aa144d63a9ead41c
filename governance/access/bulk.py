"""Bulk: many identities at once, asked for by one account, approved by another, used once, before it expires.

The approval is for a set of people, a purpose and an account: of the people it holds a digest and a count. The decision on each
row stays what it is, and each row is audited; the approval stands in place of the limits outside one's own caseload.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, UniqueConstraint, insert, select

from governance.access.decision import LONDON, Request
from governance.access.limits import BulkRules
from governance.access.refusals import refused
from governance.access.roles import can
from governance.access.tables import METADATA, written
from governance.append_only import append_only
from governance.audit import Act, Audit
from governance.stores import Store
from schemas.errors import GovernanceError

ASKED, APPROVED, REFUSED, USED, EXPIRED = "asked", "approved", "refused", "used", "expired"
APPROVE, REFUSE, USE, EXPIRE = "another account approves", "another account refuses", "it is used", "its hours pass"

# state: {what happens: next state}; it draws the diagram in docs/explanation/who-may-see-a-name.md.
STATES: Mapping[str, Mapping[str, str]] = {
    ASKED: {APPROVE: APPROVED, REFUSE: REFUSED, EXPIRE: EXPIRED},
    APPROVED: {USE: USED, EXPIRE: EXPIRED},
    REFUSED: {},
    USED: {},
    EXPIRED: {},
}

BULK = Table(
    "bulk_request",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("actor", String(80), nullable=False),
    Column("role", String(80), nullable=False),
    Column("purpose", String(80), nullable=False),
    Column("people", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", String(40), nullable=False),
)
BULK_EVENT = Table(
    "bulk_event",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("request", Integer, ForeignKey("bulk_request.number"), nullable=False),
    Column("kind", String(10), nullable=False),  # decision or use: each once
    Column("event", String(40), nullable=False),
    Column("at", String(40), nullable=False),
    Column("by", String(80), nullable=False),
    UniqueConstraint("request", "kind"),
)
append_only(BULK)
append_only(BULK_EVENT)


@dataclass(frozen=True)
class BulkRequest:
    """One request as an approver sees it, with its state at a moment."""

    number: int
    actor: str
    role: str
    purpose: str
    people: int
    digest: str
    at: dt.datetime
    state: str
    decided_by: str = ""
    decided_at: dt.datetime | None = None


@dataclass(frozen=True)
class Bulk:
    """Bulk requests in the access store; each step is audited before it counts."""

    store: Store
    audit: Audit
    rules: BulkRules

    def ask(self, request: Request, pseudonyms: Sequence[str]) -> int:
        """Ask for these people, and give the request's number.

        Raises `GovernanceError` `E-BULK-ROLE` where the role may not, `E-BULK-ROWS` for nobody or more than the rules allow.
        """
        if not can(request.role, "bulk"):
            failure = GovernanceError("E-BULK-ROLE", "this role does not ask for many at once.")
            raise refused(self.audit, request, "bulk ask", failure)
        people = len(set(pseudonyms))
        if not 0 < people <= self.rules.rows:
            failure = GovernanceError("E-BULK-ROWS", f"{people} people; a bulk request names 1 to {self.rules.rows}.")
            raise refused(self.audit, request, "bulk ask", failure)
        self._write_down(request, "bulk ask", f"{request.purpose}: {people} people")
        row = {
            "actor": request.actor, "role": request.role, "purpose": request.purpose, "people": people,
            "digest": _digest(pseudonyms), "at": written(request.at),
        }  # fmt: skip
        with self.store.write() as connection:
            return int(connection.execute(insert(BULK).values(**row)).inserted_primary_key[0])  # type: ignore[index]

    def decide(self, number: int, request: Request, event: str) -> None:
        """APPROVE or REFUSE, by another account than the one that asked, whatever roles the two have.

        Raises `GovernanceError` `E-BULK-ROLE`, `E-BULK-APPROVER`, `E-BULK-STATE` where it is decided, expired, or not there.
        """
        if not can(request.role, "audit") or event not in (APPROVE, REFUSE):
            failure = GovernanceError("E-BULK-ROLE", "this role does not approve bulk requests, or gives no such answer.")
            raise refused(self.audit, request, "bulk decision", failure)
        found = self.find(number, request.at)
        if found.actor == request.actor:
            failure = GovernanceError("E-BULK-APPROVER", "nobody approves her own request.", cure="ask somebody else")
            raise refused(self.audit, request, "bulk decision", failure)
        self._step(found, "decision", event, request)

    def use(self, number: int, request: Request, pseudonyms: Sequence[str]) -> BulkRequest:
        """Use up an approval: for the same account, role, purpose and people, once. Gives the request.

        Raises `GovernanceError` `E-BULK-STATE`, or `E-BULK-OTHER` where it was approved for something else.
        """
        found = self.find(number, request.at)
        asked = (found.actor, found.role, found.purpose, found.digest)
        if asked != (request.actor, request.role, request.purpose, _digest(pseudonyms)):
            failure = GovernanceError("E-BULK-OTHER", f"bulk request {number} was approved for something else.")
            raise refused(self.audit, request, "bulk use", failure)
        self._step(found, "use", USE, request)
        return found

    def find(self, number: int, at: dt.datetime) -> BulkRequest:
        """One request with its state at a moment; `E-BULK-STATE` where there is none."""
        found = [each for each in self.requests(at) if each.number == number]
        if not found:
            raise _state(number)
        return found[0]

    def requests(self, at: dt.datetime) -> list[BulkRequest]:
        """Every request, in order, with its state at a moment."""
        with self.store.read() as connection:
            events = {(row.request, row.kind): row for row in connection.execute(select(BULK_EVENT))}
            rows = connection.execute(select(BULK).order_by(BULK.c.number)).mappings()
            return [self._request(dict(row), events, at) for row in rows]

    def _request(self, row: dict[str, Any], events: Mapping[tuple[int, str], Any], at: dt.datetime) -> BulkRequest:
        asked_at = dt.datetime.fromisoformat(row.pop("at"))
        decision, use = events.get((row["number"], "decision")), events.get((row["number"], "use"))
        decided_at = dt.datetime.fromisoformat(decision.at) if decision else None
        state = STATES[ASKED][decision.event] if decision else ASKED
        if use:
            state = STATES[state][USE]
        elif EXPIRE in STATES[state] and at >= (decided_at or asked_at) + dt.timedelta(hours=self.rules.hours):
            state = STATES[state][EXPIRE]
        return BulkRequest(
            **row, at=asked_at, state=state, decided_by=decision.by if decision else "", decided_at=decided_at
        )  # fmt: skip

    def _step(self, found: BulkRequest, kind: str, event: str, request: Request) -> None:
        if event not in STATES[found.state]:
            raise refused(self.audit, request, f"bulk {kind}", _state(found.number))
        self._write_down(request, f"bulk {kind}", f"request {found.number}: {event}")
        row = {"request": found.number, "kind": kind, "event": event, "at": written(request.at), "by": request.actor}
        with self.store.write() as connection:
            if _happened(connection, found.number, kind):
                raise _state(found.number)
            connection.execute(insert(BULK_EVENT).values(**row))

    def _write_down(self, request: Request, action: str, purpose: str) -> None:
        self.audit.append(Act(request.at, request.actor, action, purpose, run_id=request.run_id, role=request.role))


def watermark(found: BulkRequest) -> str:
    """What stands on every page of what was asked for: whose copy it is, and by whose leave. No person."""
    day = found.decided_at.astimezone(LONDON).strftime("%d %B %Y") if found.decided_at else "nobody's day"
    return (
        f"Confidential. Copy of {found.actor} ({found.role}) for {found.purpose}: bulk request {found.number}, "
        f"{found.people} people, approved by {found.decided_by or 'nobody'} on {day}."
    )


def _digest(pseudonyms: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(set(pseudonyms))).encode()).hexdigest()


def _happened(connection: Connection, number: int, kind: str) -> bool:
    return (
        connection.execute(select(BULK_EVENT).where(BULK_EVENT.c.request == number, BULK_EVENT.c.kind == kind)).first()
        is not None
    )


def _state(number: int) -> GovernanceError:
    return GovernanceError("E-BULK-STATE", f"bulk request {number} is not in a state for this, or there is none.")
