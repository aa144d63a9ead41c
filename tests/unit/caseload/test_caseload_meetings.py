"""Meetings, agendas and virtual ward rounds on a made-up night: who sees whom and when, what is carried forward, which bed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from caseload.desk.agenda import AgendaPage, agenda
from caseload.desk.meetings import meeting_of, meetings
from caseload.desk.night import PublishedNight
from caseload.desk.person import person_page
from caseload.desk.planning import Done, add_people, carry_forward, left_open, plan, suggestions
from caseload.desk.posts import Post, Visit
from caseload.desk.rounds import wards_page
from caseload.desk.services import Services
from caseload.entries.steps import Doing, take
from governance.access.agreement import Agreements
from governance.access.categories import MENTAL_HEALTH, ORDINARY
from governance.access.roles import COORDINATOR, MDT_MEMBER, PROFESSIONAL
from governance.access.tables import access_store
from governance.audit import Audit
from schemas.errors import GovernanceError
from tests.made_up_desk import AS_AT, LEAD, RUN, TEAM, WARD, MadeUpDesk, listed, token
from tests.places import place

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
BETH, CORA, MIA = Post(PROFESSIONAL, TEAM, professional=LEAD), Post(COORDINATOR, TEAM), Post(MDT_MEMBER, TEAM)


def day(number: int) -> dt.date:
    """So many days after the night."""
    return AS_AT + dt.timedelta(days=number)


@dataclasses.dataclass
class Table:
    """A team around a table. `days`: how many have passed since the night."""

    services: Services
    days: int = 0

    @property
    def night(self) -> PublishedNight:
        found = self.services.nights.current()
        assert found is not None
        return found

    def visit(self, account: str = "cora", post: Post = CORA) -> Visit:
        return Visit(account, post, NOON + dt.timedelta(days=self.days), RUN)

    def take(self, step: str, reason: str = "", by: tuple[str, Post] = ("cora", CORA), **more: Any) -> Any:
        visit = self.visit(*by)
        return take(self.services.entries, visit.request(), Doing(step, reason, **more), self.services.doors[TEAM](self.night))

    def plan(self, due: int, kind: str = "mdt", ward: str = "") -> int:
        doing = Doing("meeting planned", kind, due=day(due), since=day(due - 1), until=day(due + 2), ward=ward)
        return plan(self.visit(), self.services, self.night, doing)

    def meeting(self, number: int, account: str = "cora", post: Post = CORA) -> Any:
        return meeting_of(self.visit(account, post), self.services, str(number))

    def add(self, number: int, *people: int) -> Done:
        reasons = {token(each): "asked for" for each in people}
        return add_people(self.visit(), self.services, self.night, self.meeting(number), reasons)

    def agenda(self, number: int, account: str = "cora", post: Post = CORA) -> AgendaPage:
        return agenda(self.visit(account, post), self.services, self.night, self.meeting(number, account, post))

    def on(self, number: int) -> list[str]:
        return [each.case.pseudonym for each in self.agenda(number).items]


@pytest.fixture
def desk(tmp_path: Path) -> MadeUpDesk:
    agreements = Agreements(access_store(place(tmp_path, "application")), "1")
    for account in ("beth", "cora", "mia"):
        agreements.accept(account, "1", NOON - dt.timedelta(days=1))
    lists = {
        "caseload": [listed(1, change="up"), listed(2, virtual_ward=f"{WARD}: step-down, day 1 of 14"), listed(3), listed(4)]
    }
    return MadeUpDesk(tmp_path, Audit(place(tmp_path, "audit")), lambda: NOON, "1", {LEAD: ["beth"]}, lists)


@pytest.fixture
def table(desk: MadeUpDesk) -> Table:
    return Table(desk.services())


def test_those_invited_see_the_people_of_the_agenda_in_the_window_and_nobody_else(table: Table) -> None:
    number = table.plan(2)
    table.add(number, 1, 2)
    assert not meetings(table.visit("mia", MIA), table.services), "she is not invited yet"
    invited = table.take("attendee invited", of=number, account="mia")
    assert [each.number for each in meetings(table.visit("mia", MIA), table.services)] == [number]
    assert table.meeting(number, "mia", MIA) is None, "the window opens tomorrow"
    table.days = 1
    page = table.agenda(number, "mia", MIA)
    assert [bool(each.case.who) for each in page.items] == [True, True]
    assert person_page(table.visit("mia", MIA), table.services, table.night, token(1)) is not None
    assert person_page(table.visit("mia", MIA), table.services, table.night, token(3)) is None
    table.days = 5
    assert table.meeting(number, "mia", MIA) is None, "it has shut"
    assert person_page(table.visit("mia", MIA), table.services, table.night, token(1)) is None
    table.days = 1
    table.take("attendee leaves", thread=invited.thread, last=invited.number)
    assert table.meeting(number, "mia", MIA) is None


def test_a_meeting_that_is_cancelled_opens_nobody(table: Table) -> None:
    number = table.plan(1)
    table.add(number, 1)
    table.take("attendee invited", of=number, account="mia")
    table.take("meeting cancelled", thread=number, last=number)
    assert table.meeting(number, "mia", MIA) is None
    assert person_page(table.visit("mia", MIA), table.services, table.night, token(1)) is None


@pytest.mark.parametrize("number", ["", "0", "99", "-1", "1'--", "¹", "1.0"])
def test_a_number_that_is_no_meeting_of_the_team_is_absent(table: Table, number: str) -> None:
    table.plan(1)
    assert meeting_of(table.visit(), table.services, number) is None


def test_what_a_meeting_left_open_comes_to_the_next_until_it_is_done(table: Table) -> None:
    """1 was not come to, 2 was discussed and has an action, 3 was discussed and is done, 4 was taken off."""
    first = table.plan(1)
    assert table.add(first, 1, 2, 3, 4) == Done(4, 0)
    of = {each.case.pseudonym: each.event for each in table.agenda(first).items}
    for each in (2, 3):
        table.take("item discussed", person=token(each), thread=of[token(each)].thread, last=of[token(each)].number)
    table.take("item withdrawn", "no longer needed", person=token(4), thread=of[token(4)].thread, last=of[token(4)].number)
    agreed = table.take("action agreed", "visit", person=token(2), professional=LEAD, due=day(3), of=of[token(2)].thread)
    table.take("meeting held", thread=first, last=first)
    second = table.plan(8)
    assert set(table.on(second)) == {token(1), token(2)}
    assert table.on(first) == [token(3)]
    assert table.agenda(first).moved_on == 3
    item = {each.case.pseudonym: each for each in table.agenda(second).items}[token(2)]
    assert (item.brought, item.event.reason, [each.kind for each in item.case.actions]) == (1, "goes on", ["visit"])
    table.days = 5
    late = next(each for each in table.agenda(second).items if each.case.pseudonym == token(2)).case
    assert late.late == {agreed.number}
    table.take("action done", person=token(2), thread=agreed.thread, last=agreed.number)
    events = {each.case.pseudonym: each for each in table.agenda(second).items}
    told = events[token(2)]
    assert ([each.kind for each in told.case.done], told.case.actions) == (["visit"], [])
    table.take("item discussed", person=token(2), thread=told.event.thread, last=told.event.number)
    table.take("meeting held", thread=second, last=second)
    third = table.plan(15)
    assert table.on(third) == [token(1)], "2 is discussed and nothing is left to do"
    assert table.agenda(third).items[0].brought == 2


def test_a_meeting_still_to_come_keeps_its_agenda(table: Table) -> None:
    first = table.plan(1)
    table.add(first, 1)
    second = table.plan(8)
    assert (table.on(first), table.on(second)) == ([token(1)], [])
    table.days = 2
    assert [each.pseudonym for each in left_open(table.visit(), table.services, table.meeting(second))] == [token(1)]
    assert carry_forward(table.visit(), table.services, table.night, table.meeting(second)) == Done(1, 0)
    assert carry_forward(table.visit(), table.services, table.night, table.meeting(second)) == Done(0, 0)


def test_a_round_of_a_ward_takes_nothing_from_another_meeting(table: Table) -> None:
    first = table.plan(1)
    table.add(first, 1)
    table.days = 2
    assert table.on(table.plan(8, "virtual ward round", WARD)) == []


def test_who_is_on_it_is_not_suggested_and_a_rising_risk_comes_first(table: Table) -> None:
    number = table.plan(1)
    found, _ = suggestions(table.visit(), table.services, table.night, table.meeting(number))
    assert [(each.row.pseudonym, each.reason) for each in found[:2]] == [(token(1), "risk rising"), (token(2), "asked for")]
    table.add(number, 1)
    assert table.add(number, 1) == Done(0, 1), "a second time is refused, and changes nothing"
    found, _ = suggestions(table.visit(), table.services, table.night, table.meeting(number))
    assert token(1) not in {each.row.pseudonym for each in found}


def test_an_mdt_member_records_an_action_of_those_people_alone(table: Table) -> None:
    number = table.plan(1)
    table.add(number, 1)
    table.take("attendee invited", of=number, account="mia")
    said = {"professional": LEAD, "due": day(3)}
    assert table.take("action agreed", "call", by=("mia", MIA), person=token(1), **said).state == "to do"
    with pytest.raises(GovernanceError) as refused:
        table.take("action agreed", "call", by=("mia", MIA), person=token(3), **said)
    assert refused.value.code == "E-ACCESS-RELATIONSHIP"


def test_what_is_hidden_from_an_mdt_member_is_not_told_of_the_situation(desk: MadeUpDesk) -> None:
    desk.facts = [
        {"number": 1, "place": 1, "fact": "seen", "category": ORDINARY, "words": "a fall"},
        {"number": 1, "place": 2, "fact": "seen", "category": MENTAL_HEALTH, "words": "a crisis team"},
    ]
    desk.sees = {MDT_MEMBER: (ORDINARY,)}
    table = Table(desk.services())
    number = table.plan(1)
    table.add(number, 1)
    table.take("attendee invited", of=number, account="mia")
    situation = table.agenda(number, "mia", MIA).items[0].case.situation
    assert ("a fall" in situation, "a crisis team" in situation) == (True, False)


def test_a_stay_has_its_days_its_route_and_its_end(table: Table) -> None:
    page = wards_page(table.visit(), table.services, table.night).wards[0]
    assert [(each.pseudonym, each.route) for each in page.proposed] == [(token(2), "step down")]
    came = table.take("step down", "early discharge", person=token(2), ward=WARD, until=day(3))
    table.days = 3
    page = wards_page(table.visit(), table.services, table.night).wards[0]
    assert (page.free, page.proposed, [each.case.pseudonym for each in page.stays]) == (1, [], [token(2)])
    stay = page.stays[0]
    assert (stay.day, stay.over, stay.reviewed, stay.came.reason) == (4, True, None, "early discharge")
    table.take("stay reviewed", "longer", person=token(2), thread=came.thread, last=came.number, until=day(9))
    stay = wards_page(table.visit(), table.services, table.night).wards[0].stays[0]
    assert (stay.over, stay.reviewed and stay.reviewed.reason, stay.came.event) == (False, "longer", "step down")
    number = table.plan(4, "virtual ward round", WARD)
    found, _ = suggestions(table.visit(), table.services, table.night, table.meeting(number))
    assert (found[0].row.pseudonym, found[0].reason) == (token(2), "virtual ward")
    ward = wards_page(table.visit(), table.services, table.night).wards[0]
    assert ward.next_round is not None
    assert ward.next_round.number == number


def test_no_more_people_than_beds(table: Table) -> None:
    for each in (1, 2):
        table.take("step up", "getting worse", person=token(each), ward=WARD)
    with pytest.raises(GovernanceError) as refused:
        table.take("step up", "getting worse", person=token(3), ward=WARD)
    assert refused.value.code == "E-ENTRY-BEDS"
    assert wards_page(table.visit(), table.services, table.night).wards[0].free == 0


def test_a_professional_sees_the_teams_ward_and_names_of_her_own_alone(desk: MadeUpDesk) -> None:
    desk.lists["caseload"][1] |= {"accountable_professional_id": "another", "coordinator_id": None}
    table = Table(desk.services())
    for each in (1, 2):
        table.take("step up", "getting worse", person=token(each), ward=WARD)
    stays = wards_page(table.visit("beth", BETH), table.services, table.night).wards[0].stays
    assert {each.case.pseudonym: bool(each.case.who) for each in stays} == {token(1): True, token(2): False}
