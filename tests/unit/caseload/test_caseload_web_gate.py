"""Every request passes one gate: what it refuses, in which words, and that no answer says more than it should."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from caseload.web.gate import COOKIE
from caseload.web.headers import ALWAYS
from caseload.web.route import EVERY_ROLE, Route, absent, download, go_to, page
from caseload.web.routes import ROUTES
from governance.access.roles import COORDINATOR
from schemas.errors import CaselinkError, GovernanceError
from tests.web_site import LIVE_ORIGIN, Site, accept_agreement, another_signed_in, client, signed_in, token_of

HOSTILE = "<script>alert(1)</script>=1+1"


def failing(error: Exception) -> Any:
    def handler(_visit: Any, _services: Any, _asked: Any) -> Any:
        raise error

    return handler


def list_page(visit: Any, _services: Any, asked: Any) -> Any:
    return page("trouble.html", title=HOSTILE, words=f"{visit.run_id} {asked.night.run_id}", status=200)


def changed(_visit: Any, _services: Any, asked: Any) -> Any:
    return go_to("/made-up-list") if asked.value("note") == HOSTILE else go_to("//elsewhere.example/")


PEOPLE: dict[str, Any] = {"resource": "lists", "roles": frozenset({COORDINATOR})}
TRIED = (
    *ROUTES,
    Route("/made-up-list", list_page, **PEOPLE),
    Route("/change", changed, methods=("POST",), **PEOPLE),
    Route("/person/{person}", lambda *_: absent(), **PEOPLE),
    Route("/file", lambda *_: download('a"b\r\nlist.csv', "text/csv", b"x"), **PEOPLE),
    Route("/fault", failing(ValueError("9434765919 John Smith")), **PEOPLE),
    Route("/coded", failing(CaselinkError("E-INTERNAL", "a table is 9434765919")), **PEOPLE),
    Route("/vault", failing(GovernanceError("E-ACCESS-VAULT", "the vault cannot be read.")), **PEOPLE),
    Route("/damaged", failing(GovernanceError("E-NIGHT-DAMAGED", "a file of the night served cannot be read.")), **PEOPLE),
    Route("/limit", failing(GovernanceError("E-ACCESS-LIMIT", "too many people.")), **PEOPLE),
    Route("/entry", failing(GovernanceError("E-ENTRY-STATE", "the state has changed.")), **PEOPLE),
    Route("/forgotten", list_page, resource="lists"),
    Route("/aggregate", list_page, resource="aggregates", roles=EVERY_ROLE),
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "area")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Signed in and agreed; tests that move anything make their own."""
    made = signed_in(Site(tmp_path_factory.mktemp("site") / "area").app(routes=TRIED))
    accept_agreement(made)
    return made


def test_every_answer_carries_the_headers_and_no_page_is_kept(browser: Any) -> None:
    for path in ("/", "/made-up-list", "/person/nobody", "/nope", "/fault", "/vault", "/file", "/static/nope.css", "/change"):
        answer = browser.get(path)
        assert {name: answer.headers[name] for name in ALWAYS} == dict(ALWAYS)
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers
    assert "unsafe-inline" not in ALWAYS["Content-Security-Policy"]
    assert browser.get("/static/caselink.css").headers["cache-control"] == "private, max-age=86400"


def test_a_page_by_https_asks_for_https_for_ever(site: Site) -> None:
    settings = {"origin": LIVE_ORIGIN, "demo_token": "", "oidc": SimpleNamespace(issuer="https://sign-in.example")}
    answer = client(site.app(provider=object(), **settings), LIVE_ORIGIN).get("/sign-in")
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_the_page_shows_the_night_that_was_pinned(browser: Any) -> None:
    assert "0123456789abcdef 0123456789abcdef" in browser.get("/made-up-list").text


def test_a_demonstration_sees_people_by_its_own_clock_and_sessions_keep_theirs(site: Site) -> None:
    morning = dt.datetime(2026, 10, 1, 8, tzinfo=dt.UTC)
    seen: list[dt.datetime] = []
    route = Route("/made-up-list", lambda visit, *_: seen.append(visit.at) or absent(), **PEOPLE)  # type: ignore[func-returns-value]
    browser = signed_in(site.app(routes=(*ROUTES, route), visits=lambda: morning))
    accept_agreement(browser)
    browser.get("/made-up-list")
    assert (seen, {row["at"] for row in site.audit.rows()}) == ([morning], {"2026-10-01T08:00:00.000000+00:00"})
    site.clock.pass_by(minutes=16)
    assert browser.get("/made-up-list").headers["location"] == "/sign-in"


def test_who_is_nobody_is_sent_to_sign_in(site: Site) -> None:
    stranger = client(site.app(routes=TRIED))
    assert [stranger.get(path).headers["location"] for path in ("/", "/made-up-list", "/fault")] == ["/sign-in"] * 3
    assert stranger.post("/change", data={}).status_code == 401
    stranger.cookies.set(COOKIE, "forged")
    assert stranger.get("/made-up-list").headers["location"] == "/sign-in"


