"""Every page of the caseload, in the order of the navigation. A page that is not in this list does not exist.

To add one: a handler in `caseload/web/pages/`, a template, and a line here; the truth table of tests/spec says who may open it.
"""

from __future__ import annotations

from caseload.web.pages import access_point, agreement, home, morning, my_list, person, posts, runs, sessions, step
from caseload.web.route import EVERY_ROLE, OWN, Route
from governance.access.roles import COORDINATOR, MDT_MEMBER, OPERATOR, PRACTICE_USER, PROFESSIONAL

LIST_HOLDERS = frozenset({COORDINATOR, PROFESSIONAL, PRACTICE_USER})
CARERS = frozenset({COORDINATOR, PROFESSIONAL})
WITH_PEOPLE = LIST_HOLDERS | {MDT_MEMBER}

ROUTES: tuple[Route, ...] = (
    Route("/", home.show, "home.html", roles=EVERY_ROLE, menu="Home", needs_night=False, purpose="what you can do here"),
    Route("/list", my_list.show, "my_list.html", resource="lists", roles=LIST_HOLDERS, menu="My list",
          purpose="one's own people"),
    Route("/list", my_list.search, "my_list.html", methods=("POST",), resource="lists", roles=LIST_HOLDERS,
          purpose="find somebody on it by name"),
    Route("/person/{pseudonym}", person.show, "person.html", resource="identity", roles=WITH_PEOPLE,
          purpose="one of one's own people"),
    Route("/person/{pseudonym}/do/{step}", step.show, "step.html", resource="identity", roles=WITH_PEOPLE,
          purpose="the form of one step: a decision, a plan, a carer, an action, a note"),
    Route("/person/{pseudonym}/do/{step}", step.take, "step.html", methods=("POST",), resource="identity", roles=WITH_PEOPLE,
          purpose="take it"),
    Route("/morning", morning.show, "morning.html", resource="lists", roles=CARERS, menu="Morning changes",
          purpose="what is new since the last night"),
    Route("/find", access_point.show, "access_point.html", resource="search", roles=LIST_HOLDERS, menu="Find a person",
          purpose="single point of access: one of one's own people, and who has her already"),
    Route("/find", access_point.find, "access_point.html", methods=("POST",), resource="search", roles=LIST_HOLDERS,
          purpose="find her by what a caller says"),
    Route("/runs", runs.nights, "runs.html", resource="run status", roles=frozenset({OPERATOR}), menu="Runs", needs_night=False,
          purpose="published nights"),
    Route("/runs/{run}", runs.night, "run.html", resource="run status", roles=frozenset({OPERATOR}), needs_night=False,
          purpose="one night: gates, waterfall, feeds"),
    Route("/posts", posts.show, "posts.html", resource=OWN, roles=EVERY_ROLE, needs_night=False, purpose="what you work as"),
    Route("/sessions", sessions.show, "sessions.html", resource=OWN, roles=EVERY_ROLE, needs_night=False,
          purpose="where one is signed in; an operator: who is"),
    Route("/sessions", sessions.end, methods=("POST",), resource=OWN, roles=EVERY_ROLE, needs_night=False,
          purpose="sign out everywhere; an operator: anybody"),
    Route("/agreement", agreement.show, "agreement.html", roles=EVERY_ROLE, needs_night=False, purpose="the user agreement"),
    Route("/agreement", agreement.accept, "agreement.html", methods=("POST",), roles=EVERY_ROLE, needs_night=False,
          purpose="accept it"),
)  # fmt: skip
