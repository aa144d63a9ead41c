"""What a stranger, a forger or a careless program may send to any address of the API, whichever addresses there are.

The table is the API's own list of routes: a new address is in it. FHIR's answers are FHIR's, and /api's are problems (RFC 9457).
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from caseload.web.api.route import ApiRoute
from caseload.web.api.routes import API_ROUTES
from caseload.web.oidc import OidcSettings, Provider
from governance.access.roles import GUARDIAN
from governance.keys import Domain, DomainKey, RootKey
from governance.pseudonyms import pseudonym
from tests.access_drawings import person
from tests.desk_web import DeskWeb, desk_web, token
from tests.hostile_pages import MARK, PAYLOADS, SCRIPT, not_signed_in
from tests.made_up_desk import KEY, PEOPLE
from tests.sign_in_service import CLIENT, SECRET, SignInService, strange_key, unsigned
from tests.web_site import LIVE_ORIGIN, Site, client

AUDIENCE = "caselink-api-of-the-tests"
ASKED = [route for route in API_ROUTES if not route.everybody]
OF_ONE = [route for route in ASKED if "{" in route.path]
PREFIXES = {"CareTeam": "team-", "RiskAssessment": "risk-", "Flag": "frailty-", "Provenance": "night-"}
OTHERS_KEY = DomainKey(RootKey(bytes(range(32))), Domain("south", "case management", 1))
NOBODYS = {
    "somebody of another team": pseudonym(person(1), OTHERS_KEY),
    "nobody": pseudonym(person(PEOPLE + 900), KEY),
    "no pseudonym": "0123456789abcdef",
    "a payload": "<script>" + MARK,
    "a formula": "=1+1",
    "an NHS number": "9000010004",
    "somebody's with a letter changed": token(1)[:-1] + ("a" if token(1)[-1] != "a" else "b"),
    "somebody of one's own under another kind's id": f"other-{token(1)}",
}
KINDS = {"/fhir/": "application/fhir+json", "/api/": "application/problem+json"}


def caller_for(route: ApiRoute) -> str:
    """Whom the route answers."""
    return "gwen" if GUARDIAN in route.roles and len(route.roles) == 1 else "cora"


def path_of(route: ApiRoute, id_: str = "0123456789abcdef") -> str:
    kind = route.path.split("/")[2]
    return re.sub(r"\{[a-z]+\}", quote(PREFIXES.get(kind, "") + id_, safe=""), route.path)


def refused(answer: Any, status: int, path: str) -> None:
    """It is refused in the API's own words, kept by nobody, and repeats nothing."""
    assert answer.status_code == status, (path, answer.text)
    assert answer.headers["content-type"] == next(kind for place, kind in KINDS.items() if path.startswith(place))
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert MARK not in answer.text
    assert "Family" not in answer.text
    said = json.loads(answer.text)
    assert said.get("resourceType") == "OperationOutcome" or said["status"] == status


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> DeskWeb:
    return desk_web(tmp_path_factory.mktemp("area"))


