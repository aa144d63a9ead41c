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
from caseload.desk.names import names_of
from caseload.desk.posts import Visit
from caseload.entries.states import OPEN
from caseload.fhir.lists import bundle, caseload_list, provenance
from caseload.fhir.need import flags, risk_assessment
from caseload.fhir.outcome import RELEASED, capability_statement
from caseload.fhir.people import ACTIVE, PROPOSED, care_team, patient
from caseload.fhir.systems import Names, Resource
from caseload.lists import RISK
from caseload.web.api.route import body
from caseload.web.api.software import SOFTWARE, VERSION
from caseload.web.route import Answer, Asked, absent
from governance.access.limits import LIMIT

Of = Callable[[Visit, Any, Asked, ListRow], Sequence[Resource]]


def metadata(_visit: Visit, _services: Any, asked: Asked) -> Answer:
    """What a client may ask."""
    return body(capability_statement(asked.own.settings.origin, version=VERSION, date=RELEASED))


def reads(kinds: Of) -> Callable[[Visit, Any, Asked], Answer]:
    """A handler that gives one resource by its id, whose end is a pseudonym: `risk-<pseudonym>`."""

    def handler(visit: Visit, services: Any, asked: Asked) -> Answer:
        wanted = asked.path.get("id", "")
        rows = [each for each in _own(visit, services, asked) if wanted.endswith(each.pseudonym)]
        found = [made for each in rows for made in kinds(visit, services, asked, each) if made["id"] == wanted]
        return body(found[0]) if found else absent()

    return handler


def searches(kind: str, kinds: Of) -> Callable[[Visit, Any, Asked], Answer]:
    """A handler that gives the resources of a kind of one person (`patient`), or of one's own people, a page of people at a time."""

    def handler(visit: Visit, services: Any, asked: Asked) -> Answer:
        rows, more = _page(asked, _asked_for(asked, _own(visit, services, asked)))
        made = [each for row in rows for each in kinds(visit, services, asked, row)]
        return body(_searchset(made, asked, visit, following=kind if more else ""))

    return handler


def risks(visit: Visit, _services: Any, asked: Asked, each: ListRow) -> Sequence[Resource]:
    """The risk of one person; none where the night could not give one."""
    row = _row(each, asked)
    made = risk_assessment(row, _names(asked, visit), version=f"{RISK} {visit.run_id}", feeds=row.get("data_lacks"))
    return [made] if made else []


def team_of(visit: Visit, services: Any, asked: Asked, each: ListRow) -> Sequence[Resource]:
    """Who looks after one person."""
    status = ACTIVE if each.state in OPEN else PROPOSED
    return [care_team(_row(each, asked), _names(asked, visit), team=services.teams[visit.post.team].name, status=status)]


def flags_of(visit: Visit, _services: Any, asked: Asked, each: ListRow) -> Sequence[Resource]:
    """What to know of one person before acting."""
    return flags(_row(each, asked), _names(asked, visit))


def origins(visit: Visit, services: Any, asked: Asked, each: ListRow) -> Sequence[Resource]:
    """Where one person's other resources come from."""
    made = [*risks(visit, services, asked, each), *team_of(visit, services, asked, each), *flags_of(visit, services, asked, each)]
    targets = [f"{one['resourceType']}/{one['id']}" for one in made]
    return [_provenance(visit, asked, targets) | {"id": f"night-{each.pseudonym}"}]


def one_patient(visit: Visit, services: Any, asked: Asked) -> Answer:
    """A person, through the door: with her identity, or as a code where a limit alone keeps it back; else she is not there."""
    wanted = asked.path.get("id", "")
    found = _patients(visit, services, asked, [wanted])
    return body(found[0]) if found else absent()


def patients(visit: Visit, services: Any, asked: Asked) -> Answer:
    """One's own people, a page at a time; or one, by `_id`."""
    rows, more = _page(asked, _asked_for(asked, _own(visit, services, asked), by="_id"))
    found = _patients(visit, services, asked, [each.pseudonym for each in rows])
    return body(_searchset(found, asked, visit, following="Patient" if more else ""))


def one_list(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The caller's own list, by its id."""
    made = _list(visit, services, asked)
    return body(made) if made["id"] == asked.path.get("id", "") else absent()


def lists(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The caller's own list: one for each post."""
    return body(_searchset([_list(visit, services, asked)], asked, visit))


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
    said = asked.query.get("page", "1")
    return max(1, int(said[:6])) if said.isascii() and said.isdigit() else 1


def _page(asked: Asked, rows: list[ListRow]) -> tuple[list[ListRow], bool]:
    """The rows of the page asked for, and whether more follow."""
    start = (_number(asked) - 1) * PAGE_ROWS
    return rows[start : start + PAGE_ROWS], len(rows) > start + PAGE_ROWS


def _searchset(found: Iterable[Resource], asked: Asked, visit: Visit, *, following: str = "") -> Resource:
    """A Bundle with the address of the next page of a kind; it says how many there are only where all of them are in it."""
    made = bundle(found, _names(asked, visit), kind="searchset")
    if following or _number(asked) > 1:
        made.pop("total")
    if following:
        query = urlencode({**asked.query, "page": _number(asked) + 1})
        made["link"] = [{"relation": "next", "url": f"{asked.own.settings.origin}/fhir/{following}?{query}"}]
    return made


def _names(asked: Asked, visit: Visit) -> Names:
    return Names(asked.own.settings.origin, visit.post.team)


def _row(each: ListRow, asked: Asked) -> dict[str, Any]:
    """The row as it stands after decisions; somebody whom the night does not list has its date all the same."""
    return {
        **each.row,
        "pseudonym": each.pseudonym,
        "accountable_professional_id": each.professional,
        "coordinator_id": each.coordinator,
        "data_as_at": asked.night.as_at,
    }


def _patients(visit: Visit, services: Any, asked: Asked, pseudonyms: Sequence[str]) -> list[Resource]:
    names = names_of(visit, services, asked.night, pseudonyms)
    open_ = [each for each in pseudonyms if each in names.shown or names.refused.get(each) == LIMIT]
    known = asked.night.people(visit.post.team, open_)
    codes = {each: (known.get(each) or {}).get("gp_practice_code") for each in open_}
    made = _names(asked, visit)
    return [patient(each, made, practice=codes[each], who=names.shown.get(each)) for each in open_]


def _list(visit: Visit, services: Any, asked: Asked) -> Resource:
    rows = [_row(each, asked) for each in _own(visit, services, asked)]
    title = f"{services.teams[visit.post.team].name}, night of {asked.night.as_at.isoformat()}"
    made = caseload_list(rows, _names(asked, visit), title=title, run_id=visit.run_id, as_at=asked.night.as_at)
    return made | {"id": list_id(visit)}


def list_id(visit: Visit) -> str:
    """The id of a caller's own list: of a practice, a professional, or a team. FHIR's ids have 64 letters and no underscore."""
    whose = visit.post.practice or visit.post.professional or visit.post.team
    return "list-" + "".join(each if each.isalnum() else "-" for each in f"{whose}-{visit.run_id}")[-59:]


def _provenance(visit: Visit, asked: Asked, targets: Sequence[str]) -> Resource:
    rows = [row for row in asked.own.settings.runs.nights() if row["run_id"] == visit.run_id]
    recorded = dt.datetime.fromisoformat(rows[-1]["published_at"]) if rows else visit.at
    return provenance(
        targets, _names(asked, visit), run_id=visit.run_id, recorded=recorded, as_at=asked.night.as_at, software=SOFTWARE
    )
