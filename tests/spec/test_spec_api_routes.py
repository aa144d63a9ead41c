"""Every address of the API against every role, drawn; what is not drawn is refused. And its description says the same.

An address that is added to `caseload/web/api/routes.py` needs a line here.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI

from caseload.fhir.outcome import SEARCHES
from caseload.web.api.openapi import description
from caseload.web.api.routes import API_ROUTES
from caseload.web.permissions import may
from caseload.web.routes import ROUTES
from governance.access.roles import ROLES
from tests.web_site import Site, accept_agreement, another_signed_in, client

# x: the role may call it; *: everybody may, signed in or not.
TABLE = """
                                coordinator professional mdt practice reviewer analyst guardian operator
/api/openapi.json               *           *            *   *        *        *       *        *
/api/me                         x           x            x   x        x        x       x        x
/api/night                      x           x            -   x        -        -       -        -
/api/list                       x           x            -   x        -        -       -        -
/api/person/{pseudonym}         x           x            x   x        -        -       -        -
/fhir/metadata                  *           *            *   *        *        *       *        *
/fhir/List                      x           x            -   x        -        -       -        -
/fhir/List/{id}                 x           x            -   x        -        -       -        -
/fhir/Patient                   x           x            -   x        -        -       -        -
/fhir/Patient/{id}              x           x            x   x        -        -       -        -
/fhir/CareTeam                  x           x            -   x        -        -       -        -
/fhir/CareTeam/{id}             x           x            -   x        -        -       -        -
/fhir/RiskAssessment            x           x            -   x        -        -       -        -
/fhir/RiskAssessment/{id}       x           x            -   x        -        -       -        -
/fhir/Flag                      x           x            -   x        -        -       -        -
/fhir/Flag/{id}                 x           x            -   x        -        -       -        -
/fhir/Provenance                x           x            -   x        -        -       -        -
/fhir/Provenance/{id}           x           x            -   x        -        -       -        -
/fhir/AuditEvent                -           -            -   -        -        -       x        -
/fhir/AuditEvent/{id}           -           -            -   -        -        -       x        -
"""
WIDTH = 32


def drawn() -> dict[str, dict[str, str]]:
    lines = TABLE.strip("\n").splitlines()
    titles = lines[0].split()
    assert all(title in role.name for title, role in zip(titles, ROLES, strict=True))
    rows = {line[:WIDTH].strip(): line[WIDTH:].split() for line in lines[1:]}
    assert {mark for marks in rows.values() for mark in marks} == {"x", "-", "*"}
    return {path: dict(zip((role.name for role in ROLES), marks, strict=True)) for path, marks in rows.items()}


CELLS = [(path, role, mark) for path, roles in drawn().items() for role, mark in roles.items()]


def test_every_address_is_drawn_and_nothing_else() -> None:
    assert [route.path for route in API_ROUTES] == list(drawn())
    assert {route.methods for route in API_ROUTES} == {("GET",)}


@pytest.mark.parametrize(("path", "role", "mark"), CELLS)
def test_the_table(path: str, role: str, mark: str) -> None:
    route = next(route for route in API_ROUTES if route.path == path)
    assert (may(role, route), route.everybody) == (mark != "-", mark == "*")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, Any]]:
    """An application without a night, and a browser of every role at it that has accepted the agreement."""
    made = Site(tmp_path_factory.mktemp("site") / "area")
    made.nights.served = None
    app = made.app(requests_a_minute=10_000, sign_ins_a_minute=10_000)
    browsers = {role.name: another_signed_in(made, app, role.name) for role in ROLES}
    for browser in browsers.values():
        accept_agreement(browser)
    return app, browsers


@pytest.mark.parametrize(("path", "role", "mark"), CELLS)
def test_the_application_answers_as_drawn(site: tuple[Any, dict[str, Any]], path: str, role: str, mark: str) -> None:
    """Who may come in meets a site without a night (503), or, where no night is needed, what is asked for or nothing there."""
    answer = site[1][role].get(re.sub(r"\{[a-z]+\}", "0123456789abcdef", path))
    assert answer.status_code in ((200, 404, 503) if mark != "-" else (403,))


@pytest.mark.parametrize("path", drawn())
def test_a_stranger_is_answered_as_drawn(site: tuple[Any, dict[str, Any]], path: str) -> None:
    answer = client(site[0]).get(re.sub(r"\{[a-z]+\}", "0123456789abcdef", path))
    assert answer.status_code == (200 if drawn()[path]["operator"] == "*" else 401)


def test_the_description_is_of_these_addresses_and_is_what_openapi_calls_one(site: tuple[Any, dict[str, Any]]) -> None:
    said = client(site[0]).get("/api/openapi.json").json()
    assert list(said["paths"]) == list(drawn())
    parsed = OpenAPI.model_validate(said)
    assert parsed.openapi == "3.1.0"
    operations = [each["get"] for each in said["paths"].values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    for route in API_ROUTES:
        operation = said["paths"][route.path]["get"]
        found = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        assert found == {each.name for each in route.query} | (set() if route.everybody else {"post"})
        assert (operation.get("security") == []) is route.everybody
    references = set(re.findall(r'"#/components/schemas/([A-Za-z]+)"', json.dumps(said)))
    assert references <= set(said["components"]["schemas"])


def test_an_issuer_is_named_where_its_tokens_are_taken() -> None:
    schemes = description(API_ROUTES, origin="https://x.example", issuer="https://y.example/")["components"]["securitySchemes"]
    assert schemes["token"]["openIdConnectUrl"] == "https://y.example/.well-known/openid-configuration"


def test_what_fhirs_statement_says_can_be_searched_is_what_the_routes_take() -> None:
    taken = {
        route.path.removeprefix("/fhir/"): tuple(each.name for each in route.query if each.name != "page")
        for route in API_ROUTES
        if route.is_fhir and route.answers == "Bundle"
    }
    assert taken == SEARCHES


def test_no_address_of_the_api_is_a_page_too() -> None:
    assert not {route.path for route in ROUTES} & {route.path for route in API_ROUTES}
