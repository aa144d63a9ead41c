"""The pages of a team as a browser sends to them: nobody's is absent, hostile is text, what is not hers is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from governance.access.roles import COORDINATOR, MDT_MEMBER, PROFESSIONAL
from tests.made_up_desk import AS_AT, LEAD, WARD, MadeUpDesk, listed, token
from tests.web_site import Site, accept_agreement, another_signed_in, token_of

HOSTILE = "<script>alert(1)</script>"


def _desk(made: MadeUpDesk) -> MadeUpDesk:
    made.lists = {"caseload": [listed(1, reasons=HOSTILE, virtual_ward=f"{WARD}: step-up, day 1 of 14"), listed(2)]}
    return made


@pytest.fixture
def browsers(tmp_path: Path) -> Callable[[str], Any]:
    site = Site(tmp_path / "area", desk=_desk)
    site.clock.now = dt.datetime.combine(AS_AT, dt.time(11), dt.UTC)
    app = site.app()

    def browser(role: str) -> Any:
        made = another_signed_in(site, app, role)
        accept_agreement(made)
        return made

    return browser


def post(browser: Any, path: str, **said: str) -> Any:
    return browser.post(path, data={"csrf": token_of(browser.get("/").text)} | said)


def meeting(browser: Any, *people: int) -> str:
    """A meeting of today with these people on its agenda: its path."""
    made = post(browser, "/meetings", step="meeting planned", reason="mdt", due=AS_AT.isoformat())
    assert made.status_code == 303, made.text
    path = str(made.headers["location"])
    said = {f"reason-{token(each)}": "asked for" for each in people}
    for each in people:
        assert post(browser, f"{path}/add", person=token(each), **said).headers["location"] == path
    return path


@pytest.mark.parametrize("path", ["/meetings/99", "/meetings/x", "/meetings/0", "/meetings/1/add"])
def test_a_meeting_that_is_not_there_and_one_that_is_not_hers_are_answered_alike(browsers: Any, path: str) -> None:
    cora, mia = browsers(COORDINATOR), browsers(MDT_MEMBER)
    hers = meeting(cora, 1)
    not_invited, not_there = mia.get(hers), mia.get("/meetings/99")
    assert (not_invited.status_code, not_there.status_code) == (404, 404)
    assert not_invited.text == not_there.text
    assert post(mia, hers, step="action agreed", person=token(1)).status_code == 404
    if path != "/meetings/1/add":
        assert cora.get(path).status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        {"step": "accept", "reason": "frailty"},
        {"step": "meeting planned", "reason": "mdt"},
        {"step": HOSTILE},
        {"step": "action agreed", "reason": HOSTILE, "professional": LEAD, "due": "2026-10-04"},
        {"step": "action agreed", "reason": "visit", "professional": HOSTILE, "due": "2026-10-04"},
        {"step": "action agreed", "reason": "visit", "professional": LEAD, "due": HOSTILE},
        {"step": "action agreed", "reason": "visit", "professional": LEAD, "due": "2020-01-01"},
        {"step": "action agreed", "reason": "visit", "professional": LEAD, "due": "2026-10-04", "of": "99"},
        {"step": "action done", "thread": "99", "last": "99"},
        {"step": "attendee invited", "account": HOSTILE, "of": "99", "person": ""},
        {"step": "attendee invited", "account": "a" * 500, "person": ""},
    ],
)
def test_what_no_form_of_the_page_sends_changes_nothing(browsers: Any, said: dict[str, str]) -> None:
    cora = browsers(COORDINATOR)
    path = meeting(cora, 1)
    before = cora.get(path).text
    answer = post(cora, path, **({"person": token(1)} | said))
    assert answer.status_code == 409
    assert "There is a problem" in answer.text
    assert HOSTILE not in answer.text
    assert cora.get(path).text == before


def test_a_form_with_a_zero_character_is_no_form(browsers: Any) -> None:
    answer = post(browsers(COORDINATOR), "/meetings", step="meeting planned", reason="mdt", due=AS_AT.isoformat(), title="a\0b")
    assert answer.status_code == 400


@pytest.mark.parametrize("due", ["0001-01-01", "9999-12-31"])
def test_a_meeting_at_the_ends_of_the_calendar_is_refused_in_words(browsers: Any, due: str) -> None:
    answer = post(browsers(COORDINATOR), "/meetings", step="meeting planned", reason="mdt", due=due)
    assert (answer.status_code, "that day has no days around it" in answer.text) == (409, True)


@pytest.mark.parametrize("person", ["", "north-nobody", HOSTILE, token(8)[:-1]])
def test_a_step_about_nobody_and_about_somebody_elses_person_are_refused_alike(browsers: Any, person: str) -> None:
    """A professional with no account of her own has nobody: whoever she names, the answer is one."""
    cora, beth = browsers(COORDINATOR), browsers(PROFESSIONAL)
    path = meeting(cora, 1)
    said = {"step": "action agreed", "reason": "visit", "professional": LEAD, "due": "2026-10-04"}
    theirs, nobodys = post(beth, path, person=token(1), **said), post(beth, path, person=person or "x", **said)
    assert (theirs.status_code, nobodys.status_code) == (403, 403)
    assert theirs.text == nobodys.text


def test_nobody_is_put_on_an_agenda_twice_and_it_is_said(browsers: Any) -> None:
    cora = browsers(COORDINATOR)
    path = meeting(cora, 1)
    assert "Nobody was ticked" in post(cora, f"{path}/add").text
    answer = post(cora, f"{path}/add", person=token(1), **{f"reason-{token(1)}": "asked for"})
    assert answer.status_code == 409
    assert "0 were put on the agenda. 1 were not" in answer.text


def test_somebody_whom_the_night_did_not_propose_comes_to_a_ward(browsers: Any) -> None:
    cora = browsers(COORDINATOR)
    said = {"step": "step up", "reason": "needs watching", "ward": WARD}
    assert "Choose a person and a ward" in post(cora, "/wards/add", **said).text
    assert post(cora, "/wards/add", person=token(2), **said).headers["location"] == "/wards"
    assert token(2) in cora.get("/wards").text
    assert token(2) not in cora.get("/wards/add").text
    assert post(cora, "/wards/add", person=token(1), **(said | {"ward": HOSTILE})).status_code == 409
    assert post(cora, "/wards/add", person=token(1), **(said | {"step": "accept"})).status_code == 409


def test_an_action_is_spelt_as_on_the_persons_page(browsers: Any) -> None:
    cora = browsers(COORDINATOR)
    path = meeting(cora, 1)
    said = {"reason": "gp review", "professional": LEAD, "due": "2026-10-04"}
    assert post(cora, path, step="action agreed", person=token(1), **said).headers["location"] == path
    pages = [cora.get(each).text for each in (path, f"/person/{token(1)}")]
    assert all("<strong>GP review</strong>" in page for page in pages)
    assert not any("Gp review" in page for page in pages)


def test_a_text_of_the_night_is_text_on_the_page(browsers: Any) -> None:
    page = browsers(COORDINATOR).get("/wards").text
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_the_way_back_from_a_person_is_to_a_page_that_the_role_opens(browsers: Any) -> None:
    cora, mia = browsers(COORDINATOR), browsers(MDT_MEMBER)
    path = meeting(cora, 1)
    assert post(cora, path, step="attendee invited", account=MDT_MEMBER, of=path.split("/")[-1]).status_code == 303
    hers, theirs = (each.get(f"/person/{token(1)}") for each in (mia, cora))
    assert (hers.status_code, theirs.status_code) == (200, 200)
    back = 'class="nhsuk-back-link__link" href="'
    assert (f'{back}/meetings"' in hers.text, f'{back}/list"' in theirs.text) == (True, True)
    assert 'href="/list"' not in hers.text


def test_an_mdt_member_plans_nothing_and_searches_nobody(browsers: Any) -> None:
    mia = browsers(MDT_MEMBER)
    assert "Plan a meeting" not in mia.get("/meetings").text
    for path in ("/wards", "/practice", "/team", "/team/decisions", "/list"):
        assert mia.get(path).status_code == 403
    assert post(mia, "/meetings", step="meeting planned", reason="mdt", due=AS_AT.isoformat()).status_code == 403
