"""Person: what one role may see of one person. Who is not there and who is not one's own are answered alike."""

from __future__ import annotations

from typing import Any

from caseload.desk.person import person_page
from caseload.desk.posts import Visit
from caseload.web.route import Answer, Asked, absent, page


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Her page."""
    found = person_page(visit, services, asked.night, asked.path.get("pseudonym", ""))
    return absent() if found is None else page(found=found)
