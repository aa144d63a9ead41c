"""Break-glass: search and open one person in one step, close her, and see what becomes of it. Terms come by POST alone."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

from caseload.desk.break_glass import NEXT, close, in_words, open_one, page_of
from caseload.desk.posts import Visit
from caseload.desk.search import Terms
from caseload.web.route import Answer, Asked, go_to, page
from governance.access.break_glass import OPEN, REASON_CODES
from schemas.errors import GovernanceError

FIELDS = {"E-BREAK-GLASS-CODE": "reason", "E-ACCESS-TEXT": "text"}  # what of the form is to be mended
LONGEST, MOST_TEXT = 80, 2_000
TERMS = ("number", "family", "given", "day", "month", "year")
# In words of this page, where the coded refusal's own are not enough.
WORDS = {
    "E-BREAK-GLASS-CODE": "Choose the reason.",
    "E-ACCESS-TEXT": "Say in words what happened, without a name, a number, a date of birth or a postcode: the Guardian reads it "
    "without knowing who was opened.",
}  # fmt: skip


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """What it is for, its form, and the visitor's own openings."""
    return _page(visit, services, asked.night)


def open_person(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Open one person, and show her; or say why not."""
    said = {name: asked.value(name)[:LONGEST] for name in TERMS}
    code, text = asked.value("reason"), asked.value("text")[:MOST_TEXT]
    terms = Terms(said["number"], said["family"], said["given"], _born(said))
    try:
        person = open_one(visit, services, asked.night, terms, code=code, text=text)
    except GovernanceError as refusal:
        if not refusal.code.startswith(("E-BREAK-GLASS-", "E-ACCESS-TEXT")):
            raise
        problem = WORDS.get(refusal.code) or in_words(refusal)
        at = FIELDS.get(refusal.code, "number")
        return _page(visit, services, asked.night, said=said | {"reason": code, "text": text}, problem=problem, at=at)
    return go_to(f"/person/{person}")


def close_person(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Close one's own opening."""
    number = asked.value("number")
    close(visit, services, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0)
    return go_to("/break-glass")


def _page(
    visit: Visit, services: Any, night: Any, *, said: dict[str, str] | None = None, problem: str = "", at: str = ""
) -> Answer:
    found = page_of(visit, services, night)
    return page(
        status=409 if problem else 200,
        openings=found.openings,
        rules=found.rules,
        practice=found.practice,
        served_by=found.served_by,
        next=NEXT,
        reasons=REASON_CODES,
        is_open=any(each.state == OPEN for each in found.openings),
        said=said or {},
        problem=problem,
        at=at,
    )


def _born(said: dict[str, str]) -> dt.date | None:
    parts = [said[name] for name in ("year", "month", "day")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    with contextlib.suppress(ValueError):
        return dt.date(*map(int, parts))
    return None
