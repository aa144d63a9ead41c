"""Access tokens of the sign-in service (RFC 6750, RFC 9068): who calls the API without a browser, and whose token is none.

A token is believed where the service signed it, for this API and for nobody else, for a time that is not over, and not longer ago
than a session may last. Whose posts she may use is the configuration's to say, at every request; a token grants none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from caseload.web.buckets import Buckets
from caseload.web.oidc import LEEWAY, Provider, is_time
from schemas.errors import GovernanceError

KEYS_A_MINUTE = 2  # times that strangers' tokens may make us ask the service for its keys
LONGEST_SUBJECT = 255


class AccessTokens:
    """Tokens for one API. audience: its name there. longest: time since a token was issued. clock: with a zone."""

    def __init__(self, provider: Provider, audience: str, *, longest: dt.timedelta, clock: Callable[[], dt.datetime]) -> None:
        self._provider, self._audience, self._longest, self._clock = provider, audience, longest, clock
        self._asking = Buckets(KEYS_A_MINUTE)

    def subject(self, token: str) -> str:
        """Whose token it is: its `sub`. Raises `GovernanceError` `E-API-TOKEN`, or `E-SIGN-IN-SERVICE`."""
        claims, fault = self._claims(token)
        fault = fault or self._fault(claims)
        if fault:
            raise GovernanceError("E-API-TOKEN", f"the access token was refused: {fault}.", cure="get a new one from the service")
        return str(claims["sub"])

    def _claims(self, token: str) -> tuple[Mapping[str, Any], str]:
        """What a token says, or what is wrong with it."""
        try:
            return self._provider.claims(token, ask_again=lambda: not self._asking.take("keys", "")), ""
        except GovernanceError as error:
            if error.code != "E-SIGN-IN-TOKEN":
                raise
        return {}, "it is no token that the sign-in service signed"

    def _fault(self, claims: Mapping[str, Any]) -> str:
        """What is wrong with the claims; empty where nothing is. A token with a nonce is of somebody's sign-in, and no key."""
        now, ends, issued, begins = self._clock().timestamp(), claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
        subject = claims.get("sub")
        if claims.get("iss") != self._provider.settings.issuer:
            return "another service made it"
        if claims.get("aud") not in (self._audience, [self._audience]) or "nonce" in claims:
            return "it is not for this API"
        if not (is_time(ends) and is_time(issued) and is_time(begins)):
            return "it has no times"
        if now > ends + LEEWAY or begins > now + LEEWAY or not -LEEWAY <= now - issued <= self._longest.total_seconds():
            return "its time has passed or not come"
        return "" if isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT else "it names nobody"
