"""The agenda of a meeting: of each person who owns the case, the situation, what was done so far and what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseload.desk.meetings import Meeting
from caseload.desk.names import Names, names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.history import Entry, Event
from caseload.entries.strands import ACTION, ITEM, PLAN, goes_on
from caseload.lists import risk_in_words
from governance.access.categories import sees
from governance.access.limits import LIMIT
from governance.access.roles import MDT_MEMBER

DONE_BACK = dt.timedelta(days=180)  # what was done in so long is told
FACTS = 4  # of the situation


@dataclass(frozen=True)
class Case:
    """What a round or a meeting says of one person. `who`: her identity, else `unnamed` says why not. `actions`: to be done;
    `done`: lately done, newest first; `late`: numbers of the actions whose day has passed."""

    pseudonym: str
    who: Row | None
    unnamed: str
    owner: str
    entry: Entry
    situation: Sequence[str]
    done: Sequence[Event]
    plans: Sequence[Event]
    actions: Sequence[Event]
    late: frozenset[int]


@dataclass(frozen=True)
class Item:
    """A place on the agenda. `event`: its last. `brought`: how many times it was carried forward."""

    event: Event
    case: Case
    brought: int

    @property
    def waits(self) -> bool:
        """Whether the meeting has not come to it."""
        return self.event.state == "on the agenda"


@dataclass(frozen=True)
class AgendaPage:
    """The page. `moved_on`: how many people of this agenda are on a later one now."""

    meeting: Meeting
    items: Sequence[Item]
    names: str
    moved_on: int


def agenda(visit: Visit, services: Services, night: PublishedNight, meeting: Meeting) -> AgendaPage:
    """The page of a meeting that the visitor may open, in the order in which people came on it. Raises what the door raises."""
    team = visit.post.team
    events = [
        each for each in services.entries.threads(team, ITEM) if each.other == meeting.number and each.state != "withdrawn"
    ]  # fmt: skip
    people = list(dict.fromkeys(each.pseudonym for each in events))
    names = names_of(visit, services, night, people)
    cases = cases_of(visit, services, night, people, names=names)
    shown = [each for each in events if may_see(visit, names, each.pseudonym)]
    items = [Item(each, _owned(cases[each.pseudonym], each), times_carried(services, team, each)) for each in shown]
    moved = set(services.entries.on_agenda(team, meeting.number)) - set(people) if visit.post.role != MDT_MEMBER else set()
    return AgendaPage(meeting, items, names.line, len(moved))


def may_see(visit: Visit, names: Names, pseudonym: str) -> bool:
    """Whether a row about her is shown: to an MDT member only of people whom her meeting opens to her."""
    return visit.post.role != MDT_MEMBER or pseudonym in names.shown or names.refused.get(pseudonym) == LIMIT


def cases_of(
    visit: Visit, services: Services, night: PublishedNight, people: Sequence[str], *, names: Names
) -> Mapping[str, Case]:  # fmt: skip
    """What is told of each of these people, by pseudonym. They are the visitor's team's."""
    team, today = visit.post.team, visit.request().day
    desks = night.people(team, people)
    entries = {each.pseudonym: each for each in services.entries.standing(team, today, people)}
    actions = _by_person(services.entries.threads(team, ACTION, people))
    plans = _by_person(services.entries.threads(team, PLAN, people))
    return {
        each: _case(
            each, names, desks.get(each), entries.get(each, Entry(each)),
            situation=_situation(visit, services, night, desks.get(each)),
            actions=actions.get(each, []), plans=plans.get(each, []), today=today,
        )
        for each in people
    }  # fmt: skip


def times_carried(services: Services, team: str, item: Event) -> int:
    """How many times an item was carried forward to where it is now."""
    if item.place == 1:
        return 0
    events = services.entries.history(team, item.pseudonym, ITEM.name)
    return sum(each.thread == item.thread and each.event == "item carried forward" for each in events)


def _case(
    pseudonym: str,
    names: Names,
    desk: Row | None,
    entry: Entry,
    *,
    situation: Sequence[str],
    actions: Sequence[Event],
    plans: Sequence[Event],
    today: dt.date,
) -> Case:
    to_do = [each for each in actions if each.state in goes_on(ACTION)]
    done = [each for each in actions if each.event == "action done" and each.at.date() >= today - DONE_BACK]
    return Case(
        pseudonym=pseudonym,
        who=names.shown.get(pseudonym),
        unnamed=names.why(pseudonym),
        owner=entry.professional or (desk or {}).get("accountable_professional_id") or "",
        entry=entry,
        situation=situation,
        done=sorted(done, key=lambda each: -each.number),
        plans=[each for each in plans if each.state in goes_on(PLAN)],
        actions=sorted(to_do, key=lambda each: (each.due or dt.date.max, each.number)),
        late=frozenset(each.number for each in to_do if each.due is not None and each.due < today),
    )


def _situation(visit: Visit, services: Services, night: PublishedNight, desk: Row | None) -> list[str]:
    """In words, as far as the role may see: her risk, her tier, and what the feeds tell of her."""
    if desk is None:
        return ["this night's tables say nothing of this person"]
    facts = night.facts(visit.post.team, desk["person"])
    told = [row["words"] for row in facts if sees(visit.post.role, row["category"], services.sees)]
    first = [risk_in_words(desk["risk"], desk["risk_band"]), f"tier: {desk['tier']}" if desk["tier"] else None]
    return [*(each for each in first if each), *told[:FACTS]]


def _owned(case: Case, item: Event) -> Case:
    return case if not item.professional else Case(**(vars(case) | {"owner": item.professional}))


def _by_person(events: Sequence[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for each in events:
        found.setdefault(each.pseudonym, []).append(each)
    return found
