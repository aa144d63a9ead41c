"""Break-glass: one person with whom the visitor has no relationship, found by a search, with a reason, for a short while.

What stops the visitor is asked before anybody is looked up, and who is not there, who is protected and who is one of several that
fit are answered alike: whether somebody is known here cannot be found out without opening her.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caseload.desk.names import FOR_ALL, WORDS, names_of
from caseload.desk.night import PublishedNight
from caseload.desk.posts import CARE, Visit
from caseload.desk.search import NOBODY, Terms, look_up
from caseload.desk.services import Services
from governance.access.break_glass import (
    JUSTIFIED,
    LIFTED,
    NOT_JUSTIFIED,
    OPEN,
    OVERDUE,
    REASON_CODES,
    WAITING,
    BreakGlass,
    Opening,
)
from governance.access.limits import LIMIT, BreakGlassRules
from governance.access.roles import can
from governance.access.tables import check_plain
from governance.audit import Act
from schemas.errors import CaselinkError, GovernanceError

SEARCH, CLOSE = "break-glass search", "break-glass close"
NONE_FITS = (
    "Nobody here fits what was entered, or more than one person does, or whoever fits cannot be opened like this. "
    "Give the NHS number if you can."
)
# What becomes of an opening, for the user who made it.
NEXT = {
    OPEN: "open now; it closes by itself",
    WAITING: "closed; the Caldicott Guardian reviews it",
    OVERDUE: "its review is past its day: you are shown nobody's name until it is done. Ask the Guardian",
    JUSTIFIED: "reviewed: justified",
    NOT_JUSTIFIED: "reviewed: not justified. you open nobody else until the Guardian lifts this",
    LIFTED: "reviewed: not justified; the Guardian has lifted the block",
}


@dataclass(frozen=True)
class OpenNow:
    """The opening that every page tells of. `person`: her pseudonym; empty where it was made in another post."""

    number: int
    reason: str
    until: dt.datetime
    person: str


@dataclass(frozen=True)
class BreakGlassPage:
    """The visitor's openings, newest first, and the rules that hold for the next.

    practice: with which the person open now is registered; served_by: the team that serves it, by name. Empty where not known.
    """

    openings: Sequence[Opening]
    rules: BreakGlassRules
    practice: str = ""
    served_by: str = ""


def page_of(visit: Visit, services: Services, night: PublishedNight) -> BreakGlassPage:
    """The page before anything is asked."""
    glass = _glass(visit, services)
    found = glass.current(visit.account, visit.at)
    practice, served_by = _looked_after(services, night, visit.post.team, found[1]) if found else ("", "")
    return BreakGlassPage(glass.openings(visit.at, visit.account)[::-1], glass.rules, practice, served_by)


def open_now(glasses: Callable[[str], BreakGlass], account: str, team: str, at: dt.datetime) -> OpenNow | None:
    """The account's opening that is open at this moment; None where there is none. `team`: of the post she works in."""
    glass = glasses(team)
    found = glass.current(account, at)
    if found is None:
        return None
    opening, pseudonym = found
    mine = pseudonym.startswith(f"{glass.domain.tag}-")
    return OpenNow(opening.number, REASON_CODES.get(opening.code, opening.code), opening.until, pseudonym if mine else "")


def open_one(visit: Visit, services: Services, night: PublishedNight, terms: Terms, *, code: str, text: str) -> str:
    """Open the one person whom the terms mean; her pseudonym. Nothing is opened where she is one of the visitor's own.

    Raises `GovernanceError` `E-BREAK-GLASS-TERMS` for terms that cannot be searched, `E-BREAK-GLASS-NOBODY` where not exactly one
    fits, `E-BREAK-GLASS-*` and `E-ACCESS-TEXT` as `BreakGlass.open` does, `E-ACCESS-*` where the door is shut to the visitor.
    """
    if terms.problem:
        raise GovernanceError("E-BREAK-GLASS-TERMS", terms.problem)
    if code not in REASON_CODES:
        raise GovernanceError("E-BREAK-GLASS-CODE", "there is no such reason.", cure="choose one")
    check_plain(text)
    glass, request = _glass(visit, services), visit.request()
    glass.check(request, code)
    by = "by number" if terms.number else "by name and date of birth"
    services.audit.append(Act(visit.at, visit.account, SEARCH, f"{CARE}: {by}", run_id=visit.run_id, role=visit.post.role))
    directory = services.directories[visit.post.team](night)
    people = look_up(directory, terms)
    names = names_of(visit, services, night, people or [NOBODY])
    for refusal in (*FOR_ALL, LIMIT):
        if refusal in names.refused.values():
            raise GovernanceError(refusal, f"nobody is shown: {WORDS[refusal]}.")
    if len(people) == 1 and people[0] in names.shown:
        return people[0]
    if len(people) != 1 or directory.standing(people)["protected"].to_pylist() != [False]:
        raise GovernanceError("E-BREAK-GLASS-NOBODY", NONE_FITS)
    glass.open(request, people[0], code, text, directory)
    return people[0]


def close(visit: Visit, services: Services, number: int) -> None:
    """Close one's own opening. `GovernanceError` `E-BREAK-GLASS-STATE` where it is not open, or not one's own."""
    _glass(visit, services).close(number, visit.request())
    said = Act(visit.at, visit.account, CLOSE, f"{CARE}: opening {number}", run_id=visit.run_id, role=visit.post.role)
    services.audit.append(said)


def in_words(error: CaselinkError) -> str:
    """A refusal as a sentence or two."""
    said = f"{error.message[:1].upper()}{error.message[1:]}"
    return f"{said} {error.cure[:1].upper()}{error.cure[1:]}." if error.cure else said


def _looked_after(services: Services, night: PublishedNight, team: str, pseudonym: str) -> tuple[str, str]:
    """The practice of somebody who is open, and the name of the team that serves it."""
    rows = services.directories[team](night).standing([pseudonym]).to_pylist()
    code = (rows[0]["gp_practice_code"] or "") if rows else ""
    serving = (
        each.name for each in services.teams.values() if any(row["gp_practice_code"] == code for row in night.practices(each.id))
    )
    return code, next(serving, "") if code else ""


def _glass(visit: Visit, services: Services) -> BreakGlass:
    if services.break_glass is None or not can(visit.post.role, "break glass"):
        raise GovernanceError("E-BREAK-GLASS-ROLE", "this role does not break glass.")
    return services.break_glass(visit.post.team)
