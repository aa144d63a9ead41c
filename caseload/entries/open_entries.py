"""What a night is told of a team's entries: whom an episode keeps, and who is not to be proposed again before a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from sqlalchemy import func, inspect, select

from caseload.entries.history import Entry
from caseload.entries.reading import ENTRY, Readings
from caseload.entries.states import CLOSED
from caseload.entries.tables import EVENT, NAME
from governance.stores import Store
from schemas.pseudonymised import OPEN_STATES, OpenEntry


def last_decision(store: Store) -> int:
    """The number of the last decision on an entry; 0 where there is none, or no caseload yet. Nothing is made or upgraded."""
    with store.read() as connection:
        if not inspect(connection).has_table(EVENT.name):
            return 0
        query = select(func.coalesce(func.max(EVENT.c.number), 0)).where(EVENT.c.strand == ENTRY)
        return int(connection.execute(query).scalar_one())


def has_people(store: Store) -> bool:
    """Whether anybody is known to the caseload. Nothing is made or upgraded."""
    with store.read() as connection:
        known = inspect(connection).has_table(NAME.name)
        return known and connection.execute(select(NAME.c.number).limit(1)).first() is not None


def open_entries(entries: Readings, team: str, day: dt.date, *, up_to: int) -> pa.Table:
    """`OpenEntry` rows of a team's people under its own pseudonyms, as decisions up to a number have it on a day."""
    rows = [_row(each) for each in entries.standing(team, day, up_to=up_to)]
    return pa.Table.from_pylist(rows, schema=OpenEntry.arrow_schema())


def one_each(rows: pa.Table) -> pa.Table:
    """One row per person, where two teams know her: an episode before what was decided against one, then the later decision."""

    def weight(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return row["state"] in OPEN_STATES, row["since"], row["state"], row["accountable_professional_id"] or ""

    best = {row["pseudonym"]: row for row in sorted(rows.to_pylist(), key=weight)}
    return OpenEntry.sort(OpenEntry.validate(pa.Table.from_pylist(list(best.values()), schema=OpenEntry.arrow_schema())))


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "pseudonym": entry.pseudonym,
        "state": entry.state,
        "accountable_professional_id": entry.professional or None,
        "coordinator_id": entry.coordinator or None,
        "since": entry.since,
        "until": entry.until,
        "exit": entry.reason if entry.state == CLOSED else None,
        "left": None,
    }
