"""A step of a plan, a carer, a meeting, its agenda, an action or a virtual-ward stay: checked, then added to the history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from caseload.entries.changing import Change
from caseload.entries.history import Event, as_event
from caseload.entries.people import heads_of, number_for, together
from caseload.entries.policies import check_dates, check_note, check_professionals, check_window
from caseload.entries.strands import ATTENDEE, CARER, ITEM, MEETING, STAY, STEPS, Step, Strand, goes_on
from caseload.entries.tables import EVENT
from caseload.entries.writing import Adding, add, changed_meanwhile, last_of
from governance.access.accounts import account
from governance.access.decision import Request
from governance.access.tables import check_plain, written
from governance.reidentify import Door
from schemas.errors import GovernanceError

if TYPE_CHECKING:
    from caseload.entries.entries import Entries

MOST_CHARACTERS = 80  # of an account, as every store of accounts has it


@dataclass(frozen=True)
class Doing:
    """A step that somebody takes, and what she says with it.

    person: her pseudonym in the team, in every step of a strand that is about a person. thread, last: which thread goes on, and
    the number of its last event as the user saw it; a step that begins one has neither. of: the thread that it belongs to.
    """

    step: str
    reason: str
    person: str = ""
    thread: int | None = None
    last: int = 0
    of: int | None = None
    carer: str = ""
    professional: str = ""
    account: str = ""
    ward: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    due: dt.date | None = None
    note: int | None = None


SAYS = ("of", "carer", "professional", "account", "ward", "since", "until", "due", "note")


def take(entries: Entries, request: Request, doing: Doing, door: Door) -> Event:
    """Take a step, write it down, and give its event.

    Raises `GovernanceError`: `E-ENTRY-ROLE`, the door's `E-ACCESS-*` where the person or her carer is not the user's,
    `E-ENTRY-EVENT`, `E-ENTRY-REASON`, `E-ENTRY-FIELD` where it says what it must not or lacks what it must, `E-ENTRY-DATE`,
    `E-ENTRY-PROFESSIONAL`, `E-ENTRY-WARD`, `E-ENTRY-BEDS`, `E-ENTRY-NOTE`, `E-ENTRY-NONE` for a thread of nobody or of somebody
    else, `E-ENTRY-STATE`, `E-AUDIT-STORE`. Each leaves everything as it was, and a line in the audit log.
    """
    people = [each for each in (doing.person, doing.carer) if each]

    def work(connection: Connection, audit: int) -> dict[str, Any]:
        strand, step = STEPS[doing.step]
        said = _said(connection, request, doing, step)
        person = number_for(connection, doing.person, team=request.team, at=written(request.at)) if doing.person else None
        before = None if doing.thread is None else _before(connection, request, doing, strand, person)
        if doing.of is not None:
            _check_whole(connection, request, strand, doing.of)
        row = add(connection, request, Adding(strand.name, doing.step, step.to, person, said, before), audit=audit)
        _check_once(connection, strand, row)
        _check_bed(connection, entries, strand, row)
        return row

    row = entries.change(
        request, door, Change(doing.step, doing.reason, people, lambda: check_step(entries, request, doing)), work
    )  # fmt: skip
    if row["strand"] in (MEETING.name, ATTENDEE.name, ITEM.name):
        entries.follow(request, _concerned(entries, row, doing))
    return as_event(row, doing.person)


def check_step(entries: Entries, request: Request, doing: Doing) -> None:
    """Refuse what policy does not allow, whatever the history says. Raises `GovernanceError` `E-ENTRY-*`, as `take`."""
    if doing.step not in STEPS:
        raise GovernanceError("E-ENTRY-EVENT", "there is no such step.", cure=f"one of: {', '.join(STEPS)}")
    strand, step = STEPS[doing.step]
    if doing.reason not in (step.reasons or ("",)):
        known = ", ".join(step.reasons) or "none"
        raise GovernanceError("E-ENTRY-REASON", "a step needs a coded reason of its own, or none.", cure=f"one of: {known}")
    given = {name for name in SAYS if getattr(doing, name) not in (None, "")}
    lacking = {name for name in step.needs - {"person"} if name not in given}
    about_people = any("person" in each.needs for each in strand.steps.values())
    if lacking or given - step.needs - step.may or about_people != bool(doing.person):
        raise GovernanceError("E-ENTRY-FIELD", f"the step lacks {len(lacking)} things that it has to say, or says others.")
    if bool(step.after) != (doing.thread is not None):
        raise changed_meanwhile()
    check_dates(request.day, (doing.since, doing.due, doing.until), to_come=(doing.due, doing.until))
    check_window(strand is MEETING, (doing.since, doing.until), request.day, entries.rules)
    check_professionals([doing.professional], request.team, entries.professionals)
    check_note(doing.note)
    if doing.account and len(doing.account) > MOST_CHARACTERS:
        raise GovernanceError("E-ENTRY-FIELD", f"an account has at most {MOST_CHARACTERS} characters.")
    if doing.ward and (doing.ward not in entries.wards or entries.wards[doing.ward].team != request.team):
        raise GovernanceError("E-ENTRY-WARD", "there is no such virtual ward of this team.")
    if doing.carer and doing.carer == doing.person:
        raise GovernanceError("E-ENTRY-FIELD", "nobody is her own carer.")


def _said(connection: Connection, request: Request, doing: Doing, step: Step) -> dict[str, Any]:
    said: dict[str, Any] = {"reason": doing.reason, "note": doing.note}
    said |= {name: value for name in ("professional", "ward", "since", "until", "due") if (value := getattr(doing, name))}
    if doing.of is not None:
        said["other"] = doing.of
    if doing.carer:
        said["other"] = number_for(connection, doing.carer, team=request.team, at=written(request.at))
    if doing.account:
        check_plain(doing.account)
        said["account"] = account(doing.account)
    return said if step.after or "since" in said else said | {"since": request.day}


def _before(connection: Connection, request: Request, doing: Doing, strand: Strand, person: int | None) -> dict[str, Any]:
    row = last_of(connection, doing.thread or 0, strand.name, request.team)
    if row["person"] != person and heads_of(connection, {row["person"]} - {None}).get(row["person"]) != person:
        raise GovernanceError("E-ENTRY-NONE", "there is no such thing to change.")
    if row["number"] != doing.last or row["state"] not in STEPS[doing.step][1].after:
        raise changed_meanwhile()
    return row


def _check_whole(connection: Connection, request: Request, strand: Strand, thread: int) -> None:
    """The thread that the new one belongs to is there, and not over."""
    whole = last_of(connection, thread, strand.of, request.team)
    if strand.of == MEETING.name and whole["state"] not in goes_on(MEETING):
        raise changed_meanwhile()


def _check_once(connection: Connection, strand: Strand, row: dict[str, Any]) -> None:
    """No two threads that go on say the same of the same: one stay at a time, one place on an agenda."""
    if not strand.once or row["state"] not in goes_on(strand) or any(row[name] is None for name in strand.once):
        return
    people = ("person", "other") if strand is CARER else ("person",)
    same = {name: sorted(together(connection, [row[name]])) if name in people else [row[name]] for name in strand.once}
    those = [EVENT.c[name].in_(values) for name, values in same.items()]
    rows = connection.execute(select(EVENT).where(EVENT.c.strand == strand.name, EVENT.c.team == row["team"], *those)).mappings()
    for thread in {each["thread"] for each in rows} - {row["thread"]}:
        last = last_of(connection, thread, strand.name, row["team"])
        if last["state"] in goes_on(strand) and all(last[name] in values for name, values in same.items()):
            raise GovernanceError("E-ENTRY-STATE", "that is so already.", cure="look again, and decide on what stands now")


def _check_bed(connection: Connection, entries: Entries, strand: Strand, row: dict[str, Any]) -> None:
    if strand is not STAY or row["place"] != 1:
        return
    query = select(EVENT).where(EVENT.c.strand == STAY.name, EVENT.c.ward == row["ward"]).order_by(EVENT.c.number)
    last = {each["thread"]: each["state"] for each in connection.execute(query).mappings()}
    if sum(state in goes_on(STAY) for state in last.values()) > entries.wards[row["ward"]].beds:
        raise GovernanceError("E-ENTRY-BEDS", "the virtual ward has no free bed.", cure="end a stay that is over, or wait")


def _concerned(entries: Entries, row: dict[str, Any], doing: Doing) -> Sequence[str]:
    if row["strand"] == ITEM.name:
        return [doing.person]
    meeting = row["thread"] if row["strand"] == MEETING.name else row["other"]
    return entries.on_agenda(row["team"], meeting)
