"""The entries of all teams, and the one way to change them.

A change and its audit row are one transaction. The relationships that follow from it lie in another store and come after; what
a crash left undone there is done when the caseload is opened again (`mend`), or at the person's next change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from caseload.entries.changing import Change, change
from caseload.entries.history import Entry, as_entry, by_person, events_of, meetings_of
from caseload.entries.joining import Joined, Joining, join, present_names
from caseload.entries.looks import THE_LIST, add_look, first_look
from caseload.entries.opening import bring_up_to_date
from caseload.entries.people import joined, number_for, rename
from caseload.entries.policies import ENTERED, Decision, EntryRules, Ward, check_decision, next_review
from caseload.entries.reading import CURRENT, ENTRY, Readings
from caseload.entries.states import ACCEPT, BEGIN, OPEN, PROPOSED, REVIEW, next_state, state_on
from caseload.entries.strands import ITEM
from caseload.entries.ties import FOLLOW, ties_of_agenda, ties_of_entry
from caseload.entries.writing import Adding, add, changed_meanwhile
from governance.access.decision import Request
from governance.access.relationship_store import Relationships, Tie
from governance.access.tables import written
from governance.audit import Audit
from governance.pseudonyms import parse_pseudonym
from governance.reidentify import Door
from schemas.errors import GovernanceError

__all__ = ["CURRENT", "ENTRY", "Entries"]

NIGHT = "night"  # by whom relationships are that follow from linkage

Answer = TypeVar("Answer")


class Entries(Readings):
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
        self.professionals = professionals
        self.accounts = {} if accounts is None else accounts  # may change while it is served, even from none
        self.wards = wards or {}
        self.rules = rules or EntryRules()
        self._behind: set[tuple[str, str]] = set()  # people whose relationships could not be written yet

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
        self.follow(request, [person])
        return as_entry(row, person, request.day)

    def change(self, request: Request, door: Door, asked: Change, work: Callable[[Connection, int], Answer]) -> Answer:
        """See `changing.change`: what everything that changes the history goes through."""
        return change(self.audit, request, door, asked, work, teams=self.ties)

    def look(self, request: Request, pseudonym: str = THE_LIST) -> None:
        """Note that the user looks at a person, or at her list; only the first look of a night is kept.

        Raises `GovernanceError` `E-ENTRY-STORE`, `E-ENTRY-TEAM`, `E-PSEUDONYM-*` for what is no pseudonym of the team.
        """
        if request.team not in self.ties:
            raise GovernanceError("E-ENTRY-TEAM", "this user works in no team that is known.")
        if pseudonym != THE_LIST:
            parse_pseudonym(pseudonym, self.ties[request.team].domain)
        if self.read(lambda connection: first_look(connection, request, pseudonym)) is None:
            self._write(
                lambda connection: add_look(connection, request, pseudonym)
            )  # most looks are no first: nobody waits for them

    def carry_over(self, team: str, words: Mapping[str, str], *, at: dt.datetime) -> int:
        """Let people of former pseudonyms go by new ones too, and say how many do. The former names stay; again adds none.

        `words`: former to new. Who has a history under her new pseudonym already keeps that one. Raises `GovernanceError`
        `E-ENTRY-STORE`.
        """
        return self._write(lambda connection: rename(connection, team, words, at=written(at)))

    def join(self, team: str, said: Joining, *, at: dt.datetime) -> Joined:
        """Let histories follow what linkage found (see `joining`), with the relationships that follow from them.

        Again changes nothing. Raises `GovernanceError` `E-ENTRY-STORE`; relationships as `settle` does.
        """
        done = self._write(lambda connection: join(connection, team, said, at=written(at)))
        self.settle(team, sorted({*said.same, *said.same.values(), *said.back}), at=at, by=NIGHT)
        return done

    def settle(self, team: str, pseudonyms: Sequence[str], *, at: dt.datetime, by: str) -> int:
        """Make these people's relationships what the history says, and say how many rows that took.

        Whose history goes by another pseudonym now has hers under that one alone.
        """
        present = self.read(lambda connection: present_names(connection, pseudonyms))
        everybody = sorted({*pseudonyms, *present.values()})
        return self.ties[team].settle(everybody, FOLLOW, lambda: self._wanted(team, everybody), at=at, by=by)

    def follow(self, request: Request, pseudonyms: Sequence[str]) -> None:
        """Settle after a change, which stands whatever happens here: what cannot be written now is with the next change."""
        waiting = {person for team, person in self._behind if team == request.team} | set(pseudonyms)
        keys = {(request.team, person) for person in waiting}
        try:
            self.settle(request.team, sorted(waiting), at=request.at, by=request.actor)
            self._behind -= keys
        except (SQLAlchemyError, GovernanceError):
            self._behind |= keys

    def mend(self, *, at: dt.datetime, by: str) -> int:
        """Make everybody's relationships what the history says, as a crash may have come in between; how many rows that took."""
        changed = 0
        for team in sorted(self.ties):
            names = self.read(lambda connection, team=team: self.names(connection, team))  # type: ignore[misc]
            changed += self.settle(team, sorted(names.values()), at=at, by=by)
        return changed

    def _wanted(self, team: str, pseudonyms: Sequence[str]) -> list[Tie]:
        def read(connection: Connection) -> list[Tie]:
            present = present_names(connection, pseudonyms)
            names = self.names(connection, team, [each for each in pseudonyms if present.get(each, each) == each])
            gone = joined(connection, names)
            rows = by_person(events_of(connection, set(names) - set(gone), ENTRY))
            items = by_person(events_of(connection, names, ITEM.name))
            meetings = meetings_of(connection, {row["other"] for own in items.values() for row in own})
            ties = [tie for person, own in sorted(rows.items()) for tie in ties_of_entry(own, names[person], self.accounts)]
            agenda = [tie for person, own in sorted(items.items()) for tie in ties_of_agenda(own, meetings, names[person])]
            return ties + list(dict.fromkeys(agenda))  # two who were found to be one may have been on one agenda

        return self.read(read)

    def _write(self, work: Callable[[Connection], Answer]) -> Answer:
        failure = ""
        try:
            return self.audit.store.transact(work)
        except SQLAlchemyError as error:
            failure = type(error).__name__  # raised below, outside the except block: the driver's text may hold values
        raise GovernanceError("E-ENTRY-STORE", f"the caseload cannot be written ({failure}).", cure="`caselink doctor`")

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
