"""Sessions that can be ended from here: kept on the server, known by a hash, never by what the browser holds.

An id is 256 random bits; the store keeps its SHA-256, so that who reads the store can use none of them. Every sign-in and every
change of role makes a new id and ends the old one (OWASP ASVS 5.0 7.2.3, 7.2.4). A session ends after so long without a request
and after so long at all (7.3.1, 7.3.2), when the user signs out (7.4.1), when her posts change or an operator ends it (7.4.2,
7.4.5).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, MetaData, String, Table, delete, insert, select, update

from caseload.web.users import User
from governance.access.accounts import account
from governance.access.tables import written
from governance.store_reach import in_reach
from governance.stores import Store
from schemas.errors import GovernanceError

STORE_VERSION = 1
METADATA = MetaData()
SESSION = Table(
    "web_session",
    METADATA,
    Column("id_hash", String(64), primary_key=True),
    Column("account", String(80), nullable=False),
    Column("standing", String(64), nullable=False),  # of her posts, when it began
    Column("post", String(200), nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("began", String(40), nullable=False),
    Column("seen", String(40), nullable=False),
    Column("ends", String(40), nullable=False),
    Column("ended", String(40), nullable=False, default=""),
    Column("why", String(40), nullable=False, default=""),
    Index("web_session_account", "account"),
)
FLOW = Table(
    "web_sign_in",
    METADATA,
    Column("id_hash", String(64), primary_key=True),
    Column("state", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False),
    Column("until", String(40), nullable=False),
)

BYTES = 32  # 256 bits
SEEN_EVERY = 10  # a request is written down once a tenth of the idle time has passed: not every page is a write
KEPT = dt.timedelta(days=7)  # rows of ended sessions, for whoever asks what was open
FLOW_MINUTES = 10
LOG = logging.getLogger("caselink.web")
SIGNED_OUT, ENDED, ROTATED, MOVED = "signed out", "ended by an operator", "a new one was made", "posts changed"


@dataclass(frozen=True)
class Session:
    """One open session. `post`: the key of the post she works in."""

    account: str
    post: str
    demo: bool
    began: dt.datetime
    seen: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True)
class Flow:
    """A sign-in that has begun: what its answer must bring back."""

    state: str
    nonce: str
    verifier: str


class Sessions:
    """The sessions of one application database. `idle`: time without a request; `absolute`: in all; `clock`: with a zone."""

    def __init__(
        self, where: str | Path, *, idle: dt.timedelta, absolute: dt.timedelta, clock: Callable[[], dt.datetime]
    ) -> None:
        self._store = Store(where, METADATA, name="web", version=STORE_VERSION)
        self._idle, self._absolute, self._clock = idle, absolute, clock

    def keep_connections(self) -> None:
        """For a process that serves: see `governance.stores.Store.keep_connections`."""
        self._store.keep_connections()

    def begin(self, user: User, post: str, *, demo: bool = False, instead_of: str = "") -> str:
        """A new session, and its id; one that the browser held before (`instead_of`) ends."""
        now = self._clock()
        return self._store.transact(lambda connection: self._begin(connection, (user, post, demo), now, instead_of))

    def find(self, id_: str, user_of: Callable[[str], User | None]) -> Session | None:
        """The open session with this id, and note that it was used; None where there is none, or it ends here and now."""
        now = self._clock()
        with self._store.read() as connection:
            row = connection.execute(select(SESSION).where(SESSION.c.id_hash == hashed(id_))).mappings().first()
        if row is None or row["ended"] or not self._in_time(row, now):
            return None
        user = user_of(row["account"])
        if user is None or user.standing != row["standing"]:
            self._end(SESSION.c.id_hash == hashed(id_), MOVED)
            return None
        if now - _moment(row["seen"]) > self._idle / SEEN_EVERY:
            self._note_use(id_, now)
        return _session(row)

    def end(self, id_: str) -> None:
        """The user signs out."""
        self._end(SESSION.c.id_hash == hashed(id_), SIGNED_OUT)

    def end_all(self, name: str) -> int:
        """An operator ends every session of an account; how many were open."""
        return self._end(SESSION.c.account == account(name), ENDED)

    def open(self) -> list[Session]:
        """Every session that is open now, oldest first."""
        now = self._clock()
        query = select(SESSION).where(SESSION.c.ended == "").order_by(SESSION.c.began, SESSION.c.id_hash)
        with self._store.read() as connection:
            return [_session(row) for row in connection.execute(query).mappings() if self._in_time(row, now)]

    def begin_flow(self) -> tuple[str, Flow]:
        """A sign-in begins: the id that the browser keeps, and what the answer must bring back."""
        id_, flow = _random(), Flow(_random(), _random(), _random())
        until = written(self._clock() + dt.timedelta(minutes=FLOW_MINUTES))
        row = {"id_hash": hashed(id_), "state": flow.state, "nonce": flow.nonce, "verifier": flow.verifier, "until": until}
        with self._store.write() as connection:
            connection.execute(delete(FLOW).where(FLOW.c.until < written(self._clock())))
            connection.execute(insert(FLOW).values(**row))
        return id_, flow

    def take_flow(self, id_: str) -> Flow | None:
        """The sign-in with this id, once: whoever asks again finds none. None where its minutes have passed."""
        with self._store.write() as connection:
            row = connection.execute(select(FLOW).where(FLOW.c.id_hash == hashed(id_))).mappings().first()
            connection.execute(delete(FLOW).where(FLOW.c.id_hash == hashed(id_)))
        if row is None or row["until"] < written(self._clock()):
            return None
        return Flow(row["state"], row["nonce"], row["verifier"])

    def _note_use(self, id_: str, now: dt.datetime) -> None:
        """Where it cannot be written the session ends the earlier for it; who may read on a full disk is not sent away."""
        try:
            in_reach(self._write_use, id_, now)
        except GovernanceError as error:
            LOG.warning("%s: that a session was used is not written down", error.code)

    def _write_use(self, id_: str, now: dt.datetime) -> None:
        with self._store.write() as connection:
            connection.execute(update(SESSION).where(SESSION.c.id_hash == hashed(id_)).values(seen=written(now)))

    def _begin(self, connection: Connection, what: tuple[User, str, bool], now: dt.datetime, instead_of: str) -> str:
        user, post, demo = what
        id_ = _random()
        old = update(SESSION).where(SESSION.c.id_hash == hashed(instead_of), SESSION.c.ended == "")
        connection.execute(old.values(ended=written(now), why=ROTATED))
        connection.execute(delete(SESSION).where(SESSION.c.ends < written(now - KEPT)))
        row = {"id_hash": hashed(id_), "account": user.account, "standing": user.standing, "post": post, "demo": demo,
               "began": written(now), "seen": written(now), "ends": written(now + self._absolute)}  # fmt: skip
        connection.execute(insert(SESSION).values(**row))
        return id_

    def _end(self, which: Any, why: str) -> int:
        now = self._clock()
        with self._store.write() as connection:
            rows = connection.execute(select(SESSION).where(which, SESSION.c.ended == "")).mappings()
            count = sum(self._in_time(row, now) for row in rows)
            connection.execute(update(SESSION).where(which, SESSION.c.ended == "").values(ended=written(now), why=why))
        return count

    def _in_time(self, row: Any, now: dt.datetime) -> bool:
        return now < min(_moment(row["seen"]) + self._idle, _moment(row["ends"]))


def csrf_token(id_: str) -> str:
    """What every form of a session must bring back: derived from its id, which only the cookie holds, and never stored."""
    return hashlib.sha256(f"caselink/csrf/v1/{id_}".encode()).hexdigest()


def hashed(id_: str) -> str:
    """An id as the store keeps it."""
    return hashlib.sha256(id_.encode()).hexdigest()


def _random() -> str:
    return secrets.token_urlsafe(BYTES)


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _session(row: Any) -> Session:
    began, seen, ends = (_moment(row[name]) for name in ("began", "seen", "ends"))
    return Session(row["account"], row["post"], bool(row["demo"]), began, seen, ends)
