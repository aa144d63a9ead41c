"""The user agreement: accepted in its current version before anything identifiable is seen (Caldicott principle 5)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Column, Integer, String, Table, insert, select

from governance.access.accounts import account
from governance.access.tables import METADATA, check_plain, written
from governance.append_only import append_only
from governance.stores import Store
from schemas.errors import GovernanceError

ACCEPTANCE = Table(
    "agreement_acceptance",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("actor", String(80), nullable=False),
    Column("version", String(40), nullable=False),
    Column("at", String(40), nullable=False),
)
append_only(ACCEPTANCE)


class Agreements:
    """Who accepted which version. `current` is the version in force; empty: none is, and nobody has accepted it."""

    def __init__(self, store: Store, current: str) -> None:
        self._store = store
        self.current = current
        self._known: set[tuple[str, str]] = set()  # who accepted which, as far as was asked: rows are never changed

    def accept(self, actor: str, version: str, at: dt.datetime) -> None:
        """Write down that the user accepted this version; again, it changes nothing.

        Raises `GovernanceError` `E-AGREEMENT-VERSION` for a version that is not in force.
        """
        actor = account(actor)
        check_plain(actor)
        if not self.current or version != self.current:
            raise GovernanceError(
                "E-AGREEMENT-VERSION", "this version of the user agreement is not in force.", cure="show the current one"
            )
        if not self.has_accepted(actor):
            with self._store.write() as connection:
                connection.execute(insert(ACCEPTANCE).values(actor=actor, version=version, at=written(at)))

    def has_accepted(self, actor: str) -> bool:
        """Whether the user accepted the version in force."""
        actor = account(actor)
        if (actor, self.current) in self._known:
            return True
        query = select(ACCEPTANCE.c.number).where(ACCEPTANCE.c.actor == actor, ACCEPTANCE.c.version == self.current).limit(1)
        with self._store.read() as connection:
            found = bool(self.current) and connection.execute(query).first() is not None
        self._known |= {(actor, self.current)} if found else set()
        return found
