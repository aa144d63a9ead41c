"""A row added to the history, in the transaction that adds its audit row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from caseload.entries.people import next_number
from caseload.entries.tables import EVENT
from governance.access.decision import Request
from governance.access.tables import written
from schemas.errors import GovernanceError

# What a row says where nothing else is known. A later row of a thread carries over what it does not change.
PLAIN: dict[str, Any] = {
    "reason": "", "tier": "", "professional": "", "coordinator": "", "account": "", "ward": "", "other": None, "since": None,
    "until": None, "due": None, "note": None, "unread": False,
}  # fmt: skip
OF_THE_ROW = ("note", "unread", "reason")  # what no later row carries over


@dataclass(frozen=True)
class Adding:
    """One event to add: to a thread that `before` is the last row of, or, where that is none, to a new one."""

    strand: str
    event: str
    state: str
    person: int | None
    said: dict[str, Any]
    before: dict[str, Any] | None = None


def add(connection: Connection, request: Request, adding: Adding, *, audit: int) -> dict[str, Any]:
    """Add the row and give it. Whoever calls holds the store's lock."""
    number, before = next_number(connection, EVENT), adding.before
    carried = {name: before[name] for name in PLAIN if name not in OF_THE_ROW} if before else {}
    row = PLAIN | carried | adding.said | {
        "number": number, "team": request.team, "strand": adding.strand, "person": adding.person, "event": adding.event,
        "thread": before["thread"] if before else number, "place": before["place"] + 1 if before else 1,
        "kind": before["kind"] if before else adding.said.get("reason", ""), "state": adding.state, "actor": request.actor,
        "role": request.role, "at": written(request.at), "run_id": request.run_id, "audit": audit,
    }  # fmt: skip
    connection.execute(insert(EVENT).values(**row))
    return row


def last_of(connection: Connection, thread: int, strand: str, team: str) -> dict[str, Any]:
    """The last row of a thread of a team. `E-ENTRY-NONE` where there is none such."""
    query = select(EVENT).where(EVENT.c.thread == thread, EVENT.c.strand == strand, EVENT.c.team == team)
    row = connection.execute(query.order_by(EVENT.c.place.desc()).limit(1)).mappings().one_or_none()
    if row is None:
        raise GovernanceError("E-ENTRY-NONE", "there is no such thing to change.")
    return dict(row)


def changed_meanwhile() -> GovernanceError:
    """The refusal of a step that rests on what is no longer so."""
    return GovernanceError(
        "E-ENTRY-STATE",
        "somebody changed this meanwhile, or it is in no state for this step.",
        cure="look again, and decide on what stands now",
    )
