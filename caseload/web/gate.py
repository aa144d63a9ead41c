"""From a request to a page: every request passes here, in this order, and is refused at the first that does not hold.

signed in       a session that is open, of an account whose posts are as they were
often           tokens left for this user and this page
may             what she works as opens the page (`permissions.may`)
meant           a change carries the session's own token, and comes from this site
a night         one is published, and pinned for this request
agreement       the current user agreement is accepted, before anything about people
"""

from __future__ import annotations

import datetime as dt
import hmac
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from caseload.desk.break_glass import OpenNow, open_now
from caseload.desk.posts import Post, Visit
from caseload.web.errors import TROUBLES, status_of
from caseload.web.front import Front, Serves
from caseload.web.permissions import may, needs_agreement
from caseload.web.rendering import render
from caseload.web.route import Answer, Asked, Route
from caseload.web.sessions import Session, csrf_token
from governance.access.roles import can
from governance.audit import DENIED, Act
from governance.store_reach import OUT_OF_REACH, in_reach
from schemas.errors import CaselinkError, coded

COOKIE = "__Host-caselink"  # browsers take it from this host alone, with Secure and for every path, or not at all
MOST_FIELDS = 1000
PAGES_AT_ONCE = 2  # others wait their turn: pages made side by side hold up one another, and all come late
FORM = "application/x-www-form-urlencoded"
LOG = logging.getLogger("caselink.web")


@dataclass(frozen=True)
class Site:
    """Everything that a request meets."""

    services: Serves
    front: Front
    templates: Environment
    routes: tuple[Route, ...]
    places: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(PAGES_AT_ONCE))

    def now(self) -> dt.datetime:
        """When a visit is made."""
        return (self.front.settings.visits or self.services.clock)()


@dataclass(frozen=True)
class Entered:
    """Who is there: her session, the id that her cookie holds, and the post she works in."""

    session: Session
    id: str
    post: Post
    name: str


def endpoint(route: Route, site: Site) -> Any:
    """The route as the server calls it."""

    async def answer(request: Request) -> Response:
        body = await request.body() if request.method == "POST" else b""
        return await to_thread.run_sync(_answered, route, site, request, body, limiter=site.places)

    return answer


def _answered(route: Route, site: Site, request: Request, body: bytes) -> Response:
    entered = None
    try:
        entered = coded(in_reach, enter, site, request)
        if entered is None:
            return RedirectResponse("/sign-in", 303) if request.method != "POST" else trouble(site, 401)
        return coded(in_reach, _within, route, site, request, body=body, entered=entered)
    except CaselinkError as error:
        return refusal(site, error, route.name, entered=entered)


def refusal(site: Site, error: CaselinkError, where: str, *, entered: Entered | None = None) -> Response:
    """The page for a coded refusal. What is our own fault is said in the log, by its code, and not on the page."""
    LOG.warning("%s at %s", error, where)
    status = status_of(error)
    said = "" if status == 500 else f"{error.message[:1].upper()}{error.message[1:]}"
    link = None if entered or error.code == OUT_OF_REACH else ("/sign-in", "Sign in again")
    return trouble(site, status, entered=entered, said=said, code=error.code, link=link)


def _within(route: Route, site: Site, request: Request, *, body: bytes, entered: Entered) -> Response:
    front, services = site.front, site.services
    wait = front.pages.take(entered.session.account, route.path)
    if wait:
        answer = trouble(site, 429, entered=entered)
        answer.headers["Retry-After"] = str(math.ceil(wait))
        return answer
    at = site.now()
    if not may(entered.post.role, route):
        _write_down(site, entered, route)
        return trouble(site, 403, entered=entered)
    form = read_form(request, body)
    if form is None:
        return trouble(site, 400, entered=entered)
    if request.method == "POST" and not is_meant(site, request, form, entered.id):
        return trouble(site, 403, entered=entered, said="The form was not one that this session was shown. Open it again.")
    night = pinned(site, route)
    if night is None and route.needs_night:
        return trouble(site, 503, entered=entered, said="No night has been published yet, so there is no list to show.")
    if needs_agreement(route) and not front.settings.agreements.has_accepted(entered.session.account):
        first = "Read and accept the user agreement first."
        return trouble(site, 403, entered=entered, said=first, link=("/agreement", "The user agreement"))
    visit = Visit(entered.session.account, entered.post, at, "" if night is None else night.run_id)
    asked = Asked(dict(request.path_params), dict(request.query_params), form, night, front)
    return _shown(route.handler(visit, services, asked), route, site, entered=entered, night=night)


def pinned(site: Site, route: Route) -> Any:
    """The night that this request is shown, throughout; a page that needs none is shown beside a damaged one, too."""
    try:
        return site.services.nights.current()
    except CaselinkError:
        if route.needs_night:
            raise
    return None


