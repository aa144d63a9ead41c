"""Free-text notes about people: in the vault, by person id, and never changed or removed.

A note may hold anything a professional writes, so it is as identifiable as a name. Where a person's records came to another id
(`merge`, `link` in the vault's events of published nights), the notes follow; after a `split` they stay: nobody can say whose
they are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Connection, Integer, String, Table, Text, insert, select

from governance import crosswalk
from governance.append_only import append_only
from governance.crosswalk import METADATA, PERSON_EVENT, RUN
from governance.pseudonyms import is_person_id
from governance.stores import VAULT, Store
from schemas.errors import GovernanceError

MOST_CHARACTERS = 10_000  # a note, not a file: our own choice

NOTE = Table(
    "note",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("person_id", String(32), nullable=False, index=True),
    Column("author", String(80), nullable=False),
    Column("written_at", String(40), nullable=False),  # ISO 8601, UTC: the same text in every database
    Column("text", Text, nullable=False),
)
append_only(NOTE)


@dataclass(frozen=True)
class Note:
    """One note. Its `repr` shows neither person nor text."""

    number: int
    person_id: str
    author: str
    written_at: dt.datetime
    text: str

    def __repr__(self) -> str:
        return f"Note({self.number})"


class Notes:
    """The notes of a vault: a path or a URL. Who may read one is decided, and audited, by who asks."""

    def __init__(self, where: str | Path) -> None:
        self._store = Store(where, METADATA, name=VAULT, version=crosswalk.STORE_VERSION)

    def add(self, person_id: str, text: str, *, author: str, at: dt.datetime) -> int:
        """Keep a note and give its number. `author` is an id, no name; `at` has a zone.

        Raises `GovernanceError` `E-NOTE-PERSON` (no person id), `E-NOTE-TEXT` (empty, or more than MOST_CHARACTERS),
        `E-NOTE-TIME` (a time without a zone).
        """
        if not is_person_id(person_id):
            raise GovernanceError("E-NOTE-PERSON", "a note is about somebody who has a person id.")
        if not 0 < len(text.strip()) <= MOST_CHARACTERS:
            raise GovernanceError("E-NOTE-TEXT", f"a note has 1 to {MOST_CHARACTERS:,} characters.")
        if at.tzinfo is None:
            raise GovernanceError("E-NOTE-TIME", "the time of a note has no time zone.")
        row = {"person_id": person_id, "author": author, "written_at": at.astimezone(dt.UTC).isoformat(), "text": text}
        with self._store.write() as connection:
            key = connection.execute(insert(NOTE).values(**row)).inserted_primary_key
        return int(key[0]) if key else 0

    def about(self, person_id: str) -> list[Note]:
        """The notes about a person, oldest first, those under her former ids too."""
        with self._store.read() as connection:
            ids = _ids_of(connection, person_id)
            rows = connection.execute(select(NOTE).where(NOTE.c.person_id.in_(sorted(ids))).order_by(NOTE.c.number)).all()
        return [Note(row.number, row.person_id, row.author, dt.datetime.fromisoformat(row.written_at), row.text) for row in rows]


def _ids_of(connection: Connection, person_id: str) -> set[str]:
    """The id and every id whose records came to it, step by step."""
    found, new = {person_id}, {person_id}
    while new:
        query = (
            select(PERSON_EVENT.c.old_person_id)
            .join(RUN, RUN.c.number == PERSON_EVENT.c.run)
            .where(PERSON_EVENT.c.new_person_id.in_(sorted(new)), PERSON_EVENT.c.kind != "split", RUN.c.place.is_not(None))
        )
        new = set(connection.execute(query).scalars()) - found
        found |= new
    return found
