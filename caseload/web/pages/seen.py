"""Who saw this record: of one of one's own people, and for the Guardian by an NHS number, which comes by POST alone."""

from __future__ import annotations

from typing import Any

from caseload.desk.posts import Visit
from caseload.desk.seen import seen_by_number, seen_of
from caseload.web.route import Answer, Asked, absent, page
from schemas.errors import GovernanceError

LONGEST = 40
NOBODY = "Nobody in the night that is served has this number."


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Of one person."""
    found = seen_of(visit, services, asked.night, asked.path.get("pseudonym", ""))
    return absent() if found is None else page(found=found)


def ask(_visit: Visit, _services: Any, _asked: Asked) -> Answer:
    """The Guardian's form."""
    return page(found=None, problem="", nobody="")


def find(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The Guardian's report. The number is not shown again."""
    try:
        found = seen_by_number(visit, services, asked.night, asked.value("number")[:LONGEST])
    except GovernanceError as refusal:
        if refusal.code != "E-AUDIT-NUMBER":
            raise
        return page(
            status=400, found=None, problem="That is no NHS number: it has ten digits, and the last one checks.", nobody=""
        )
    return page(found=found, problem="", nobody="" if found else NOBODY)
