"""Meetings: those of a team, and one planned. An MDT member's are those she is invited to."""

from __future__ import annotations

import datetime as dt
from typing import Any

from caseload.desk.meetings import may_open, meetings
from caseload.desk.planning import AFTER, BEFORE, plan
from caseload.desk.posts import Visit
from caseload.entries.steps import Doing
from caseload.web.pages.form_steps import doing_of, refused_words, taken_by
from caseload.web.route import Answer, Asked, go_to, page
from schemas.errors import GovernanceError

PLANNED = "meeting planned"


def show(visit: Visit, services: Any, _asked: Asked) -> Answer:
    """The meetings, and the form to plan one."""
    return _page(visit, services)


def planned(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Plan one; what earlier ones left open comes onto its agenda."""
    try:
        made = plan(visit, services, asked.night, _with_window(doing_of(asked, (PLANNED,), person="")))
    except GovernanceError as error:
        return _page(visit, services, refused_words(error), status=409)
    return go_to(f"/meetings/{made}")


def _with_window(doing: Doing) -> Doing:
    """The usual window where the form says none."""
    if doing.due is None:
        return doing
    if not dt.date.min + BEFORE <= doing.due <= dt.date.max - AFTER:
        raise GovernanceError("E-ENTRY-DATE", "that day has no days around it.", cure="enter the day of the meeting")
    since, until = doing.since or doing.due - BEFORE, doing.until or doing.due + AFTER
    return Doing(**(vars(doing) | {"since": since, "until": until}))


def _page(visit: Visit, services: Any, problem: str = "", status: int = 200) -> Answer:
    return page(
        status=status,
        meetings=[(each, may_open(visit, each)) for each in meetings(visit, services)],
        today=visit.request().day,
        may=taken_by(visit.post.role),
        wards=[each for each in services.wards.values() if each.team == visit.post.team],
        before=BEFORE.days,
        after=AFTER.days,
        problem=problem,
    )
