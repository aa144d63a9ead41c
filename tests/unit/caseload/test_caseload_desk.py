"""My list, person, morning and the rest on a made-up night: what is marked, hidden, named, and refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from caseload.desk.morning import morning
from caseload.desk.my_list import Asked, my_list
from caseload.desk.night import PublishedNight
from caseload.desk.person import person_page
from caseload.desk.posts import Post, Visit
from caseload.desk.practice import COULD_BE_DONE, could_be_done, practice_page
from caseload.desk.search import NONE_FOUND, Terms, search
from caseload.desk.services import Services
from caseload.desk.team import team_page
from caseload.entries.policies import Decision
from caseload.entries.states import ACCEPT
from governance.access.agreement import Agreements
from governance.access.roles import COORDINATOR, PRACTICE_USER, PROFESSIONAL
from governance.access.tables import access_store
from governance.audit import Audit
from tests.access_drawings import FREE
from tests.made_up_desk import AS_AT, LEAD, PRACTICE, RUN, TEAM, MadeUpDesk, event, listed, token
from tests.places import place

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
BETH, CORA, PETE = Post(PROFESSIONAL, TEAM, professional=LEAD), Post(COORDINATOR, TEAM), Post(PRACTICE_USER, TEAM, PRACTICE)


def visit(account: str, post: Post, minutes: float = 0) -> Visit:
    return Visit(account, post, NOON + dt.timedelta(minutes=minutes), RUN)


@pytest.fixture
def desk(tmp_path: Path) -> MadeUpDesk:
    agreements = Agreements(access_store(place(tmp_path, "application")), "1")
    for account in ("beth", "cora", "pete"):
        agreements.accept(account, "1", NOON)
    lists = {
        "caseload": [
            listed(1, since_last="Nothing new since 29 September."), listed(2, change="up", since=AS_AT - dt.timedelta(days=30)),
            listed(3, since_last="Since 29 September: at A&E."),
            listed(4, accountable_professional_id="another", coordinator_id=None),
        ],
        "departures": [
            {"pseudonym": token(7), "accountable_professional_id": LEAD, "reason": "has died", "left_on": AS_AT},
            {"pseudonym": token(8), "accountable_professional_id": "another", "reason": "has died", "left_on": AS_AT},
        ],
    }  # fmt: skip
    audit = Audit(place(tmp_path, "audit"))
    return MadeUpDesk(tmp_path, audit, lambda: NOON, "1", accounts={LEAD: ["beth"]}, lists=lists)


def served(services: Services) -> PublishedNight:
    night = services.nights.current()
    assert night is not None
    return night


@pytest.mark.parametrize(("query", "who"), [
    ({}, [1, 2, 3]),
    ({"whose": "team"}, [1, 2, 3, 4]),
    ({"sort": "risk"}, [1, 2, 3]),
    ({"show": "rising"}, [2]),
    ({"show": "changed"}, [3]),
    ({"show": "new"}, []),              # a first list: nobody is marked as new
    ({"state": "accepted"}, []),
    ({"practice": "A99999"}, []),
    ({"sort": "x", "show": "y", "state": "z", "page": "-1"}, [1, 2, 3]),  # what is no code of ours was not asked
    ({"page": "999999999999"}, [1, 2, 3]),
    ({"page": "9" * 5_000}, [1, 2, 3]),  # more digits than Python reads
])  # fmt: skip
def test_the_list_as_it_is_asked_for(desk: MadeUpDesk, query: dict[str, str], who: list[int]) -> None:
    services = desk.services()
    found = my_list(visit("beth", BETH), services, served(services), Asked.of(query))
    assert [each.pseudonym for each in found.rows] == [token(number) for number in who]


def test_the_newest_come_first_and_equals_by_pseudonym(desk: MadeUpDesk) -> None:
    services = desk.services()
    rows = my_list(visit("beth", BETH), services, served(services), Asked(sort="newest")).rows
    assert [each.pseudonym for each in rows] == [*sorted([token(1), token(3)]), token(2)]


def test_new_means_since_the_user_last_looked(desk: MadeUpDesk) -> None:
    services = desk.services()
    night = served(services)
    earlier = dataclasses.replace(visit("beth", BETH, -60 * 24 * 3), run_id="fedcba9876543210")
    services.entries.look(earlier.request())
    found = my_list(visit("beth", BETH), services, night, Asked())
    assert not found.first_look
    assert {each.pseudonym: "new" in each.marks for each in found.rows} == {token(1): True, token(2): False, token(3): True}
    again = my_list(visit("beth", BETH, 5), services, night, Asked())
    assert again.counts["new"] == 2, "a second look on the same night compares with the same night as the first"


def test_what_nights_told_that_the_reader_missed_is_told_when_she_comes_back(desk: MadeUpDesk, tmp_path: Path) -> None:
    """She looked on Friday; Sunday told of A&E visits of person 1, of 3 whom tonight tells of too, and of 99 of whom tonight's
    tables know nothing any more; and that 6 left."""
    away = {"activity_type": "accident_and_emergency", "categories": "ordinary", "start_date": AS_AT - dt.timedelta(days=2)}
    fell = "Since 27 September: at A&E once."
    sunday = dataclasses.replace(
        desk,
        folder=tmp_path / "sunday",
        lists={
            "caseload": [listed(1, since_last=fell), listed(2, since_last="Nothing new since 27 September.")],
            "departures": [desk.lists["departures"][0] | {"pseudonym": token(6), "reason": "has moved away"}],
        },
        news=[away | {"pseudonym": each} for each in sorted([token(1), token(3), token(99)])],
    )
    desk.news = [away | {"pseudonym": token(3)}]
    friday, saturday = "fedcba9876543210", "aaaabbbbccccdddd"
    desk.gone_by = {friday: [served(sunday.services())], saturday: []}
    services = desk.services()
    services.entries.look(dataclasses.replace(visit("beth", BETH, -60 * 24 * 3), run_id=friday).request())
    found = my_list(visit("beth", BETH), services, served(services), Asked())
    marks = {each.pseudonym: {"changed", "news"} & set(each.marks) for each in found.rows}
    assert marks == {token(1): {"changed", "news"}, token(2): set(), token(3): {"changed", "news"}}
    assert found.rows[0].news == [fell]
    assert {row["pseudonym"] for row in found.departures} == {token(7), token(6)}
    page = morning(visit("beth", BETH, 1), services, served(services))
    assert sorted(each.row["pseudonym"] for each in page.happened) == sorted([token(1), token(3)]), "each once"
    assert {row["pseudonym"] for row in page.departures} == {token(7), token(6)}
    page = morning(visit("beth", BETH, 2), services, served(services), whole_team=True)
    assert sorted(each.row["pseudonym"] for each in page.happened) == sorted([token(1), token(3)]), "who opted out is not told of"
    services.entries.look(dataclasses.replace(visit("cora", CORA, -60), run_id=saturday).request())
    hers = my_list(visit("cora", CORA), services, served(services), Asked())
    assert "changed" not in hers.rows[0].marks, "who looked at the night before has missed nothing"


def test_a_night_gone_by_that_cannot_be_read_takes_nothing_from_the_list(desk: MadeUpDesk, tmp_path: Path) -> None:
    desk.gone_by = {"fedcba9876543210": [PublishedNight("aaaa", AS_AT, tmp_path / "nowhere")]}
    services = desk.services()
    services.entries.look(dataclasses.replace(visit("beth", BETH, -60 * 24), run_id="fedcba9876543210").request())
    assert my_list(visit("beth", BETH), services, served(services), Asked()).total == 3


def test_a_persons_page_says_when_the_reader_herself_last_opened_her_on_another_night(desk: MadeUpDesk) -> None:
    services = desk.services()
    night = served(services)
    earlier = dataclasses.replace(visit("beth", BETH, -60 * 24 * 3), run_id="fedcba9876543210")
    services.entries.look(earlier.request(), token(1))
    pages = [person_page(visit("beth", BETH, minutes), services, night, token(1)) for minutes in (0, 5)]
    assert [page.looked_at for page in pages if page] == [earlier.at, earlier.at]
    others = person_page(visit("cora", CORA), services, night, token(1))
    assert others is not None
    assert others.looked_at is None


def test_a_departure_is_shown_to_whose_list_it_was(desk: MadeUpDesk) -> None:
    services = desk.services()
    night = served(services)
    mine = my_list(visit("beth", BETH), services, night, Asked())
    assert [row["pseudonym"] for row in mine.departures] == [token(7)]
    assert len(my_list(visit("beth", BETH, 1), services, night, Asked(whole_team=True)).departures) == 2


def test_the_list_says_how_many_names_it_shows_and_why_not_more(desk: MadeUpDesk) -> None:
    desk.limits = dataclasses.replace(FREE, most_rows=2)
    services = desk.services()
    night = served(services)
    found = my_list(visit("beth", BETH), services, night, Asked())
    assert [bool(each.who) for each in found.rows] == [True, True, False]
    assert found.names == "Names are shown for 2 of 3 people here. For the others: more people than one page may name."
    team = my_list(visit("beth", BETH, 1), services, night, Asked(whole_team=True, show="", state="", sort="risk"))
    assert team.rows[3].unnamed == "more people than one page may name"


def test_a_colleagues_person_is_listed_for_the_team_and_not_named(desk: MadeUpDesk) -> None:
    services = desk.services()
    night = served(services)
    row = my_list(visit("beth", BETH), services, night, Asked(whole_team=True)).rows[3]
    assert (row.pseudonym, row.who, row.unnamed) == (token(4), None, "not one of your own people today")
    assert person_page(visit("beth", BETH, 1), services, night, token(4)) is None
    assert my_list(visit("cora", CORA), services, night, Asked()).rows[3].who, "a coordinator's by registration"


@pytest.mark.parametrize(("text", "who"), [
    ("family2", [2]), ("FAMILY", [1, 2, 3]), ("Given 3", [3]), ("nobody", []), ("<b>", []), ("%", []), (" ", [1, 2, 3]),
])  # fmt: skip
def test_somebody_on_the_list_is_found_by_name(desk: MadeUpDesk, text: str, who: list[int]) -> None:
    services = desk.services()
    night = served(services)
    found = my_list(visit("beth", BETH), services, night, Asked(), text=text)
    assert [each.pseudonym for each in found.rows] == [token(number) for number in who]


def test_somebody_on_the_list_is_found_by_digits_of_her_number(desk: MadeUpDesk) -> None:
    services = desk.services()
    rows = my_list(visit("beth", BETH), services, served(services), Asked()).rows
    number = (rows[1].who or {})["spoken_number"]
    found = my_list(visit("beth", BETH, 1), services, served(services), Asked(), text=number)
    assert [each.pseudonym for each in found.rows] == [token(2)]


def test_a_decision_moves_a_person_to_who_took_her_on(desk: MadeUpDesk) -> None:
    services = desk.services()
    night = served(services)
    decided = Decision(ACCEPT, "frailty", 0, professional=LEAD)
    services.entries.decide(visit("cora", CORA).request(), token(5), decided, services.doors[TEAM](night))
    rows = {each.pseudonym: each for each in my_list(visit("beth", BETH, 1), services, night, Asked()).rows}
    assert rows[token(5)].state == "accepted", "her episode runs, though the night does not propose her"
    assert rows[token(5)].who
    load = next(each for each in team_page(visit("cora", CORA), services, night).loads if each.professional.id == LEAD)
    assert (load.proposed, load.in_episode, load.room) == (3, 1, 6)


def test_what_a_role_may_not_see_is_hidden_and_said_to_be(desk: MadeUpDesk) -> None:
    day = dt.date(2026, 9, 1)
    desk.events = [event(1, "gp_appointment", day), event(1, "mental_health_contact", day, "mental health")]
    fact = {"number": 1, "fact": "x", "group": "g", "plain_words": "p", "times": 1}
    desk.facts = [
        fact | {"place": 1, "words": "a fall", "category": "ordinary"},
        fact | {"place": 2, "words": "a crisis", "category": "mental health"},
    ]
    reason = {"number": 1, "score": "emergency_admission_12_months", "place": 1, "group": "g", "share": 1.0, "size": "raises it"}
    desk.reasons = [reason | {"category": "ordinary"}]
    desk.sees = {PROFESSIONAL: ("ordinary",), COORDINATOR: ("ordinary", "mental health")}
    services = desk.services()
    night = served(services)
    less = person_page(visit("beth", BETH), services, night, token(1))
    more = person_page(visit("cora", CORA), services, night, token(1))
    assert less is not None
    assert more is not None
    assert [row["activity_type"] for row in less.timeline] == ["gp_appointment"]
    assert [fact["words"] for fact in less.reasons[0]["facts"]] == ["a fall"]
    assert (less.hidden, more.hidden) == (True, False)
    assert len(more.timeline) == 2
    assert [fact["words"] for fact in more.reasons[0]["facts"]] == ["a fall", "a crisis"]
    assert less.who is not None
    assert less.who["telephone"] == "01632 960001"


def test_the_newest_contact_that_took_place_is_the_last(desk: MadeUpDesk) -> None:
    desk.events = [
        event(1, "outpatient", dt.date(2026, 9, 2), attended="3"),
        event(1, "gp_appointment", dt.date(2026, 9, 1), attended="5"),
        event(1, "social_care_service", dt.date(2025, 1, 1), end_date=None, service_type="Long Term Support: Community"),
    ]
    services = desk.services()
    night = served(services)
    page = person_page(visit("beth", BETH), services, night, token(1))
    assert page is not None
    assert page.last_contact is not None
    assert page.last_contact["activity_type"] == "gp_appointment"
    assert [row["words"] for row in page.packages] == ["Long Term Support: Community"]
    assert "did not attend" in page.timeline[0]["words"]


def test_the_morning_begins_with_ones_own(desk: MadeUpDesk) -> None:
    happened = {"activity_type": "accident_and_emergency", "categories": "ordinary", "provider_code": "RZ1"}
    desk.news = [
        happened | {"pseudonym": each, "start_date": AS_AT - dt.timedelta(days=days)}
        for each, days in sorted([(token(6), 1), (token(2), 2), (token(3), 3)])
    ]
    services = desk.services()
    night = served(services)
    page = morning(visit("beth", BETH), services, night, whole_team=True)
    assert [(each.row["pseudonym"], each.listed, bool(each.who)) for each in page.happened] == [
        (token(2), True, True), (token(3), True, True), (token(6), False, False),
    ]  # fmt: skip
    assert len(page.departures) == 2
    page = morning(visit("beth", BETH, 1), services, night)
    assert [each.row["pseudonym"] for each in page.happened] == [token(2), token(3)]
    assert [row["pseudonym"] for row in page.departures] == [token(7)], "a colleague's are not hers"
    assert {each.pseudonym for each in page.changes} == {token(2), token(3)}


def test_a_practice_sees_ten_of_its_own_who_are_nobodys_yet(desk: MadeUpDesk) -> None:
    need = {"tier": "care navigation", "tier_why": "rank 5 of 8", "polypharmacy_band": "10 or more medicines"}
    desk.people = {number: need | {"rank": number} for number in (5, 6)}
    desk.people[7] = need | {"rank": 1, "accountable_professional_id": LEAD}
    desk.people[8] = need | {"rank": 2, "month_of_death": dt.date(2026, 9, 1)}
    services = desk.services()
    night = served(services)
    page = practice_page(visit("pete", PETE), services, night)
    assert page is not None
    assert [each.person["pseudonym"] for each in page.ten] == [token(5), token(6)]
    assert page.ten[0].could == ["a structured medicines review"]
    assert [(each.tier, each.people, each.in_episode, each.of_list) for each in page.shares] == [
        ("case management", 0, 0, 0.0), ("care navigation", 3, 0, 3 / 8), ("supported self-management", 0, 0, 0.0),
    ]  # fmt: skip
    assert practice_page(visit("pete", PETE), services, night, "A99002") is None


def test_a_suggestion_is_made_once() -> None:
    nobody = dict.fromkeys(column for column, _, _ in COULD_BE_DONE)
    assert could_be_done(nobody) == []
    assert could_be_done(nobody | {"frailty_index_band": "fit", "hospital_frailty_band": "low", "has_carer": 0.0}) == []
    frail = nobody | {"frailty_index_band": "severe", "hospital_frailty_band": "high"}
    assert could_be_done(frail) == ["a frailty assessment"]


@pytest.mark.parametrize(("terms", "words"), [
    (Terms("123"), "An NHS number has ten digits."),
    (Terms(family="Family1"), "Give an NHS number, or a family name and a date of birth."),
    (Terms(), "Give an NHS number, or a family name and a date of birth."),
    (Terms("9999999999"), NONE_FOUND),
    (Terms(family="Family1", born=dt.date(1940, 1, 2)), NONE_FOUND),
])  # fmt: skip
def test_a_search_says_what_is_missing_or_that_nobody_is_found(desk: MadeUpDesk, terms: Terms, words: str) -> None:
    services = desk.services()
    night = served(services)
    page = search(visit("cora", CORA), services, night, terms)
    assert (list(page.found), page.words) == ([], words)


def test_a_search_for_anothers_person_and_for_nobody_take_the_same_steps(desk: MadeUpDesk) -> None:
    services = desk.services()
    night = served(services)
    theirs = Terms(family="Family4", born=dt.date(1940, 1, 1))
    nobody = Terms(family="Nobody", born=dt.date(1940, 1, 1))
    assert search(visit("beth", BETH), services, night, theirs) == search(visit("beth", BETH, 1), services, night, nobody)
    asked = [row["decision"] for row in desk.audit.rows("reidentify")]
    assert asked == ["denied", "denied"], "each counts as one request"
    assert len(desk.audit.rows("search")) == 2
