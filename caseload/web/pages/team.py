"""Team: load against capacity, absences, people without a place; and what the team decided. No names of people."""

from __future__ import annotations

from typing import Any

from caseload.desk.decided import decided_page
from caseload.desk.posts import Visit
from caseload.desk.team import team_page
from caseload.web.route import Answer, Asked, page


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The visitor's team."""
    return page(found=team_page(visit, services, asked.night))


def decided(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Its decisions of the quarter, as counts."""
    return page(found=decided_page(visit, services, asked.night))
