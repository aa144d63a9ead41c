"""What is read of the history: how things stand, what came before, who is on an agenda, who cares for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import pyarrow as pa
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from caseload.entries.history import Entry, Event, as_entry, as_event, events_of, last_events_of_team, latest
from caseload.entries.looks import THE_LIST, Look, last_look
from caseload.entries.people import joined, names_of, next_number, numbers_of, together
from caseload.entries.strands import CARER, ITEM, Strand, goes_on
from caseload.entries.tables import EVENT
from governance.access.decision import Request
from governance.access.relationship_store import Relationships
from governance.audit import Audit
from schemas.errors import GovernanceError

ENTRY = "entry"  # the strand of an entry's own events
CURRENT = pa.schema(
    [
        ("pseudonym", pa.string()), ("state", pa.string()), ("last", pa.int64()), ("event", pa.string()), ("reason", pa.string()),
        ("tier", pa.string()), ("professional", pa.string()), ("coordinator", pa.string()), ("since", pa.date32()),
        ("until", pa.date32()), ("due", pa.date32()), ("note", pa.int64()), ("unread", pa.bool_()), ("decided_by", pa.string()),
        ("role", pa.string()), ("decided_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip

Answer = TypeVar("Answer")


class Readings:
    """The history in the audit's database, by the pseudonyms that each team's people have now (`ties` says of which domain).

    Whatever is read raises `GovernanceError` `E-ENTRY-STORE` where the database cannot be read.
    """

    audit: Audit
    ties: Mapping[str, Relationships]

    def current(self, team: str, day: dt.date, pseudonyms: Sequence[str] | None = None) -> pa.Table:
        """CURRENT rows on a day: of everybody of the team of whom something was decided, or of these people of them.

        Who has no row is proposed where the night proposes her. Sorted by pseudonym.
        """
        return pa.Table.from_pylist([vars(each) for each in self.standing(team, day, pseudonyms)], schema=CURRENT)

    def standing(
        self, team: str, day: dt.date, pseudonyms: Sequence[str] | None = None, *, up_to: int | None = None
    ) -> list[Entry]:
        """The same as `current`, as entries; of a whole team also as events up to a number have it."""

        def read(connection: Connection) -> list[Entry]:
            if pseudonyms is None:
                names = self.names(connection, team)
                gone = joined(connection, names)
                who = {name: number for number, name in names.items() if number not in gone}
                rows = last_events_of_team(connection, team, ENTRY, up_to=up_to)
            else:
                who = numbers_of(connection, self._own(team, pseudonyms))
                rows = events_of(connection, set(who.values()), ENTRY)
            last = {row["person"]: row for row in rows}
            return [as_entry(last[number], name, day) for name, number in who.items() if number in last]

        return sorted(self.read(read), key=lambda each: each.pseudonym)

    def entry(self, team: str, pseudonym: str, day: dt.date) -> Entry:
        """How things stand with one person on a day; proposed where nothing was decided."""
        found = self.standing(team, day, [pseudonym])
        return found[0] if found else Entry(pseudonym)

    def history(self, team: str, pseudonym: str, *strands: str) -> list[Event]:
        """What happened in a person's entry, or in other strands of her history, oldest first."""

        def read(connection: Connection) -> list[Event]:
            people = self.names(connection, team, [pseudonym])
            return [as_event(row, pseudonym) for row in events_of(connection, people, *(strands or (ENTRY,)))]

        return self.read(read)

    def threads(self, team: str, strand: Strand, pseudonyms: Sequence[str] | None = None) -> list[Event]:
        """The last event of each thread of a strand: of these people, or of the whole team; in the order in which they began."""

        def read(connection: Connection) -> list[Event]:
            names, whole = self.names(connection, team, pseudonyms), pseudonyms is None
            rows = last_events_of_team(connection, team, strand.name) if whole else events_of(connection, names, strand.name)
            found = [row for row in latest(rows).values() if row["person"] is None or row["person"] in names]
            return [as_event(row, names.get(row["person"], "")) for row in sorted(found, key=lambda row: int(row["thread"]))]

        return self.read(read)

    def carers(self, team: str, pseudonyms: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """Of these people: pseudonym and relation of each who cares for her now; an empty pseudonym for one not in the data."""
        events = [each for each in self.threads(team, CARER, pseudonyms) if each.state in goes_on(CARER)]
        linked = any(each.other for each in events)
        names = self.read(lambda connection: self.names(connection, team)) if linked else {}
        found: dict[str, list[tuple[str, str]]] = {}
        for each in events:
            carer = names.get(each.other or 0, "")
            if carer != each.pseudonym:  # as of two who were found to be one person
                found.setdefault(each.pseudonym, []).append((carer, each.kind))
        return found

    def on_agenda(self, team: str, meeting: int) -> list[str]:
        """Pseudonyms of everybody who is, or was, on a meeting's agenda."""
        query = select(EVENT.c.person).where(EVENT.c.strand == ITEM.name, EVENT.c.other == meeting, EVENT.c.team == team)

        def read(connection: Connection) -> list[str]:
            people = set(connection.execute(query).scalars())
            return sorted({name for person, name in self.names(connection, team).items() if person in people})

        return self.read(read)

    def last_look(self, request: Request, pseudonym: str = THE_LIST) -> Look | None:
        """The user's look on the night before this one on which she looked; None where this is the first."""
        return self.read(lambda connection: last_look(connection, request, pseudonym))

    def position(self) -> int:
        """The number of the last event; 0 where there is none."""
        return self.read(lambda connection: next_number(connection, EVENT) - 1)

    def names(self, connection: Connection, team: str, pseudonyms: Sequence[str] | None = None) -> dict[int, str]:
        """A person's number to her pseudonym, of a team or of these people; joined numbers too (see `people`)."""
        if pseudonyms is None:
            return names_of(connection, team, self.ties[team].domain.tag)
        heads = {number: pseudonym for pseudonym, number in numbers_of(connection, self._own(team, pseudonyms)).items()}
        return {number: heads[head] for number, head in together(connection, heads).items()}

    def _own(self, team: str, pseudonyms: Sequence[str]) -> list[str]:
        tag = self.ties[team].domain.tag
        return [each for each in pseudonyms if each.startswith(f"{tag}-")]

    def read(self, work: Callable[[Connection], Answer]) -> Answer:
        """What `work` answers of one state of the database."""
        failure = ""
        try:
            with self.audit.store.read() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            failure = type(error).__name__  # raised below, outside the except block: the driver's text may hold values
        raise GovernanceError("E-ENTRY-STORE", f"the caseload cannot be read ({failure}).", cure="`caselink doctor`")
