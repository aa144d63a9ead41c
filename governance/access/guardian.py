"""The Guardian's queue: what somebody has to look at. An alert says who did what and when; about whom it does not say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Integer, String, Table, UniqueConstraint, insert, select

from governance.access.limits import LONDON
from governance.access.tables import METADATA, written
from governance.append_only import append_only
from governance.stores import Store

LIMIT_ALERT, BREAK_GLASS_ALERT = "limit", "break-glass"

ALERT = Table(
    "guardian_alert",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("at", String(40), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("role", String(80), nullable=False),
    Column("about", String(200), nullable=False),  # the trigger and its bound, or the number of the break-glass opening
    Column("day", String(10), nullable=False),
    UniqueConstraint("kind", "actor", "about", "day"),  # one alert a day for the same thing: a flood is not read
)
append_only(ALERT)


@dataclass(frozen=True)
class Alert:
    """One entry of the queue."""

    number: int
    kind: str
    at: dt.datetime
    actor: str
    role: str
    about: str


class GuardianQueue:
    """Alerts in the access store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._there: set[tuple[str, ...]] = set()  # alerts of the latest day that are there: rows are never taken away

    def add(self, kind: str, *, at: dt.datetime, actor: str, role: str, about: str) -> None:
        """Add an alert; the same thing of the same user again on one day in London adds none."""
        row = _known_by(kind, actor, about, at)
        key = tuple(row.values())
        if key in self._there:
            return  # most are: a limit that is reached is reached all day, and writers would wait for each other
        with self._store.read() as connection:
            there = _is_there(connection, row)
        if not there:
            with self._store.write() as connection:
                self.add_within(connection, kind, at=at, actor=actor, role=role, about=about)
        self._there = {each for each in set(self._there) if each[-1] == key[-1]} | {key}

    def add_within(self, connection: Connection, kind: str, *, at: dt.datetime, actor: str, role: str, about: str) -> None:
        """`add`, as a part of the transaction that it is about."""
        row = _known_by(kind, actor, about, at)
        if not _is_there(connection, row):
            connection.execute(insert(ALERT).values(**row, at=written(at), role=role))

    def alerts(self, after: int = 0) -> list[Alert]:
        """Alerts with a greater number, in order."""
        columns = [ALERT.c[name] for name in Alert.__dataclass_fields__]
        with self._store.read() as connection:
            rows = connection.execute(select(*columns).where(ALERT.c.number > after).order_by(ALERT.c.number)).mappings()
            return [Alert(**{**row, "at": dt.datetime.fromisoformat(row["at"])}) for row in rows]


def _known_by(kind: str, actor: str, about: str, at: dt.datetime) -> dict[str, str]:
    """What makes two alerts the same one."""
    return {"kind": kind, "actor": actor, "about": about, "day": at.astimezone(LONDON).date().isoformat()}


def _is_there(connection: Connection, row: dict[str, str]) -> bool:
    same = select(ALERT.c.number).where(*(ALERT.c[name] == value for name, value in row.items()))
    return connection.execute(same).first() is not None
