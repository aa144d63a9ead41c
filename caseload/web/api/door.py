"""From a request to an answer of the API: the questions that the pages' gate asks, in its order (`caseload.web.gate`)."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Address

from caseload.desk.posts import Post, Visit
from caseload.fhir.outcome import operation_outcome
from caseload.web.api.callers import Caller, Trouble, caller_of
from caseload.web.api.route import ApiRoute, wrong_query
from caseload.web.api.routes import API_ROUTES
from caseload.web.errors import TROUBLES, status_of
from caseload.web.gate import LOG, Site, pinned, write_down
from caseload.web.permissions import may, needs_agreement
from caseload.web.route import Asked
from governance.audit import DENIED, Act
from governance.store_reach import in_reach
from schemas.errors import CaselinkError, coded

JSON, PROBLEM, FHIR = "application/json", "application/problem+json", "application/fhir+json"
PLACES = ("/api/", "/fhir/")
NO_NIGHT = "No night has been published yet."


def addresses(site: Site) -> list[Address]:
    """Every address of the API."""
    return [Address(each.path, _endpoint(each, site), methods=["GET"]) for each in API_ROUTES]


def is_api(request: Request) -> bool:
    """Whether a request is for the API, whatever it asks there."""
    return request.url.path.startswith(PLACES)


def said(request: Request, trouble: Trouble) -> Response:
    """The answer for what was refused: an OperationOutcome under /fhir, a problem (RFC 9457) under /api."""
    status, words, code, wait = trouble
    headers = {"Retry-After": str(math.ceil(wait))} if wait else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if "authorization" in request.headers else "Bearer"
    if request.url.path.startswith("/fhir/"):
        return JSONResponse(operation_outcome(status, words), status, headers, FHIR)
    title = TROUBLES.get(status, TROUBLES[500]).title
    problem = {"title": title, "status": status, "detail": words} | ({"code": code} if code else {})
    return JSONResponse(problem, status, headers, PROBLEM)


def foreseen(request: Request, status: int) -> Response:
    """The answer for a status that no route gave."""
    return said(request, Trouble(status, TROUBLES[status].words))


def _endpoint(route: ApiRoute, site: Site) -> Any:
    def work(request: Request) -> Response:
        try:
            return coded(in_reach, _answered, route, site, request)
        except CaselinkError as error:
            failure = error
        LOG.warning("%s at %s", failure, route.name)
        status = status_of(failure)
        words = TROUBLES[500].words if status == 500 else f"{failure.message[:1].upper()}{failure.message[1:]}"
        return said(request, Trouble(status, words, failure.code))

    async def answer(request: Request) -> Response:
        return await run_in_threadpool(work, request)

    return answer


def _answered(route: ApiRoute, site: Site, request: Request) -> Response:
    found = _let_in(route, site, request)
    if isinstance(found, Trouble):
        return said(request, found)
    visit, asked = found
    answer = route.handler(visit, site.services, asked)
    if answer.status != 200:
        return foreseen(request, answer.status)
    return JSONResponse(as_json(answer.data), media_type=FHIR if route.is_fhir else JSON)


def _let_in(route: ApiRoute, site: Site, request: Request) -> tuple[Visit, Asked] | Trouble:
    """The visit and what it asks, or why it is refused."""
    front = site.front
    caller = _nobody(site, request) if route.everybody else caller_of(site, request)
    if isinstance(caller, Trouble):
        return caller
    trouble = None if route.everybody else _refusal(route, site, caller)
    if trouble:
        return trouble
    wrong = wrong_query(request.query_params.multi_items(), route)
    if wrong:
        return Trouble(400, wrong)
    night = None if route.everybody else pinned(site, route)
    if night is None and route.needs_night:
        return Trouble(503, NO_NIGHT)
    if needs_agreement(route) and not front.settings.agreements.has_accepted(caller.account):
        return Trouble(403, "The user agreement in force is not accepted. Accept it on its page, /agreement.")
    visit = Visit(caller.account, caller.post, site.now(), "" if night is None else night.run_id)
    return visit, Asked(dict(request.path_params), dict(request.query_params), {}, night, front)


def _refusal(route: ApiRoute, site: Site, caller: Caller) -> Trouble | None:
    wait = site.front.pages.take(caller.account, route.path)
    if wait:
        return Trouble(429, TROUBLES[429].words, wait=wait)
    if not (caller.chosen or route.resource == ""):
        return Trouble(400, "The account holds several posts. Name one: see /api/me.")
    if may(caller.post.role, route):
        return None
    write_down(site, Act(site.now(), caller.account, "call the API", route.name, role=caller.post.role, decision=DENIED))
    return Trouble(403, TROUBLES[403].words)


def _nobody(site: Site, request: Request) -> Caller | Trouble:
    """A caller of whom nothing is asked but not to come too often."""
    wait = site.front.sign_ins.take(request.client.host if request.client else "", "api description")
    return Trouble(429, TROUBLES[429].words, wait=wait) if wait else Caller("", Post(""), ())


def as_json(value: Any) -> Any:
    """A value as JSON has it: days and moments as ISO 8601 writes them, no number that JSON lacks."""
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value
