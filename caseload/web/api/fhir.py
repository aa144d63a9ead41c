"""Handlers of /fhir: FHIR R4 resources of one's own people, to read by id and to search by person.

Each is made of what the pages show; a name stands in a Patient alone, and only where the door showed it. Who is not there and
who is not one's own are answered alike: a read by 404, a search by an empty Bundle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from caseload.desk.my_list import PAGE_ROWS, SORTS, ListRow, own_list
from caseload.desk.my_list import Asked as ListAsked
from caseload.desk.posts import Visit
from caseload.desk.resources import Resources
from caseload.fhir.lists import bundle
from caseload.fhir.outcome import RELEASED, capability_statement
from caseload.fhir.systems import Resource
from caseload.web.api.route import body
from caseload.web.api.software import SOFTWARE, VERSION
from caseload.web.route import Answer, Asked, absent

Handles = Callable[[Visit, Any, Asked], Answer]
Of = Callable[[Resources, Asked, Sequence[ListRow]], list[Resource]]


def metadata(_visit: Visit, _services: Any, asked: Asked) -> Answer:
    """What a client may ask."""
    return body(capability_statement(asked.own.settings.origin, version=VERSION, date=RELEASED))


def reads(of: Of) -> Handles:
    """A handler that gives one resource by its id, whose end is a pseudonym: `risk-<pseudonym>`."""

    def handler(visit: Visit, services: Any, asked: Asked) -> Answer:
        wanted, resources = asked.path.get("id", ""), _resources(visit, services, asked)
        rows = [each for each in _own(visit, services, asked) if wanted.endswith(each.pseudonym)]
        found = [made for made in of(resources, asked, rows) if made["id"] == wanted]
        return body(found[0]) if found else absent()

    return handler


def searches(kind: str, of: Of) -> Handles:
    """A handler that gives a kind of resources of one person (`patient`), or of one's own people, a page of them at a time."""

    def handler(visit: Visit, services: Any, asked: Asked) -> Answer:
        resources = _resources(visit, services, asked)
        rows, more = _page(asked, _asked_for(asked, _own(visit, services, asked)))
        return body(_searchset(of(resources, asked, rows), asked, resources, following=kind if more else ""))

    return handler


def risks(resources: Resources, _asked: Asked, rows: Sequence[ListRow]) -> list[Resource]:
    """The risk of each."""
    return [made for each in rows for made in resources.risks(each)]


def teams(resources: Resources, _asked: Asked, rows: Sequence[ListRow]) -> list[Resource]:
    """Who looks after each."""
    return [made for each in rows for made in resources.teams(each)]


def flags(resources: Resources, _asked: Asked, rows: Sequence[ListRow]) -> list[Resource]:
    """What to know of each before acting."""
    return [made for each in rows for made in resources.flags(each)]


def origins(resources: Resources, asked: Asked, rows: Sequence[ListRow]) -> list[Resource]:
    """Where each one's other resources come from; recorded when the night was published."""
    visit = resources.visit
    nights = [row for row in asked.own.settings.runs.nights() if row["run_id"] == visit.run_id]
    recorded = dt.datetime.fromisoformat(nights[-1]["published_at"]) if nights else visit.at
    return [resources.origin(resources.about(each), f"night-{each.pseudonym}", recorded, SOFTWARE) for each in rows]


def one_patient(visit: Visit, services: Any, asked: Asked) -> Answer:
    """A person, through the door: with her identity, or as a code where a limit alone keeps it back; else she is not there."""
    found = _resources(visit, services, asked).shown([asked.path.get("id", "")])
    return body(found[0]) if found else absent()


def patients(visit: Visit, services: Any, asked: Asked) -> Answer:
    """One's own people, a page at a time; or one, by `_id`."""
    resources = _resources(visit, services, asked)
    rows, more = _page(asked, _asked_for(asked, _own(visit, services, asked), by="_id"))
    found = resources.shown([each.pseudonym for each in rows])
    return body(_searchset(found, asked, resources, following="Patient" if more else ""))


def one_list(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The caller's own list, by its id."""
    made = _resources(visit, services, asked).list_of(_own(visit, services, asked))
    return body(made) if made["id"] == asked.path.get("id", "") else absent()


def lists(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The caller's own list: one for each post."""
    resources = _resources(visit, services, asked)
    return body(_searchset([resources.list_of(_own(visit, services, asked))], asked, resources))


def _resources(visit: Visit, services: Any, asked: Asked) -> Resources:
    return Resources(visit, services, asked.night, asked.own.settings.origin)


def _own(visit: Visit, services: Any, asked: Asked) -> list[ListRow]:
    rows, _ = own_list(visit, services, asked.night)
    return sorted(rows, key=lambda each: (SORTS["need"](each), each.pseudonym))


def _asked_for(asked: Asked, rows: list[ListRow], by: str = "patient") -> list[ListRow]:
    wanted = asked.query.get(by)
    if wanted is None:
        return rows
    person = wanted.removeprefix(f"{asked.own.settings.origin}/fhir/").removeprefix("Patient/")
    return [each for each in rows if each.pseudonym == person]


def _number(asked: Asked) -> int:
    """The page asked for, from 1."""
    return ListAsked.of(asked.query).page


def _page(asked: Asked, rows: list[ListRow]) -> tuple[list[ListRow], bool]:
    """The rows of the page asked for, and whether more follow."""
    start = (_number(asked) - 1) * PAGE_ROWS
    return rows[start : start + PAGE_ROWS], len(rows) > start + PAGE_ROWS


def _searchset(found: Iterable[Resource], asked: Asked, resources: Resources, *, following: str = "") -> Resource:
    """A Bundle with the address of the next page of a kind; it says how many there are only where all of them are in it."""
    made = bundle(found, resources.names, kind="searchset")
    if following or _number(asked) > 1:
        made.pop("total")
    if following:
        query = urlencode({**asked.query, "page": _number(asked) + 1})
        made["link"] = [{"relation": "next", "url": f"{resources.base}/fhir/{following}?{query}"}]
    return made
