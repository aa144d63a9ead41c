"""Coming in: by the sign-in service, by a demonstration's one-time address, and by nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from caseload.desk.posts import Post
from caseload.web.gate import COOKIE
from caseload.web.oidc import OidcSettings, Provider
from caseload.web.sign_in import FLOW_COOKIE
from caseload.web.users import User
from schemas.errors import GovernanceError
from tests.sign_in_service import CLIENT, SECRET, SignInService
from tests.web_site import DEMO_ORIGIN, LIVE_ORIGIN, TOKEN, Site, client, signed_in, token_of

OIDC = OidcSettings("https://sign-in.example", CLIENT, f"{LIVE_ORIGIN}/sign-in/done", SECRET)
LIVE: dict[str, Any] = {"origin": LIVE_ORIGIN, "demo_token": "", "oidc": OIDC}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "area")


@pytest.fixture
def service(site: Site) -> SignInService:
    return SignInService(site.clock)


def live(site: Site, service: SignInService) -> Any:
    return client(site.app(provider=Provider(OIDC, clock=site.clock, transport=service.transport()), **LIVE), LIVE_ORIGIN)


def back_from(service: SignInService, browser: Any) -> str:
    """Where the service sends the browser after it signed in."""
    away = browser.get("/sign-in/start").headers["location"]
    assert away.startswith("https://sign-in.example/authorise?")
    found = urlsplit(service.authorise(away))
    return f"{found.path}?{found.query}"


def test_the_sign_in_service_opens_a_session_with_a_new_id(site: Site, service: SignInService) -> None:
    browser = live(site, service)
    browser.cookies.set(COOKIE, "an id that somebody else put there", domain="caselink.example")
    answer = browser.get(back_from(service, browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    given = answer.cookies[COOKIE]
    assert len(given) == 43
    browser.cookies.clear()
    browser.cookies.set(COOKIE, given)
    assert "A care coordinator" in browser.get("/").text
    assert [(row["actor"], row["role"], row["decision"]) for row in site.audit.rows("sign in")] == [
        ("care coordinator", "care coordinator", "allowed")
    ]


def test_an_answer_is_good_once_and_in_the_browser_that_asked(site: Site, service: SignInService) -> None:
    browser = live(site, service)
    back = back_from(service, browser)
    assert live(site, service).get(back).status_code == 403  # a stranger's browser, or one that was sent the address
    assert browser.get(back).status_code == 303
    browser.cookies.delete(COOKIE)
    assert browser.get(back).status_code == 403


@pytest.mark.parametrize("user", [None, User("care coordinator")])
def test_a_user_without_a_post_is_told_so(site: Site, service: SignInService, user: User | None) -> None:
    if user is None:
        del site.users["care coordinator"]
    else:
        site.users["care coordinator"] = user
    browser = live(site, service)
    answer = browser.get(back_from(service, browser))
    assert (answer.status_code, "no post in Caselink is recorded for your account" in answer.text) == (403, True)
    assert COOKIE not in answer.cookies
    assert [row["purpose"] for row in site.audit.rows("sign in")] == ["no post"]


def test_a_forged_token_and_a_service_that_is_down_are_pages(site: Site, service: SignInService) -> None:
    browser = live(site, service)
    service.claims = {"aud": "another"}
    answer = browser.get(back_from(service, browser))
    assert (answer.status_code, "E-SIGN-IN-TOKEN" in answer.text) == (403, True)
    assert [row["purpose"] for row in site.audit.rows("sign in")] == ["E-SIGN-IN-TOKEN"]
    service.down = True
    assert live(site, service).get("/sign-in/start").status_code == 503


def test_the_cookie_of_a_sign_in_is_short_lived(site: Site, service: SignInService) -> None:
    said = live(site, service).get("/sign-in/start").headers["set-cookie"].lower()
    assert said.startswith(FLOW_COOKIE.lower())
    assert all(word in said for word in ("max-age=600", "; secure", "; httponly", "; samesite=lax", "path=/"))


def test_live_pages_know_no_demonstration(site: Site, service: SignInService) -> None:
    browser = live(site, service)
    assert [browser.get(path).status_code for path in (f"/demo/{TOKEN}", "/demo/")] == [404, 404]
    assert browser.post(f"/demo/{TOKEN}", data={"account": "operator"}).status_code == 404
    browser.get(back_from(service, browser))
    form = {"csrf": token_of(browser.get("/posts").text), "account": "operator", "post": "operator|||"}
    assert browser.post("/post", data=form).status_code == 403  # nobody becomes another user


def test_a_demonstrations_session_opens_no_live_page(site: Site, service: SignInService) -> None:
    shown = signed_in(site.app(), "operator")
    browser = live(site, service)
    browser.cookies.set(COOKIE, shown.cookies[COOKIE])
    assert browser.get("/").headers["location"] == "/sign-in"
    back_again = client(site.app())
    back_again.cookies.set(COOKIE, shown.cookies[COOKIE])
    assert back_again.get("/").status_code == 200  # it was not ended, only not taken


def test_a_demonstration_knows_no_sign_in_service(site: Site) -> None:
    browser = client(site.app())
    assert [browser.get(path).status_code for path in ("/sign-in/start", "/sign-in/done")] == [404, 404]


@pytest.mark.parametrize(
    ("synthetic", "more", "code"),
    [
        (False, {}, "E-WEB-DEMO"),
        (True, {"origin": LIVE_ORIGIN}, "E-WEB-DEMO"),
        (True, {"origin": "http://0.0.0.0:8000"}, "E-WEB-DEMO"),
        (True, {"origin": "http://127.0.0.1.elsewhere.example"}, "E-WEB-DEMO"),
        (True, {"demo_token": ""}, "E-WEB-SIGN-IN"),
        (False, {**LIVE, "origin": "http://caselink.example"}, "E-WEB-PLAIN"),
        (False, {**LIVE, "origin": DEMO_ORIGIN}, "E-WEB-PLAIN"),
        (True, {**LIVE, "origin": "http://caselink.example"}, "E-WEB-PLAIN"),
    ],
)
def test_what_must_not_be_served_is_refused(site: Site, synthetic: bool, more: dict[str, Any], code: str) -> None:
    with pytest.raises(GovernanceError) as refused:
        site.settings(**more).check(synthetic=synthetic)
    assert refused.value.code == code


def test_the_demonstrations_address_works_once(site: Site) -> None:
    app = site.app()
    assert client(app).get("/demo/another").status_code == 404
    assert client(app).post("/demo/another", data={"account": "operator"}).status_code == 404
    assert client(app).post(f"/demo/{TOKEN}", data={"account": "nobody"}).status_code == 404
    elsewhere = client(app)
    elsewhere.headers["origin"] = "https://elsewhere.example"
    assert elsewhere.post(f"/demo/{TOKEN}", data={"account": "operator"}).status_code == 403
    assert client(app).get(f"/demo/{TOKEN}").status_code == 200
    assert signed_in(app).get("/").status_code == 200
    assert client(app).get(f"/demo/{TOKEN}").status_code == 404
    assert client(app).post(f"/demo/{TOKEN}", data={"account": "operator"}).status_code == 404


def test_changing_role_makes_a_new_session_and_ends_the_old(site: Site) -> None:
    second = Post("mdt member", team="north")
    site.users["care coordinator"] = User("care coordinator", (*site.users["care coordinator"].posts, second))
    browser = signed_in(site.app())
    before = browser.cookies[COOKIE]
    form = {"csrf": token_of(browser.get("/posts").text), "account": "care coordinator", "post": second.key}
    assert browser.post("/post", data=form).status_code == 303
    assert browser.cookies[COOKIE] != before
    assert "mdt member" in browser.get("/").text
    old = client(site.app())
    old.cookies.set(COOKIE, before)
    assert old.get("/").headers["location"] == "/sign-in"
    assert browser.post("/post", data=form).status_code == 403  # a form of the session before
    again = form | {"csrf": token_of(browser.get("/posts").text), "post": "operator|||"}
    assert browser.post("/post", data=again).status_code == 403  # a post that she does not hold


def test_a_change_of_posts_ends_her_session_at_once(site: Site) -> None:
    browser = signed_in(site.app())
    site.users["care coordinator"] = User("care coordinator", (Post("care coordinator", team="south"),))
    assert browser.get("/").headers["location"] == "/sign-in"


def test_one_address_cannot_try_for_ever(site: Site) -> None:
    browser = client(site.app(sign_ins_a_minute=3))
    answers = [browser.post(f"/demo/{number}", data={"account": "operator"}).status_code for number in range(4)]
    assert answers == [404, 404, 404, 429]
