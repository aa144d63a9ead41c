"""Review by keyboard, break-glass and the Caldicott desk in a real browser: they fit, and have no serious finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from governance.access.roles import GUARDIAN, PROFESSIONAL, REVIEWER
from tests.access_drawings import population
from tests.browsers import free_port
from tests.made_up_desk import PEOPLE, token
from tests.web_site import TOKEN, Site

NUMBER = population(PEOPLE)[0]["nhs_number"].to_pylist()[4]
DESK = ("/guardian", "/guardian/bases", "/guardian/reviews", "/guardian/reviews/1", "/guardian/bulk", "/guardian/audit",
        "/guardian/seen")  # fmt: skip
SIZES = (1280, 320)


class Visitor:
    """A browser at a demonstration, which can be anybody."""

    def __init__(self, page: Any, axe: str) -> None:
        self.page, self._axe = page, axe

    def work_as(self, role: str) -> None:
        self.page.goto("/posts")
        button = self.page.locator("li form", has_text=f"(A {role})").locator("button")
        if button.count():
            button.click()
            self.page.wait_for_url("**/")

    def check(self, *paths: str) -> None:
        """Each page fits, and has one heading and no serious finding."""
        for path in paths:
            for width in SIZES:
                self.page.set_viewport_size({"width": width, "height": 900})
                self.page.goto(path)
                assert self.page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            self.check_shown(path)

    def check_shown(self, path: str) -> None:
        assert self.page.locator("h1").count() == 1, path
        self.page.evaluate(self._axe)
        found = self.page.evaluate("async () => (await axe.run()).violations.map(e => [e.impact, e.id, e.nodes[0].html])")
        assert [each for each in found if each[0] in ("serious", "critical")] == [], path


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any, int], None], browser: Any, axe: str) -> Any:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    site = Site(tmp_path_factory.mktemp("site") / "area")
    for account in site.users:
        site.agreements.accept(account, site.version, site.clock())
    serve(site.app(origin=origin, requests_a_minute=1000), port)
    context = browser.new_context(base_url=origin)
    page = context.new_page()
    page.goto(f"/demo/{TOKEN}")
    page.click("main button")
    page.wait_for_url("**/")
    yield Visitor(page, axe)
    context.close()


def test_a_pair_is_judged_by_keyboard_alone(visitor: Visitor) -> None:
    visitor.work_as(REVIEWER)
    visitor.check("/review", "/review/first")
    page = visitor.page
    page.focus("#decision")
    for key in ("n", "5"):
        page.keyboard.press(key)
    assert page.is_checked("#decision-2")
    assert page.is_checked("#reason-5")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.nhsuk-caption-l').textContent.includes('judged 1')")
    assert page.evaluate("document.activeElement.id") == "judge", "who works by keys goes on by keys"
    page.keyboard.press("m")
    page.focus("#text")
    page.keyboard.type("nc1")
    assert page.is_checked("#decision")
    assert page.input_value("#text") == "nc1", "letters of a text are letters"
    page.click("text=Save and go on")
    page.wait_for_selector(".nhsuk-error-summary")
    visitor.check_shown("a decision without a reason")


def test_a_person_is_opened_and_closed_and_the_guardian_reviews_it(visitor: Visitor) -> None:
    visitor.work_as(PROFESSIONAL)
    visitor.check("/break-glass")
    page = visitor.page
    page.fill("#number", NUMBER)
    page.check("#reason")
    page.fill("#text", "Found on the floor by a neighbour.")
    page.click("text=Open this person")
    page.wait_for_url(f"**/person/{token(5)}")
    assert "Break-glass is open" in page.inner_text("section.caselink-glass")
    visitor.check(f"/person/{token(5)}", f"/person/{token(5)}/seen", "/break-glass")
    page.click("text=Close break-glass")
    page.wait_for_url("**/break-glass")
    assert page.locator("section.caselink-glass").count() == 0
    visitor.work_as(GUARDIAN)
    visitor.check(*DESK)
    page.goto("/guardian/reviews/1")
    page.click("button:text-is('Justified')")
    page.wait_for_url("**/guardian/reviews")
    page.goto("/guardian/seen")
    page.fill("#number", NUMBER)
    page.click("text=Show who saw it")
    page.wait_for_selector("table")
    visitor.check_shown("the Guardian's report")
    assert NUMBER not in page.content()
    assert page.url.endswith("/guardian/seen")
