"""The night's proposals: who should be whose, before any human has said yes.

Always true, whatever the input: nobody over capacity, nobody twice, the unplaced listed with a reason, the same
result for any order of rows, and nobody moved where nothing changed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow as pa

from caseload.coordinators import Coordinated, coordinate
from caseload.places import Candidate, Seat, place
from caseload.professionals import ACCOUNTABLE, COORDINATOR, Professional
from schemas.pseudonymised import Proposal, Selection
from schemas.table import Rows

# Only this tier is proposed to an accountable professional.
PROPOSED_TIER = "case management"

WITH_PRACTICE = "works with this person's practice"
IN_LOCALITY = "works in this person's locality; nobody who works with the practice has room"
WITHOUT_PRACTICE = "works in this person's locality; nobody there works with the practice"
STAYS_WITH_PRACTICE = "has this person already; works with this person's practice"
STAYS = "has this person already; works in this person's locality"
WITHOUT_COORDINATOR = "; no coordinator of the team has room"

NO_LOCALITY = "no place: no locality is known for this person's practice"
NO_PROFESSIONAL = "no place: no accountable professional works in this locality"
NO_ROOM = "no place: every accountable professional of this locality has a full list"
OTHERS_STAY = NO_ROOM + "; people already on a list keep their place"
REASONS_UNPLACED = (NO_LOCALITY, NO_PROFESSIONAL, NO_ROOM, OTHERS_STAY)


class _Person(NamedTuple):
    """Somebody to be proposed, with what the last list said of them."""

    pseudonym: str
    locality: str | None
    practice: str | None
    last: dict[str, Any]


def propose(
    selection: Rows[Selection],
    people: pa.Table,
    professionals: pa.Table,
    previous: Rows[Proposal] | None,
    as_at: dt.date,
) -> Rows[Proposal]:
    """One row per living, registered person in case management: their professional and coordinator, or why nobody.

    `people` are `PseudonymisedPerson` rows, `professionals` rows of `caseload.professionals.Professional`, `previous`
    the last published proposals. The stages are those of `caseload.places`; the coordinator is chosen within the
    professional's team. `since` is the date from which a person has been with the same professional (or unplaced)
    without a break. Raises `CaselinkError` where an id or a pseudonym stands twice.
    """
    staff = Professional.validate(professionals).to_pylist()
    waiting = _people(Selection.validate(selection), people, previous, as_at)
    placed = _placed(waiting, [one for one in staff if one["role"] == ACCOUNTABLE])
    team_of = {one["professional_id"]: one["team"] for one in staff}
    coordinators = _coordinated(waiting, placed, team_of, [one for one in staff if one["role"] == COORDINATOR])
    served = _served(staff)
    kept = {person.locality for person in waiting if _stays(person, placed.get(person.pseudonym))}
    rows = []
    for person in waiting:
        professional = placed.get(person.pseudonym)
        coordinator = coordinators.get(person.pseudonym)
        why = _why_placed(person, professional, served) if professional else _why_not(person, served, kept)
        rows.append(
            {
                "pseudonym": person.pseudonym,
                "accountable_professional_id": professional,
                "coordinator_id": coordinator,
                "team": team_of[professional] if professional else None,
                "why": why + (WITHOUT_COORDINATOR if professional and not coordinator else ""),
                "since": _since(person, professional, as_at),
            }
        )
    return Proposal.sort(Proposal.validate(pa.Table.from_pylist(rows, schema=Proposal.arrow_schema())))


def is_here(person: dict[str, Any], as_at: dt.date) -> bool:
    """Whether a row of `PseudonymisedPerson` is of somebody alive and still registered at `as_at`."""
    gone = person["registered_to"]
    return person["month_of_death"] is None and (gone is None or gone > as_at)


def _people(selection: pa.Table, people: pa.Table, previous: pa.Table | None, as_at: dt.date) -> list[_Person]:
    """Who is to be proposed, in order of priority within their locality; ties are broken by pseudonym."""
    known = {row["pseudonym"]: row for row in people.to_pylist()}
    last = {row["pseudonym"]: row for row in (previous.to_pylist() if previous is not None else ())}
    chosen = [row for row in selection.to_pylist() if row["tier"] == PROPOSED_TIER and row["pseudonym"] in known]
    here = [row for row in chosen if is_here(known[row["pseudonym"]], as_at)]
    here.sort(key=lambda row: (row["rank"] is None, row["rank"] or 0, row["pseudonym"]))
    return [
        _Person(
            row["pseudonym"],
            row["locality"] or known[row["pseudonym"]]["locality"],
            known[row["pseudonym"]]["gp_practice_code"],
            last.get(row["pseudonym"], {}),
        )
        for row in here
    ]


def _placed(waiting: Iterable[_Person], accountable: Iterable[dict[str, Any]]) -> dict[str, str]:
    seats = _seats(accountable, "locality")
    candidates = defaultdict(list)
    for person in waiting:
        last = person.last.get("accountable_professional_id")
        candidates[person.locality].append(Candidate(person.pseudonym, person.practice, last))
    placed: dict[str, str] = {}
    for locality, group in candidates.items():
        placed |= place(group, seats.get(locality or "", []))
    return placed


def _coordinated(
    waiting: Iterable[_Person], placed: dict[str, str], team_of: dict[str, str], coordinators: Iterable[dict[str, Any]]
) -> dict[str, str]:
    seats = _seats(coordinators, "team")
    groups = defaultdict(list)
    for person in waiting:
        if person.pseudonym in placed:
            mine = Coordinated(person.pseudonym, person.practice, person.last.get("coordinator_id"))
            groups[team_of[placed[person.pseudonym]]].append(mine)
    coordinated: dict[str, str] = {}
    for team, group in groups.items():
        coordinated |= coordinate(group, seats.get(team, []))
    return coordinated


def _seats(staff: Iterable[dict[str, Any]], by: str) -> dict[str, list[Seat]]:
    seats = defaultdict(list)
    for one in sorted(staff, key=lambda one: str(one["professional_id"])):
        seats[one[by]].append(Seat(one["professional_id"], frozenset(one["practices"] or ()), one["capacity"]))
    return seats


def _served(staff: Iterable[dict[str, Any]]) -> dict[str, dict[str, frozenset[str]]]:
    """Locality to accountable professional to the practices they work with."""
    served: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for one in staff:
        if one["role"] == ACCOUNTABLE:
            served[one["locality"]][one["professional_id"]] = frozenset(one["practices"] or ())
    return served


def _why_placed(person: _Person, professional: str, served: dict[str, dict[str, frozenset[str]]]) -> str:
    colleagues = served[person.locality or ""]
    if _stays(person, professional):
        return STAYS_WITH_PRACTICE if person.practice in colleagues[professional] else STAYS
    if person.practice in colleagues[professional]:
        return WITH_PRACTICE
    return IN_LOCALITY if any(person.practice in theirs for theirs in colleagues.values()) else WITHOUT_PRACTICE


def _why_not(person: _Person, served: dict[str, dict[str, frozenset[str]]], kept: set[str | None]) -> str:
    """Why nobody; `kept` are localities where somebody stays with the professional of the last list."""
    if person.locality is None:
        return NO_LOCALITY
    if person.locality not in served:
        return NO_PROFESSIONAL
    return OTHERS_STAY if person.locality in kept else NO_ROOM


def _stays(person: _Person, professional: str | None) -> bool:
    return professional is not None and person.last.get("accountable_professional_id") == professional


def _since(person: _Person, professional: str | None, as_at: dt.date) -> dt.date:
    same = person.last and person.last["accountable_professional_id"] == professional
    since: dt.date = person.last["since"] if same else as_at
    return since
