"""A sign-in service of the tests' own: OpenID Connect's code flow, and every way to answer it wrongly."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

ISSUER = "https://sign-in.example"
CLIENT = "caselink-of-the-tests"
SECRET = "made-up secret of the tests"


@dataclass
class SignInService:
    """One service. `subject` signs in to whatever is asked; `claims`, `header` and `spoil` change its tokens."""

    clock: Callable[[], dt.datetime]
    issuer: str = ISSUER
    subject: str = "care coordinator"
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    spoil: Callable[[str], str] = str
    signs_with: Any = None
    down: bool = False
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}, auto_kid=False)

    def authorise(self, address: str) -> str:
        """What the browser is sent back to after signing in at an address of ours."""
        said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (said["response_type"], said["client_id"], said["code_challenge_method"]) == ("code", CLIENT, "S256")
        code = f"code-{len(self.codes)}"
        self.codes[code] = said
        return f"{said['redirect_uri']}?{urlencode({'code': code, 'state': said['state'], 'iss': self.issuer})}"

    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """What it answers to a server."""
        self.asked.append(f"{method} {path}")
        if self.down:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            places = {"authorization_endpoint": "/authorise", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return 200, {"issuer": self.issuer} | {name: self.issuer + place for name, place in places.items()}
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        said = self.codes.pop(form.get("code", ""), None) if path == "/token" else None
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        )
        if said is None or said["code_challenge"] != challenge or form.get("client_secret") != SECRET:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "not used", "token_type": "Bearer", "id_token": self.token(said["nonce"])}

    def token(self, nonce: str) -> str:
        now = int(self.clock().timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": self.subject, "nonce": nonce, "iat": now, "exp": now + 300}
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        header = {"alg": "ES256", "kid": "one"} | self.header
        key = self.signs_with or self.key
        return self.spoil(jwt.encode(header, claims, key, algorithms=[str(header["alg"])]))

    def transport(self) -> httpx.MockTransport:
        """The service as our server reaches it, with no socket between."""

        def handle(request: httpx.Request) -> httpx.Response:
            form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
            status, body = self.answer(request.method, request.url.path, form)
            return httpx.Response(status, json=body)

        return httpx.MockTransport(handle)


def unsigned(token: str) -> str:
    """The token as one that claims to need no signature."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "one"}).encode()).rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def signed_with_public_key(service: SignInService) -> OctKey:
    """The service's public key, misused as a shared secret."""
    return OctKey.import_key(json.dumps(service.key.as_dict(private=False)))


def strange_key() -> RSAKey:
    """A key that the service does not have."""
    return RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
