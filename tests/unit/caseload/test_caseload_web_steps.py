"""The pages on which people decide: forms, their errors, conflicts, notes, the morning and the single point of access."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from caseload.desk.night import PublishedNight
from caseload.desk.posts import Post, Visit
from caseload.entries.policies import Decision, EntryRules
from caseload.entries.states import ACCEPT, DECLINE
from caseload.entries.steps import Doing, take
from caseload.web.users import User
from governance.access.roles import COORDINATOR, MDT_MEMBER, PRACTICE_USER
from governance.notes import Notes
from tests.access_drawings import nhs_number, person
from tests.made_up_desk import LEAD, TEAM, token
from tests.places import place
from tests.web_site import Site, accept_agreement, another_signed_in, token_of

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
HOSTILE = '<script>alert(1)</script>=1+1 & "quoted"\nsecond line'
ACCEPTED = {"reason": "frailty", "professional": LEAD}


@dataclasses.dataclass
class Desk:
    """A made-up site at noon, with a browser of its coordinator."""

    site: Site
    app: Any
    browser: Any

    @property
    def services(self) -> Any:
        return self.site.services

    def visit(self, minutes: float = 0) -> Visit:
        return Visit("cora", Post(COORDINATOR, TEAM), NOON + dt.timedelta(minutes=minutes), self.site.nights.served.run_id)

    def door(self) -> Any:
        return self.services.doors[TEAM](self.site.nights.served)

    def entry(self, number: int) -> Any:
        return self.services.entries.entry(TEAM, token(number), NOON.date())

    def get(self, path: str) -> Any:
        return self.browser.get(path)

    def post(self, path: str, **form: Any) -> Any:
        return self.browser.post(path, data={"csrf": token_of(self.get("/agreement").text)} | form)

    def take(self, number: int, step: str, **form: Any) -> Any:
        said = {"last": self.entry(number).last, "thread": 0} | form
        return self.post(f"/person/{token(number)}/do/{step}", **said)

    def notes(self, number: int) -> list[str]:
        return [each.text for each in Notes(place(self.site.folder, "vault")).about(person(number))]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    users = {
        "cora": User("cora", (Post(COORDINATOR, TEAM),)), "mia": User("mia", (Post(MDT_MEMBER, TEAM),)),
        "pete": User("pete", (Post(PRACTICE_USER, TEAM, "A99001"),)),
    }  # fmt: skip
    site = Site(tmp_path / "area", users=users)
    site.clock.now = NOON
    app = site.app(requests_a_minute=10_000)
    return Desk(site, app, as_user(site, app, "cora"))


def as_user(site: Site, app: Any, account: str) -> Any:
    browser = another_signed_in(site, app, account)
    accept_agreement(browser)
    return browser


def problems(page: str) -> list[str]:
    found = re.search(r"nhsuk-error-summary__list.*?</ul>", page, re.S)
    return re.findall(r'href="(#[^"]+)"', found[0]) if found else []


def test_who_looks_after_her_reads_whom_to_ring_and_what_to_know_before_a_visit(desk: Desk) -> None:
    page = desk.get(f"/person/{token(1)}").text
    assert "Next of kin" in page
    assert "daughter, 01632 960002" in page
    assert "Before a visit:</strong> &lt;b&gt;two&lt;/b&gt; to a visit" in page
    other = desk.get(f"/person/{token(2)}").text
    assert "Before a visit" not in other
    assert "Next of kin" not in other
    assert "01632 960002" not in desk.get("/list").text, "a list needs no such thing"


def test_accepting_with_a_note(desk: Desk) -> None:
    form = desk.get(f"/person/{token(1)}/do/accept")
    assert form.status_code == 200
    assert "Given1 Family1" in form.text
    answer = desk.take(1, "accept", **ACCEPTED, note=HOSTILE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/person/{token(1)}?done=accept")
    page = desk.get(answer.headers["location"]).text
    assert "the episode has begun" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert (desk.entry(1).state, desk.entry(1).professional, desk.entry(1).reason) == ("accepted", LEAD, "frailty")
    assert desk.notes(1) == [HOSTILE]
    rows = desk.site.audit.rows()
    assert [row["action"] for row in rows if row["action"].startswith("caseload")] == ["caseload note", "caseload accept"]
    assert not any("alert(1)" in str(row) for row in rows), "a note's text stays in the vault"
    assert desk.site.audit.verify() is None


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(desk: Desk) -> None:
    answer = desk.take(1, "accept", professional=LEAD, note="half a thought", **{"due[day]": "31", "due[month]": "2"})
    assert answer.status_code == 400
    assert problems(answer.text) == ["#reason", "#due-day"]
    assert "half a thought" in answer.text, "what was typed is still there"
    assert "<title>Error: Accept" in answer.text
    late = {"due[day]": "1", "due[month]": "1", "due[year]": "2028"}
    answer = desk.take(1, "accept", **ACCEPTED, note="again", **late)
    assert (answer.status_code, problems(answer.text)) == (400, ["#due-day"]), "later than the rules let a review be"
    assert desk.notes(1) == []
    assert desk.entry(1).last == 0
    answer = desk.take(1, "defer", reason="in hospital", **{"until[day]": "1", "until[month]": "9", "until[year]": "2026"})
    assert problems(answer.text) == ["#until-day"], "a day that is past"


def test_declining_is_asked_once_more(desk: Desk) -> None:
    said = {"reason": "known and managed", "note": HOSTILE}
    answer = desk.take(2, "decline", **said)
    assert answer.status_code == 200
    assert "Check before you decline" in answer.text
    assert "<script>alert" not in answer.text
    assert desk.entry(2).last == 0
    back = desk.take(2, "decline", **said, sure="back")
    assert "second line" in back.text
    assert desk.entry(2).last == 0
    answer = desk.take(2, "decline", **said, sure="yes")
    assert answer.headers["location"] == "/list?done=decline"
    assert desk.entry(2).state == "declined"
    assert "no longer on the list" in desk.get(answer.headers["location"]).text


def test_the_form_says_how_far_a_decision_can_be_put_off_here(desk: Desk) -> None:
    assert "At most 180 days from today." in desk.get(f"/person/{token(1)}/do/defer").text
    desk.services.entries.rules = EntryRules(most_deferred_days=30)
    assert "At most 30 days from today." in desk.get(f"/person/{token(1)}/do/defer").text


def test_a_colleague_was_quicker(desk: Desk) -> None:
    other = dataclasses.replace(desk.visit(-18), account="otto").request()
    desk.site.agreements.accept("otto", desk.site.version, NOON)
    desk.services.entries.decide(other, token(1), Decision(DECLINE, "moved", 0), desk.door())
    answer = desk.post(f"/person/{token(1)}/do/accept", last=0, thread=0, note="lost", **ACCEPTED)
    assert answer.status_code == 409
    assert "A colleague changed this at 11:42 on 30 September 2026" in answer.text, "London's clock"
    assert desk.notes(1) == []
    assert desk.entry(1).state == "declined"
    again = desk.post(f"/person/{token(1)}/do/reconsider", last=0, thread=0, reason="situation changed")
    assert again.status_code == 409, "what was shown is not what stands now, though the step would be possible"


@pytest.mark.parametrize("step", ["accept", "note", "plan-made"])
def test_who_is_not_there_and_who_is_anothers_are_answered_alike(desk: Desk, step: str) -> None:
    absent = token(1)[:-3] + "".join(reversed(token(1)[-3:]))
    said = {"last": 0, "thread": 0, "reason": "care and support plan" if step == "plan-made" else "frailty",
            "professional": LEAD, "note": "x"}  # fmt: skip
    pages = {desk.get(f"/person/{who}/do/{step}").status_code for who in (absent, "nonsense", "<b>")}
    answers = {desk.post(f"/person/{who}/do/{step}", **said).status_code for who in (absent, "nonsense")}
    assert (pages, answers) == ({404}, {404})
    mia = as_user(desk.site, desk.app, "mia")
    refused = mia.get(f"/person/{token(1)}/do/action-agreed"), mia.get(f"/person/{absent}/do/action-agreed")
    assert [each.status_code for each in refused] == [404, 404]
    assert mia.get(f"/person/{token(1)}/do/accept").status_code == 403
    assert desk.get(f"/person/{token(1)}/do/no-such-step").status_code == 404
    assert desk.notes(1) == []


def test_a_change_needs_the_forms_own_token(desk: Desk) -> None:
    answer = desk.browser.post(f"/person/{token(1)}/do/accept", data={"last": 0, "thread": 0, **ACCEPTED})
    assert answer.status_code == 403
    assert desk.entry(1).last == 0


def test_a_plan_a_carer_and_an_action_stand_on_the_page_and_go_on(desk: Desk) -> None:
    assert desk.take(3, "plan-made", reason="care and support plan").status_code == 303
    assert desk.take(3, "carer-linked", reason="child", carer=nhs_number(4000)).status_code == 303
    day = {"due[day]": "7", "due[month]": "10", "due[year]": "2026"}
    assert desk.take(3, "action-agreed", reason="gp review", professional=LEAD, **day).status_code == 303
    page = desk.get(f"/person/{token(3)}").text
    assert "Care and support plan" in page
    assert "Given4 Family4" in page, "the carer is one of her own people, too"
    assert "GP review" in page
    assert "by 7 October 2026" in page
    step = re.search(r"/do/action-done\?thread=(\d+)", page)
    assert step
    form = desk.get(f"/person/{token(3)}{step[0]}").text
    last = re.search(r'name="last" value="(\d+)"', form)
    assert last
    assert desk.take(3, "action-done", thread=step[1], last=last[1]).status_code == 303
    assert "GP review" not in desk.get(f"/person/{token(3)}").text
    answer = desk.take(3, "action-done", thread=step[1], last=last[1])
    assert answer.status_code == 409
    wrong = desk.take(3, "carer-linked", reason="friend or neighbour", carer="9999999999")
    assert (wrong.status_code, problems(wrong.text)) == (400, ["#carer"])


def test_a_person_is_put_on_the_agenda_of_a_meeting_to_come(desk: Desk) -> None:
    request, day = desk.visit().request(), NOON.date()
    assert "item-added" not in desk.get(f"/person/{token(1)}").text
    meeting = take(desk.services.entries, request, Doing("meeting planned", "mdt", since=day, due=day, until=day), desk.door())
    assert f"/person/{token(1)}/do/item-added" in desk.get(f"/person/{token(1)}").text
    answer = desk.take(1, "item-added", reason="asked for", of=str(meeting.thread))
    assert answer.status_code == 303
    assert "Meeting of 30 September 2026" in desk.get(f"/person/{token(1)}").text
    assert desk.services.entries.on_agenda(TEAM, meeting.thread) == [token(1)]


def test_notes_are_read_by_who_looks_after_people(desk: Desk) -> None:
    assert desk.take(1, "note", note="Ring the daughter first.").headers["location"].endswith("?done=note")
    assert "Ring the daughter first." in desk.get(f"/person/{token(1)}").text
    pete = as_user(desk.site, desk.app, "pete")
    page = pete.get(f"/person/{token(1)}")
    assert page.status_code == 200
    assert "Ring the daughter" not in page.text
    assert pete.get(f"/person/{token(1)}/do/note").status_code == 403
    assert problems(desk.take(1, "note", note="  ").text) == ["#note"]


def test_a_person_is_found_and_referred(desk: Desk) -> None:
    answer = desk.post("/find", number=nhs_number(5000))
    assert answer.status_code == 200
    assert "Given5 Family5" in answer.text
    assert "not on a list" in answer.text
    assert f"/person/{token(5)}/do/refer" in answer.text
    assert desk.take(5, "refer", reason="clinical concern").status_code == 303
    found = desk.post("/find", family="family5", **{"born[day]": "1", "born[month]": "1", "born[year]": "1940"})
    assert f"/person/{token(5)}/do/refer" not in found.text, "she waits for a decision"
    desk.services.entries.decide(
        desk.visit(1).request(), token(5), Decision(ACCEPT, "frailty", desk.entry(5).last, professional=LEAD), desk.door()
    )
    assert LEAD in desk.post("/find", number=nhs_number(5000)).text


class SaysNothingOf5(PublishedNight):
    """A night that neither scored nor listed person 5."""

    def people(self, team: str, pseudonyms: Iterable[str]) -> dict[str, Any]:
        return {name: row for name, row in super().people(team, pseudonyms).items() if name != token(5)}


def test_somebody_whom_the_night_did_not_score_is_found_referred_and_taken_on(desk: Desk) -> None:
    night = desk.site.nights.served
    desk.site.nights.served = SaysNothingOf5(night.run_id, night.as_at, night.folder)
    found = desk.post("/find", number=nhs_number(5000)).text
    assert "the night says nothing of this person" in found
    assert f"/person/{token(5)}/do/refer" in found
    assert desk.take(5, "refer", reason="clinical concern").status_code == 303
    shown = {path: desk.get(path) for path in ("/list", "/list/print", "/morning", "/team", "/practice", "/wards", "/meetings")}
    assert {path: each.status_code for path, each in shown.items()} == dict.fromkeys(shown, 200)
    assert "Given5 Family5" in shown["/list"].text
    assert desk.post("/take-away", form="xlsx", names="no").status_code == 200
    assert desk.take(5, "accept", **ACCEPTED).status_code == 303
    page = desk.get(f"/person/{token(5)}").text
    assert "This night's tables say nothing of this person" in page
    assert LEAD in page


@pytest.mark.parametrize(("form", "fields"), [
    ({}, ["#number"]),
    ({"number": "943"}, ["#number"]),
    ({"family": "Family1"}, ["#born-day"]),
    ({"family": HOSTILE, "born[day]": "40", "born[month]": "1", "born[year]": "1940"}, ["#born-day"]),
    ({"born[day]": "1", "born[month]": "1", "born[year]": "1940"}, ["#family"]),
])  # fmt: skip
def test_a_search_that_cannot_be_made_says_at_which_field(desk: Desk, form: dict[str, str], fields: list[str]) -> None:
    answer = desk.post("/find", **form)
    assert (answer.status_code, problems(answer.text)) == (400, fields)
    assert "<script>alert" not in answer.text
    assert desk.site.audit.rows("search") == []


def test_nobody_found_says_nothing_of_who_is_there_and_names_break_glass_to_who_may(desk: Desk) -> None:
    page = desk.post("/find", number="9999999999").text
    assert "Nobody was found among your own people" in page
    assert 'href="/break-glass"' in page
    pete = as_user(desk.site, desk.app, "pete")
    page = pete.post("/find", data={"csrf": token_of(pete.get("/agreement").text), "number": "9999999999"}).text
    assert "Nobody was found" in page
    assert "break-glass" not in page


def test_the_morning_has_its_page(desk: Desk) -> None:
    page = desk.get("/morning")
    assert page.status_code == 200
    assert "Nobody left the list since the last night." in page.text
    assert "A care" not in page.text
    assert desk.get("/morning?whose=team&x=<script>").status_code == 200
