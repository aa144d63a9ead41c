"""Meetings, virtual wards, practice and team in a real browser, by what people press: every width, and no serious finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from caseload.desk.posts import Post
from caseload.web.users import User
from governance.access.roles import COORDINATOR, MDT_MEMBER, PRACTICE_USER
from tests.browsers import WIDTHS, free_port
from tests.made_up_desk import AS_AT, PRACTICE, TEAM, WARD, MadeUpDesk, listed, token
from tests.web_site import RUN, TOKEN, Site, one_for_each_role

SERIOUS = ("serious", "critical")
NEED = {"tier": "case management", "tier_why": "rank 5 of 8"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any, int], None], browser: Any) -> Iterator[Any]:
    """A browser of somebody who may change roles; `page.be(role)` signs her in as another."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    users = one_for_each_role()
    users[PRACTICE_USER] = User(PRACTICE_USER, (Post(PRACTICE_USER, TEAM, PRACTICE),))
    site = Site(tmp_path_factory.mktemp("site") / "area", users, desk=_desk)
    site.clock.now = dt.datetime.combine(AS_AT, dt.time(9), dt.UTC)
    serve(site.app(origin=origin, requests_a_minute=1000, sign_ins_a_minute=1000), port)
    context = browser.new_context(base_url=origin)
    page = context.new_page()
    page.goto(f"/demo/{TOKEN}")
    page.select_option("#account", COORDINATOR)
    page.click("main button")
    for role in (MDT_MEMBER, PRACTICE_USER, COORDINATOR):
        be(page, role)
        page.goto("/agreement")
        page.click("main button")
    yield page
    context.close()


def _desk(made: MadeUpDesk) -> MadeUpDesk:
    bed = f"{WARD}: step-up, day 1 of 14"
    made.lists = {"caseload": [listed(1), listed(2, virtual_ward=bed), listed(3)]}
    made.people = {number: NEED | {"rank": number} for number in (4, 5)}
    return made


def be(page: Any, role: str) -> None:
    page.goto("/posts")
    form = page.locator("form[action='/post']", has=page.locator(f"input[name=account][value='{role}']"))
    if form.locator("button").count():
        form.locator("button").click()
        page.wait_for_url("**/")


def check(page: Any, axe: str) -> None:
    """As it stands: at every width it fits, and the checker finds nothing serious."""
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 900})
        # The header's script moves places of the menu after a resize: it has a moment for that.
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width, timeout=5000)
        page.evaluate(axe)
        found = page.evaluate("async () => (await axe.run()).violations.map(each => [each.impact, each.id, each.nodes[0].html])")
        assert [each for each in found if each[0] in SERIOUS] == []
    page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})


def test_a_meeting_from_its_plan_to_its_end(pages: Any, axe: str) -> None:
    """The coordinator plans it, puts somebody on it and invites; the member records an action; it is held."""
    pages.goto("/meetings")
    check(pages, axe)
    pages.fill("#due", AS_AT.isoformat())
    pages.click("text=Plan the meeting")
    pages.wait_for_url("**/meetings/*")
    meeting = pages.url
    pages.click("text=Put people on the agenda")
    check(pages, axe)
    pages.check(f"input[value='{token(1)}']")
    pages.click("main button:has-text('Put them')")
    pages.wait_for_url(meeting)
    pages.select_option("#account", MDT_MEMBER)
    pages.click("button:has-text('Invite')")
    be(pages, MDT_MEMBER)
    pages.goto("/meetings")
    pages.click("main table a")
    pages.click("summary:has-text('Agree an action')")
    pages.fill("details[open] input[type=date]", (AS_AT + dt.timedelta(days=3)).isoformat())
    pages.click("details[open] button:has-text('Agree')")
    assert "Visit" in pages.inner_text(".caselink-actions")
    assert "It was held" not in pages.inner_text("main"), "an mdt member does not chair"
    check(pages, axe)
    be(pages, COORDINATOR)
    pages.goto(meeting)
    check(pages, axe)
    pages.click("button:has-text('Done')")
    assert "Nothing is agreed yet" in pages.inner_text(".caselink-case")
    pages.click("button:has-text('Discussed')")
    pages.click("button:has-text('It was held')")
    assert "held" in pages.inner_text("h1")


def test_what_somebody_else_changed_is_said_and_not_overwritten(pages: Any, axe: str) -> None:
    be(pages, COORDINATOR)
    pages.goto("/wards")
    other = pages.context.new_page()
    other.goto("/wards")
    for each in (pages, other):
        each.click("button:has-text('Step up')")
    assert "There is a problem" in other.inner_text(".nhsuk-error-summary")
    check(other, axe)
    other.close()
    pages.goto("/wards")
    assert "Day 1" in pages.inner_text(".caselink-case")
    pages.click("summary:has-text('Left the ward')")
    pages.click("button:has-text('End the stay')")
    assert "Nobody is on the ward" in pages.inner_text("main")


SHOWN = [(PRACTICE_USER, "/practice"), (COORDINATOR, "/team"), (COORDINATOR, "/team/decisions"), (COORDINATOR, "/wards/add")]


@pytest.mark.parametrize(("role", "path"), SHOWN)
def test_a_page_fits_and_has_no_serious_finding(pages: Any, axe: str, role: str, path: str) -> None:
    be(pages, role)
    pages.goto(path)
    assert pages.inner_text("h1")
    check(pages, axe)


def test_a_practice_user_reads_who_is_not_managed(pages: Any) -> None:
    be(pages, PRACTICE_USER)
    pages.goto("/practice")
    told = pages.inner_text("main")
    assert PRACTICE in told
    assert pages.locator(f"a[href='/person/{token(4)}']").count() == 1
    assert RUN not in told
