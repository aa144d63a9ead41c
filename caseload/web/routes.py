"""Every page of the caseload, in the order of the navigation. A page that is not in this list does not exist.

To add one: a handler in `caseload/web/pages/`, a template, and a line here; the truth table of tests/spec says who may open it.
"""

from __future__ import annotations

from caseload.web.pages import agreement, home, my_list, person, posts, printed, runs, sessions, take_away
from caseload.web.route import EVERY_ROLE, OWN, Route
from governance.access.roles import COORDINATOR, MDT_MEMBER, OPERATOR, PRACTICE_USER, PROFESSIONAL

LIST_HOLDERS = frozenset({COORDINATOR, PROFESSIONAL, PRACTICE_USER})
WITH_PEOPLE = LIST_HOLDERS | {MDT_MEMBER}

ROUTES: tuple[Route, ...] = (
    Route("/", home.show, "home.html", roles=EVERY_ROLE, menu="Home", needs_night=False, purpose="what you can do here"),
    Route("/list", my_list.show, "my_list.html", resource="lists", roles=LIST_HOLDERS, menu="My list",
          purpose="one's own people"),
    Route("/list", my_list.search, "my_list.html", methods=("POST",), resource="lists", roles=LIST_HOLDERS,
          purpose="find somebody on it by name"),
    Route("/list/print", printed.people, "print_list.html", resource="lists", roles=LIST_HOLDERS,
          purpose="a page of it for paper"),
    Route("/take-away", take_away.show, "take_away.html", resource="lists", roles=LIST_HOLDERS,
          purpose="what one may take of one's own list"),
    Route("/take-away", take_away.file, "take_away.html", methods=("POST",), resource="lists", roles=LIST_HOLDERS,
          purpose="the file"),
    Route("/person/{pseudonym}/sheet", printed.reasons, "sheet.html", resource="identity", roles=WITH_PEOPLE,
          purpose="reasons in plain words, for the person herself"),
    Route("/person/{pseudonym}", person.show, "person.html", resource="identity", roles=WITH_PEOPLE,
          purpose="one of one's own people"),
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
