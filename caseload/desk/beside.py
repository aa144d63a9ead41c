"""What stands beside a person on her page: plans, carers, actions, meetings, notes, and what can be done now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseload.desk.forms import Form
from caseload.desk.names import names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.notes import may_write, notes_about
from caseload.desk.person import PersonPage
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.desk.taking import standing
from caseload.entries.history import Event
from caseload.entries.strands import ACTION, CARER, ITEM, PLAN, RELATIONS, goes_on
from governance.notes import Note


@dataclass(frozen=True)
class Thread:
    """Something that goes on for her. who: a carer's identity, where the door shows it. on: the day of the meeting."""

    event: Event
    forms: Sequence[Form]
    words: str = ""
    who: Row | None = None
    on: dt.date | None = None


@dataclass(frozen=True)
class Beside:
    """The parts of the page.

    decisions, doable: steps of the entry, and steps that begin something. notes: newest first, empty for a role that
    reads none; loose: those of them that no decision or thread shown here refers to.
    """

    plans: Sequence[Thread]
    carers: Sequence[Thread]
    actions: Sequence[Thread]
    meetings: Sequence[Thread]
    decisions: Sequence[Form]
    doable: Sequence[Form]
    notes: Sequence[Note]
    loose: Sequence[Note]
    reads_notes: bool


def beside(visit: Visit, services: Services, night: PublishedNight, page: PersonPage) -> Beside:
    """Of somebody whose page the door has opened to this visit: where her name is shown, her notes are, too."""
    pseudonym, named = page.pseudonym, page.who is not None
    found = standing(visit, services, pseudonym)
    of_thread: dict[int, list[Form]] = {}
    for form in found.forms:
        of_thread.setdefault(form.thread, []).append(form)

    def going(name: str) -> list[Event]:
        strand = next(each for each in (PLAN, CARER, ITEM, ACTION) if each.name == name)
        return [each for each in found.threads if each.strand == name and each.state in goes_on(strand)]

    notes = notes_about(visit, services, night, pseudonym) if named else []
    shown = [each for name in (PLAN.name, CARER.name, ACTION.name) for each in going(name)]
    told = {each.note for each in (*page.decisions, *shown)}
    days = {each.thread: each.due for each in found.meetings}
    carers = _carers(visit, services, night, going(CARER.name))
    return Beside(
        plans=[Thread(each, of_thread.get(each.thread, [])) for each in going(PLAN.name)],
        carers=[Thread(event, of_thread.get(event.thread, []), RELATIONS[event.kind], who) for event, who in carers],
        actions=[Thread(each, of_thread.get(each.thread, [])) for each in going(ACTION.name)],
        meetings=[
            Thread(each, of_thread.get(each.thread, []), on=days[each.other])
            for each in going(ITEM.name)
            if each.other in days and each.state == "on the agenda"
        ],
        decisions=[form for form in of_thread.get(0, []) if form.of_entry],
        doable=[form for form in of_thread.get(0, []) if not form.of_entry],
        notes=notes,
        loose=[each for each in notes if each.number not in told],
        reads_notes=may_write(visit.post.role) and named,
    )


def _carers(visit: Visit, services: Services, night: PublishedNight, events: Sequence[Event]) -> list[tuple[Event, Row | None]]:
    """Each carer's event with who that is: asked of the door, which shows a carer to whom she is one's own, too."""
    linked = [each for each in events if each.other]
    shown: Mapping[str, Row] = {}
    tokens: dict[int, str] = {}
    if linked:
        names = services.entries.read(lambda connection: services.entries.names(connection, visit.post.team))
        tokens = {each.thread: names[each.other] for each in linked if each.other in names}
        shown = names_of(visit, services, night, sorted(set(tokens.values())), contacts=True).shown
    return [(each, shown.get(tokens.get(each.thread, ""))) for each in events]
