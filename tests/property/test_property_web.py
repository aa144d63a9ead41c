"""Whatever a stranger sends, the pages answer with a refusal of their own, and never with a fault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseload.web.oidc import OidcSettings, Provider
from caseload.web.sessions import Flow
from schemas.errors import GovernanceError
from tests.dials import examples
from tests.sign_in_service import CLIENT, SECRET, SignInService
from tests.web_site import Clock, Site, another_signed_in, client

FORM = "application/x-www-form-urlencoded"
FLOW = Flow("state", "nonce", "verifier")
PART = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "e30", "bnVsbA", "W10", "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9uZSJ9", "W1tbW1tbW1tb" * 900, "é", "%00"]),
)
TOKENS = st.one_of(st.text(max_size=200), st.lists(PART, min_size=1, max_size=5).map(".".join))


@pytest.fixture(scope="module")
def service() -> SignInService:
    return SignInService(Clock())


@settings(max_examples=examples(600, 60))
@given(token=TOKENS)
def test_no_text_is_taken_for_a_token(service: SignInService, token: str) -> None:
    service.spoil = lambda _: token
    settings = OidcSettings(service.issuer, CLIENT, "https://caselink.example/sign-in/done", SECRET)
    provider = Provider(settings, clock=service.clock, transport=service.transport())
    code = service.authorise(provider.address(FLOW)).split("code=")[1].split("&")[0]
    with pytest.raises(GovernanceError) as refused:
        provider.subject(FLOW, {"state": "state", "code": code})
    assert refused.value.code == "E-SIGN-IN-TOKEN"


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    site = Site(tmp_path_factory.mktemp("site") / "area")
    app = site.app(requests_a_minute=100_000, sign_ins_a_minute=100_000)
    return client(app), another_signed_in(site, app, "operator")


@settings(max_examples=examples(600, 60))
@given(
    body=st.binary(max_size=300),
    path=st.sampled_from(["/agreement", "/sessions", "/post", "/sign-out", "/demo/x", "/"]),
    kind=st.sampled_from([FORM, "multipart/form-data", "", f"{FORM}; charset=x"]),
)
def test_no_body_of_a_stranger_or_a_user_is_a_fault(browsers: tuple[Any, Any], body: bytes, path: str, kind: str) -> None:
    for browser in browsers:
        assert browser.post(path, content=body, headers={"content-type": kind}).status_code in (303, 400, 401, 403, 404, 405)


def escaped(path: str) -> str:
    """A path of which every byte is escaped, dots too: a browser would leave `.` out of an address."""
    return "".join(f"%{byte:02X}" for byte in path.encode())


@settings(max_examples=examples(400, 40))
@given(path=st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60))
def test_no_address_is_a_fault(browsers: tuple[Any, Any], path: str) -> None:
    for browser in browsers:
        assert browser.get("/runs/" + escaped(path)).status_code in (303, 404)
