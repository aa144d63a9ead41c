"""Making a meeting: planned with its window, its agenda carried forward from the last one, people put on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseload.desk.meetings import ROUND, Meeting, meeting_of, meetings
from caseload.desk.my_list import CHANGED, NEW, NEWS, PAGE_ROWS, RISING, ListRow, named, own_list
from caseload.desk.names import names_of
from caseload.desk.night import PublishedNight
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.history import Event
from caseload.entries.states import ACCEPTED, REVIEW_DUE
from caseload.entries.steps import Doing, take
from caseload.entries.strands import ACTION, ITEM, STAY, STEPS, goes_on
from schemas.errors import GovernanceError

BEFORE, AFTER = dt.timedelta(days=2), dt.timedelta(days=7)  # a meeting's window around its day, where nobody says another

# Why somebody is suggested for an agenda: a reason of `item added`, by the marks of her row; the first that holds.
BY_MARK = ((NEWS, "admitted lately"), (RISING, "risk rising"), (NEW, "new on the list"), (CHANGED, "risk rising"))
ASKED_FOR = "asked for"


@dataclass(frozen=True)
class Suggested:
    """Somebody of the visitor's own list who is not on the agenda. `suggested`: whether anything speaks for it tonight."""

    row: ListRow
    reason: str
    suggested: bool


@dataclass(frozen=True)
class Done:
    """What came of a step for several people: how many it was taken for, and how many not."""

    taken: int
    refused: int


def plan(visit: Visit, services: Services, night: PublishedNight, doing: Doing) -> int:
    """Plan a meeting and carry forward to it what earlier ones of its kind left open; give its number."""
    door = services.doors[visit.post.team](night)
    made = take(services.entries, visit.request(), doing, door)
    meeting = meeting_of(visit, services, str(made.thread))
    if meeting is not None:
        carry_forward(visit, services, night, meeting)
    return made.thread


def left_open(visit: Visit, services: Services, meeting: Meeting) -> list[Event]:
    """Items of earlier meetings of the kind that are not done: not come to, or discussed with something still to be done."""
    earlier = {
        each.number: each
        for each in meetings(visit, services)
        if _is_like(each, meeting) and (each.day, each.number) < (meeting.day, meeting.number)
        and (not each.goes_on or each.day < visit.request().day)
    }  # fmt: skip
    items = services.entries.threads(visit.post.team, ITEM)
    here = {each.pseudonym for each in items if each.other == meeting.number and each.state in goes_on(ITEM)}
    found = [each for each in items if each.other in earlier and each.state in goes_on(ITEM) and each.pseudonym not in here]
    busy = _with_actions(visit, services, [each.pseudonym for each in found])
    return [each for each in found if each.state == "on the agenda" or each.pseudonym in busy]


def carry_forward(visit: Visit, services: Services, night: PublishedNight, meeting: Meeting) -> Done:
    """Bring what was left open onto this agenda, as far as the people are the visitor's today."""
    doings = [
        Doing("item carried forward", "no time" if each.state == "on the agenda" else "goes on", person=each.pseudonym,
              thread=each.thread, last=each.number, of=meeting.number)
        for each in left_open(visit, services, meeting)
    ]  # fmt: skip
    return take_each(visit, services, night, doings)


def take_each(visit: Visit, services: Services, night: PublishedNight, doings: Sequence[Doing]) -> Done:
    """Take each step; those that a person's own state or relationship refuses are counted. A store that fails stops it."""
    door, taken = services.doors[visit.post.team](night), 0
    for each in doings:
        try:
            take(services.entries, visit.request(), each, door)
            taken += 1
        except GovernanceError as error:
            if not error.code.startswith(("E-ENTRY-STATE", "E-ACCESS-RELATIONSHIP", "E-ACCESS-REGISTER")):
                raise
    return Done(taken, len(doings) - taken)


def suggestions(
    visit: Visit, services: Services, night: PublishedNight, meeting: Meeting
) -> tuple[list[Suggested], str]:  # fmt: skip
    """People of the visitor's own list who are not on this agenda, those for whom something speaks first; and what to say of
    names. Not more than a page of them. Raises what the door raises."""
    rows, _ = own_list(visit, services, night)
    items = services.entries.threads(visit.post.team, ITEM)
    here = {each.pseudonym for each in items if each.other == meeting.number and each.state in goes_on(ITEM)}
    on_ward = _on_ward(visit, services, meeting)
    found = [_suggested(each, on_ward) for each in rows if each.pseudonym not in here]
    found.sort(key=lambda each: (each.row.pseudonym not in on_ward, not each.suggested))  # stable: highest need first among each
    found = found[:PAGE_ROWS]
    names = names_of(visit, services, night, [each.row.pseudonym for each in found])
    return [Suggested(named(each.row, names), each.reason, each.suggested) for each in found], names.line


def on_no_ward(visit: Visit, services: Services, night: PublishedNight) -> tuple[list[ListRow], str]:
    """People of the visitor's own list who are on no virtual ward, highest need first, not more than a page of them; and what to
    say of names. Raises what the door raises."""
    rows, _ = own_list(visit, services, night)
    stays = services.entries.threads(visit.post.team, STAY)
    there = {each.pseudonym for each in stays if each.state in goes_on(STAY)}
    found = [each for each in rows if each.pseudonym not in there][:PAGE_ROWS]
    names = names_of(visit, services, night, [each.pseudonym for each in found])
    return [named(each, names) for each in found], names.line


def add_people(
    visit: Visit, services: Services, night: PublishedNight, meeting: Meeting, reasons: Mapping[str, str]
) -> Done:  # fmt: skip
    """Put people on an agenda. `reasons`: pseudonym to a coded reason; the case's owner is whose she is now."""
    rows, _ = own_list(visit, services, night)
    owners = {each.pseudonym: each.professional for each in rows}
    known = services.professionals
    doings = [
        Doing("item added", reason, person=who, of=meeting.number,
              professional=owners.get(who, "") if owners.get(who, "") in known else "")
        for who, reason in reasons.items()
    ]  # fmt: skip
    return take_each(visit, services, night, doings)


def reasons_to_add() -> Mapping[str, str]:
    """The coded reasons of a place on an agenda, with their meaning."""
    return STEPS["item added"][1].reasons


def _is_like(one: Meeting, other: Meeting) -> bool:
    return (one.event.kind, one.event.ward) == (other.event.kind, other.event.ward) and one.event.state != "cancelled"


def _with_actions(visit: Visit, services: Services, people: Sequence[str]) -> set[str]:
    actions = services.entries.threads(visit.post.team, ACTION, people) if people else []
    return {each.pseudonym for each in actions if each.state in goes_on(ACTION)}


def _on_ward(visit: Visit, services: Services, meeting: Meeting) -> set[str]:
    if meeting.event.kind != ROUND:
        return set()
    stays = services.entries.threads(visit.post.team, STAY)
    return {each.pseudonym for each in stays if each.state in goes_on(STAY) and meeting.event.ward in ("", each.ward)}


def _suggested(row: ListRow, on_ward: set[str]) -> Suggested:
    if row.pseudonym in on_ward:
        return Suggested(row, "virtual ward", True)
    if row.state == REVIEW_DUE:
        return Suggested(row, "review due", True)
    mark = next((reason for mark, reason in BY_MARK if mark in row.marks), "")
    if row.state == ACCEPTED and not mark:
        mark = "new on the list"
    return Suggested(row, mark or ASKED_FOR, bool(mark))
