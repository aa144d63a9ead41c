"""Paper: a page of one's own list, and the sheet of reasons for a person; without navigation, for the browser's own print."""

from __future__ import annotations

from typing import Any

from caseload.desk.my_list import Asked
from caseload.desk.posts import Visit
from caseload.desk.printed import printed_list, sheet
from caseload.web.pages.my_list import SORT_WORDS, address_of
from caseload.web.route import Answer, absent, page
from caseload.web.route import Asked as Sent


def people(visit: Visit, services: Any, asked: Sent) -> Answer:
    """A page of the list, with names as the door shows them."""
    wanted = Asked.of(asked.query)
    found = printed_list(visit, services, asked.night, wanted)
    back = address_of(wanted, page=found.page)
    following = address_of(wanted, place="/list/print", page=found.page + 1) if found.page < found.pages else ""
    return page(found=found, asked=wanted, order=SORT_WORDS[wanted.sort], back=back, following=following)


def reasons(visit: Visit, services: Any, asked: Sent) -> Answer:
    """The sheet for one of one's own people."""
    pseudonym = asked.path.get("pseudonym", "")
    found = sheet(visit, services, asked.night, pseudonym)
    return absent() if found is None else page(parts=found.parts, back=f"/person/{pseudonym}")
