"""Calling the API with an access token: whose it is, which post she uses, and every forgery that opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caseload.web.oidc import OidcSettings, Provider
from tests.desk_web import DeskWeb, desk_web, token
from tests.sign_in_service import CLIENT, SECRET, SignInService, signed_with_public_key, strange_key, unsigned
from tests.web_site import LIVE_ORIGIN, client

AUDIENCE = "caselink-api-of-the-tests"


class Calls:
    """A site that takes access tokens of a made-up service, and a caller of it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.web: DeskWeb = desk_web(folder)
        self.service = SignInService(self.web.site.clock, subject="beth", claims={"aud": AUDIENCE, "nonce": None})
        oidc = OidcSettings(self.service.issuer, CLIENT, f"{LIVE_ORIGIN}/sign-in/done", SECRET)
        provider = Provider(oidc, clock=self.web.site.clock, transport=self.service.transport())
        said = {"origin": LIVE_ORIGIN, "demo_token": "", "oidc": oidc, "api_audience": AUDIENCE} | settings
        self.caller = client(self.web.app(provider=provider, **said), LIVE_ORIGIN)
        del self.caller.headers["origin"]

    def get(self, path: str = "/api/list", credentials: str | None = None, **headers: str) -> Any:
        said = f"Bearer {self.service.token('')}" if credentials is None else credentials
        return self.caller.get(path, headers={"authorization": said, **headers})


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    return Calls(tmp_path)


def test_another_system_calls_as_the_tokens_account(calls: Calls) -> None:
    found = calls.get()
    assert [each["pseudonym"] for each in found.json()["people"]] == [token(1), token(2), token(3)]
    assert calls.get(f"/fhir/Patient/{token(1)}").json()["name"]
    assert [row["actor"] for row in calls.web.site.audit.rows("reidentify")] == ["beth"]
    assert calls.service.asked.count("GET /keys") == 1
    assert "set-cookie" not in found.headers


FORGERIES: dict[str, Callable[[SignInService], None]] = {
    "alg none": lambda each: setattr(each, "spoil", unsigned),
    "a signature cut off": lambda each: setattr(each, "spoil", lambda made: made.rsplit(".", 1)[0] + "."),
    "a changed payload": lambda each: setattr(each, "spoil", lambda made: made.replace(made.split(".")[1][:6], "eyJzdW", 1)),
    "not a token": lambda each: setattr(each, "spoil", lambda _: "no token"),
    "nothing": lambda each: setattr(each, "spoil", lambda _: ""),
    "a token of 17 kB": lambda each: each.claims.update(filler="x" * 17_000),
    "a key brought along": lambda each: each.header.update(jwk=each.key.as_dict(private=False)),
    "an address of keys": lambda each: each.header.update(jku="https://elsewhere.example/keys"),
    "a stranger's key": lambda each: each.__dict__.update(signs_with=strange_key(), header={"alg": "RS256"}),
    "the public key as a shared secret": lambda each: each.__dict__.update(
        signs_with=signed_with_public_key(each), header={"alg": "HS256"}
    ),
    "another issuer": lambda each: each.claims.update(iss="https://elsewhere.example"),
    "for the sign-in": lambda each: each.claims.update(aud=CLIENT),
    "for us and another": lambda each: each.claims.update(aud=[AUDIENCE, "another"]),
    "for nobody": lambda each: each.claims.update(aud=None),
    "of a sign-in": lambda each: each.claims.update(nonce="a nonce"),
    "expired": lambda each: each.claims.update(exp=int(each.clock().timestamp()) - 61),
    "no end": lambda each: each.claims.update(exp=None),
    "an end that is no number": lambda each: each.claims.update(exp=float("nan")),
    "an end that is a text": lambda each: each.claims.update(exp="4102444800"),
    "older than a session may be": lambda each: each.claims.update(iat=int(each.clock().timestamp()) - 36_001),
    "issued tomorrow": lambda each: each.claims.update(iat=int(each.clock().timestamp()) + 86_400),
    "not valid yet": lambda each: each.claims.update(nbf=int(each.clock().timestamp()) + 3_600),
    "nobody": lambda each: each.claims.update(sub=""),
    "somebody who is a list": lambda each: each.claims.update(sub=["beth"]),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_opens_nothing_and_is_written_down(calls: Calls, forgery: str) -> None:
    FORGERIES[forgery](calls.service)
    answer = calls.get()
    assert (answer.status_code, answer.json()["code"]) == (401, "E-API-TOKEN")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert "beth" not in answer.text
    rows = calls.web.site.audit.rows("call the API")
    assert [(row["actor"], row["purpose"], row["decision"]) for row in rows] == [("", "E-API-TOKEN", "denied")]


@pytest.mark.parametrize("credentials", ["", "Bearer", "Basic YmV0aDpwYXNz", "beth", "Bearer  ", "Negotiate x"])
def test_other_credentials_are_refused_though_a_session_is_there(calls: Calls, credentials: str) -> None:
    assert calls.get(credentials=credentials).status_code == 401


def test_where_no_audience_is_set_the_api_takes_no_token(tmp_path: Path) -> None:
    assert Calls(tmp_path, api_audience="").get().status_code == 401


def test_a_token_grants_no_post(calls: Calls) -> None:
    calls.service.subject = "a stranger"
    assert calls.get("/api/me").status_code == 403
    calls.service.subject = "olga"
    assert calls.get().status_code == 403
    calls.service.subject = "beth"
    calls.web.site.users.pop("beth")
    assert calls.get().status_code == 403


def test_an_account_with_several_posts_names_one(calls: Calls) -> None:
    calls.service.subject = "dora"
    assert calls.get().status_code == 400
    posts = calls.get("/api/me").json()["posts"]
    codes = [each["code"] for each in posts]
    assert codes == ["care-coordinator:north", "gp-practice-user:north:A99001"]
    for place, role in enumerate(("care coordinator", "gp practice user")):
        assert calls.get(**{"Caselink-Post": codes[place]}).status_code == 200
        assert calls.get(f"/api/me?post={codes[place]}").json()["post"]["role"] == role
    assert calls.get(**{"Caselink-Post": "caldicott-guardian"}).status_code == 403


def test_strangers_tokens_do_not_make_us_ask_the_service_for_its_keys_for_ever(calls: Calls) -> None:
    calls.get()
    calls.service.header = {"kid": "one of mine"}
    assert {calls.get().status_code for _ in range(8)} == {401}
    assert calls.service.asked.count("GET /keys") == 3
    calls.service.header = {}
    assert calls.get().status_code == 200


def test_an_address_that_is_refused_too_often_waits(tmp_path: Path) -> None:
    calls = Calls(tmp_path, sign_ins_a_minute=3)
    answers = [calls.get(credentials="Bearer x").status_code for _ in range(5)]
    assert answers == [401, 401, 401, 429, 429]
    assert len(calls.web.site.audit.rows("call the API")) == 3
    assert calls.get().status_code == 200, "whoever has a token is not kept out by it"


def test_a_service_that_is_down_is_said_to_be(calls: Calls) -> None:
    calls.service.down = True
    answer = calls.get("/fhir/Patient")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (503, "transient")
