"""Practice: its own people not yet managed, who has whom, the national condition's shares, what its data were used for."""

from __future__ import annotations

from typing import Any

from caseload.desk.posts import Visit
from caseload.desk.practice import practice_page
from caseload.web.route import Answer, Asked, absent, page

LONGEST = 12  # letters of a practice's code


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The visitor's own practice; for a coordinator one of those that her team serves."""
    found = practice_page(visit, services, asked.night, asked.query.get("practice", "")[:LONGEST])
    return absent() if found is None else page(found=found)
