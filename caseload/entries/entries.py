"""The entries of all teams: how things stand, what came before, and the one way to change them.

A change and its audit row are one transaction. The relationships that follow from it lie in another store and come after; what
a crash left undone there is done when the caseload is opened again (`mend`), or at the person's next change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

import pyarrow as pa
from sqlalchemy import Connection, select

from caseload.entries.changing import Change, change
from caseload.entries.history import Entry, Event, as_entry, as_event, by_person, events_of, events_of_team, latest, meetings_of
from caseload.entries.looks import THE_LIST, add_look, first_look, last_look
from caseload.entries.opening import bring_up_to_date
from caseload.entries.people import names_of, next_number, number_for, numbers_of, rename
from caseload.entries.policies import ENTERED, Decision, EntryRules, Ward, check_decision, next_review
from caseload.entries.states import ACCEPT, BEGIN, OPEN, PROPOSED, REVIEW, next_state, state_on
from caseload.entries.strands import CARER, ITEM, Strand, goes_on
from caseload.entries.tables import EVENT
from caseload.entries.ties import FOLLOW, ties_of_agenda, ties_of_entry
from caseload.entries.writing import Adding, add, changed_meanwhile
from governance.access.decision import Request
from governance.access.relationship_store import Relationships, Tie
from governance.access.tables import written
from governance.audit import Audit
from governance.reidentify import Door

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


class Entries:
    """The entries in the audit's database.

    ties: each team's relationships, under the domain whose pseudonyms name its people now. professionals: id to team.
    accounts: the accounts of a professional, by id. wards: virtual wards by id. Opening brings the tables up to date.
    """

    def __init__(
        self,
        audit: Audit,
        ties: Mapping[str, Relationships],
        *,
        professionals: Mapping[str, str],
        accounts: Mapping[str, Sequence[str]] | None = None,
        wards: Mapping[str, Ward] | None = None,
        rules: EntryRules | None = None,
    ) -> None:
        bring_up_to_date(audit.store)
        self.audit, self.ties = audit, ties
        self.professionals, self.accounts = professionals, accounts or {}
        self.wards = wards or {}
        self.rules = rules or EntryRules()

    def decide(self, request: Request, person: str, decision: Decision, door: Door) -> Entry:
        """Take a step, write it down, and give the entry as it stands now. `person`: her pseudonym in the request's team.

        Raises `GovernanceError`: `E-ENTRY-ROLE` where the role may not, the door's `E-ACCESS-*` where the person is not the
        user's, `E-ENTRY-*` of `policies`, `E-ENTRY-STATE` where somebody else decided meanwhile or the state does not lead
        there, `E-AUDIT-STORE` where nothing can be written. Each leaves everything as it was, and a line in the audit log.
        """

        def check() -> None:
            check_decision(decision, request.day, rules=self.rules, team=request.team, professionals=self.professionals)

        def work(connection: Connection, audit: int) -> dict[str, Any]:
            number = number_for(connection, person, team=request.team, at=written(request.at))
            rows = events_of(connection, [number], ENTRY)
            before = rows[-1] if rows else None
            state = _state_after(before, decision, request.day)
            said = self._said(before, decision, state, request.day) | {"unread": self._unread(connection, request, person)}
            adding = Adding(ENTRY, decision.event, state, number, said, before)
            return add(connection, request, adding, audit=audit)

        row = self.change(request, door, Change(decision.event, decision.reason, [person], check), work)
        self.settle(request.team, [person], at=request.at, by=request.actor)
        return as_entry(row, person, request.day)

    def change(self, request: Request, door: Door, asked: Change, work: Callable[[Connection, int], Answer]) -> Answer:
        """See `changing.change`: what everything that changes the history goes through."""
        return change(self.audit, request, door, asked, work, teams=self.ties)

    def current(self, team: str, day: dt.date, pseudonyms: Sequence[str] | None = None) -> pa.Table:
        """CURRENT rows on a day: of everybody of the team of whom something was decided, or of these people of them.

        Who has no row is proposed where the night proposes her. Sorted by pseudonym.
        """
        return pa.Table.from_pylist([asdict(each) for each in self.standing(team, day, pseudonyms)], schema=CURRENT)

    def standing(
        self, team: str, day: dt.date, pseudonyms: Sequence[str] | None = None, *, up_to: int | None = None
    ) -> list[Entry]:
        """The same as `current`, as entries; as events up to a number have it, where one is given."""
        with self.audit.store.read() as connection:
            names = self._names(connection, team, pseudonyms)
            whole = pseudonyms is None
            rows = events_of_team(connection, team, ENTRY, up_to=up_to) if whole else events_of(connection, names, ENTRY)
        found = [as_entry(row, names[row["person"]], day) for row in latest(rows).values() if row["person"] in names]
        return sorted(found, key=lambda each: each.pseudonym)

    def carry_over(self, team: str, words: Mapping[str, str], *, at: dt.datetime) -> int:
        """Let people of former pseudonyms go by new ones too, and say how many do. The former names stay; again adds none.

        `words`: former to new. Who has a history under her new pseudonym already keeps that one.
        """
        with self.audit.store.write() as connection:
            return rename(connection, team, words, at=written(at))

    def entry(self, team: str, pseudonym: str, day: dt.date) -> Entry:
        """How things stand with one person on a day; proposed where nothing was decided."""
        rows = self.current(team, day, [pseudonym]).to_pylist()
        return Entry(**rows[0]) if rows else Entry(pseudonym)

    def history(self, team: str, pseudonym: str, *strands: str) -> list[Event]:
        """What happened in a person's entry, or in other strands of her history, oldest first."""
        with self.audit.store.read() as connection:
            names = self._names(connection, team, [pseudonym])
            rows = events_of(connection, names, *(strands or (ENTRY,)))
        return [as_event(row, pseudonym) for row in rows]

    def look(self, request: Request, pseudonym: str = THE_LIST) -> None:
        """Note that the user looks at a person, or at her list; only the first look of a night is kept."""
        with self.audit.store.write() as connection:
            add_look(connection, request, pseudonym)

    def last_look(self, request: Request, pseudonym: str = THE_LIST) -> dt.datetime | None:
        """When the user looked on the night before this one on which she did; None where this is the first."""
        with self.audit.store.read() as connection:
            return last_look(connection, request, pseudonym)

    def position(self) -> int:
        """The number of the last event; 0 where there is none."""
        with self.audit.store.read() as connection:
            return next_number(connection, EVENT) - 1

    def settle(self, team: str, pseudonyms: Sequence[str], *, at: dt.datetime, by: str) -> int:
        """Make these people's relationships what the history says, and say how many rows that took."""
        return self.ties[team].settle(pseudonyms, FOLLOW, lambda: self._wanted(team, pseudonyms), at=at, by=by)

    def mend(self, *, at: dt.datetime, by: str) -> int:
        """Make everybody's relationships what the history says, as a crash may have come in between; how many rows that took."""
        changed = 0
        for team in sorted(self.ties):
            with self.audit.store.read() as connection:
                people = sorted(self._names(connection, team, None).values())
            changed += self.settle(team, people, at=at, by=by)
        return changed

    def _wanted(self, team: str, pseudonyms: Sequence[str]) -> list[Tie]:
        with self.audit.store.read() as connection:
            names = self._names(connection, team, pseudonyms)
            rows = by_person(events_of(connection, names, ENTRY))
            items = by_person(events_of(connection, names, ITEM.name))
            meetings = meetings_of(connection, {row["other"] for own in items.values() for row in own})
        ties = [tie for person, own in sorted(rows.items()) for tie in ties_of_entry(own, names[person], self.accounts)]
        return ties + [tie for person, own in sorted(items.items()) for tie in ties_of_agenda(own, meetings, names[person])]

    def on_agenda(self, team: str, meeting: int) -> list[str]:
        """Pseudonyms of everybody who is, or was, on a meeting's agenda."""
        query = select(EVENT.c.person).where(EVENT.c.strand == ITEM.name, EVENT.c.other == meeting, EVENT.c.team == team)
        with self.audit.store.read() as connection:
            people = set(connection.execute(query).scalars())
            return sorted(name for person, name in self._names(connection, team, None).items() if person in people)

    def threads(self, team: str, strand: Strand, pseudonyms: Sequence[str] | None = None) -> list[Event]:
        """The last event of each thread of a strand: of these people, or of the whole team; in the order in which they began."""
        with self.audit.store.read() as connection:
            names = self._names(connection, team, pseudonyms)
            whole = pseudonyms is None
            rows = events_of_team(connection, team, strand.name) if whole else events_of(connection, names, strand.name)
        found = [row for row in latest(rows).values() if row["person"] is None or row["person"] in names]
        return [as_event(row, names.get(row["person"], "")) for row in sorted(found, key=lambda row: int(row["thread"]))]

    def carers(self, team: str, pseudonyms: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """Of these people: pseudonym and relation of each who cares for her now; an empty pseudonym for one not in the data."""
        events = [each for each in self.threads(team, CARER, pseudonyms) if each.state in goes_on(CARER)]
        with self.audit.store.read() as connection:
            names = self._names(connection, team, None) if any(each.other for each in events) else {}
        found: dict[str, list[tuple[str, str]]] = {}
        for each in events:
            found.setdefault(each.pseudonym, []).append((names.get(each.other or 0, ""), each.kind))
        return found

    def _names(self, connection: Connection, team: str, pseudonyms: Sequence[str] | None) -> dict[int, str]:
        """Number to pseudonym, in the team's domain of now."""
        tag = self.ties[team].domain.tag
        if pseudonyms is None:
            return names_of(connection, team, tag)
        mine = [each for each in pseudonyms if each.startswith(f"{tag}-")]
        return {number: pseudonym for pseudonym, number in numbers_of(connection, mine).items()}

    def _said(self, before: dict[str, Any] | None, decision: Decision, state: str, day: dt.date) -> dict[str, Any]:
        """What the row says beyond who, when and which state. Once an episode has ended nobody is responsible in it any more."""
        said: dict[str, Any] = {"reason": decision.reason, "note": decision.note, "until": decision.until}
        said |= {name: value for name in ("professional", "coordinator", "tier") if (value := getattr(decision, name))}
        if state not in OPEN:
            return {"professional": "", "coordinator": "", "tier": "", "due": None, "since": day} | said
        if decision.event == ACCEPT:
            said = {"professional": "", "coordinator": "", "tier": ENTERED[0], "since": day} | said
        if decision.event in (ACCEPT, BEGIN, REVIEW):
            tier = said.get("tier") or (before or {}).get("tier") or ENTERED[0]
            said["due"] = decision.due or next_review(day, self.rules.review_months[tier])
        return said

    def _unread(self, connection: Connection, request: Request, pseudonym: str) -> bool:
        """Whether the user decided without having looked at the person on this night, or sooner than one can read."""
        opened = first_look(connection, request, pseudonym)
        return opened is None or request.at - opened < dt.timedelta(seconds=self.rules.read_seconds)


def _state_after(before: dict[str, Any] | None, decision: Decision, day: dt.date) -> str:
    """The state that a decision leads to. `E-ENTRY-STATE` where it rests on what is no longer so, or leads nowhere."""
    state = PROPOSED if before is None else state_on(before["state"], day, until=before["until"], due=before["due"])
    after = next_state(state, decision.event)
    if after is None or decision.last != (before["number"] if before else 0):
        raise changed_meanwhile()
    return after
