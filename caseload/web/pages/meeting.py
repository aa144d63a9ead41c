"""One meeting: its agenda with actions, who is invited, and people put on it. A meeting that is not one's own is not there."""

from __future__ import annotations

from typing import Any

from caseload.desk.agenda import agenda
from caseload.desk.meetings import Meeting, meeting_of
from caseload.desk.planning import add_people, carry_forward, left_open, reasons_to_add, suggestions
from caseload.desk.posts import Visit
from caseload.entries.permissions import may
from caseload.entries.strands import ACTION, ATTENDEE, ITEM, MEETING
from caseload.web.pages.form_steps import doing_of, reasons, refused_words, take_step, taken_by
from caseload.web.route import Answer, Asked, absent, go_to, page
from governance.access.roles import MDT_MEMBER
from schemas.errors import GovernanceError

CARRY = "carry forward"  # not a step but many: everything that earlier meetings left open
STEPS_HERE = {*ACTION.steps, *ATTENDEE.steps, *MEETING.steps, *ITEM.steps} - {"meeting planned", "item added"}


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Its agenda."""
    meeting = meeting_of(visit, services, asked.path.get("meeting", ""))
    return absent() if meeting is None else _page(visit, services, asked, meeting)


def change(visit: Visit, services: Any, asked: Asked) -> Answer:
    """One step of the meeting, its agenda, its guests or somebody's actions."""
    meeting = meeting_of(visit, services, asked.path.get("meeting", ""))
    if meeting is None:
        return absent()
    try:
        if asked.value("step") == CARRY and may(visit.post.role, "item carried forward"):
            carry_forward(visit, services, asked.night, meeting)
        else:
            take_step(visit, services, asked, doing_of(asked, STEPS_HERE))
    except GovernanceError as error:
        return _page(visit, services, asked, meeting, refused_words(error))
    return go_to(f"/meetings/{meeting.number}")


def choose(visit: Visit, services: Any, asked: Asked) -> Answer:
    """People of one's own list who are not on the agenda."""
    meeting = meeting_of(visit, services, asked.path.get("meeting", ""))
    return absent() if meeting is None or not meeting.goes_on else _choice(visit, services, asked, meeting)


def add(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Those who were ticked come onto it."""
    meeting = meeting_of(visit, services, asked.path.get("meeting", ""))
    if meeting is None or not meeting.goes_on:
        return absent()
    ticked = {who: asked.value(f"reason-{who}") for who in asked.form.get("person", ())}
    if not ticked:
        return _choice(visit, services, asked, meeting, "Nobody was ticked.")
    try:
        done = add_people(visit, services, asked.night, meeting, ticked)
    except GovernanceError as error:
        return _choice(visit, services, asked, meeting, refused_words(error))
    if done.refused:
        words = f"{done.taken} were put on the agenda. {done.refused} were not: on it already, or not your own people today."
        return _choice(visit, services, asked, meeting, words)
    return go_to(f"/meetings/{meeting.number}")


def _page(visit: Visit, services: Any, asked: Asked, meeting: Meeting, problem: str = "") -> Answer:
    arranges = visit.post.role != MDT_MEMBER
    later = services.entries.threads(visit.post.team, MEETING) if arranges else []
    return page(
        status=409 if problem else 200,
        found=agenda(visit, services, asked.night, meeting),
        meeting=meeting,
        may=taken_by(visit.post.role),
        reasons=reasons(),
        staff=[each for each in services.professionals.values() if each.team == visit.post.team],
        left=len(left_open(visit, services, meeting)) if arranges and meeting.goes_on else 0,
        guests=_guests(asked, visit, meeting) if arranges else [],
        names=_names(asked),
        onward=[each for each in later if each.state == "planned" and each.thread != meeting.number],
        today=visit.request().day,
        problem=problem,
    )


def _choice(visit: Visit, services: Any, asked: Asked, meeting: Meeting, problem: str = "") -> Answer:
    found, names = suggestions(visit, services, asked.night, meeting)
    return page(
        "meeting_add.html", 409 if problem else 200, found=found, names=names, meeting=meeting, reasons=reasons_to_add(),
        problem=problem,
    )  # fmt: skip


def _guests(asked: Asked, visit: Visit, meeting: Meeting) -> list[tuple[str, str]]:
    """Account and name of the team's users who are not invited yet."""
    invited = {each.account for each in meeting.invited}
    users = asked.own.settings.users().values()
    found = [each for each in users if each.account not in invited and any(post.team == visit.post.team for post in each.posts)]
    return sorted((each.account, each.name or each.account) for each in found)


def _names(asked: Asked) -> dict[str, str]:
    return {each.account: each.name or each.account for each in asked.own.settings.users().values()}
