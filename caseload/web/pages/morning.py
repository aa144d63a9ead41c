"""Morning changes: one's own people, or the whole team's."""

from __future__ import annotations

from typing import Any

from caseload.desk.morning import morning
from caseload.desk.posts import Visit
from caseload.desk.words import DEPARTURES_SHOWN
from caseload.web.route import Answer, Asked, page


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """What has changed since the night before."""
    whole_team = asked.query.get("whose") == "team" or not visit.post.professional
    found = morning(visit, services, asked.night, whole_team=whole_team)
    return page(found=found, whole_team=whole_team, may_choose=bool(visit.post.professional), most=DEPARTURES_SHOWN)