def test_another_role_is_refused_and_it_is_written_down(site: Site) -> None:
    app = site.app(routes=TRIED)
    other = signed_in(app, "analyst")
    accept_agreement(other)
    assert other.get("/made-up-list").status_code == 403
    assert [(row["actor"], row["purpose"], row["decision"]) for row in site.audit.rows("open page")] == [
        ("analyst", "GET /made-up-list", "denied")
    ]


def test_a_route_that_names_no_role_opens_to_none(browser: Any) -> None:
    assert browser.get("/forgotten").status_code == 403


def test_the_first_page_asks_for_the_agreement_where_something_waits_for_it(site: Site) -> None:
    app = site.app(routes=TRIED)
    asked = {role: "accept the user agreement" in another_signed_in(site, app, role).get("/").text for role in site.users}
    assert {role for role, is_asked in asked.items() if not is_asked} == {"operator"}


def test_nothing_about_people_before_the_agreement_and_again_after_a_new_version(site: Site) -> None:
    app = site.app(routes=TRIED)
    browser = signed_in(app)
    answer = browser.get("/made-up-list")
    assert (answer.status_code, 'href="/agreement"' in answer.text) == (403, True)
    assert browser.get("/aggregate").status_code == 200
    accept_agreement(browser)
    assert browser.get("/made-up-list").status_code == 200
    site.agreements.current = "2027-1"
    assert browser.get("/made-up-list").status_code == 403
    form = {"csrf": token_of(browser.get("/agreement").text), "version": "2026-1"}
    assert browser.post("/agreement", data=form).status_code == 409
    assert browser.get("/made-up-list").status_code == 403


