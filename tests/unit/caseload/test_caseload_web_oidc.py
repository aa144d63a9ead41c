"""Signing in through a sign-in service: what is believed, and every forgery that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import ECKey

from caseload.web.oidc import OidcSettings, Provider
from caseload.web.sessions import Flow
from schemas.errors import GovernanceError
from tests.sign_in_service import CLIENT, ISSUER, SECRET, SignInService, signed_with_public_key, strange_key, unsigned
from tests.web_site import Clock

FLOW = Flow("the state", "the nonce", "a verifier of forty-three letters or so, at least")


def pair(**more: Any) -> tuple[SignInService, Provider]:
    clock = Clock()
    service = SignInService(clock, **more)
    settings = OidcSettings(service.issuer, CLIENT, "https://caselink.example/sign-in/done", SECRET)
    return service, Provider(settings, clock=clock, transport=service.transport())


def answer_of(service: SignInService, provider: Provider) -> dict[str, str]:
    back = urlsplit(service.authorise(provider.address(FLOW)))
    return dict(parse_qsl(back.query))


def test_the_stable_subject_signs_in_and_keys_are_asked_for_once() -> None:
    service, provider = pair()
    for _ in range(2):
        assert provider.subject(FLOW, answer_of(service, provider)) == "care coordinator"
    assert service.asked.count("GET /keys") == 1


def test_the_secret_shows_in_no_text() -> None:
    assert SECRET not in repr(pair()[1].settings)


REASONS = {
    "alg none": "header",
    "a signature cut off": "signature",
    "a changed payload": "signature",
    "not a token": "no signed token",
    "a token of 17 kB": "too long",
    "a key brought along": "header",
    "a stranger's key": "signature",
    "the public key as a shared secret": "header",
    "another issuer": "another service",
    "for somebody else": "not for us",
    "for two, and not ours first": "not for us",
    "for two, and nobody said": "not for us",
    "another sign-in's nonce": "another sign-in",
    "no nonce": "another sign-in",
    "expired": "time has passed",
    "no end": "no times",
    "an end that is a text": "no times",
    "a beginning that is a text": "no times",
    "issued long ago": "time has passed",
    "issued tomorrow": "time has passed",
    "not valid yet": "time has passed",
    "nobody": "names nobody",
}
FORGERIES: dict[str, Callable[[SignInService], None]] = {
    "alg none": lambda each: setattr(each, "spoil", unsigned),
    "a signature cut off": lambda each: setattr(each, "spoil", lambda token: token.rsplit(".", 1)[0] + "."),
    "a changed payload": lambda each: setattr(each, "spoil", lambda token: token.replace(token.split(".")[1][:6], "eyJzdW", 1)),
    "not a token": lambda each: setattr(each, "spoil", lambda _: "no token"),
    "a token of 17 kB": lambda each: each.claims.update(filler="x" * 17_000),
    "a key brought along": lambda each: each.header.update(jwk=each.key.as_dict(private=False)),
    "a stranger's key": lambda each: each.__dict__.update(signs_with=strange_key(), header={"alg": "RS256"}),
    "the public key as a shared secret": lambda each: each.__dict__.update(
        signs_with=signed_with_public_key(each), header={"alg": "HS256"}
    ),
    "another issuer": lambda each: each.claims.update(iss="https://elsewhere.example"),
    "for somebody else": lambda each: each.claims.update(aud="another client"),
    "for two, and not ours first": lambda each: each.claims.update(aud=[CLIENT, "another"], azp="another"),
    "for two, and nobody said": lambda each: each.claims.update(aud=[CLIENT, "another"]),
    "another sign-in's nonce": lambda each: each.claims.update(nonce="another"),
    "no nonce": lambda each: each.claims.update(nonce=None),
    "expired": lambda each: each.claims.update(exp=int(each.clock().timestamp()) - 61),
    "no end": lambda each: each.claims.update(exp=None),
    "an end that is a text": lambda each: each.claims.update(exp="4102444800"),
    "a beginning that is a text": lambda each: each.claims.update(nbf="1"),
    "issued long ago": lambda each: each.claims.update(iat=int(each.clock().timestamp()) - 700),
    "issued tomorrow": lambda each: each.claims.update(iat=int(each.clock().timestamp()) + 86_400),
    "not valid yet": lambda each: each.claims.update(nbf=int(each.clock().timestamp()) + 3_600),
    "nobody": lambda each: each.claims.update(sub=""),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_signs_nobody_in(forgery: str) -> None:
    service, provider = pair()
    FORGERIES[forgery](service)
    with pytest.raises(GovernanceError) as refused:
        provider.subject(FLOW, answer_of(service, provider))
    assert refused.value.code == "E-SIGN-IN-TOKEN"
    assert REASONS[forgery] in refused.value.message
    assert "care coordinator" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_service_may_name_us_among_others_when_it_says_that_we_asked() -> None:
    service, provider = pair(claims={"aud": [CLIENT, "another"], "azp": CLIENT})
    assert provider.subject(FLOW, answer_of(service, provider)) == "care coordinator"


def test_a_new_key_is_asked_for_once_it_signs() -> None:
    service, provider = pair()
    provider.subject(FLOW, answer_of(service, provider))
    service.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"}, auto_kid=False)
    service.header = {"kid": "two"}
    assert provider.subject(FLOW, answer_of(service, provider)) == "care coordinator"
    assert service.asked.count("GET /keys") == 2


WRONG_ANSWERS = {
    "another state": ({"state": "another"}, "E-SIGN-IN-STATE"),
    "no state": ({"state": ""}, "E-SIGN-IN-STATE"),
    "a state that is no ASCII": ({"state": "the stäte"}, "E-SIGN-IN-STATE"),
    "another service's answer": ({"iss": "https://elsewhere.example"}, "E-SIGN-IN-STATE"),
    "an error": ({"error": "access_denied"}, "E-SIGN-IN-REFUSED"),
    "no code": ({"code": ""}, "E-SIGN-IN-REFUSED"),
    "a made-up code": ({"code": "made up"}, "E-SIGN-IN-SERVICE"),
}


@pytest.mark.parametrize("wrong", WRONG_ANSWERS)
def test_an_answer_of_another_sign_in_signs_nobody_in(wrong: str) -> None:
    service, provider = pair()
    change, code = WRONG_ANSWERS[wrong]
    with pytest.raises(GovernanceError) as refused:
        provider.subject(FLOW, answer_of(service, provider) | change)
    assert refused.value.code == code


def test_a_code_is_good_once_and_only_with_its_verifier() -> None:
    service, provider = pair()
    answer = answer_of(service, provider)
    provider.subject(FLOW, answer)
    with pytest.raises(GovernanceError, match="E-SIGN-IN-SERVICE"):
        provider.subject(FLOW, answer)
    stolen = answer_of(service, provider)
    with pytest.raises(GovernanceError, match="E-SIGN-IN-SERVICE"):
        provider.subject(Flow(FLOW.state, FLOW.nonce, "another browser's verifier"), stolen)


@pytest.mark.parametrize("place", ["down", "issuer"])
def test_a_service_that_is_down_or_another_is_said_to_be_out_of_reach(place: str) -> None:
    service, provider = pair()
    if place == "down":
        service.down = True
    else:
        service.issuer = f"{ISSUER}/other"
    with pytest.raises(GovernanceError, match="E-SIGN-IN-SERVICE"):
        provider.address(FLOW)
