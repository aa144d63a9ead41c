"""Every page of the caseload, in the order of the navigation. A page that is not in this list does not exist.

To add one: a handler in `caseload/web/pages/`, a template, and a line here; the truth table of tests/spec says who may open it.
"""

from __future__ import annotations

from caseload.web.pages import (
    agreement,
    break_glass,
    guardian,
    home,
    my_list,
    person,
    posts,
    printed,
    review,
    runs,
    seen,
    sessions,
    take_away,
)
from caseload.web.route import EVERY_ROLE, OWN, Route
from governance.access.roles import (
    COORDINATOR,
    GUARDIAN,
    MDT_MEMBER,
    OPERATOR,
    PRACTICE_USER,
    PROFESSIONAL,
    REVIEWER,
)

LIST_HOLDERS = frozenset({COORDINATOR, PROFESSIONAL, PRACTICE_USER})
WITH_PEOPLE = LIST_HOLDERS | {MDT_MEMBER}
GLASS = frozenset({COORDINATOR, PROFESSIONAL})
CLERKS, GUARDIANS = frozenset({REVIEWER}), frozenset({GUARDIAN})

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
    Route("/person/{pseudonym}/seen", seen.show, "seen.html", resource="identity", roles=WITH_PEOPLE,
          purpose="who saw this record"),
    Route("/break-glass", break_glass.show, "break_glass.html", resource="break glass", roles=GLASS, menu="Break-glass",
          purpose="one person who is not yours, with a reason and a review"),
    Route("/break-glass", break_glass.open_person, "break_glass.html", methods=("POST",), resource="break glass", roles=GLASS,
          purpose="find and open her"),
    Route("/break-glass/close", break_glass.close_person, methods=("POST",), resource="break glass", roles=GLASS,
          purpose="close one's own opening"),
    Route("/review", review.show, "review.html", resource="review pairs", roles=CLERKS, menu="Clerical review",
          purpose="pairs of records to judge"),
    Route("/review/{look}", review.pair, "review_pair.html", resource="review pairs", roles=CLERKS,
          purpose="two records side by side"),
    Route("/review/{look}", review.decide, "review_pair.html", methods=("POST",), resource="review pairs", roles=CLERKS,
          purpose="keep a judgement"),
    Route("/guardian", guardian.show, "guardian.html", resource="purposes and bases", roles=GUARDIANS, menu="Caldicott desk",
          needs_night=False, purpose="what waits for you"),
    Route("/guardian/bases", guardian.bases, "guardian_bases.html", resource="purposes and bases", roles=GUARDIANS,
          menu="Purposes", needs_night=False, purpose="purposes, legal bases, opt-outs"),
    Route("/guardian/reviews", guardian.reviews, "guardian_reviews.html", resource="break-glass reviews", roles=GUARDIANS,
          menu="Reviews", needs_night=False, purpose="openings to review, limits that were reached"),
    Route("/guardian/reviews/{number}", guardian.opening, "guardian_opening.html", resource="break-glass reviews",
          roles=GUARDIANS, needs_night=False, purpose="one opening and its reason"),
    Route("/guardian/reviews/{number}", guardian.review, "guardian_opening.html", methods=("POST",),
          resource="break-glass reviews", roles=GUARDIANS, needs_night=False, purpose="give a verdict, or lift a block"),
    Route("/guardian/bulk", guardian.bulk, "guardian_bulk.html", resource="audit", roles=GUARDIANS, menu="Bulk requests",
          needs_night=False, purpose="requests for many identities at once"),
    Route("/guardian/bulk", guardian.decide_bulk, "guardian_bulk.html", methods=("POST",), resource="audit", roles=GUARDIANS,
          needs_night=False, purpose="approve or refuse one"),
    Route("/guardian/audit", guardian.audit, "guardian_audit.html", resource="audit", roles=GUARDIANS, menu="Audit log",
          needs_night=False, purpose="the night's statement, and whether the log is whole"),
    Route("/guardian/audit", guardian.verify, "guardian_audit.html", methods=("POST",), resource="audit", roles=GUARDIANS,
          needs_night=False, purpose="check the whole log now"),
    Route("/guardian/seen", seen.ask, "guardian_seen.html", resource="audit", roles=GUARDIANS, menu="Who saw a record",
          purpose="who saw one person's record"),
    Route("/guardian/seen", seen.find, "guardian_seen.html", methods=("POST",), resource="audit", roles=GUARDIANS,
          purpose="find it by NHS number"),
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