def test_a_change_needs_the_sessions_own_token_and_this_site(site: Site) -> None:
    app = site.app(routes=TRIED)
    browser, other = signed_in(app), another_signed_in(site, app)
    accept_agreement(browser)
    own, others = (token_of(each.get("/").text) for each in (browser, other))
    form = {"note": HOSTILE}
    assert browser.post("/change", data=form).status_code == 403
    assert browser.post("/change", data=form | {"csrf": others}).status_code == 403
    assert browser.post("/change", data=form | {"csrf": "ä"}).status_code == 403
    for headers in ({"origin": "https://elsewhere.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
                    {"sec-fetch-site": "same-site"}):  # fmt: skip
        assert browser.post("/change", data=form | {"csrf": own}, headers=headers).status_code == 403
    assert browser.post("/change", data=form | {"csrf": own}).headers["location"] == "/made-up-list"
    assert browser.get("/change").status_code == 405
    assert browser.post("/sign-out", data={"csrf": others}).status_code == 403
    assert browser.get("/made-up-list").status_code == 200


def test_a_page_never_sends_to_another_site(browser: Any) -> None:
    answer = browser.post("/change", data={"csrf": token_of(browser.get("/").text), "note": "else"})
    assert (answer.status_code, "location" in answer.headers) == (500, False)


def test_a_body_that_is_no_form_or_too_large_is_refused(site: Site) -> None:
    browser = signed_in(site.app(routes=TRIED, body_bytes=2000))
    accept_agreement(browser)
    token = token_of(browser.get("/").text)
    for kind, body in (("application/json", b"{}"), ("multipart/form-data; boundary=x", b"--x--"),
                       ("application/x-www-form-urlencoded", b"csrf=\xff\xfe"),
                       ("application/x-www-form-urlencoded", b"a=%ff")):  # fmt: skip
        assert browser.post("/change", content=body, headers={"content-type": kind}).status_code == 400
    assert browser.post("/change", data={"csrf": token, "note": "x" * 2000}).status_code == 413
    pieces = (b"x" * 600 for _ in range(5))  # no length is stated
    assert (
        browser.post("/change", content=pieces, headers={"content-type": "application/x-www-form-urlencoded"}).status_code == 413
    )
    fields = {f"field{number}": "" for number in range(1001)}
    wide = signed_in(site.app(routes=TRIED))
    assert wide.post("/change", data=fields).status_code == 400


def test_another_host_is_not_answered(browser: Any) -> None:
    for host in ("elsewhere.example", "127.0.0.1", "127.0.0.1:8000.elsewhere.example", ""):
        assert browser.get("/made-up-list", headers={"host": host}).status_code == 421


def test_a_foreign_id_and_an_absent_one_and_no_page_at_all_are_answered_alike(browser: Any) -> None:
    answers = [browser.get(path) for path in ("/person/north1-abc", "/person/nobody", "/no/such/page")]
    pages = {each.text for each in answers}
    assert [each.status_code for each in answers] == [404] * 3
    assert len(pages) == 1


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [("/fault", 500, "The fault is ours"), ("/coded", 500, "The fault is ours"), ("/vault", 503, "The vault cannot be read."),
     ("/limit", 429, "Too many people."), ("/entry", 409, "The state has changed.")],
)  # fmt: skip
def test_trouble_is_said_without_values(browser: Any, path: str, status: int, said: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert not any(word in answer.text for word in ("9434765919", "Smith", "Traceback", "ValueError"))


def test_without_a_night_there_is_no_list_and_the_rest_works(site: Site) -> None:
    site.nights.served = None
    browser = signed_in(site.app(routes=TRIED))
    accept_agreement(browser)
    answer = browser.get("/made-up-list")
    assert (answer.status_code, "No night has been published yet" in answer.text) == (503, True)
    assert browser.get("/").status_code == 200


def test_a_damaged_night_is_not_shown_and_the_runs_are(site: Site) -> None:
    def damaged() -> Any:
        raise CaselinkError("E-NIGHT-DAMAGED", "the night served is not as it was published.")

    site.services.nights = SimpleNamespace(current=damaged)
    app = site.app(routes=TRIED)
    browser, operator = signed_in(app), another_signed_in(site, app, "operator")
    accept_agreement(browser)
    refused = browser.get("/made-up-list")
    assert (refused.status_code, operator.get("/runs").status_code) == (503, 200)
    assert "The night served is not as it was published." in refused.text


def test_a_file_damaged_while_it_is_read_gives_no_half_page(browser: Any) -> None:
    answer = browser.get("/damaged")
    assert (answer.status_code, "A file of the night served cannot be read." in answer.text) == (503, True)


def test_a_user_ends_her_own_sessions_and_an_operator_anybodys(site: Site) -> None:
    app = site.app(routes=TRIED)
    first, second, operator = signed_in(app), another_signed_in(site, app), another_signed_in(site, app, "operator")
    other = another_signed_in(site, app, "analyst")
    page_of_hers = first.get("/sessions").text
    assert ("analyst" in page_of_hers, "analyst" in operator.get("/sessions").text) == (False, True)
    form = {"csrf": token_of(page_of_hers)}
    assert first.post("/sessions", data=form | {"account": "analyst"}).status_code == 404
    assert other.get("/").status_code == 200
    assert first.post("/sessions", data=form | {"account": "care coordinator"}).status_code == 303
    assert {each.get("/").headers.get("location") for each in (first, second)} == {"/sign-in"}
    form = {"csrf": token_of(operator.get("/sessions").text), "account": "analyst"}
    assert operator.post("/sessions", data=form).status_code == 303
    assert other.get("/").headers["location"] == "/sign-in"
    assert [row["purpose"] for row in site.audit.rows("end sessions")] == ["account care coordinator", "account analyst"]


def test_every_text_is_escaped(browser: Any) -> None:
    shown = browser.get("/made-up-list").text
    assert HOSTILE not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_a_files_name_cannot_break_out_of_its_header(browser: Any) -> None:
    assert browser.get("/file").headers["content-disposition"] == 'attachment; filename="ablist.csv"'


def test_a_user_who_asks_too_often_waits_and_nobody_else_does(site: Site) -> None:
    app = site.app(routes=TRIED, requests_a_minute=5)
    browser, other = signed_in(app), another_signed_in(site, app, "operator")
    answers = [browser.get("/").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert 0 < int(browser.get("/").headers["retry-after"]) <= 12
    assert (browser.get("/posts").status_code, other.get("/").status_code) == (200, 200)


def test_an_audit_log_that_cannot_be_written_stops_no_sign_in_and_shows_no_refused_page(site: Site) -> None:
    def full(*_arguments: Any) -> int:
        raise GovernanceError("E-AUDIT-STORE", "the audit log cannot be written.")

    site.services.audit = SimpleNamespace(append=full)
    browser = signed_in(site.app(routes=TRIED), "operator")
    assert browser.get("/").status_code == 200
    assert browser.get("/made-up-list").status_code == 403
    form = {"csrf": token_of(browser.get("/agreement").text), "version": "2026-1"}
    assert browser.post("/agreement", data=form).status_code == 503


def test_a_fault_before_the_page_is_a_page_with_all_headers_too(site: Site) -> None:
    app = site.app(routes=TRIED)
    browser = another_signed_in(site, app)
    site.users = None  # type: ignore[assignment]
    answer = browser.get("/made-up-list")
    assert (answer.status_code, "The fault is ours" in answer.text) == (500, True)
    assert answer.headers["cache-control"] == "no-store"


def test_the_session_cookie_is_the_hosts_alone_and_no_script_reads_it(site: Site) -> None:
    answer = client(site.app()).post(f"/demo/{site.settings().demo_token}", data={"account": "operator"})
    said = answer.headers["set-cookie"].lower()
    assert said.startswith("__host-caselink=")
    assert all(word in said for word in ("; secure", "; httponly", "; path=/", "; samesite=lax"))
    assert not any(word in said for word in ("domain=", "max-age", "expires"))
