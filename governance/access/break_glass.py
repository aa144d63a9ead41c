"""Break-glass: one professional opens one person with whom she has no relationship, with a reason, for a short while.

The Guardian is told and reviews it; who has a review past its day is shown nobody until it is done. Openings of one user are
counted, all of them and those of one person, and who made one that was not justified makes no other until the Guardian lifts it.
An opening says nothing of whether the person exists: the door answers as ever. Protected people stay with their own practice's
team.

The coded reason and the number of the text lie in the access store, the text in the vault (`reasons`), the person in the
access store by pseudonym and in the audit log by hers there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import Column, Connection, ForeignKey, Integer, RowMapping, String, Table, UniqueConstraint, insert, select

from governance.access.accounts import account
from governance.access.decision import Request
from governance.access.guardian import BREAK_GLASS_ALERT, GuardianQueue
from governance.access.identity import IdentitySource
from governance.access.limits import MONTH, WEEK, BreakGlassRules
from governance.access.reasons import Reasons
from governance.access.refusals import refused
from governance.access.relationships import BREAK_GLASS, RELATIONSHIP, USER
from governance.access.roles import can
from governance.access.tables import METADATA, check_plain, written
from governance.append_only import append_only
from governance.audit import Act, Audit
from governance.keys import Domain
from governance.pseudonyms import parse_pseudonym
from governance.stores import Store
from schemas.errors import GovernanceError

REASON_CODES = {
    "emergency": "a risk to life or of serious harm now",
    "safeguarding": "a safeguarding concern",
    "cover": "covering for a colleague who is away, with no relationship recorded yet",
    "record wrong": "the relationship exists and is missing from the record",
}

OPEN, WAITING, OVERDUE, JUSTIFIED, NOT_JUSTIFIED = "open", "waiting for review", "overdue", "justified", "not justified"
LIFTED = "not justified, lifted"
CLOSE, JUSTIFY, REJECT = "the user closes it", "the Guardian finds it justified", "the Guardian finds it not justified"
LIFT = "the Guardian lets the user open again"
EXPIRE, FALL_DUE = "its minutes pass", "the day of its review passes"

# state: {what happens: next state}; it draws the diagram in docs/explanation/who-may-see-a-name.md.
STATES: Mapping[str, Mapping[str, str]] = {
    OPEN: {CLOSE: WAITING, EXPIRE: WAITING},
    WAITING: {JUSTIFY: JUSTIFIED, REJECT: NOT_JUSTIFIED, FALL_DUE: OVERDUE},
    OVERDUE: {JUSTIFY: JUSTIFIED, REJECT: NOT_JUSTIFIED},
    JUSTIFIED: {},
    NOT_JUSTIFIED: {LIFT: LIFTED},
    LIFTED: {},
}
VERDICTS = {JUSTIFY: "review", REJECT: "review", LIFT: "lift"}  # the Guardian's, each with its kind of event

# What of a user's earlier openings stops the next: its state, code, message and cure.
STOPS = (
    (OPEN, "OPEN", "another opening is still open.", "close it: one person at a time"),
    (OVERDUE, "OVERDUE", "a review is past its day.", "ask the Guardian to review it"),
    (NOT_JUSTIFIED, "BLOCKED", "an opening was found not justified.", "ask the Guardian to let you open again"),
)

OPENING = Table(
    "break_glass",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("actor", String(80), nullable=False, index=True),
    Column("role", String(80), nullable=False),
    Column("pseudonym", String(80), nullable=False),
    Column("code", String(40), nullable=False),
    Column("reason", Integer, nullable=False),  # its number in the vault
    Column("at", String(40), nullable=False),
    Column("until", String(40), nullable=False),
    Column("review_by", String(40), nullable=False),
)
EVENT = Table(
    "break_glass_event",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("opening", Integer, ForeignKey("break_glass.number"), nullable=False),
    Column("kind", String(10), nullable=False),  # close, review or lift: each once
    Column("event", String(60), nullable=False),
    Column("at", String(40), nullable=False),
    Column("by", String(80), nullable=False),
    UniqueConstraint("opening", "kind"),
)
append_only(OPENING)
append_only(EVENT)


@dataclass(frozen=True)
class Opening:
    """One opening as the Guardian sees it: without the person."""

    number: int
    actor: str
    role: str
    code: str
    reason: int
    at: dt.datetime
    until: dt.datetime
    review_by: dt.datetime
    state: str


@dataclass(frozen=True)
class BreakGlass:
    """Openings in one team's domain. `store` holds them, `audit`, `queue` and `reasons` hear of each."""

    store: Store
    domain: Domain
    audit: Audit
    queue: GuardianQueue
    reasons: Reasons
    rules: BreakGlassRules

    def open(self, request: Request, pseudonym: str, code: str, text: str, people: IdentitySource) -> int:
        """Open one person for the request's user, and give the opening's number. The audit row comes first.

        Raises `GovernanceError` `E-BREAK-GLASS-ROLE`, `-CODE`, `-OPEN` (another is open), `-OVERDUE` (a review is past its day),
        `-BLOCKED` (one was not justified), `-LIMIT` (so many were made), `E-PSEUDONYM-*`, `E-ACCESS-TEXT` for a text that is
        empty or holds an identifier.
        """
        person = parse_pseudonym(pseudonym, self.domain)
        check_plain(text)
        self._check(request, person, code)
        self._write_down(request, "break-glass open", f"{request.purpose}: {code}", _subject(people, person))
        reason = self.reasons.keep(text, actor=request.actor, at=request.at)
        row = {
            "actor": request.actor, "role": request.role, "pseudonym": person, "code": code, "reason": reason,
            "at": written(request.at), "until": written(request.at + dt.timedelta(minutes=self.rules.minutes)),
            "review_by": written(request.at + dt.timedelta(days=self.rules.review_days)),
        }  # fmt: skip
        with self.store.write() as connection:
            failure = self._not_free(connection, request, person)
            if failure is not None:
                raise failure
            number = int(connection.execute(insert(OPENING).values(**row)).inserted_primary_key[0])  # type: ignore[index]
            self.queue.add_within(
                connection, BREAK_GLASS_ALERT, at=request.at, actor=request.actor, role=request.role,
                about=f"opening {number}: {code}",
            )  # fmt: skip
        return number

    def check(self, request: Request, code: str) -> None:
        """Refuse as `open` does for what does not depend on a person: role, coded reason, earlier openings, their number."""
        self._check(request, "", code)

    def close(self, number: int, request: Request) -> None:
        """The user closes her own opening. `E-BREAK-GLASS-STATE` where it is not open, or not hers."""
        found = self._find(number, request.at)
        if found.state != OPEN or found.actor != request.actor:
            raise self._refused(request, "break-glass close", _state(number))
        self._add(number, "close", CLOSE, request)

    def review(self, number: int, request: Request, verdict: str) -> None:
        """The Guardian finds it justified or not, or lifts what a NOT_JUSTIFIED one stops (one of VERDICTS).

        Raises `GovernanceError` `E-BREAK-GLASS-ROLE`, `E-BREAK-GLASS-REVIEWER` for one's own opening, whatever the role,
        `E-BREAK-GLASS-STATE` while it is open, where it is reviewed or has nothing to lift, or where there is none.
        """
        if not can(request.role, "break-glass reviews") or verdict not in VERDICTS:
            failure = GovernanceError("E-BREAK-GLASS-ROLE", "this role does not review, or gives no such verdict.")
            raise self._refused(request, "break-glass review", failure)
        found = self._find(number, request.at)
        if found.actor == request.actor:
            failure = GovernanceError("E-BREAK-GLASS-REVIEWER", "nobody reviews her own opening.", cure="ask somebody else")
            raise self._refused(request, "break-glass review", failure)
        if verdict not in STATES[found.state]:
            raise self._refused(request, "break-glass review", _state(number))
        self._write_down(request, "break-glass review", f"opening {number}: {verdict}", "")
        self._add(number, VERDICTS[verdict], verdict, request)

    def openings(self, at: dt.datetime, actor: str | None = None) -> list[Opening]:
        """All openings made by a moment, or one user's, with their state at it; in order."""
        query = select(OPENING).where(OPENING.c.at <= written(at)).order_by(OPENING.c.number)
        if actor is not None:
            query = query.where(OPENING.c.actor == account(actor))
        with self.store.read() as connection:
            events = _events(connection)
            return [_opening(row, events, at) for row in connection.execute(query).mappings()]

    def current(self, actor: str, at: dt.datetime) -> tuple[Opening, str] | None:
        """The user's opening that is open at a moment, with the pseudonym of whom it opens; None where there is none."""
        mine = (OPENING.c.actor == account(actor), OPENING.c.at <= written(at), OPENING.c.until > written(at))
        with self.store.read() as connection:
            rows = list(connection.execute(select(OPENING).where(*mine).order_by(OPENING.c.number.desc())).mappings())
            events = _events(connection) if rows else {}
        found = [(each, str(row["pseudonym"])) for row in rows if (each := _opening(row, events, at)).state == OPEN]
        return found[0] if found else None

    def overdue(self, actor: str, at: dt.datetime) -> int:
        """How many of a user's openings are past their review."""
        return sum(each.state == OVERDUE for each in self.openings(at, actor))

    def relationships(self, actor: str, at: dt.datetime, day: dt.date) -> pa.Table:
        """RELATIONSHIP rows of the user's openings that are open at this moment, good for its day."""
        current = {each.number for each in self.openings(at, actor) if each.state == OPEN}
        if not current:
            return RELATIONSHIP.empty_table()
        query = select(OPENING.c.pseudonym).where(OPENING.c.number.in_(sorted(current)))
        with self.store.read() as connection:
            people = list(connection.execute(query).scalars())
        mine = (person for person in people if person.startswith(f"{self.domain.tag}-"))
        rows = [(person, BREAK_GLASS, USER, account(actor), day, None) for person in mine]
        return pa.Table.from_pylist([dict(zip(RELATIONSHIP.names, row, strict=True)) for row in rows], schema=RELATIONSHIP)

    def _check(self, request: Request, person: str, code: str) -> None:
        failure = None
        if not can(request.role, "break glass"):
            failure = GovernanceError("E-BREAK-GLASS-ROLE", "this role does not break glass.")
        elif code not in REASON_CODES:
            failure = GovernanceError("E-BREAK-GLASS-CODE", "there is no such reason.", cure=f"one of: {', '.join(REASON_CODES)}")
        else:
            with self.store.read() as connection:
                failure = self._not_free(connection, request, person)
        if failure is not None:
            raise self._refused(request, "break-glass open", failure)

    def _not_free(self, connection: Connection, request: Request, person: str) -> GovernanceError | None:
        """Why the user may not open this person now; None where she may. Openings that are dated later count, too."""
        events = _events(connection)
        rows = list(connection.execute(select(OPENING).where(OPENING.c.actor == request.actor)).mappings())
        states = {_opening(row, events, request.at).state for row in rows}
        for state, code, message, cure in STOPS:
            if state in states:
                return GovernanceError(f"E-BREAK-GLASS-{code}", message, cure=cure)
        lately = [row["at"] for row in rows if row["at"] > written(request.at - WEEK)]
        of_her = [row["at"] for row in rows if row["pseudonym"] == person and row["at"] > written(request.at - MONTH)]
        if len(lately) >= self.rules.in_a_week or len(of_her) >= self.rules.same_person_in_a_month:
            return GovernanceError(
                "E-BREAK-GLASS-LIMIT",
                f"{len(lately)} openings in 7 days, {len(of_her)} of this person in 30: no more are allowed.",
                cure="have the relationship recorded, or ask the Guardian",
            )
        return None

    def _refused(self, request: Request, action: str, failure: GovernanceError) -> GovernanceError:
        return refused(self.audit, request, action, failure)

    def _find(self, number: int, at: dt.datetime) -> Opening:
        found = [each for each in self.openings(at) if each.number == number]
        if not found:
            raise _state(number)
        return found[0]

    def _add(self, number: int, kind: str, event: str, request: Request) -> None:
        row = {"opening": number, "kind": kind, "event": event, "at": written(request.at), "by": request.actor}
        with self.store.write() as connection:
            if connection.execute(select(EVENT.c.number).where(EVENT.c.opening == number, EVENT.c.kind == kind)).first():
                raise _state(number)
            connection.execute(insert(EVENT).values(**row))

    def _write_down(self, request: Request, action: str, purpose: str, subject: str) -> None:
        act = Act(request.at, request.actor, action, purpose, run_id=request.run_id, role=request.role)
        self.audit.append(act, [subject])


