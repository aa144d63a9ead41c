"""My list: one's own people, with their names as far as the door opens. Filters are codes in the address, never a name."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from caseload.desk.forms import done_words
from caseload.desk.my_list import MARKS, SORTS, Asked, my_list
from caseload.desk.posts import Visit
from caseload.desk.words import DEPARTURES_SHOWN
from caseload.entries.states import STATES
from caseload.web.route import Answer, page
from caseload.web.route import Asked as Sent

SORT_WORDS = {
    "need": "highest need first", "risk": "highest risk first", "review": "next review first", "newest": "newest first",
    "practice": "by practice",
}  # fmt: skip


LONGEST = 80  # letters of a search text


def show(visit: Visit, services: Any, asked: Sent) -> Answer:
    """The list of this visit's post."""
    return _page(visit, services, asked, Asked.of(asked.query))


def search(visit: Visit, services: Any, asked: Sent) -> Answer:
    """The people of the list whom a text fits: it comes by POST, as it may be a name."""
    said = {name: asked.value(name) for name in ("sort", "show", "state", "practice", "whose")}
    return _page(visit, services, asked, Asked.of(said), text=asked.value("text")[:LONGEST])


def _page(visit: Visit, services: Any, asked: Sent, wanted: Asked, text: str = "") -> Answer:
    found = my_list(visit, services, asked.night, wanted, text=text)
    return page(
        found=found,
        asked=found.asked,
        marks=MARKS,
        sorts={code: SORT_WORDS[code] for code in SORTS},
        states=tuple(STATES),
        done=done_words(asked.query.get("done", "")),
        departures=found.departures[:DEPARTURES_SHOWN],
        address=lambda **changes: address_of(found.asked, **changes),
        printed=address_of(found.asked, place="/list/print", page=found.asked.page),
    )


def address_of(asked: Asked, *, place: str = "/list", **changes: Any) -> str:
    """The address of this list seen otherwise, or of another page about it."""
    said = {
        "sort": asked.sort if asked.sort != "need" else "", "show": asked.show, "state": asked.state, "practice": asked.practice,
        "whose": "team" if asked.whole_team else "", "page": "",
    }  # fmt: skip
    said |= {name: str(value) for name, value in changes.items()}
    query = urlencode({name: value for name, value in said.items() if value and value != "1"})
    return f"{place}?{query}" if query else place
