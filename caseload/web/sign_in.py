"""Signing in and out, and changing what one works as. The only addresses that answer without a session."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route as Address

from caseload.desk.posts import Post
from caseload.web.gate import COOKIE, Site, comes_from_here, enter, frame, is_meant, read_form, refusal, trouble, write_down
from caseload.web.rendering import render
from caseload.web.sessions import FLOW_MINUTES
from caseload.web.users import User
from governance.access.accounts import account
from governance.audit import DENIED, Act
from governance.store_reach import in_reach
from schemas.errors import CaselinkError, coded

FLOW_COOKIE = "__Host-caselink-sign-in"
Work = Callable[[Site, Request, Mapping[str, tuple[str, ...]]], Response]
NO_POST = "You are signed in, but no post in Caselink is recorded for your account. Ask whoever keeps the list of users."


def addresses(site: Site) -> list[Address]:
    """The sign-in's own addresses: in the demonstration no sign-in service, elsewhere no demonstration."""
    settings = site.front.settings
    found: list[tuple[str, str, Work]] = [
        ("GET", "/sign-in", _page),
        ("POST", "/sign-out", _sign_out),
        ("POST", "/post", _switch),
    ]
    if settings.demo_token:
        demo = _Demo(settings.demo_token)
        found += [("GET", "/demo/{token}", demo.page), ("POST", "/demo/{token}", demo.enter)]
    else:
        found += [("GET", "/sign-in/start", _start), ("GET", "/sign-in/done", _done)]
    return [Address(path, _endpoint(work, site), methods=[method]) for method, path, work in found]


def _endpoint(work: Work, site: Site) -> Any:
    def limited(request: Request, body: bytes) -> Response:
        if site.front.sign_ins.take(request.client.host if request.client else "", "sign-in"):
            return trouble(site, 429)
        form = read_form(request, body)
        if form is None:
            return trouble(site, 400)
        try:
            return coded(in_reach, work, site, request, form)
        except CaselinkError as error:
            failure = error
        write_down(site, Act(site.now(), "", "sign in", failure.code, decision=DENIED))
        return refusal(site, failure, "sign-in")

    async def answer(request: Request) -> Response:
        body = await request.body() if request.method == "POST" else b""
        return await run_in_threadpool(limited, request, body)

    return answer


def _page(site: Site, request: Request, _form: Mapping[str, tuple[str, ...]]) -> Response:
    if enter(site, request):
        return RedirectResponse("/", 303)
    data = {**frame(site, None), "with_token": bool(site.front.settings.demo_token)}
    return HTMLResponse(render(site.templates, "sign_in.html", data))


def _start(site: Site, _request: Request, _form: Mapping[str, tuple[str, ...]]) -> Response:
    provider = site.front.provider
    if provider is None:
        return trouble(site, 404)
    id_, flow = site.front.sessions.begin_flow()
    answer = RedirectResponse(provider.address(flow), 303)
    answer.set_cookie(FLOW_COOKIE, id_, max_age=FLOW_MINUTES * 60, secure=True, httponly=True, samesite="lax")
    return answer


def _done(site: Site, request: Request, _form: Mapping[str, tuple[str, ...]]) -> Response:
    provider = site.front.provider
    flow = site.front.sessions.take_flow(request.cookies.get(FLOW_COOKIE, ""))
    if provider is None or flow is None:
        return trouble(site, 403, said="This sign-in is over, or was never begun here.", link=("/sign-in", "Sign in again"))
    subject = account(provider.subject(flow, dict(request.query_params)))
    user = site.front.user(subject)
    if user is None or not user.posts:
        write_down(site, Act(site.now(), subject, "sign in", "no post", decision=DENIED))
        answer = trouble(site, 403, said=NO_POST)
    else:
        answer = _begin(site, request, user, user.posts[0])
    answer.delete_cookie(FLOW_COOKIE, secure=True, httponly=True, samesite="lax")
    return answer


def _begin(site: Site, request: Request, user: User, post: Post, *, what: str = "sign in") -> Response:
    demo = bool(site.front.settings.demo_token)
    id_ = site.front.sessions.begin(user, post.key, demo=demo, instead_of=request.cookies.get(COOKIE, ""))
    purpose = "demonstration" if demo else "caseload"
    write_down(site, Act(site.now(), user.account, what, purpose, role=post.role))
    answer = RedirectResponse("/", 303)
    answer.set_cookie(COOKIE, id_, secure=True, httponly=True, samesite="lax")
    return answer


def _sign_out(site: Site, request: Request, form: Mapping[str, tuple[str, ...]]) -> Response:
    entered = enter(site, request)
    if entered is None:
        return RedirectResponse("/sign-in", 303)
    if not is_meant(site, request, form, entered.id):
        return trouble(site, 403, entered=entered)
    site.front.sessions.end(entered.id)
    write_down(site, Act(site.now(), entered.session.account, "sign out", "caseload", role=entered.post.role))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return answer


def _switch(site: Site, request: Request, form: Mapping[str, tuple[str, ...]]) -> Response:
    """Work as something else that is hers; in the demonstration, as anybody."""
    entered = enter(site, request)
    if entered is None:
        return RedirectResponse("/sign-in", 303)
    user = site.front.user(entered.session.account)
    chosen = _chosen(site, user, form) if user else None
    if chosen is None or not is_meant(site, request, form, entered.id):
        return trouble(site, 403, entered=entered)
    return _begin(site, request, *chosen, what="change post")


def _chosen(site: Site, user: User, form: Mapping[str, tuple[str, ...]]) -> tuple[User, Post] | None:
    name, key = ((form.get(field) or ("",))[0] for field in ("account", "post"))
    for each in site.front.choices(user):
        post = each.post(key)
        if post is not None and each.account == (name or user.account):
            return each, post
    return None


class _Demo:
    """The one-time address of a demonstration: a page that shows who there is, and the choice that uses it up."""

    def __init__(self, token: str) -> None:
        self._token, self._lock = token, threading.Lock()

    def page(self, site: Site, request: Request, _form: Mapping[str, tuple[str, ...]]) -> Response:
        if not self._is_token(request):
            return trouble(site, 404)
        users = sorted(site.front.settings.users().values(), key=lambda each: each.account)
        data = {**frame(site, None), "token": request.path_params["token"], "users": users}
        return HTMLResponse(render(site.templates, "demo.html", data))

    def enter(self, site: Site, request: Request, form: Mapping[str, tuple[str, ...]]) -> Response:
        if not comes_from_here(site, request):
            return trouble(site, 403)
        user = site.front.user((form.get("account") or ("",))[0])
        if user is None or not user.posts or not self._use(request):
            return trouble(site, 404)
        try:
            return _begin(site, request, user, user.posts[0])
        except Exception:
            self._give_back(request)  # nobody came in by it
            raise

    def _is_token(self, request: Request) -> bool:
        return bool(self._token) and hmac.compare_digest(request.path_params["token"].encode(), self._token.encode())

    def _use(self, request: Request) -> bool:
        with self._lock:
            fits = self._is_token(request)
            self._token = "" if fits else self._token
        return fits

    def _give_back(self, request: Request) -> None:
        with self._lock:
            self._token = str(request.path_params["token"])
