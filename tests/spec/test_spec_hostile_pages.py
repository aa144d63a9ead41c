"""What a stranger, a forger or a careless hand may send to any page, whichever pages there are.

The tables below are the routes themselves and the forms that each role reaches by following links: a new page is in them.
"""

from __future__ import annotations

from typing import Any

import pytest

from caseload.web.gate import COOKIE
from caseload.web.route import Route
from caseload.web.routes import ROUTES
from caseload.web.sessions import csrf_token
from governance.access.roles import ROLES
from governance.keys import Domain, DomainKey, RootKey
from governance.pseudonyms import pseudonym
from tests.access_drawings import person
from tests.hostile_pages import LEAVES, MARK, PAYLOADS, Reached, address, allowed_to, not_signed_in, route_of, sent, walk
from tests.made_up_desk import KEY, PEOPLE, token
from tests.web_site import Site, another_signed_in

REFUSED = (200, 303, 400, 403, 404, 409, 429)  # answers of ours: a page that says what is wrong, or that it was done
SEEDS = (f"/person/{token(1)}",)
EVERYWHERE = ("script", "control")  # payloads that go into choices and hidden fields too
OTHERS_KEY = DomainKey(RootKey(bytes(range(32))), Domain("south", "case management", 1))
NOBODYS = {
    "somebody of another team": pseudonym(person(1), OTHERS_KEY),
    "nobody": pseudonym(person(PEOPLE + 900), KEY),
    "no pseudonym": "0123456789abcdef",
    "a payload": "%3Cscript%3E" + MARK,
    "somebody's with a letter changed": token(1)[:-1] + ("a" if token(1)[-1] != "a" else "b"),
}
NAMES = [route.name for route in ROUTES]
OF_PEOPLE = [route for route in ROUTES if "{pseudonym}" in route.path]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site") / "area")


@pytest.fixture(scope="module")
def app(site: Site) -> Any:
    return site.app(requests_a_minute=100_000, sign_ins_a_minute=100_000)


@pytest.fixture(scope="module")
def reached(site: Site, app: Any) -> dict[str, Reached]:
    return {role.name: walk(site, app, role.name, SEEDS) for role in ROLES}


