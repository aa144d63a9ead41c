"""Meetings of a team: which there are, who is invited, and which of them somebody may open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.history import Event
from caseload.entries.strands import ATTENDEE, MEETING, goes_on
from governance.access.roles import MDT_MEMBER

ROUND = "virtual ward round"  # kind of a meeting, beside `mdt`
SHOWN_BACK = dt.timedelta(days=60)  # meetings of so long ago are listed
CANCELLED = "cancelled"


@dataclass(frozen=True)
class Meeting:
    """One meeting. `event`: its last; `invited`: the last event of each who is invited now. `open`: today is in its window."""

    event: Event
    invited: Sequence[Event]
    open: bool

    @property
    def number(self) -> int:
        """Its number: it stays whatever happens to the meeting."""
        return self.event.thread

    @property
    def day(self) -> dt.date:
        """The day on which it is held."""
        return self.event.due or self.event.at.date()

    @property
    def goes_on(self) -> bool:
        """Whether it is still to be held."""
        return self.event.state in goes_on(MEETING)

    @property
    def title(self) -> str:
        """What kind of meeting it is."""
        return f"Round of {self.event.ward or 'the virtual ward'}" if self.event.kind == ROUND else "MDT meeting"


def meetings(visit: Visit, services: Services) -> list[Meeting]:
    """The team's meetings, the next ones first and the latest of the past after them; an MDT member's are those she is invited
    to. Raises `GovernanceError` `E-ENTRY-STORE`."""
    today = visit.request().day
    found = [each for each in _all(visit, services) if each.day >= today - SHOWN_BACK and _is_hers(visit, each)]
    to_come = sorted((each for each in found if each.day >= today), key=lambda each: (each.day, each.number))
    past = sorted((each for each in found if each.day < today), key=lambda each: (each.day, each.number), reverse=True)
    return to_come + past


def meeting_of(visit: Visit, services: Services, number: str) -> Meeting | None:
    """The meeting of this number that the visitor may open today; None for any other, and for what is no number.

    An MDT member opens those that she is invited to, in their window.
    """
    if not (number.isascii() and number.isdigit()):
        return None
    found = next((each for each in _all(visit, services) if str(each.number) == number), None)
    return found if found is not None and may_open(visit, found) else None


def may_open(visit: Visit, meeting: Meeting) -> bool:
    """Whether the visitor may open a meeting of her team today."""
    if visit.post.role != MDT_MEMBER:
        return True
    return meeting.open and meeting.event.state != CANCELLED and _is_hers(visit, meeting)


def _is_hers(visit: Visit, meeting: Meeting) -> bool:
    return visit.post.role != MDT_MEMBER or visit.account in {each.account for each in meeting.invited}


def _all(visit: Visit, services: Services) -> list[Meeting]:
    team, today = visit.post.team, visit.request().day
    invited: dict[int, list[Event]] = {}
    for each in services.entries.threads(team, ATTENDEE):
        if each.state in goes_on(ATTENDEE) and each.other is not None:
            invited.setdefault(each.other, []).append(each)
    return [
        Meeting(each, invited.get(each.thread, []), _holds(each, today)) for each in services.entries.threads(team, MEETING)
    ]  # fmt: skip


def _holds(event: Event, today: dt.date) -> bool:
    return event.since is not None and event.until is not None and event.since <= today <= event.until
