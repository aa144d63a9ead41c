"""The API's description (OpenAPI 3.1), made from the list of its routes: an address that is not in it does not exist."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from caseload.desk.posts import Visit
from caseload.lists import CaseloadList
from caseload.web.api.callers import POST_HEADER
from caseload.web.api.rest import LIST_COLUMNS, REACHED, WHO
from caseload.web.api.route import POST, ApiRoute, body
from caseload.web.api.software import VERSION
from caseload.web.gate import COOKIE
from caseload.web.permissions import may
from caseload.web.route import Answer, Asked
from governance.access.roles import ROLES

ABOUT = (
    "Read only. The same people, permissions, limits and audit rows as the pages: a name is asked of the door, and written down "
    "first. Ids are pseudonyms of the caller's team; no address takes an identifier. Every answer is of one published night."
)
TYPES = {pa.string(): "string", pa.date32(): "string", pa.int64(): "integer", pa.float64(): "number", pa.bool_(): "boolean"}
STATUSES = {
    400: "the query is not understood, or a post is to be named",
    401: "nobody is signed in, or the token is refused",
    403: "what she works as does not open it, or the agreement is not accepted",
    404: "nothing is there, or nothing that is hers",
    429: "too often, or a limit on how many people one may open; see Retry-After",
    503: "no night is published, or vault, audit log or sign-in service cannot be used",
}
OBJECT: Mapping[str, Any] = {"type": "object"}


def show(_visit: Visit, _services: Any, asked: Asked) -> Answer:
    """The description, for this installation's address."""
    from caseload.web.api.routes import API_ROUTES  # that list names this handler

    settings = asked.own.settings
    return body(
        description(
            API_ROUTES, origin=settings.origin, issuer=settings.oidc.issuer if settings.oidc and settings.api_audience else ""
        )
    )


def description(routes: Sequence[ApiRoute], *, origin: str, issuer: str = "") -> dict[str, Any]:
    """The whole document. `issuer`: of the sign-in service whose access tokens are taken; empty: none."""
    schemes: dict[str, Any] = {"session": {"type": "apiKey", "in": "cookie", "name": COOKIE}}
    if issuer:
        found = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        schemes["token"] = {"type": "openIdConnect", "openIdConnectUrl": found}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Caselink", "version": VERSION, "description": ABOUT},
        "servers": [{"url": origin}],
        "security": [{name: []} for name in schemes],
        "paths": {each.path: {"get": _operation(each)} for each in routes},
        "components": {"schemas": SCHEMAS, "securitySchemes": schemes},
    }


def _operation(route: ApiRoute) -> dict[str, Any]:
    kind = "application/fhir+json" if route.is_fhir else "application/json"
    schema: Mapping[str, Any] = {"$ref": f"#/components/schemas/{route.answers}"} if route.answers in SCHEMAS else OBJECT
    parameters = [_in_path(name) for name in re.findall(r"\{([a-z_]+)\}", route.path)]
    parameters += [_in_query(each.name, each.words, each.codes) for each in route.query]
    made: dict[str, Any] = {
        "summary": route.purpose,
        "operationId": "".join(part.capitalize() for part in re.findall("[A-Za-z]+", route.path)),
        "responses": {"200": {"description": route.answers, "content": {kind: {"schema": schema}}}},
    }
    if route.everybody:
        return made | {"security": []}
    made["responses"] |= {str(status): _trouble(words, route) for status, words in STATUSES.items()}
    header = {
        "name": POST_HEADER,
        "in": "header",
        "description": "code of the post used, of /api/me",
        "schema": {"type": "string"},
    }
    parameters += [header, _in_query(POST, "the same, in the query", ())]
    roles = ", ".join(role.name for role in ROLES if may(role.name, route))
    return made | {"parameters": parameters, "description": f"Open to: {roles}."}


def _trouble(words: str, route: ApiRoute) -> dict[str, Any]:
    name, kind = ("OperationOutcome", "fhir+json") if route.is_fhir else ("Problem", "problem+json")
    return {"description": words, "content": {f"application/{kind}": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}


def _in_query(name: str, words: str, codes: Sequence[str]) -> dict[str, Any]:
    schema = {"type": "string"} | ({"enum": list(codes)} if codes else {})
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema}


def _columns() -> dict[str, Any]:
    """The list's columns, with the words that the table itself has for them."""
    found = {}
    for name in LIST_COLUMNS:
        column = CaseloadList.columns()[name]
        found[name] = {"type": [TYPES[column.type], "null"], "description": column.description}
        if column.type == pa.date32():
            found[name]["format"] = "date"
    return found


def _object(words: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "description": words, "properties": properties}


TEXT, DAY, WHOLE = {"type": "string"}, {"type": "string", "format": "date"}, {"type": "integer"}
SCHEMAS: dict[str, Any] = {
    "Problem": _object("what was refused (RFC 9457)", title=TEXT, status=WHOLE, detail=TEXT, code=TEXT),
    "OperationOutcome": _object("what was refused (FHIR R4)", resourceType=TEXT, issue={"type": "array", "items": OBJECT}),
    "Identity": _object(
        "who a person is, where the door showed it", **{name: {"type": ["string", "null"]} for name in (*WHO, *REACHED)}
    ),
    "ListedPerson": _object(
        "a row of a list",
        pseudonym=TEXT,
        state=TEXT,
        professional=TEXT,
        coordinator=TEXT,
        review_due={"type": ["string", "null"], "format": "date"},
        marks={"type": "array", "items": TEXT},
        identity={"anyOf": [{"$ref": "#/components/schemas/Identity"}, {"type": "null"}]},
        unnamed={"type": "string", "description": "in words, why there is no identity; empty where none was asked for"},
        **_columns(),
    ),
    "CaseloadPage": _object(
        "a page of a list",
        run_id=TEXT,
        as_at=DAY,
        total=WHOLE,
        page=WHOLE,
        pages=WHOLE,
        names={"type": "string", "description": "how many are named, and why not more"},
        people={"type": "array", "items": {"$ref": "#/components/schemas/ListedPerson"}},
    ),
    "Night": _object("the night served", run_id=TEXT, as_at=DAY, feeds={"type": "array", "items": OBJECT}),
    "Me": _object(
        "who calls",
        account=TEXT,
        post=OBJECT,
        posts={"type": "array", "items": OBJECT},
        agreement=OBJECT,
        night={"type": ["object", "null"]},
    ),
    "Person": _object(
        "one person, as her page tells of her",
        run_id=TEXT,
        as_at=DAY,
        pseudonym=TEXT,
        state=TEXT,
        identity={"anyOf": [{"$ref": "#/components/schemas/Identity"}, {"type": "null"}]},
        need=OBJECT,
        **{
            name: {"type": "array", "items": OBJECT}
            for name in ("reasons", "timeline", "packages", "use", "indices", "decisions")
        },
    ),
}
