"""The events as they are read: of some people, of a team, and what they add up to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from caseload.entries.people import BLOCK
from caseload.entries.states import PROPOSED, state_on
from caseload.entries.strands import ATTENDEE, MEETING, goes_on
from caseload.entries.tables import EVENT


@dataclass(frozen=True)
class Event:
    """One row of the history, its person by pseudonym. `thread` and `place` say what it belongs to; `state` is what it led to."""

    number: int
    strand: str
    thread: int
    place: int
    pseudonym: str
    event: str
    state: str
    reason: str
    kind: str
    tier: str
    professional: str
    coordinator: str
    account: str
    ward: str
    other: int | None
    since: dt.date | None
    until: dt.date | None
    due: dt.date | None
    note: int | None
    unread: bool
    actor: str
    role: str
    at: dt.datetime
    run_id: str


@dataclass(frozen=True)
class Entry:
    """How things stand with a person on a day.

    last: number of her last event, 0 where there is none: whoever decides says which one she saw. since: the day on which the
    episode began while it runs, else that of the last decision; null where nothing was decided.
    """

    pseudonym: str
    state: str = PROPOSED
    last: int = 0
    event: str = ""
    reason: str = ""
    tier: str = ""
    professional: str = ""
    coordinator: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    due: dt.date | None = None
    note: int | None = None
    unread: bool = False
    decided_by: str = ""
    role: str = ""
    decided_at: dt.datetime | None = None


def events_of(connection: Connection, people: Collection[int], *strands: str) -> list[dict[str, Any]]:
    """The rows of these people in these strands, oldest first."""
    rows: list[dict[str, Any]] = []
    wanted = sorted(people)
    for start in range(0, len(wanted), BLOCK):
        query = select(EVENT).where(EVENT.c.person.in_(wanted[start : start + BLOCK]), EVENT.c.strand.in_(strands))
        rows += [dict(row) for row in connection.execute(query.order_by(EVENT.c.number)).mappings()]
    return sorted(rows, key=lambda row: int(row["number"]))


def events_of_team(connection: Connection, team: str, strand: str) -> list[dict[str, Any]]:
    """A team's rows in a strand, oldest first."""
    query = select(EVENT).where(EVENT.c.team == team, EVENT.c.strand == strand).order_by(EVENT.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def last_events_of_team(connection: Connection, team: str, strand: str, *, up_to: int | None = None) -> list[dict[str, Any]]:
    """The last row of each of a team's threads of a strand; of those up to a number, where one is given."""
    numbers = select(func.max(EVENT.c.number)).where(EVENT.c.team == team, EVENT.c.strand == strand).group_by(EVENT.c.thread)
    if up_to is not None:
        numbers = numbers.where(EVENT.c.number <= up_to)
    query = select(EVENT).where(EVENT.c.number.in_(numbers)).order_by(EVENT.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def latest(rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Thread to its last row."""
    return {row["thread"]: row for row in rows}


def by_person(rows: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """A person's number to her rows, in their order."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["person"], []).append(row)
    return found


def meetings_of(connection: Connection, threads: Collection[int]) -> dict[int, dict[str, Any]]:
    """The last row of each of these meetings, with the `accounts` of those invited to it now."""
    query = select(EVENT).order_by(EVENT.c.number)
    meetings = connection.execute(query.where(EVENT.c.strand == MEETING.name, EVENT.c.thread.in_(sorted(threads)))).mappings()
    found = {row["thread"]: dict(row) | {"accounts": []} for row in meetings}
    invited = connection.execute(query.where(EVENT.c.strand == ATTENDEE.name, EVENT.c.other.in_(sorted(threads)))).mappings()
    for row in latest([dict(row) for row in invited]).values():
        if row["state"] in goes_on(ATTENDEE):
            found[row["other"]]["accounts"].append(row["account"])
    return found


def as_event(row: dict[str, Any], pseudonym: str) -> Event:
    """A row with its person's pseudonym."""
    plain = {name: row[name] for name in Event.__dataclass_fields__ if name not in ("pseudonym", "at")}
    return Event(pseudonym=pseudonym, at=dt.datetime.fromisoformat(row["at"]), **plain)


def as_entry(row: dict[str, Any], pseudonym: str, day: dt.date) -> Entry:
    """What the last row of an entry says on a day."""
    names = ("event", "reason", "tier", "professional", "coordinator", "since", "until", "due", "note", "unread", "role")
    return Entry(
        pseudonym=pseudonym,
        state=state_on(row["state"], day, until=row["until"], due=row["due"]),
        last=row["number"],
        decided_by=row["actor"],
        decided_at=dt.datetime.fromisoformat(row["at"]),
        **{name: row[name] for name in names},
    )
