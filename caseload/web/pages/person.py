"""Person: what one role may see of one person, and do. Who is not there and who is not one's own are answered alike."""

from __future__ import annotations

from typing import Any

from caseload.desk.beside import beside
from caseload.desk.forms import done_words
from caseload.desk.person import person_page
from caseload.desk.posts import Visit
from caseload.web.route import Answer, Asked, absent, page

CONTACTS_SHOWN = 20  # the newest; the others are folded away


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Her page."""
    pseudonym = asked.path.get("pseudonym", "")
    found = person_page(visit, services, asked.night, pseudonym)
    if found is None:
        return absent()
    more = beside(visit, services, asked.night, found)
    return page(found=found, beside=more, newest=CONTACTS_SHOWN, done=done_words(asked.query.get("done", "")))
