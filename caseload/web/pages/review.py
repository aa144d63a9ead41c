"""Clerical review: how far it is, and one pair after the other. No address names a pair or a person."""

from __future__ import annotations

from typing import Any

from caseload.desk.posts import Visit
from caseload.review.desk import FIRST, SECOND, ReviewDesk, Reviewer, Said
from caseload.review.reasons import DECISIONS, KEYS, REASONS
from caseload.review.sides import lines_of
from caseload.web.route import Answer, Asked, absent, go_to, page
from schemas.errors import GovernanceError

LOOKS = (FIRST, SECOND)
AGAIN = ("E-REVIEW-WORDS", "E-ACCESS-TEXT")  # refusals after which the same pair is shown with what was said
LONGEST = 2_000
WORDS = {
    "E-REVIEW-WORDS": "Say what you decide, and why. For another reason, write which.",
    "E-ACCESS-TEXT": "The text holds something like a number, a date of birth or a postcode. Write it without.",
}


def show(visit: Visit, services: Any, _asked: Asked) -> Answer:
    """How many pairs wait for her first and her second look, and what she has done."""
    desk = _desk(services)
    return page(progress=desk.progress(_who(visit))) if desk else absent()


def pair(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The next pair of a look."""
    return _pair(visit, services, asked)


def decide(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Keep a judgement and go on to the next pair."""
    desk, look = _desk(services), asked.path.get("look", "")
    if desk is None or look not in LOOKS:
        return absent()
    said = Said(asked.value("pair"), asked.value("decision"), asked.value("reason"), asked.value("text")[:LONGEST])
    try:
        desk.decide(_who(visit), said)
    except GovernanceError as refusal:
        if refusal.code not in AGAIN:
            raise
        return _pair(visit, services, asked, said=said, problem=WORDS[refusal.code])
    return go_to(f"/review/{look}")


def _pair(visit: Visit, services: Any, asked: Asked, *, said: Said | None = None, problem: str = "") -> Answer:
    desk, look = _desk(services), asked.path.get("look", "")
    if desk is None or look not in LOOKS:
        return absent()
    found = desk.next_pair(_who(visit), look)
    same = said if said and found and said.reference == found.reference else None
    return page(
        status=400 if problem else 200,
        look=look,
        progress=desk.progress(_who(visit)),
        pair=found,
        lines=lines_of(found) if found else (),
        decisions=DECISIONS,
        keys=KEYS,
        reasons=REASONS,
        said=same,
        problem=problem,
        at="text" if said and said.decision and said.code else "reason" if said and said.decision else "decision",
    )


def _desk(services: Any) -> ReviewDesk | None:
    found: ReviewDesk | None = getattr(services, "review", None)
    return found


def _who(visit: Visit) -> Reviewer:
    return Reviewer(visit.account, visit.post.role, visit.at, visit.run_id)