def _subject(people: IdentitySource, person: str) -> str:
    found = people.standing([person])["subject"].to_pylist()
    return found[0] if found else ""


def _events(connection: Connection) -> dict[int, dict[str, str]]:
    events: dict[int, dict[str, str]] = {}
    for row in connection.execute(select(EVENT)):
        events.setdefault(row.opening, {})[row.kind] = row.event
    return events


def _opening(row: RowMapping, events: dict[int, dict[str, str]], at: dt.datetime) -> Opening:
    said = events.get(row["number"], {})
    opened, until, review_by = (dt.datetime.fromisoformat(row[name]) for name in ("at", "until", "review_by"))
    state = OPEN
    if said or at >= until:  # what was reviewed had ended, whatever the moment asked for
        state = STATES[state][CLOSE if "close" in said else EXPIRE]
    if "review" in said:
        state = STATES[state][said["review"]]
        state = STATES[state][said["lift"]] if "lift" in said else state
    elif state == WAITING and at >= review_by:
        state = STATES[state][FALL_DUE]
    plain = {name: row[name] for name in ("number", "actor", "role", "code", "reason")}
    return Opening(at=opened, until=until, review_by=review_by, state=state, **plain)


def _state(number: int) -> GovernanceError:
    return GovernanceError("E-BREAK-GLASS-STATE", f"opening {number} is not in a state for this, or there is none.")
