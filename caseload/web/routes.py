"""Every page of the caseload, in the order of the navigation. A page that is not in this list does not exist.

To add one: a handler in `caseload/web/pages/`, a template, and a line here; the truth table of tests/spec says who may open it.
"""

from __future__ import annotations

from caseload.web.pages import agreement, home, meeting, meetings, my_list, person, posts, practice, runs, sessions, team, wards
from caseload.web.route import EVERY_ROLE, OWN, Route
from governance.access.roles import COORDINATOR, MDT_MEMBER, OPERATOR, PRACTICE_USER, PROFESSIONAL

LIST_HOLDERS = frozenset({COORDINATOR, PROFESSIONAL, PRACTICE_USER})
WITH_PEOPLE = LIST_HOLDERS | {MDT_MEMBER}
ARRANGE = frozenset({COORDINATOR, PROFESSIONAL})
MEET = ARRANGE | {MDT_MEMBER}

ROUTES: tuple[Route, ...] = (
    Route("/", home.show, "home.html", roles=EVERY_ROLE, menu="Home", needs_night=False, purpose="what you can do here"),
    Route("/list", my_list.show, "my_list.html", resource="lists", roles=LIST_HOLDERS, menu="My list",
          purpose="one's own people"),
    Route("/list", my_list.search, "my_list.html", methods=("POST",), resource="lists", roles=LIST_HOLDERS,
          purpose="find somebody on it by name"),
    Route("/person/{pseudonym}", person.show, "person.html", resource="identity", roles=WITH_PEOPLE,
          purpose="one of one's own people"),
    Route("/meetings", meetings.show, "meetings.html", resource="identity", roles=MEET, menu="Meetings",
          purpose="meetings of the team, or those one is invited to"),
    Route("/meetings", meetings.planned, "meetings.html", methods=("POST",), resource="lists", roles=ARRANGE,
          purpose="plan one"),
    Route("/meetings/{meeting}", meeting.show, "meeting.html", resource="identity", roles=MEET,
          purpose="one meeting: its agenda and its actions"),
    Route("/meetings/{meeting}", meeting.change, "meeting.html", methods=("POST",), resource="identity", roles=MEET,
          purpose="a step of its agenda, an action, somebody invited"),
    Route("/meetings/{meeting}/add", meeting.choose, "meeting_add.html", resource="lists", roles=ARRANGE,
          purpose="people of one's own list to put on it"),
    Route("/meetings/{meeting}/add", meeting.add, "meeting_add.html", methods=("POST",), resource="lists", roles=ARRANGE,
          purpose="put them on it"),
    Route("/wards", wards.show, "wards.html", resource="lists", roles=ARRANGE, menu="Virtual wards",
          purpose="virtual ward round: beds, stays, actions"),
    Route("/wards", wards.change, "wards.html", methods=("POST",), resource="lists", roles=ARRANGE,
          purpose="a step up or down, a review, the end of a stay, an action"),
    Route("/wards/add", wards.choose, "ward_add.html", resource="lists", roles=ARRANGE,
          purpose="people of one's own list whom the night did not propose to a ward"),
    Route("/wards/add", wards.add, "ward_add.html", methods=("POST",), resource="lists", roles=ARRANGE,
          purpose="bring one of them to a ward"),
    Route("/practice", practice.show, "practice.html", resource="lists", roles=frozenset({COORDINATOR, PRACTICE_USER}),
          menu="Practice", purpose="a practice's people not yet managed, and what its data were used for"),
    Route("/team", team.show, "team.html", resource="lists", roles=ARRANGE, menu="Team",
          purpose="load, absences, people without a place"),
    Route("/team/decisions", team.decided, "decisions.html", resource="aggregates", roles=ARRANGE,
          purpose="what the team decided in a quarter, as counts"),
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
