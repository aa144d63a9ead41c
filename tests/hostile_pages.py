"""Every page and every form that a role can reach, found by following links: what is sent to them that nobody should send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from caseload.web.gate import COOKIE
from caseload.web.route import Route
from caseload.web.routes import ROUTES
from governance.access.roles import ROLES
from tests.web_site import Site, accept_agreement, another_signed_in, client, signed_in, token_of

MOST_PAGES = 60  # of one role
TEXTS = ("text", "search", "textarea", "tel", "email", "number", "")
LEAVES = ("/sign-out", "/sessions", "/post")  # forms that end the session that tries them
MARK = "Zz9Mark"
SCRIPT = f"<script>{MARK}</script>\"'><img src=x onerror={MARK}>"
PAYLOADS = {
    "script": SCRIPT,
    "formula": f'=HYPERLINK("http://elsewhere.example","{MARK}")',
    "template": "{{ 7*7 }}{% for x in () %}" + MARK,
    "header": f"{MARK}\r\nSet-Cookie: stolen=1",
    "query": "'; DROP TABLE audit; --" + MARK,
    "control": f"\x00\x07\u202e{MARK}\ud7ff\U0001f600",
    "long": MARK * 2_000,
}


@dataclass
class Form:
    """One form of a page: its fields with the values that it was shown with; `texts`: those that take any text."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    """Links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "form":
            self.forms.append(Form(said.get("method", "get").upper(), said.get("action", "")))
        elif self.forms and tag in ("input", "textarea", "select", "button") and said.get("name"):
            self._field(tag, said)
        elif self.forms and tag == "option" and self._select and not self.forms[-1].fields[self._select]:
            self.forms[-1].fields[self._select] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select

    def _field(self, tag: str, said: dict[str, str]) -> None:
        form, name = self.forms[-1], said["name"]
        kind = tag if tag in ("textarea", "select", "button") else said.get("type", "")
        self._select = name if tag == "select" else self._select
        form.fields[name] = form.fields.get(name) or said.get("value", "")
        form.texts |= {name} if kind in TEXTS else set()


def read_page(text: str) -> _Reader:
    """Its links and forms."""
    found = _Reader()
    found.feed(text)
    return found


@dataclass
class Reached:
    """What one role can reach. `pages`: address to text; `forms`: by method, action and names of fields."""

    role: str
    browser: Any
    pages: dict[str, str] = field(default_factory=dict)
    forms: dict[tuple[str, ...], Form] = field(default_factory=dict)


def walk(site: Site, app: Any, role: str, seeds: tuple[str, ...]) -> Reached:
    """Everything that a role reaches from the navigation and these addresses."""
    browser = another_signed_in(site, app, role)
    accept_agreement(browser)
    reached, waiting = Reached(role, browser), ["/", *seeds]
    while waiting and len(reached.pages) < MOST_PAGES:
        path = waiting.pop(0)
        if path in reached.pages:
            continue
        answer = browser.get(path)
        assert answer.status_code in (200, 303, 403, 404), (role, path, answer.status_code, answer.text[-800:])
        html = "html" in answer.headers.get("content-type", "")
        reached.pages[path] = answer.text if html else ""
        found = read_page(reached.pages[path])
        waiting += [link for link in found.links if link.startswith("/") and not link.startswith("//")]
        for form in found.forms:
            form.action = form.action or path
            reached.forms.setdefault((form.method, re.sub("[0-9]+", "0", form.action), *sorted(form.fields)), form)
    return reached


def allowed_to(route: Route) -> str:
    """A role that may open a route."""
    return next(role.name for role in ROLES if role.name in route.roles)


def address(route: Route, **said: str) -> str:
    """An address of a route, with these parts and something that is nobody's for the others."""
    return re.sub(r"\{([a-z_]+)\}", lambda found: said.get(found[1], "0123456789abcdef"), route.path)


def route_of(method: str, path: str) -> Route | None:
    """The route that answers an address."""
    wanted = urlsplit(path).path
    for route in ROUTES:
        pattern = re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(route.path))
        if method in route.methods and re.fullmatch(pattern, wanted):
            return route
    return None


def filled_in(form: Form, payload: str, *, everywhere: bool) -> dict[str, str]:
    """A form with the payload in its texts, or in every field that is not the session's own token."""
    return {
        name: payload if name != "csrf" and (everywhere or name in form.texts) else value for name, value in form.fields.items()
    }


def sent(reached: Reached, form: Form, payload: str, *, everywhere: bool) -> Iterator[Any]:
    """What comes of sending a form filled in so, and of the page that it leads to."""
    said = filled_in(form, payload, everywhere=everywhere)
    more = {"params": said} if form.method == "GET" else {"data": said}
    answer = reached.browser.request(form.method, form.action, **more)
    yield answer
    if answer.status_code == 303:
        yield reached.browser.get(answer.headers["location"])


def not_signed_in(site: Site) -> dict[str, Any]:
    """Browsers of people who are not signed in, by the reason; the site's clock has gone on by eleven hours."""
    app = site.app(requests_a_minute=100_000, sign_ins_a_minute=100_000)
    found = {"no session": client(app), "a forged session": client(app), "a malformed one": client(app)}
    found["a forged session"].cookies.set(COOKIE, "A" * 43)
    found["a malformed one"].cookies.set(COOKIE, "%00" * 900)
    ended, replayed = another_signed_in(site, app), signed_in(app)
    held = replayed.cookies.get(COOKIE)
    replayed.post("/sign-out", data={"csrf": token_of(replayed.get("/").text)})
    replayed.cookies.set(COOKIE, held)
    found |= {"a session that ended by time": ended, "a session that was signed out": replayed}
    site.clock.pass_by(hours=11)
    return found