@pytest.fixture(scope="module")
def browsers(web: DeskWeb) -> dict[str, Any]:
    return {account: web.browser(account, requests_a_minute=100_000, sign_ins_a_minute=100_000) for account in ("cora", "gwen")}


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Callers who are not signed in, each for another reason, and the site that they came to."""
    site = Site(tmp_path_factory.mktemp("strangers") / "area")
    return not_signed_in(site) | {"site": site, "lines": site.audit.last()[0]}


@pytest.mark.parametrize("route", ASKED, ids=lambda each: each.path)
def test_a_stranger_is_refused_alike_whatever_she_holds(strangers: dict[str, Any], route: ApiRoute) -> None:
    callers = [each for each in strangers.values() if hasattr(each, "cookies")]
    answers = [each.get(path_of(route, token(1))) for each in callers]
    assert len({each.text for each in answers}) == 1
    assert len(answers) == 5
    for answer in answers:
        refused(answer, 401, route.path)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert strangers["site"].audit.last()[0] == strangers["lines"]


class Tokens:
    """A site that takes access tokens, and the tokens that it must not take."""

    def __init__(self, folder: Path) -> None:
        web = desk_web(folder)
        clock = web.site.clock
        services = {name: SignInService(clock, subject="cora", claims={"aud": AUDIENCE, "nonce": None}) for name in "ab"}
        service, elsewhere = services["a"], services["b"]
        oidc = OidcSettings(service.issuer, CLIENT, f"{LIVE_ORIGIN}/sign-in/done", SECRET)
        provider = Provider(oidc, clock=clock, transport=service.transport())
        said = {"origin": LIVE_ORIGIN, "demo_token": "", "oidc": oidc, "api_audience": AUDIENCE}
        app = web.app(provider=provider, requests_a_minute=100_000, sign_ins_a_minute=100_000, **said)
        self.caller, self.audit = client(app, LIVE_ORIGIN), web.site.audit
        del self.caller.headers["origin"]
        good, now = service.token(""), int(clock().timestamp())
        head, body, _ = good.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        as_another = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "gwen"}).encode()).rstrip(b"=").decode()
        self.good = good
        self.bad = {"unsigned": unsigned(good), "another's claims": good.replace(body, as_another),
                    "no signature": f"{head}.{body}.",
                    "another service's": elsewhere.token(""), "no token": MARK, "script": SCRIPT.encode().hex(),
                    "a sign-in's": self._made(service, aud=CLIENT, nonce="x"),
                    "expired": self._made(service, exp=now - 3_600)}  # fmt: skip
        service.signs_with, service.header = strange_key(), {"alg": "RS256"}
        self.bad["a stranger's key"] = service.token("")
        service.signs_with, service.header = None, {}

    def _made(self, service: SignInService, **claims: Any) -> str:
        kept = service.claims
        service.claims = kept | claims
        made = service.token("")
        service.claims = kept
        return made

    def get(self, path: str, said: str) -> Any:
        return self.caller.get(path, headers={"authorization": f"Bearer {said}"})


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    return Tokens(tmp_path_factory.mktemp("tokens"))


@pytest.mark.parametrize("route", ASKED, ids=lambda each: each.path)
def test_a_forged_or_expired_token_is_refused_by_every_address_and_written_down(tokens: Tokens, route: ApiRoute) -> None:
    before = tokens.audit.last()[0]
    for why, forged in tokens.bad.items():
        answer = tokens.get(path_of(route, token(1)), forged)
        refused(answer, 401, route.path)
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"', why
        assert forged not in answer.text, why
    rows = tokens.audit.rows()[before:]
    assert [(row["action"], row["actor"], row["decision"]) for row in rows] == [("call the API", "", "denied")] * len(tokens.bad)
    answer = tokens.get(path_of(route, token(1)), tokens.good)
    assert answer.status_code in (200, 403 if caller_for(route) == "gwen" else 404 if route in OF_ONE else 200), (
        "the good one works"
    )


@pytest.mark.parametrize("route", API_ROUTES, ids=lambda each: each.path)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_changed_through_it(web: DeskWeb, browsers: dict[str, Any], route: ApiRoute, method: str) -> None:
    before = web.site.audit.last()[0]
    answer = browsers[caller_for(route)].request(method, path_of(route), content=b'{"resourceType":"Patient"}')
    refused(answer, 405, route.path)
    assert web.site.audit.last()[0] == before


@pytest.mark.parametrize("route", API_ROUTES, ids=lambda each: each.path)
def test_a_body_that_is_too_large_is_refused_by_every_address(browsers: dict[str, Any], route: ApiRoute) -> None:
    browser = browsers[caller_for(route)]
    assert browser.request("GET", path_of(route), content=b"a" * 300_000).status_code == 413
    small = browser.request("GET", path_of(route, token(1)), content=b'{"patient": "' + token(4).encode() + b'"}')
    plain = browser.get(path_of(route, token(1)))
    assert small.status_code == plain.status_code, "a body says nothing to it"
    assert small.text == plain.text or route.path.startswith("/fhir/AuditEvent"), "each reading of the log is a line of it"


@pytest.mark.parametrize("kind", list(PAYLOADS))
@pytest.mark.parametrize("route", API_ROUTES, ids=lambda each: each.path)
def test_no_text_in_an_address_is_a_fault_or_comes_back(browsers: dict[str, Any], route: ApiRoute, kind: str) -> None:
    browser, said = browsers[caller_for(route)], quote(PAYLOADS[kind].encode("utf-8", "surrogatepass")[:3_000], safe="")
    plain = path_of(route, token(1))
    known = [each.name for each in route.query] or ["x"]
    asked = [f"{plain}?{name}={said}" for name in (*known, "post", "unknown")] + [f"{plain}?{said}=1"]
    asked += [path_of(route).replace("0123456789abcdef", said)] if "{" in route.path else []
    for path in asked:
        answer = browser.get(path)
        assert answer.status_code in (200, 400, 403, 404, 413), (path[:200], answer.status_code)
        assert MARK not in answer.text, path[:200]
        assert "stolen" not in str(answer.headers), path[:200]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].split(";")[0].endswith("json")
        assert answer.headers["x-content-type-options"] == "nosniff", "no browser takes it for a page"


@pytest.mark.parametrize("route", OF_ONE, ids=lambda each: each.path)
def test_who_is_not_ones_own_and_who_is_not_there_are_answered_alike(browsers: dict[str, Any], route: ApiRoute) -> None:
    answers = {who: browsers[caller_for(route)].get(path_of(route, id_)) for who, id_ in NOBODYS.items()}
    for answer in answers.values():
        refused(answer, 404, route.path)
    assert len({each.text for each in answers.values()}) == 1


@pytest.mark.parametrize("route", [each for each in ASKED if any(one.name in ("patient", "_id") for one in each.query)],
                         ids=lambda each: each.path)  # fmt: skip
def test_a_search_for_either_finds_nobody_alike(browsers: dict[str, Any], route: ApiRoute) -> None:
    name = next(each.name for each in route.query if each.name in ("patient", "_id"))
    answers = [browsers[caller_for(route)].get(route.path, params={name: id_}) for id_ in NOBODYS.values()]
    assert {(each.status_code, re.sub("[0-9]", "0", each.text)) for each in answers} == {
        (200, re.sub("[0-9]", "0", answers[0].text))
    }
    assert answers[0].json().get("total") == 0


@pytest.mark.parametrize("route", ASKED, ids=lambda each: each.path)
def test_another_site_gets_nothing_with_somebodys_session(browsers: dict[str, Any], route: ApiRoute) -> None:
    for headers in ({"origin": "https://elsewhere.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        answer = browsers[caller_for(route)].get(path_of(route, token(1)), headers=headers)
        refused(answer, 403, route.path)
        assert "access-control-allow-origin" not in answer.headers