def called(name: str) -> Route:
    return next(route for route in ROUTES if route.name == name)


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Browsers of people who are not signed in, each for another reason; and how far the audit log is once they came."""
    site = Site(tmp_path_factory.mktemp("strangers") / "area")
    return not_signed_in(site) | {"audit": site.audit, "lines": site.audit.last()[0]}


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_is_sent_to_sign_in_and_changes_nothing(strangers: dict[str, Any], name: str) -> None:
    method, path = called(name).methods[0], address(called(name), pseudonym=token(1))
    browsers = [each for each in strangers.values() if hasattr(each, "cookies")]
    token_sent = {"csrf": csrf_token("A" * 43)}
    answers = [each.request(method, path, **({"data": token_sent} if method == "POST" else {})) for each in browsers]
    assert len(browsers) == 5
    assert {each.status_code for each in answers} == ({401} if method == "POST" else {303})
    assert len({each.text for each in answers}) == 1
    assert strangers["audit"].last()[0] == strangers["lines"]


@pytest.mark.parametrize("name", [each for each in NAMES if each.startswith("POST")])
def test_a_change_with_a_forged_token_or_from_elsewhere_is_refused(site: Site, app: Any, name: str) -> None:
    route = called(name)
    browser, other = (another_signed_in(site, app, allowed_to(route)) for _ in range(2))
    path, own = address(route, pseudonym=token(1)), csrf_token(browser.cookies.get(COOKIE))
    before = site.audit.last()[0]
    forged = [{}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": csrf_token(other.cookies.get(COOKIE))}]
    assert {browser.post(path, data=each or {"x": "y"}).status_code for each in forged} == {403}
    elsewhere = [{"origin": "https://elsewhere.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
    assert {browser.post(path, data={"csrf": own}, headers=each).status_code for each in elsewhere} == {403}
    assert site.audit.last()[0] == before


@pytest.mark.parametrize("name", NAMES)
def test_a_body_that_is_too_large_is_refused_by_every_page(site: Site, app: Any, name: str) -> None:
    route = called(name)
    browser = another_signed_in(site, app, allowed_to(route))
    path, form = address(route, pseudonym=token(1)), {"content-type": "application/x-www-form-urlencoded"}
    big = b"csrf=" + csrf_token(browser.cookies.get(COOKIE)).encode() + b"&x=" + b"a" * 300_000
    assert browser.request(route.methods[0], path, content=big, headers=form).status_code == 413
    if route.methods[0] == "POST":
        many = b"&".join([b"a=b"] * 2_000)
        assert browser.post(path, content=many, headers=form).status_code == 400
        assert browser.post(path, content=iter([big]), headers=form).status_code == 413


def test_links_lead_to_the_pages_that_there_are(reached: dict[str, Reached]) -> None:
    met = {route_of("GET", path) for each in reached.values() for path in each.pages}
    wanted = {route for route in ROUTES if route.methods == ("GET",) and "{" not in route.path and route.menu}
    assert wanted <= met
    assert sum(len(each.forms) for each in reached.values()) > 20


@pytest.fixture(scope="module")
def answers(reached: dict[str, Reached]) -> dict[str, list[tuple[Any, ...]]]:
    """By kind of payload: role, form and answer of everything that came of sending it in every form, everywhere or as text."""
    return {
        kind: [
            (each.role, form.action, answer)
            for each in reached.values()
            for form in list(each.forms.values())
            if form.action not in LEAVES
            for everywhere in ((False, True) if kind in EVERYWHERE else (False,))
            for answer in sent(each, form, payload, everywhere=everywhere)
        ]
        for kind, payload in PAYLOADS.items()
    }


@pytest.mark.parametrize("kind", list(PAYLOADS))
def test_no_text_of_any_form_is_a_fault_or_comes_back_as_it_was(answers: dict[str, list[tuple[Any, ...]]], kind: str) -> None:
    assert len(answers[kind]) > 10
    for role, action, answer in answers[kind]:
        told = (role, action, answer.status_code)
        assert answer.status_code in REFUSED, told
        assert "stolen" not in str(answer.headers), told
        assert f"<script>{MARK}" not in answer.text, told
        assert "<img src=x" not in answer.text, told
        assert "49" + MARK not in answer.text, told


@pytest.mark.usefixtures("answers")
def test_what_was_kept_of_it_is_shown_escaped(site: Site, app: Any) -> None:
    """After the forms above were sent: whatever was kept of them is on these pages."""
    pages = [text for role in ROLES for text in walk(site, app, role.name, SEEDS).pages.values()]
    writes_notes = "POST /person/{pseudonym}/do/{step}" in NAMES  # the page that keeps a text
    assert any(f"&lt;script&gt;{MARK}" in text for text in pages) or not writes_notes
    assert not any(f"<script>{MARK}" in text or "<img src=x" in text for text in pages)
    assert site.audit.verify() is None


@pytest.mark.parametrize("route", OF_PEOPLE, ids=lambda each: each.name)
def test_who_is_not_ones_own_and_who_is_not_there_are_answered_alike(site: Site, app: Any, route: Route) -> None:
    browser = another_signed_in(site, app, allowed_to(route))
    site.agreements.accept(allowed_to(route), site.version, site.clock())
    form = {"csrf": csrf_token(browser.cookies.get(COOKIE)), "last": "0", "thread": "0", "reason": "clinical judgement"}
    more = {"data": form} if route.methods[0] == "POST" else {}
    answers = {}
    for who, name in NOBODYS.items():
        answer = browser.request(route.methods[0], address(route, pseudonym=name, step="accept"), **more)
        answers[who] = (answer.status_code, answer.text)
    assert len(set(answers.values())) == 1, {who: answer[0] for who, answer in answers.items()}
    assert {answer[0] for answer in answers.values()} == {404}
