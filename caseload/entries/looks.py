"""When a user last looked at her list, or at a person: for what has changed since, and for what was decided unread.

One row for the first look of each published night: enough to tell what was new on it, and no record of every click.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from caseload.entries.people import next_number
from caseload.entries.tables import LOOK
from governance.access.decision import Request
from governance.access.tables import written

THE_LIST = ""  # looked at in place of a person


class Look(NamedTuple):
    """When a user first looked on a night, and on which."""

    at: dt.datetime
    run_id: str


def add_look(connection: Connection, request: Request, pseudonym: str) -> bool:
    """Note a look, and say whether it was the first on this night."""
    if first_look(connection, request, pseudonym) is not None:
        return False
    row = {
        "number": next_number(connection, LOOK), "account": request.actor, "team": request.team, "pseudonym": pseudonym,
        "run_id": request.run_id, "at": written(request.at),
    }  # fmt: skip
    connection.execute(insert(LOOK).values(**row))
    return True


def first_look(connection: Connection, request: Request, pseudonym: str) -> dt.datetime | None:
    """When the user first looked on this night; None where she has not."""
    mine = (LOOK.c.account == request.actor, LOOK.c.team == request.team, LOOK.c.pseudonym == pseudonym)
    at = connection.execute(select(LOOK.c.at).where(*mine, LOOK.c.run_id == request.run_id)).scalar_one_or_none()
    return dt.datetime.fromisoformat(at) if at else None


def last_look(connection: Connection, request: Request, pseudonym: str) -> Look | None:
    """The user's first look of the latest other night on which she looked; None where this is her first."""
    mine = (LOOK.c.account == request.actor, LOOK.c.team == request.team, LOOK.c.pseudonym == pseudonym)
    query = select(LOOK.c.at, LOOK.c.run_id).where(*mine, LOOK.c.run_id != request.run_id).order_by(LOOK.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Look(dt.datetime.fromisoformat(row.at), row.run_id) if row else None
