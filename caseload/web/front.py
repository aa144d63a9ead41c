"""What the pages need beside the caseload itself: settings, sessions, users, the agreement, limits, the sign-in service."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from caseload.web.access_tokens import AccessTokens
from caseload.web.agreement_text import AgreementText
from caseload.web.buckets import Buckets
from caseload.web.oidc import OidcSettings, Provider
from caseload.web.sessions import Sessions
from caseload.web.users import User, Users
from governance.access.agreement import Agreements
from governance.audit import Audit
from schemas.errors import GovernanceError


class Runs(Protocol):
    """Published nights as an operator sees them: aggregates and receipts, no row."""

    def nights(self) -> Sequence[Mapping[str, Any]]: ...  # noqa: D102
    def night(self, run_id: str) -> Mapping[str, Any] | None: ...  # noqa: D102


class Serves(Protocol):
    """What of the services every page needs; handlers know the rest."""

    @property
    def area(self) -> str: ...  # noqa: D102
    @property
    def synthetic(self) -> bool: ...  # noqa: D102
    @property
    def clock(self) -> Callable[[], dt.datetime]: ...  # noqa: D102
    @property
    def nights(self) -> Any: ...  # noqa: D102
    @property
    def teams(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def audit(self) -> Audit: ...  # noqa: D102


@dataclass(frozen=True)
class WebSettings:
    """How the pages are served. `origin`: scheme, host and port as browsers name this site. `store`: of the sessions.

    users: asked at every request. demo_token: opens the demonstration, once; empty: people sign in through `oidc`.
    requests_a_minute: of one user to one page; sign_ins_a_minute: of one address. idle, absolute: of a session. visits: the
    clock of a demonstration, by which people are seen; none: the services' own. api_audience: our API's name in the access
    tokens of the sign-in service; empty: the API takes none.
    """

    origin: str
    store: str | Path
    users: Users
    agreements: Agreements
    agreement_text: AgreementText
    runs: Runs
    oidc: OidcSettings | None = None
    demo_token: str = ""
    idle: dt.timedelta = dt.timedelta(minutes=15)
    absolute: dt.timedelta = dt.timedelta(hours=10)
    requests_a_minute: int = 120
    sign_ins_a_minute: int = 20
    body_bytes: int = 262_144
    visits: Callable[[], dt.datetime] | None = None
    api_audience: str = ""

    @property
    def host(self) -> str:
        """Host and port, as a request's `Host` says them."""
        return urlsplit(self.origin).netloc.lower()

    @property
    def secure(self) -> bool:
        """Whether the site is reached by https."""
        return urlsplit(self.origin).scheme == "https"

    def check(self, *, synthetic: bool) -> None:
        """Refuse what must not be served: `GovernanceError` `E-WEB-DEMO`, `E-WEB-PLAIN`, `E-WEB-SIGN-IN`."""
        if self.demo_token and not (synthetic and _is_here(self.origin)):
            raise GovernanceError(
                "E-WEB-DEMO",
                "the demonstration opens only an area of made-up people, and only on 127.0.0.1.",
                cure="sign in through the sign-in service ([web] in caselink.toml)",
            )
        if not self.secure and not self.demo_token and not (synthetic and _is_here(self.origin)):
            raise GovernanceError("E-WEB-PLAIN", "web.origin is not https.", cure="serve behind TLS, and name its address")
        if self.oidc is None and not self.demo_token:
            raise GovernanceError(
                "E-WEB-SIGN-IN", "nobody can sign in.", cure="set [web] issuer and client_id; for made-up people: --demo"
            )


@dataclass(frozen=True)
class Front:
    """The web's own parts, made once."""

    settings: WebSettings
    sessions: Sessions
    pages: Buckets
    sign_ins: Buckets
    provider: Provider | None
    tokens: AccessTokens | None = None

    @classmethod
    def of(cls, settings: WebSettings, clock: Callable[[], dt.datetime], provider: Provider | None = None) -> Front:
        """The parts for these settings; `provider`: another than the settings' own, for tests."""
        if provider is None and settings.oidc is not None:
            provider = Provider(settings.oidc, clock=clock)
        sessions = Sessions(settings.store, idle=settings.idle, absolute=settings.absolute, clock=clock)
        sessions.keep_connections()  # asked at every request
        tokens = None
        if provider is not None and settings.api_audience:
            tokens = AccessTokens(provider, settings.api_audience, longest=settings.absolute, clock=clock)
        buckets = Buckets(settings.requests_a_minute), Buckets(settings.sign_ins_a_minute)
        return cls(settings, sessions, *buckets, provider, tokens)

    def user(self, account: str) -> User | None:
        """The user with this account, as the configuration says now."""
        return self.settings.users().get(account)

    def choices(self, user: User) -> list[User]:
        """Whose posts she may work in: her own; in the demonstration everybody's."""
        return sorted(self.settings.users().values(), key=lambda each: each.account) if self.settings.demo_token else [user]


def _is_here(origin: str) -> bool:
    try:
        return ipaddress.ip_address(urlsplit(origin).hostname or "").is_loopback
    except ValueError:
        return False