def _shown(answer: Answer, route: Route, site: Site, *, entered: Entered, night: Any) -> Response:
    if answer.redirect:
        if not answer.redirect.startswith("/") or answer.redirect.startswith(("//", "/\\")):
            return trouble(site, 500, entered=entered)
        return RedirectResponse(answer.redirect, 303)
    if answer.file is not None:
        name, kind, content = answer.file
        safe = "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-_."))
        return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{safe}"'})
    if answer.status != 200 and not (answer.template or answer.data):
        return trouble(site, answer.status, entered=entered)
    data = {**frame(site, entered, night, here=route.path), **answer.data}
    return HTMLResponse(render(site.templates, answer.template or route.template, data), answer.status)


def enter(site: Site, request: Request) -> Entered | None:
    """Who is there; None where nobody is signed in."""
    id_ = request.cookies.get(COOKIE, "")
    session = site.front.sessions.find(id_, site.front.user) if id_ else None
    user = site.front.user(session.account) if session else None
    post = user.post(session.post) if user and session else None
    if session is None or user is None or post is None or session.demo != bool(site.front.settings.demo_token):
        return None
    return Entered(session, id_, post, user.name or user.account)


def who_is_there(site: Site, request: Request) -> Entered | None:
    """As `enter`, for a page of trouble: nobody, where it cannot be told."""
    try:
        return coded(in_reach, enter, site, request)
    except CaselinkError as error:
        LOG.warning("%s: who is there cannot be told", error.code)
        return None


def frame(site: Site, entered: Entered | None, night: Any = None, *, here: str = "") -> dict[str, Any]:
    """What the base template shows around every page."""
    data: dict[str, Any] = {"area": site.services.area, "synthetic": site.services.synthetic, "here": here}
    if entered is None:
        return data
    user = site.front.user(entered.session.account)
    choices = [(each, post) for each in (site.front.choices(user) if user else []) for post in each.posts]
    menu = [route for route in site.routes if route.menu and may(entered.post.role, route)]
    team = getattr(site.services, "teams", {}).get(entered.post.team)
    return data | {
        "who": entered.name,
        "post": entered.post,
        "team": team.name if team else entered.post.team,
        "csrf": csrf_token(entered.id),
        "menu": menu,
        "may_switch": len(choices) > 1,
        "as_at": getattr(night, "as_at", None),
        "opening": _opening(site, entered),
    }


def _opening(site: Site, entered: Entered) -> OpenNow | None:
    """The break-glass opening that every page of its user tells of; a page of trouble is shown where that cannot be read, too."""
    glasses = getattr(site.services, "break_glass", None)
    if glasses is None or not can(entered.post.role, "break glass"):
        return None
    try:
        return coded(in_reach, open_now, glasses, entered.session.account, entered.post.team, site.now())
    except CaselinkError as error:
        LOG.error("%s: whether break-glass is open cannot be told", error.code)
        return None


def trouble(
    site: Site,
    status: int,
    *,
    entered: Entered | None = None,
    said: str = "",
    code: str = "",
    link: tuple[str, str] | None = None,
) -> Response:
    """The page for what went wrong."""
    found = TROUBLES.get(status, TROUBLES[500])
    data = {
        **frame(site, entered),
        "title": found.title,
        "words": said or found.words,
        "code": code,
        "link": link,
        "status": status,
    }
    return HTMLResponse(render(site.templates, "trouble.html", data), status)


def read_form(request: Request, body: bytes) -> dict[str, tuple[str, ...]] | None:
    """The fields of a form, each with all its values; None where the body is no form that we read.

    Nor is one with a zero character, which no keyboard writes: PostgreSQL keeps none.
    """
    if not body:
        return {}
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM:
        return None
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return None
    if any("\0" in part for pair in pairs for part in pair):
        return None
    form: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        form[name] = (*form.get(name, ()), value)
    return form


def is_meant(site: Site, request: Request, form: Mapping[str, tuple[str, ...]], id_: str) -> bool:
    """Whether a change comes from a form of this very session: its token, and, where browsers say it, this site."""
    sent = (form.get("csrf") or ("",))[0]
    return comes_from_here(site, request) and hmac.compare_digest(sent.encode(), csrf_token(id_).encode())


def comes_from_here(site: Site, request: Request) -> bool:
    """Whether the browser says that this site sent the form; one that says nothing is believed."""
    origin, fetched = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    return origin in (None, site.front.settings.origin) and fetched in (None, "same-origin", "none")


def _write_down(site: Site, entered: Entered, route: Route) -> None:
    """A refused page is an audit row; where the log cannot be written it is refused all the same."""
    act = Act(site.now(), entered.session.account, "open page", route.name, role=entered.post.role, decision=DENIED)
    write_down(site, act)


def write_down(site: Site, act: Act) -> None:
    """One act into the audit log; one that cannot be written is only logged: nobody is shown by it."""
    try:
        site.services.audit.append(act)
    except CaselinkError as error:
        LOG.error("%s: %s was not written down", error.code, act.action)
