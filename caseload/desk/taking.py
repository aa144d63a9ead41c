"""A step about a person, from its form to the history: opened, checked, its note kept, then taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseload.desk.filled import Choices
from caseload.desk.forms import NOTE, Form, forms
from caseload.desk.names import names_of
from caseload.desk.night import PublishedNight
from caseload.desk.notes import write_note
from caseload.desk.posts import Visit
from caseload.desk.search import NONE_FOUND
from caseload.desk.services import Services
from caseload.entries.history import Entry, Event
from caseload.entries.permissions import permitted
from caseload.entries.policies import Decision, check_decision
from caseload.entries.steps import Doing, check_step, take
from caseload.entries.strands import ACTION, CARER, ITEM, MEETING, PLAN
from governance.access.decision import LONDON
from schemas.errors import GovernanceError

ASKED_OF = {  # which field a refusal is about, where one is
    "E-ENTRY-REASON": "reason", "E-ENTRY-PROFESSIONAL": "professional", "E-ENTRY-TIER": "tier", "E-NOTE-TEXT": NOTE,
}  # fmt: skip
CHANGED = "E-ENTRY-STATE"
ARRANGES = "coordinator"  # a professional's role in the configuration


@dataclass(frozen=True)
class Standing:
    """How things stand with a person, and what may be done. threads: the last events of what belongs to her entry."""

    entry: Entry
    threads: Sequence[Event]
    meetings: Sequence[Event]
    forms: Sequence[Form]


def standing(visit: Visit, services: Services, pseudonym: str) -> Standing:
    """Of one person; what is read of the history says nothing of who she is."""
    team, day = visit.post.team, visit.request().day
    entry = services.entries.entry(team, pseudonym, day)
    threads = [each for strand in (PLAN, CARER, ITEM, ACTION) for each in services.entries.threads(team, strand, [pseudonym])]
    meetings = [
        each
        for each in services.entries.threads(team, MEETING)
        if each.state == "planned" and each.due is not None and each.due >= day
    ]
    return Standing(entry, threads, meetings, forms(visit.post.role, entry, threads, [each.thread for each in meetings]))


def choices_of(visit: Visit, services: Services, found: Standing) -> Choices:
    """What the fields of a form offer: the team's own professionals, and its meetings to come."""
    mine = [each for each in services.professionals.values() if each.team == visit.post.team]
    leads = [(each.id, f"{each.id}, {each.role}") for each in mine if each.role != ARRANGES]
    arrange = [(each.id, f"{each.id}, {each.role}") for each in mine if each.role == ARRANGES]
    meetings = [(str(each.thread), f"{each.kind}, {each.due:%-d %B %Y}") for each in found.meetings]
    return Choices(leads, arrange, meetings)


def carry_out(
    visit: Visit, services: Services, night: PublishedNight, pseudonym: str, *, form: Form, said: Mapping[str, Any]
) -> None:
    """Take the step. The note is kept first, once nothing else stands against the step; its number goes with it.

    Raises `GovernanceError`: what `Entries.decide`, `take` and `write_note` raise.
    """
    request, door = visit.request(), services.doors[visit.post.team](night)
    permitted(request, pseudonym, door)
    text = said.get(NOTE, "")
    if form.step == NOTE:
        write_note(visit, services, night, pseudonym, text)
        return
    plain = {name: value for name, value in said.items() if name not in (NOTE, "reason")}
    if "carer" in plain:
        plain["carer"] = carer_of(visit, services, night, plain["carer"])
    reason = said.get("reason", "")
    if form.of_entry:
        decision = Decision(form.step, reason, form.last, **plain)
        team = visit.post.team
        check_decision(
            decision, request.day, rules=services.entries.rules, team=team, professionals=services.entries.professionals
        )
        note = write_note(visit, services, night, pseudonym, text) if text else None
        services.entries.decide(request, pseudonym, Decision(form.step, reason, form.last, note=note, **plain), door)
        return
    plain |= {"thread": form.thread or None, "last": form.last, "person": pseudonym}
    check_step(services.entries, request, Doing(form.step, reason, **plain))
    note = write_note(visit, services, night, pseudonym, text) if text else None
    take(services.entries, request, Doing(form.step, reason, note=note, **plain), door)


def carer_of(visit: Visit, services: Services, night: PublishedNight, number: str) -> str:
    """The pseudonym of a carer whom the visit may have to do with, by her NHS number; `E-ENTRY-CARER` where nobody is found."""
    found = services.directories[visit.post.team](night).by_number(number)
    names = names_of(visit, services, night, found or [""])
    if len(names.shown) != 1:
        raise GovernanceError("E-ENTRY-CARER", f"{NONE_FOUND} A carer who is not in the area's data needs no number.")
    return next(iter(names.shown))


def wrong_field(error: GovernanceError, form: Form) -> str:
    """The field of the form that a refusal is about; empty where none is."""
    if error.code == "E-ENTRY-DATE":
        return next((name for name in ("until", "due", "since") if name in form.needs | form.asks), "")
    if error.code == "E-ENTRY-CARER":
        return "carer"
    field = ASKED_OF.get(error.code, "")
    return field if field == "reason" or field in form.needs | form.asks else ""


def changed_words(visit: Visit, found: Standing, thread: int) -> str:
    """Who changed it meanwhile, and when, as far as the history says."""
    event = next((each for each in found.threads if each.thread == thread), None)
    at = event.at if event else found.entry.decided_at if not thread else None
    by = event.actor if event else found.entry.decided_by if not thread else ""
    if at is None:
        return "This is not possible as things stand now."
    who = "You" if by == visit.account else "A colleague"
    local = at.astimezone(LONDON)
    return f"{who} changed this at {local:%H:%M} on {local:%-d %B %Y}."
