"""Every page against every role, drawn; what is not drawn is refused. Asked of `may`, and of the application itself.

A page that is added to `caseload/web/routes.py` needs a line here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from caseload.web.permissions import may, needs_agreement
from caseload.web.route import EVERY_ROLE, OWN, Route, page
from caseload.web.routes import ROUTES
from governance.access.roles import RESOURCES, ROLES, can
from tests.web_site import Site, accept_agreement, another_signed_in, token_of

# x: the role may open it.
TABLE = """
                                   coordinator professional mdt practice reviewer analyst guardian operator
GET /                              x           x            x   x        x        x       x        x
GET /list                          x           x            -   x        -        -       -        -
POST /list                         x           x            -   x        -        -       -        -
GET /list/print                    x           x            -   x        -        -       -        -
GET /take-away                     x           x            -   x        -        -       -        -
POST /take-away                    x           x            -   x        -        -       -        -
GET /morning                       x           x            -   -        -        -       -        -
GET /find                          x           x            -   x        -        -       -        -
POST /find                         x           x            -   x        -        -       -        -
GET /person/{pseudonym}/sheet      x           x            x   x        -        -       -        -
GET /person/{pseudonym}            x           x            x   x        -        -       -        -
GET /person/{pseudonym}/seen       x           x            x   x        -        -       -        -
GET /person/{pseudonym}/do/{step}  x           x            x   x        -        -       -        -
POST /person/{pseudonym}/do/{step} x           x            x   x        -        -       -        -
GET /meetings                      x           x            x   -        -        -       -        -
POST /meetings                     x           x            -   -        -        -       -        -
GET /meetings/{meeting}            x           x            x   -        -        -       -        -
POST /meetings/{meeting}           x           x            x   -        -        -       -        -
GET /meetings/{meeting}/add        x           x            -   -        -        -       -        -
POST /meetings/{meeting}/add       x           x            -   -        -        -       -        -
GET /wards                         x           x            -   -        -        -       -        -
POST /wards                        x           x            -   -        -        -       -        -
GET /wards/add                     x           x            -   -        -        -       -        -
POST /wards/add                    x           x            -   -        -        -       -        -
GET /practice                      x           -            -   x        -        -       -        -
GET /team                          x           x            -   -        -        -       -        -
GET /team/decisions                x           x            -   -        -        -       -        -
GET /break-glass                   x           x            -   -        -        -       -        -
POST /break-glass                  x           x            -   -        -        -       -        -
POST /break-glass/close            x           x            -   -        -        -       -        -
GET /review                        -           -            -   -        x        -       -        -
GET /review/{look}                 -           -            -   -        x        -       -        -
POST /review/{look}                -           -            -   -        x        -       -        -
GET /guardian                      -           -            -   -        -        -       x        -
GET /guardian/bases                -           -            -   -        -        -       x        -
GET /guardian/reviews              -           -            -   -        -        -       x        -
GET /guardian/reviews/{number}     -           -            -   -        -        -       x        -
POST /guardian/reviews/{number}    -           -            -   -        -        -       x        -
GET /guardian/bulk                 -           -            -   -        -        -       x        -
POST /guardian/bulk                -           -            -   -        -        -       x        -
GET /guardian/audit                -           -            -   -        -        -       x        -
POST /guardian/audit               -           -            -   -        -        -       x        -
GET /guardian/seen                 -           -            -   -        -        -       x        -
POST /guardian/seen                -           -            -   -        -        -       x        -
GET /runs                          -           -            -   -        -        -       -        x
GET /runs/{run}                    -           -            -   -        -        -       -        x
GET /posts                         x           x            x   x        x        x       x        x
GET /sessions                      x           x            x   x        x        x       x        x
POST /sessions                     x           x            x   x        x        x       x        x
GET /agreement                     x           x            x   x        x        x       x        x
POST /agreement                    x           x            x   x        x        x       x        x
"""
WIDTH = 35


def drawn() -> dict[str, dict[str, bool]]:
    lines = TABLE.strip("\n").splitlines()
    titles = lines[0].split()
    assert all(title in role.name for title, role in zip(titles, ROLES, strict=True))
    found = {}
    for line in lines[1:]:
        marks = line[WIDTH:].split()
        assert set(marks) <= {"x", "-"}
        found[line[:WIDTH].strip()] = {role.name: mark == "x" for role, mark in zip(ROLES, marks, strict=True)}
    return found


CELLS = [(name, role, allowed) for name, roles in drawn().items() for role, allowed in roles.items()]


def test_every_route_is_drawn_and_nothing_else() -> None:
    assert [route.name for route in ROUTES] == list(drawn())


@pytest.mark.parametrize(("name", "role", "allowed"), CELLS)
def test_the_table(name: str, role: str, allowed: bool) -> None:
    assert may(role, next(route for route in ROUTES if route.name == name)) is allowed


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A browser of every role at one application; each has accepted the agreement. Behind the gate stands an empty page."""
    site = Site(tmp_path_factory.mktemp("site") / "area")
    own = ("/", "/agreement")
    blank = page("trouble.html", title="", words="")
    empty = [each if each.path in own else replace(each, handler=lambda *_: blank) for each in ROUTES]
    app = site.app(routes=empty, requests_a_minute=10_000, sign_ins_a_minute=10_000)
    made = {role.name: another_signed_in(site, app, role.name) for role in ROLES}
    for browser in made.values():
        accept_agreement(browser)
    return made


@pytest.mark.parametrize(("name", "role", "allowed"), CELLS)
def test_the_application_answers_as_drawn(browsers: dict[str, Any], name: str, role: str, allowed: bool) -> None:
    method, path = name.split(" ")
    address = re.sub(r"\{[a-z_]+\}", "0123456789abcdef", path)
    browser = browsers[role]
    form = {"csrf": token_of(browser.get("/").text), "version": "2026-1"} if method == "POST" else None
    assert browser.request(method, address, data=form).status_code in ((200, 303) if allowed else (403,))


@pytest.mark.parametrize("role", ["", "administrator", "Care Coordinator", "care coordinator "])
def test_a_role_that_is_not_written_down_opens_nothing(role: str) -> None:
    assert not any(may(role, route) for route in ROUTES)


@pytest.mark.parametrize("resource", [*RESOURCES, "everything"])
def test_a_route_cannot_give_what_a_role_may_not_see(resource: str) -> None:
    route = Route("/x", lambda *_: page(), resource=resource, roles=EVERY_ROLE | {"administrator"})
    assert [role.name for role in ROLES if may(role.name, route)] == [role.name for role in ROLES if can(role.name, resource)]
    assert not may("administrator", route)


def test_a_route_that_names_no_role_is_nobodys() -> None:
    assert not any(may(role.name, Route("/x", lambda *_: page(), resource=OWN)) for role in ROLES)


def test_everything_about_people_waits_for_the_agreement() -> None:
    waits = {name for name in RESOURCES if needs_agreement(Route("/x", lambda *_: page(), resource=name))}
    assert waits == set(RESOURCES) - {"run status", "aggregates", "purposes and bases"}
