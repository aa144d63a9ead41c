"""Signing in through a sign-in service: OpenID Connect, code flow with PKCE, state and nonce.

The service is told by its issuer alone; its addresses come from its discovery document, its keys from there. Of a token's header
only `alg` and `kid` are heard: a key that a token brings along opens nothing. The user is the stable `sub` (ASVS 5.0 10.5.2).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from caseload.web.sessions import Flow
from schemas.errors import GovernanceError

ALGORITHMS = (
    "RS256",
    "RS512",
    "PS256",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)  # signatures with a public key, and no other
BROUGHT_ALONG = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "zip", "enc"})  # headers that no token of ours needs
LONGEST_TOKEN = 16_384
LONGEST_ANSWER = 262_144  # bytes of any answer of the service
LEEWAY = 60  # seconds by which two machines' clocks may differ
OLDEST = 600  # seconds since the token was issued
SECONDS = 10.0
LAST_MOMENT = 1e12  # seconds since 1970; no number and no end are beyond it, too
UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)  # of what somebody else wrote


@dataclass(frozen=True)
class OidcSettings:
    """The sign-in service. `redirect`: our address it answers to. `client_secret` never shows in a text of this object."""

    issuer: str
    client_id: str
    redirect: str
    client_secret: str = ""
    scope: str = "openid"

    def __repr__(self) -> str:
        """Without the secret."""
        return f"OidcSettings(issuer={self.issuer!r}, client_id={self.client_id!r})"


class Provider:
    """The sign-in service as we know it. `clock` gives times with a zone; `transport`: another way to reach it, for tests."""

    def __init__(
        self, settings: OidcSettings, *, clock: Callable[[], dt.datetime], transport: httpx.BaseTransport | None = None
    ) -> None:
        self.settings = settings
        self._clock, self._transport = clock, transport
        self._found: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._lock = threading.Lock()

    def address(self, flow: Flow) -> str:
        """Where the browser goes to sign in."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self.settings.client_id, "redirect_uri": self.settings.redirect,
            "scope": self.settings.scope, "state": flow.state, "nonce": flow.nonce,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        where = self._discovered()["authorization_endpoint"]
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def subject(self, flow: Flow, answer: Mapping[str, str]) -> str:
        """Who signed in: the `sub` of a token that this service made for us, for this sign-in.

        Raises `GovernanceError` `E-SIGN-IN-STATE`, `E-SIGN-IN-REFUSED` (the service says no), `E-SIGN-IN-TOKEN`,
        `E-SIGN-IN-SERVICE` (it cannot be reached or understood).
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), flow.state.encode()):
            raise GovernanceError("E-SIGN-IN-STATE", "the answer belongs to another sign-in.", cure="sign in again")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:  # RFC 9207
            raise GovernanceError("E-SIGN-IN-STATE", "another service answered.", cure="sign in again")
        if answer.get("error") or not answer.get("code"):
            raise GovernanceError("E-SIGN-IN-REFUSED", "the sign-in service did not sign you in.", cure="sign in again")
        return self._checked(self._token(answer["code"], flow), flow)

    def _token(self, code: str, flow: Flow) -> str:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.settings.redirect,
                "client_id": self.settings.client_id, "code_verifier": flow.verifier}  # fmt: skip
        if self.settings.client_secret:
            form["client_secret"] = self.settings.client_secret
        token = self._ask("POST", self._discovered()["token_endpoint"], data=form).get("id_token")
        if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
            raise _bad("no token, or one that is too long")
        return token

    def claims(self, token: str, *, ask_again: Callable[[], bool] = lambda: True) -> Mapping[str, Any]:
        """What a token of this service's own signature says; its claims are not judged. `ask_again`: whether the service may be
        asked for its keys anew, where the token names one that we do not know: anybody can name one.

        Raises `GovernanceError` `E-SIGN-IN-TOKEN`, `E-SIGN-IN-SERVICE`.
        """
        if len(token) > LONGEST_TOKEN:
            raise _bad("it is too long")
        header = _header(token)
        if header.get("alg") not in ALGORITHMS or BROUGHT_ALONG & set(header):
            raise _bad("its header is not one we take")
        return self._claims(token, self._keys_for(header.get("kid"), ask_again))

    def _checked(self, token: str, flow: Flow) -> str:
        claims = self.claims(token)
        fault = self._fault(claims, flow)
        if fault:
            raise _bad(fault)
        return str(claims["sub"])

    def _claims(self, token: str, keys: KeySet) -> Mapping[str, Any]:
        try:
            return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        except UNREADABLE:
            pass
        raise _bad("its signature does not hold")

    def _fault(self, claims: Mapping[str, Any], flow: Flow) -> str:
        """What is wrong with the claims; empty where nothing is."""
        us, now = self.settings.client_id, self._clock().timestamp()
        audience = claims.get("aud")
        audience = [audience] if isinstance(audience, str) else audience
        if claims.get("iss") != self.settings.issuer:
            return "another service made it"
        if not isinstance(audience, list) or us not in audience or (len(audience) > 1 and claims.get("azp") != us):
            return "it is not for us"
        if claims.get("azp", us) != us:
            return "it is not for us"
        ends, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
        if not (is_time(ends) and is_time(issued) and is_time(begins)):
            return "it has no times"
        if now > ends + LEEWAY or not -LEEWAY <= now - issued <= OLDEST + LEEWAY or begins > now + LEEWAY:
            return "its time has passed or not come"
        nonce, subject = claims.get("nonce"), claims.get("sub")
        if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), flow.nonce.encode()):
            return "it belongs to another sign-in"
        return "" if isinstance(subject, str) and 0 < len(subject) <= 255 else "it names nobody"

    def _discovered(self) -> Mapping[str, Any]:
        with self._lock:
            if not self._found:
                self._found = self._discover()
            return self._found

    def _discover(self) -> dict[str, Any]:
        issuer = self.settings.issuer
        found = self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        scheme = urlsplit(issuer).scheme
        if found.get("issuer") != issuer or any(urlsplit(str(found.get(name, ""))).scheme != scheme for name in needed):
            raise _unreachable()
        return found

    def _keys_for(self, kid: Any, ask_again: Callable[[], bool]) -> KeySet:
        """The service's keys; asked for again, once, where the token names one that we do not know."""
        where = str(self._discovered()["jwks_uri"])
        with self._lock:
            unknown = self._keys is not None and isinstance(kid, str) and kid not in {key.kid for key in self._keys.keys}
            if self._keys is None or (unknown and ask_again()):
                self._keys = _public_keys(self._ask("GET", where))
            return self._keys

    def _ask(self, method: str, where: str, **more: Any) -> dict[str, Any]:
        try:
            with httpx.Client(transport=self._transport, timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
                answer = client.request(method, where, headers={"Accept": "application/json"}, **more)
            if answer.status_code == httpx.codes.OK and len(answer.content) <= LONGEST_ANSWER:
                found = answer.json()
                if isinstance(found, dict):
                    return found
        except (httpx.HTTPError, ValueError, RecursionError):
            pass
        raise _unreachable()


def _public_keys(found: Mapping[str, Any]) -> KeySet:
    """Signing keys of the service; symmetric ones are left out: nobody publishes a secret."""
    rows = [row for row in found.get("keys", ()) if isinstance(row, dict) and row.get("kty") in ("RSA", "EC", "OKP")]
    try:
        return KeySet.import_key_set({"keys": [row for row in rows if row.get("use", "sig") == "sig"]})
    except UNREADABLE:
        pass
    raise _unreachable()


def _header(token: str) -> Mapping[str, Any]:
    first = token.split(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError):
        header = None
    if token.count(".") != 2 or not isinstance(header, dict):
        raise _bad("it is no signed token")
    return header


def is_time(value: Any) -> TypeGuard[float]:
    """Whether a claim is a moment in seconds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LAST_MOMENT


def _bad(why: str) -> GovernanceError:
    return GovernanceError("E-SIGN-IN-TOKEN", f"the sign-in service's token was refused: {why}.", cure="sign in again")


def _unreachable() -> GovernanceError:
    return GovernanceError(
        "E-SIGN-IN-SERVICE", "the sign-in service cannot be reached or understood.", cure="try again; then tell the operator"
    )
