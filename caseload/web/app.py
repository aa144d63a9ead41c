"""The application: routes, sign-in, static files, error pages, and the guard around them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.routing import Route as Address
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from caseload.web.api.door import addresses as api_addresses
from caseload.web.api.door import foreseen, is_api
from caseload.web.errors import TROUBLES
from caseload.web.front import Front, Serves, WebSettings
from caseload.web.gate import Site, endpoint, trouble, who_is_there
from caseload.web.headers import Guarded
from caseload.web.oidc import Provider
from caseload.web.rendering import STATIC, compile_all, environment
from caseload.web.route import Route
from caseload.web.routes import ROUTES
from caseload.web.sign_in import addresses
from governance.store_reach import in_reach
from schemas.errors import CaselinkError


def _warm(site: Site) -> None:
    """Do what the first visitors of a morning would wait for: compile the pages, and open the night's file of each team."""
    compile_all(site.templates)
    for team in site.services.teams:
        with suppress(CaselinkError):  # what is not as it was published, its visitors are told
            if night := in_reach(site.services.nights.current):
                night.feeds(team)


def create_app(
    services: Serves, settings: WebSettings, *, routes: Sequence[Route] = ROUTES, provider: Provider | None = None
) -> ASGIApp:
    """The pages of one project, as an ASGI server serves them. `routes` and `provider`: others than the shipped ones, for tests.

    Raises `GovernanceError` `E-WEB-DEMO`, `E-WEB-PLAIN`, `E-WEB-SIGN-IN` where they must not be served like that.
    """
    settings.check(synthetic=services.synthetic)
    site = Site(services, Front.of(settings, services.clock, provider), environment(), tuple(routes))

    @asynccontextmanager
    async def as_it_starts(_app: FastAPI) -> AsyncIterator[None]:
        _warm(site)
        yield

    app = FastAPI(
        title="Caselink", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, lifespan=as_it_starts
    )
    app.router.routes.extend(addresses(site))
    app.router.routes.extend(Address(each.path, endpoint(each, site), methods=list(each.methods)) for each in routes)
    app.router.routes.extend(api_addresses(site))
    app.router.routes.append(Mount("/static", StaticFiles(directory=STATIC), name="static"))

    def refused(request: Request, error: Any) -> Response:
        """What no route answers, and what nobody foresaw."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if is_api(request):
            return foreseen(request, status if status in TROUBLES else 404)
        return trouble(
            site, status if status in TROUBLES else 404, entered=who_is_there(site, request) if status != 500 else None
        )

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Exception, refused)
    return Guarded(app, host=settings.host, secure=settings.secure, body_bytes=settings.body_bytes)
