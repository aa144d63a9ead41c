"""A site to try the pages on: made-up services, users and a clock that a test moves; no project and no night behind it."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from caseload.desk.night import PublishedNight
from caseload.desk.posts import Post
from caseload.web.agreement_text import SHIPPED, AgreementText
from caseload.web.app import create_app
from caseload.web.front import WebSettings
from caseload.web.gate import COOKIE
from caseload.web.sessions import Sessions
from caseload.web.users import User
from governance.access.agreement import Agreements
from governance.access.roles import ROLES
from governance.access.tables import access_store
from governance.audit import Audit
from tests.made_up_desk import MadeUpDesk
from tests.places import place

with warnings.catch_warnings():  # Starlette's test client speaks through httpx and says that it would rather have its successor
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

DEMO_ORIGIN = "http://127.0.0.1:8000"
LIVE_ORIGIN = "https://caselink.example"
TOKEN = "one-time-token-of-the-tests"
START = dt.datetime(2026, 11, 28, 8, 30, tzinfo=dt.UTC)
RUN = "0123456789abcdef"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_by(self, **more: float) -> None:
        self.now += dt.timedelta(**more)


@dataclass
class MadeUpNights:
    """Nights with one served, or none."""

    served: Any = None

    def current(self) -> Any:
        return self.served

    def missed(self, _night: Any, _looked: str) -> list[Any]:
        return []


@dataclass
class MadeUpRuns:
    """One published night, as an operator sees it."""

    found: tuple[dict[str, Any], ...] = (
        {"run_id": RUN, "as_at": "2026-11-27", "published_at": "2026-11-28T02:31:00+00:00", "kind": "publish", "current": True},
    )

    def nights(self) -> tuple[dict[str, Any], ...]:
        return self.found

    def night(self, run_id: str) -> dict[str, Any] | None:
        tables = {"Gates": [{"gate": "rows", "state": "passed"}], "Feeds": [{"source": "gp", "age_days": 3}]}
        return {"run_id": run_id, "as_at": "2026-11-27", "parent": "", "tables": tables} if run_id == RUN else None


@dataclass
class Site:
    """Everything that a test may move."""

    folder: Path
    users: dict[str, User] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    nights: MadeUpNights = field(default_factory=MadeUpNights)
    version: str = "2026-1"
    desk: Callable[[MadeUpDesk], MadeUpDesk] = lambda made: made  # what a test adds to the made-up night
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    store: str | Path = ""  # of sessions and agreements; empty: a file of the folder's

    def __post_init__(self) -> None:
        self.store = self.store or place(self.folder, "application")
        self.agreements = Agreements(access_store(self.store), self.version)
        self.audit = Audit(place(self.folder, "audit"))
        desk = self.desk(MadeUpDesk(self.folder, self.audit, self.clock, self.version, lists=self.lists))
        self.services = SimpleNamespace(**(vars(desk.services()) | {"nights": self.nights}))
        self.nights.served = PublishedNight(RUN, dt.date(2026, 11, 27), self.folder / "runs" / RUN)
        if not self.users:
            self.users.update(one_for_each_role())

    def settings(self, **more: Any) -> WebSettings:
        said: dict[str, Any] = {
            "origin": DEMO_ORIGIN, "store": self.store, "users": lambda: self.users, "agreements": self.agreements,
            "agreement_text": AgreementText(self.version, SHIPPED), "runs": MadeUpRuns(), "demo_token": TOKEN,
        }  # fmt: skip
        return WebSettings(**(said | more))

    def app(self, *, routes: Any = None, provider: Any = None, **more: Any) -> Any:
        extra = {} if routes is None else {"routes": routes}
        return create_app(self.services, self.settings(**more), provider=provider, **extra)


def one_for_each_role() -> dict[str, User]:
    """A user for each role, whose account is its name."""
    made = {}
    for role in ROLES:
        post = Post(role.name, team="north" if role.opens else "", practice="Z10001" if role.name == "gp practice user" else "")
        made[role.name] = User(role.name, (post,), name=f"A {role.name}")
    return made


def client(app: Any, origin: str = DEMO_ORIGIN) -> TestClient:
    """A browser of sorts: it keeps cookies and follows nothing by itself.

    Its cookie jar sends `Secure` cookies by https alone, where real browsers send them to 127.0.0.1 too; so the demonstration is
    spoken to as https, with its own name.
    """
    scheme, host = origin.split("://")
    made = TestClient(app, base_url=f"https://{host}", follow_redirects=False, raise_server_exceptions=False)
    made.headers["origin"] = f"{scheme}://{host}"
    return made


def signed_in(app: Any, account: str = "care coordinator", token: str = TOKEN) -> TestClient:
    """A browser that has come in through the demonstration's address: one for each application."""
    browser = client(app)
    answer = browser.post(f"/demo/{token}", data={"account": account})
    assert answer.status_code == 303, answer.text
    return browser


def another_signed_in(site: Site, app: Any, account: str = "care coordinator") -> TestClient:
    """A browser with a session that was begun beside the sign-in."""
    user, settings = site.users[account], site.settings()
    sessions = Sessions(site.store, idle=settings.idle, absolute=settings.absolute, clock=site.clock)
    browser = client(app)
    browser.cookies.set(COOKIE, sessions.begin(user, user.posts[0].key, demo=True))
    return browser


def token_of(page: str) -> str:
    """The form token that a page carries."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def accept_agreement(browser: TestClient) -> None:
    """Accept the agreement in force, as a user does."""
    page = browser.get("/agreement").text
    answer = browser.post("/agreement", data={"csrf": token_of(page), "version": "2026-1"})
    assert answer.status_code == 303, answer.text
