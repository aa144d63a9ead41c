"""Take-away: what one may take of one's own list, and the file itself."""

from __future__ import annotations

from typing import Any

from caseload.desk.posts import Visit
from caseload.desk.take_away import CODES, CSV, WORKBOOK, offer, take
from caseload.web.route import Answer, Asked, download, page

FORMS = (WORKBOOK, CSV, CODES)


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The choices."""
    return page(offer=offer(visit, services, asked.night))


def file(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The file that was chosen; what is no choice of ours shows the choices again, and says so."""
    form = asked.value("form")
    if form not in FORMS:
        return page(status=400, offer=offer(visit, services, asked.night), wrong="Choose a kind of file.")
    taken = take(visit, services, asked.night, form, names=asked.value("names") == "yes")
    return download(taken.name, taken.media_type, taken.content)
