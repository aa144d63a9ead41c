"""A practice's shares, who has whom and what data were used for; a team's load, absences and decisions, on a made-up night."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from caseload.desk.decided import decided_page
from caseload.desk.night import PublishedNight
from caseload.desk.posts import Post, Visit
from caseload.desk.practice import practice_page
from caseload.desk.services import Away, ProfessionalWords, Services, Use
from caseload.desk.team import team_page
from caseload.entries.policies import Decision
from caseload.entries.states import ACCEPT, DECLINE
from governance.access.agreement import Agreements
from governance.access.roles import COORDINATOR, PRACTICE_USER
from governance.access.tables import access_store
from governance.audit import Audit
from tests.made_up_desk import ARRANGES, AS_AT, LEAD, PRACTICE, RUN, TEAM, MadeUpDesk, listed, token
from tests.places import place

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
CORA, PETE = Post(COORDINATOR, TEAM), Post(PRACTICE_USER, TEAM, PRACTICE)
YEAR = dt.timedelta(days=365)


def visit(account: str, post: Post) -> Visit:
    return Visit(account, post, NOON, RUN)


@pytest.fixture
def desk(tmp_path: Path) -> MadeUpDesk:
    agreements = Agreements(access_store(place(tmp_path, "application")), "1")
    for account in ("cora", "pete"):
        agreements.accept(account, "1", NOON)
    lists = {"caseload": [listed(1), listed(2), listed(3, gp_practice_code="A99002")]}
    need = {"tier": "case management", "tier_why": "rank 1 of 8"}
    people = {number: need | {"rank": number, "accountable_professional_id": LEAD} for number in (1, 2)}
    people |= {number: need | {"rank": number} for number in (4, 5)}
    return MadeUpDesk(tmp_path, Audit(place(tmp_path, "audit")), lambda: NOON, "1", lists=lists, people=people)


def served(services: Services) -> PublishedNight:
    night = services.nights.current()
    assert night is not None
    return night


def decide(services: Services, number: int, event: str, reason: str, professional: str = "") -> None:
    decision = Decision(event, reason, last=0, professional=professional)
    services.entries.decide(visit("cora", CORA).request(), token(number), decision, services.doors[TEAM](served(services)))


def test_a_practice_knows_who_has_whom(desk: MadeUpDesk) -> None:
    services = desk.services()
    decide(services, 1, ACCEPT, "frailty", LEAD)
    decide(services, 4, DECLINE, "known and managed")
    page = practice_page(visit("pete", PETE), services, served(services))
    assert page is not None
    assert [(each.row.pseudonym, each.row.state) for each in page.managed] == [(token(1), "accepted"), (token(2), "proposed")]
    assert page.led_by == [{"professional": LEAD, "in_episode": 1, "proposed": 1}]
    assert [each.person["pseudonym"] for each in page.ten] == [token(5)], "4 was declined"
    first = page.shares[0]
    assert (first.tier, first.people, first.in_episode) == ("case management", 4, 1)
    assert (first.of_list, page.more) == (4 / 8, 0)
    assert all(each.who for each in page.managed), "registered with the practice: her own people"


def test_a_practice_sees_what_its_data_were_used_for_on_that_night(desk: MadeUpDesk) -> None:
    """Of five entries: two purposes on one basis each; an entry of a source that was not read, and one that has ended."""
    use = Use("case-management", "Care.", "gp", "the practices", "Act 1", AS_AT - YEAR, AS_AT + YEAR)
    desk.uses = (
        use,
        dataclasses.replace(use, controller="the board", last=AS_AT),
        dataclasses.replace(use, purpose="risk-stratification", description="Finding.", reference="s251"),
        dataclasses.replace(use, source="cld"),
        dataclasses.replace(use, reference="Act 0", last=AS_AT - dt.timedelta(days=1)),
    )
    services = desk.services()
    page = practice_page(visit("pete", PETE), services, served(services))
    assert page is not None
    care, finding = page.uses
    assert (care.description, care.reference, care.controllers) == ("Care.", "Act 1", ["the board", "the practices"])
    assert (care.last, care.sources) == (AS_AT, [("GP extract", AS_AT)])
    assert (finding.purpose, finding.reference) == ("risk-stratification", "s251")


def test_a_practice_that_the_team_does_not_serve_is_absent(desk: MadeUpDesk) -> None:
    services = desk.services()
    night = served(services)
    assert practice_page(visit("cora", CORA), services, night, "A99002") is None
    assert night.tiers_of_practice(TEAM, "A99002") == {}, "nothing is counted, or kept, for a practice of nobody here"


def test_who_is_away_and_who_covers(desk: MadeUpDesk) -> None:
    desk.weights = [{"number": 1, "weight_tenths": 15}]
    services = desk.services()
    away = Away(AS_AT - dt.timedelta(days=3), AS_AT, ARRANGES)
    later = Away(AS_AT + dt.timedelta(days=9))
    staff = services.professionals | {LEAD: ProfessionalWords(LEAD, TEAM, "accountable professional", 2, (away, later))}
    services = dataclasses.replace(services, professionals=staff)
    page = team_page(visit("cora", CORA), services, served(services))
    lead, arranges = page.loads
    assert (lead.proposed, lead.tenths, lead.room, lead.share, lead.away) == (3, 35, -2, 175, away), "15 + 10 + 10 of 20 tenths"
    assert (arranges.covers, arranges.away) == ([LEAD], None)
    assert [(who.id, absence) for who, absence in page.to_come] == [(LEAD, later)]


@pytest.mark.parametrize(("days", "holds"), [(-4, False), (-3, True), (0, True), (1, False)])
def test_the_first_and_the_last_day_of_an_absence_count(days: int, holds: bool) -> None:
    who = ProfessionalWords(LEAD, TEAM, "", 1, (Away(AS_AT - dt.timedelta(days=3), AS_AT),))
    assert (who.away_on(AS_AT + dt.timedelta(days=days)) is not None) is holds


def test_the_unplaced_and_the_gone_are_counted_by_reason(desk: MadeUpDesk) -> None:
    nowhere = {"locality": "North", "since": AS_AT, "gp_practice_code": PRACTICE}
    whys = {4: "nobody has room", 5: "nobody has room", 6: "no skill"}
    desk.lists["unplaced"] = [nowhere | {"pseudonym": token(number), "rank": number, "why": why} for number, why in whys.items()]
    gone = {"pseudonym": token(7), "accountable_professional_id": LEAD, "reason": "has died", "left_on": AS_AT}
    desk.lists["departures"] = [gone]
    services = desk.services()
    page = team_page(visit("cora", CORA), services, served(services))
    assert page.without_place == [("nobody has room", 2), ("no skill", 1)]
    assert page.departures == [("has died", 1)]


def test_small_counts_of_decisions_are_withheld(desk: MadeUpDesk) -> None:
    services = desk.services()
    assert decided_page(visit("cora", CORA), dataclasses.replace(services, policy=None), served(services)) is None
    decide(services, 1, ACCEPT, "frailty", LEAD)
    decide(services, 2, DECLINE, "refused")
    page = decided_page(visit("cora", CORA), services, served(services))
    assert page is not None
    assert (page.first, page.last) == (dt.date(2026, 7, 1), AS_AT)
    assert {row["category"] for row in page.rows} == {"everybody", "the night"}
    assert all(row["accepted"] is None and row["declined"] is None for row in page.rows), "one each: under any policy too few"
