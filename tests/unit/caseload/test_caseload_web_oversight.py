"""Review, break-glass and the Caldicott desk as the application answers: forms, banners, refusals, and what no page says."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from governance.access.roles import COORDINATOR, GUARDIAN, PROFESSIONAL, REVIEWER
from schemas.errors import GovernanceError
from tests.access_drawings import population
from tests.made_up_desk import PEOPLE, token
from tests.made_up_oversight import HOSTILE, PAIRS
from tests.web_site import Site, accept_agreement, another_signed_in, token_of

NUMBERS = population(PEOPLE)[0]["nhs_number"].to_pylist()
TEXT = "Found on the floor by a neighbour."


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "area")


@pytest.fixture
def app(site: Site) -> Any:
    return site.app(requests_a_minute=1000)


def browser(site: Site, app: Any, role: str) -> Any:
    made = another_signed_in(site, app, role)
    accept_agreement(made)
    return made


def send(browser: Any, path: str, form_at: str = "", **form: str) -> Any:
    return browser.post(path, data={"csrf": token_of(browser.get(form_at or "/").text), **form})


def test_a_reviewer_sees_two_records_and_no_score_and_no_pair_in_an_address(site: Site, app: Any) -> None:
    clerk = browser(site, app, REVIEWER)
    page = clerk.get("/review/first").text
    assert "999 000 0018" in page
    assert '<mark class="caselink-differs">E</mark>' in page
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert not re.search("weight|score|probab", page)
    assert PAIRS[0] not in " ".join(re.findall(r'(?:href|action)="([^"]*)"', page))
    answer = send(clerk, "/review/first", pair=PAIRS[0], decision="link", reason="same number")
    assert (answer.status_code, answer.headers["location"]) == (303, "/review/first")
    assert PAIRS[1] in clerk.get("/review/first").text
    assert "No pair waits here" in clerk.get("/review/second").text, "never her own first judgement"
    assert clerk.get("/review/third").status_code == 404


def test_a_decision_without_a_reason_is_asked_again_and_one_twice_refused(site: Site, app: Any) -> None:
    clerk = browser(site, app, REVIEWER)
    answer = send(clerk, "/review/first", pair=PAIRS[0], decision="unsure")
    assert answer.status_code == 400
    assert 'href="#reason"' in answer.text
    assert re.search('value="unsure"[^>]* checked', answer.text), "what was said is still there"
    for status in (303, 409):
        assert send(clerk, "/review/first", pair=PAIRS[0], decision="unsure", reason="other", text="x").status_code == status


def test_break_glass_is_told_of_on_every_page_until_it_is_closed(site: Site, app: Any) -> None:
    beth = browser(site, app, PROFESSIONAL)
    assert beth.get(f"/person/{token(5)}").status_code == 404
    answer = send(beth, "/break-glass", "/break-glass", number=NUMBERS[4], reason="emergency", text=TEXT)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/person/{token(5)}")
    for path in ("/", "/list", "/break-glass", f"/person/{token(5)}", f"/person/{token(5)}/seen", "/posts", "/no/such/page"):
        assert "Break-glass is open" in beth.get(path).text, path
    other = browser(site, app, COORDINATOR)
    assert "Break-glass is open" not in other.get("/").text
    answer = send(beth, "/break-glass/close", number="1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/break-glass")
    page = beth.get("/break-glass").text
    assert "Break-glass is open" not in page
    assert "the Caldicott Guardian reviews it" in page
    assert beth.get(f"/person/{token(5)}").status_code == 404
    assert send(beth, "/break-glass/close", number="1").status_code == 409


def test_a_refusal_is_a_sentence_and_what_was_typed_is_kept(site: Site, app: Any) -> None:
    beth = browser(site, app, PROFESSIONAL)
    form = {"family": HOSTILE, "day": "31", "month": "2", "year": "1950", "reason": "emergency", "text": TEXT}
    answer = send(beth, "/break-glass", "/break-glass", **form)
    assert answer.status_code == 409
    assert "Give an NHS number, or a family name and a date of birth." in answer.text
    assert HOSTILE not in answer.text
    assert TEXT in answer.text
    answer = send(beth, "/break-glass", "/break-glass", number=NUMBERS[4], text=TEXT)
    assert "Choose the reason." in answer.text
    assert 'href="#reason"' in answer.text


def test_the_guardian_reviews_lifts_and_never_sees_whom(site: Site, app: Any) -> None:
    beth, grace = browser(site, app, PROFESSIONAL), browser(site, app, GUARDIAN)
    send(beth, "/break-glass", "/break-glass", number=NUMBERS[4], reason="emergency", text=TEXT)
    send(beth, "/break-glass/close", number="1")
    pages = [grace.get(path).text for path in ("/guardian", "/guardian/reviews", "/guardian/reviews/1", "/guardian/bases",
                                               "/guardian/bulk", "/guardian/audit", "/guardian/seen")]  # fmt: skip
    assert TEXT in pages[2]
    answer = send(grace, "/guardian/reviews/1", verdict="not-justified")
    assert (answer.status_code, answer.headers["location"]) == (303, "/guardian/reviews")
    pages.append(grace.get("/guardian/reviews").text)
    assert "Not justified" in pages[-1]
    assert send(grace, "/guardian/reviews/1", verdict="justified").status_code == 409
    assert send(grace, "/guardian/reviews/1", verdict="lift").status_code == 303
    pages.append(send(grace, "/guardian/seen", number=NUMBERS[4]).text)
    assert "Opened by break-glass" in pages[-1]
    for page in pages:
        assert not any(said in page for said in (token(5), NUMBERS[4], "Family5", "Given5", "/person/"))
    assert grace.get("/guardian/reviews/99").status_code == grace.get("/guardian/reviews/x").status_code == 404
    assert send(grace, "/guardian/seen", number="12").status_code == 400


def test_bulk_requests_are_approved_by_another_account(site: Site, app: Any) -> None:
    bulk = site.services.oversight.bulk
    user = site.users[COORDINATOR]
    visit = {"account": user.account, "post": user.posts[0], "at": site.clock()}
    from caseload.desk.posts import Visit

    number = bulk.ask(Visit(**visit).request(), [token(1)])
    grace = browser(site, app, GUARDIAN)
    assert "Request 1" in grace.get("/guardian/bulk").text
    assert send(grace, "/guardian/bulk", number=str(number), answer="approve").status_code == 303
    assert send(grace, "/guardian/bulk", number=str(number), answer="refuse").status_code == 409
    assert bulk.find(number, site.clock()).state == "approved"


def test_the_log_is_checked_when_asked_and_a_fault_is_named(site: Site, app: Any) -> None:
    grace = browser(site, app, GUARDIAN)
    assert "The log is whole." not in grace.get("/guardian/audit").text
    assert "The log is whole." in send(grace, "/guardian/audit").text
    fault = GovernanceError("E-AUDIT-BROKEN", "line 7 of the audit log is missing.")
    site.services.oversight = dataclasses.replace(site.services.oversight, fault=fault)
    answer = send(grace, "/guardian/audit").text
    assert "E-AUDIT-BROKEN: line 7 of the audit log is missing." in answer
    assert "The log is whole." not in answer


def test_services_without_these_desks_have_no_such_pages(site: Site, app: Any) -> None:
    site.services.review = site.services.oversight = site.services.break_glass = None
    assert browser(site, app, REVIEWER).get("/review").status_code == 404
    assert browser(site, app, GUARDIAN).get("/guardian").status_code == 403
    assert browser(site, app, PROFESSIONAL).get("/break-glass").status_code == 403
