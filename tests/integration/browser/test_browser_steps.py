"""The pages on which people decide, in a real browser: every width, the keyboard, accessibility, without script."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from caseload.desk.posts import Post
from caseload.web.users import User
from governance.access.roles import COORDINATOR
from tests.browsers import WIDTHS, free_port
from tests.made_up_desk import LEAD, TEAM, token
from tests.web_site import TOKEN, Site

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
SERIOUS = ("serious", "critical")
PERSON = f"/person/{token(1)}"
PAGES = (PERSON, f"{PERSON}?done=accept", f"{PERSON}/do/accept", f"{PERSON}/do/defer", f"{PERSON}/do/carer-linked",
         f"{PERSON}/do/action-agreed", "/list", "/morning", "/find")  # fmt: skip


@pytest.fixture(scope="module")
def coordinator(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any, int], None], browser: Any) -> Any:
    """A coordinator at a made-up desk, signed in."""
    site = Site(tmp_path_factory.mktemp("site") / "area", users={"cora": User("cora", (Post(COORDINATOR, TEAM),))})
    site.clock.now = NOON
    site.nights.served = dataclasses.replace(site.nights.served)
    site.agreements.accept("cora", site.version, NOON)
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    serve(site.app(origin=origin, requests_a_minute=1000, sign_ins_a_minute=1000), port)
    context = browser.new_context(base_url=origin)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(f"/demo/{TOKEN}")
    page.select_option("#account", "cora")
    page.click("main button")
    page.wait_for_selector("h1")
    yield page
    context.close()


def check(page: Any, axe: str, width: int) -> None:
    """It fits, and axe finds nothing serious."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    page.evaluate(axe)  # through the driver: the page's own policy would not let it in
    found = page.evaluate("async () => (await axe.run()).violations.map(each => [each.impact, each.id, each.nodes[0].html])")
    assert [each for each in found if each[0] in SERIOUS] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_has_no_serious_finding(coordinator: Any, axe: str, path: str, width: str) -> None:
    coordinator.complaints.clear()
    coordinator.set_viewport_size({"width": WIDTHS[width], "height": 900})
    coordinator.goto(path)
    check(coordinator, axe, WIDTHS[width])
    assert coordinator.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_wrong_and_the_second_question_fit_too(coordinator: Any, axe: str, width: str) -> None:
    page = coordinator
    page.set_viewport_size({"width": WIDTHS[width], "height": 900})
    page.goto(f"{PERSON}/do/decline")
    page.click("main form button")
    page.wait_for_function("document.activeElement.className === 'nhsuk-error-summary'")
    check(page, axe, WIDTHS[width])
    page.click(".nhsuk-error-summary a")
    assert page.evaluate("document.activeElement.id") == "reason"
    page.check("#reason")
    page.fill("#note", "x" * 400)
    page.click("main form button")
    assert "Check before you decline" in page.inner_text("h1")
    check(page, axe, WIDTHS[width])
    page.goto("/find")
    page.fill("#number", "9999999999")
    page.click("main form button")
    check(page, axe, WIDTHS[width])
    page.fill("#number", "")
    page.click("main form button")
    check(page, axe, WIDTHS[width])


def test_a_step_is_taken_without_script_by_keyboard_alone(coordinator: Any, browser: Any) -> None:
    context = browser.new_context(base_url=coordinator.url.split("/find")[0], java_script_enabled=False)
    context.add_cookies(coordinator.context.cookies())
    page = context.new_page()
    page.goto(f"/person/{token(2)}/do/accept")
    page.focus("#reason")
    page.keyboard.press("Space")
    page.focus("#professional")
    page.keyboard.press("Tab")
    page.select_option("#professional", LEAD)
    page.focus("main form button")
    page.keyboard.press("Enter")
    page.wait_for_url("**?done=accept")
    assert "accepted" in page.inner_text("h1")
    context.close()
