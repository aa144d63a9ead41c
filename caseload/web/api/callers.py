"""Who calls the API: a browser with its session, or another system with an access token of the sign-in service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import Request

from caseload.desk.posts import Post
from caseload.web.api.route import POST, post_code
from caseload.web.gate import Site, comes_from_here, enter, write_down
from governance.access.accounts import account
from governance.audit import DENIED, Act
from schemas.errors import GovernanceError

POST_HEADER = "Caselink-Post"
TOO_OFTEN = "Too many requests that were refused. Wait a little."


class Trouble(NamedTuple):
    """What was refused: the HTTP status, and why in words; `code` where there is one of ours, `wait` in seconds."""

    status: int
    words: str
    code: str = ""
    wait: float = 0.0


@dataclass(frozen=True)
class Caller:
    """Who calls, as what, and what else she could call as."""

    account: str
    post: Post
    posts: Sequence[Post]
    chosen: bool = True


def caller_of(site: Site, request: Request) -> Caller | Trouble:
    """Who calls. An access token counts before a session; whoever has neither is refused."""
    said = request.headers.get("authorization")
    if said is not None:
        return _with_token(site, request, said)
    entered = enter(site, request)
    if entered is None:
        return Trouble(401, "Sign in, or send an access token of the sign-in service.")
    if not comes_from_here(site, request):
        return Trouble(403, "Another site asked for this.")
    user = site.front.user(entered.session.account)
    wanted = _wanted(request)
    if wanted and wanted != post_code(entered.post):
        return Trouble(403, "This session works in another post. Change it on the page 'What you work as'.")
    return Caller(entered.session.account, entered.post, user.posts if user else (entered.post,))


def _with_token(site: Site, request: Request, said: str) -> Caller | Trouble:
    kind, _, token = said.partition(" ")
    tokens = site.front.tokens
    if kind.lower() != "bearer" or tokens is None:
        return _refused(site, request, Trouble(401, "The API takes no such credentials here."), "E-API-TOKEN")
    failure = None
    try:
        name = account(tokens.subject(token.strip()))
    except GovernanceError as error:
        failure = error
    if failure is not None:
        if failure.code == "E-SIGN-IN-SERVICE":
            return Trouble(503, failure.message, failure.code)
        return _refused(site, request, Trouble(401, failure.message, failure.code), failure.code)
    user = site.front.user(name)
    if user is None or not user.posts:
        return _refused(site, request, Trouble(403, "No post in Caselink is recorded for this account."), "no post", name)
    wanted = _wanted(request)
    found = [post for post in user.posts if wanted in ("", post_code(post))]
    if not found:
        return Trouble(403, "The account holds no such post.")
    return Caller(name, found[0], user.posts, chosen=len(found) == 1)


def _wanted(request: Request) -> str:
    return request.headers.get(POST_HEADER) or request.query_params.get(POST, "")


def _refused(site: Site, request: Request, trouble: Trouble, why: str, name: str = "") -> Trouble:
    """The refusal, written down; not one of an address that has been refused too often."""
    wait = site.front.sign_ins.take(request.client.host if request.client else "", "api")
    if wait:
        return Trouble(429, TOO_OFTEN, wait=wait)
    write_down(site, Act(site.now(), name, "call the API", why, decision=DENIED))
    return trouble
