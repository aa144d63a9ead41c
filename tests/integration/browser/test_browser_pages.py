"""The pages in a real browser: signing in, every width, the keyboard, accessibility, and no other host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.routing import Route as Address

from caseload.web.oidc import OidcSettings
from tests.browsers import WIDTHS, free_port
from tests.sign_in_service import CLIENT, SECRET, SignInService
from tests.web_site import RUN, TOKEN, Site

PAGES = ("/", "/agreement", "/posts", "/sessions", "/runs", f"/runs/{RUN}", "/no/such/page")
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any, int], None], browser: Any) -> Any:
    """An operator, signed in to a demonstration; her requests, and what the browser complained of."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    site = Site(tmp_path_factory.mktemp("site") / "area")
    serve(site.app(origin=origin, requests_a_minute=1000, sign_ins_a_minute=1000), port)
    context = browser.new_context(base_url=origin)
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(f"/demo/{TOKEN}")
    page.select_option("#account", "operator")
    page.click("main button")
    page.wait_for_selector("h1")
    yield page
    context.close()


def origin_of(page: Any) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(page.url))


def test_the_demonstrations_address_signs_in_and_the_cookie_is_secure(demo: Any) -> None:
    assert "What you can do here" in demo.inner_text("h1")
    (cookie,) = [each for each in demo.context.cookies() if each["name"] == "__Host-caselink"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    assert demo.evaluate("document.cookie") == ""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_names_no_other_host_and_has_no_serious_finding(demo: Any, axe: str, path: str, width: str) -> None:
    demo.asked.clear(), demo.complaints.clear()
    demo.set_viewport_size({"width": WIDTHS[width], "height": 900})
    demo.goto(path)
    assert demo.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
    assert demo.evaluate("document.documentElement.lang") == "en-GB"
    assert {urlsplit(each).netloc for each in demo.asked} == {urlsplit(demo.url).netloc}
    assert [each for each in demo.complaints if "404" not in each] == []
    demo.evaluate(axe)  # through the driver: the page's own policy would not let it in
    found = demo.evaluate("async () => (await axe.run()).violations.map(each => [each.impact, each.id, each.nodes[0].html])")
    assert [each for each in found if each[0] in SERIOUS] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/sign-in", f"/demo/{TOKEN}"])
def test_what_a_stranger_sees_fits_and_has_no_serious_finding(demo: Any, axe: str, path: str, width: str) -> None:
    context = demo.context.browser.new_context(base_url=origin_of(demo))
    page = context.new_page()
    page.set_viewport_size({"width": WIDTHS[width], "height": 900})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run()).violations.map(each => [each.impact, each.id, each.nodes[0].html])")
    assert [each for each in found if each[0] in SERIOUS] == []
    context.close()


def test_style_and_script_of_the_pages_are_there(demo: Any) -> None:
    demo.goto("/")
    assert demo.evaluate("getComputedStyle(document.querySelector('.nhsuk-header')).backgroundColor") == "rgb(0, 94, 184)"
    assert "js-enabled" in demo.evaluate("document.body.className")


def test_everything_is_reached_by_keyboard(demo: Any) -> None:
    demo.goto("/")
    demo.keyboard.press("Tab")
    assert demo.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    reached = []
    for _ in range(12):
        reached.append(demo.evaluate("document.activeElement.textContent.trim()"))
        demo.keyboard.press("Tab")
    assert {"Home", "Runs", "Change role", "Sign out"} <= set(reached)
    demo.goto("/")
    demo.keyboard.press("Tab")
    demo.keyboard.press("Enter")
    assert demo.evaluate("document.activeElement.id") == "maincontent"


def test_a_page_does_its_work_without_scripts(demo: Any, browser: Any) -> None:
    context = browser.new_context(base_url=origin_of(demo), java_script_enabled=False)
    context.add_cookies(demo.context.cookies())
    page = context.new_page()
    page.goto("/agreement")
    page.click("main button")
    page.wait_for_url("**/")
    page.goto("/agreement")
    assert "You accepted this version." in page.inner_text("main")
    context.close()


def test_another_site_cannot_send_a_form_in_her_name(demo: Any, serve: Callable[[Any, int], None]) -> None:
    """A page of another origin posts to ours; the browser sends the cookie or not, and the gate refuses."""
    port = free_port()
    form = f'<form id="f" method="post" action="{origin_of(demo)}/sign-out"></form>'

    async def evil(_request: Request) -> Any:
        return HTMLResponse(f"{form}<button form='f'>Win</button>")

    serve(Starlette(routes=[Address("/", evil)]), port)
    demo.goto("/")
    other = demo.context.new_page()
    other.goto(f"http://localhost:{port}/")
    other.click("button")
    other.wait_for_url(f"{origin_of(demo)}/")  # the form came without her cookie, and she is where she was
    other.close()
    demo.goto("/")
    assert "What you can do here" in demo.inner_text("h1")  # still signed in


def test_signing_in_through_a_service_and_out(
    tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any, int], None], browser: Any
) -> None:
    ours, theirs = free_port(), free_port()
    origin, issuer = f"http://127.0.0.1:{ours}", f"http://localhost:{theirs}"
    site = Site(tmp_path_factory.mktemp("site") / "area")
    service = SignInService(site.clock, issuer=issuer)

    async def answer(request: Request) -> Any:
        if request.url.path == "/authorise":
            return RedirectResponse(service.authorise(str(request.url)), 303)
        status, body = service.answer(request.method, request.url.path, dict(parse_qsl((await request.body()).decode())))
        return JSONResponse(body, status)

    serve(Starlette(routes=[Address("/{path:path}", answer, methods=["GET", "POST"])]), theirs)
    oidc = OidcSettings(issuer, CLIENT, f"{origin}/sign-in/done", SECRET)
    serve(site.app(origin=origin, demo_token="", oidc=oidc), ours)
    context = browser.new_context(base_url=origin)
    page = context.new_page()
    page.goto("/runs")
    assert page.url == f"{origin}/sign-in"
    page.click("main a")
    page.wait_for_url(f"{origin}/")
    assert "care coordinator" in page.inner_text(".caselink-standing")
    page.click("text=Sign out")
    page.wait_for_url("**/sign-in")
    page.go_back()
    page.reload()
    assert "Sign in" in page.inner_text("h1")  # nothing was kept to go back to
    context.close()
