"""*Virtual ward round*: who is on the wards of a team, for how long, what is to be done for her; and whom the night proposes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseload.desk.agenda import Case, cases_of
from caseload.desk.meetings import ROUND, Meeting, meetings
from caseload.desk.names import Names, names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.own_rows import Listed, team_rows
from caseload.desk.posts import Visit
from caseload.desk.services import Services, WardWords
from caseload.entries.history import Event
from caseload.entries.strands import STAY, goes_on

STEP_UP, STEP_DOWN = "step up", "step down"  # steps of a stay; the night writes them with a hyphen
MOST_NAMED = 60


@dataclass(frozen=True)
class Stay:
    """Somebody on a ward. `event`: the stay's last; `came`: its first. `day`: of how many, from 1; `over`: whether she was to
    have left by today."""

    event: Event
    came: Event
    case: Case
    day: int
    over: bool

    @property
    def reviewed(self) -> Event | None:
        """The last review; None where there was none yet."""
        return self.event if self.event.event == "stay reviewed" else None


@dataclass(frozen=True)
class Proposed:
    """Somebody whom the night proposes to a bed. `route`: the step that would bring her; `words`: what the night says."""

    pseudonym: str
    route: str
    words: str
    row: Row
    who: Row | None
    unnamed: str


@dataclass(frozen=True)
class WardPage:
    """One ward. `free`: beds that nobody has. `next_round`: the next meeting of the ward, if one is planned."""

    ward: WardWords
    stays: Sequence[Stay]
    proposed: Sequence[Proposed]
    free: int
    until: dt.date
    next_round: Meeting | None


@dataclass(frozen=True)
class WardsPage:
    """The page: every ward of the visitor's team. `names`: what to say of names."""

    wards: Sequence[WardPage]
    names: str


def wards_page(visit: Visit, services: Services, night: PublishedNight) -> WardsPage:
    """The page. Names are asked for those who are on a ward first. Raises what the door raises."""
    team = visit.post.team
    stays = [each for each in services.entries.threads(team, STAY) if each.state in goes_on(STAY)]
    people = [each.pseudonym for each in stays]
    proposed = [
        each for each in team_rows(visit, services, night) if each.row.get("virtual_ward") and each.pseudonym not in people
    ]
    names = names_of(visit, services, night, [*people, *(each.pseudonym for each in proposed)][:MOST_NAMED])
    cases = cases_of(visit, services, night, people, names=names)
    rounds = [each for each in reversed(meetings(visit, services)) if each.event.kind == ROUND and each.goes_on]
    first = {each.event.ward: each for each in rounds if each.day >= visit.request().day}
    return WardsPage(
        [
            _ward(visit, services, each, stays, cases, proposed=proposed, names=names, first=first)
            for each in services.wards.values()
            if each.team == team
        ],
        names.line,
    )


def _ward(
    visit: Visit,
    services: Services,
    ward: WardWords,
    stays: Sequence[Event],
    cases: Mapping[str, Case],
    *,
    proposed: Sequence[Listed],
    names: Names,
    first: Mapping[str, Meeting],
) -> WardPage:
    mine = [_stay(visit, services, each, cases[each.pseudonym]) for each in stays if each.ward == ward.id]
    return WardPage(
        ward=ward,
        stays=sorted(mine, key=lambda each: (-each.day, each.event.number)),
        proposed=[_proposed(each, names) for each in proposed if each.row["virtual_ward"].startswith((f"{ward.id}:", "waits"))],
        free=max(0, ward.beds - len(mine)),
        until=visit.request().day + dt.timedelta(days=ward.days),
        next_round=first.get(ward.id) or first.get(""),
    )


def _stay(visit: Visit, services: Services, event: Event, case: Case) -> Stay:
    events = services.entries.history(visit.post.team, event.pseudonym, STAY.name)
    came = next(each for each in events if each.number == event.thread)
    today = visit.request().day
    since = event.since or came.at.date()
    return Stay(event, came, case, (today - since).days + 1, event.until is not None and event.until <= today)


def _proposed(each: Listed, names: Names) -> Proposed:
    words = each.row["virtual_ward"]
    route = STEP_DOWN if "step-down" in words else STEP_UP
    return Proposed(
        each.pseudonym, route, words, dict(each.row), names.shown.get(each.pseudonym), names.why(each.pseudonym)
    )  # fmt: skip
