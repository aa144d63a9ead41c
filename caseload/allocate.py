"""The night's proposals: who should be whose, before any human has said yes.

Always true, whatever the input: nobody is proposed beyond a list's length; nobody twice; the unplaced are listed with a reason;
any order of rows gives the same result; nobody is moved where nothing changed; and a human's decision outranks all of it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from caseload.candidates import NOTHING_BESIDE, PROPOSED_TIER, Beside, Person, in_her_place, is_here, people_of
from caseload.coordinators import Coordinated, coordinate
from caseload.places import NOT_COVERED, OPEN, STAYS, Given, place
from caseload.professionals import ACCOUNTABLE, COORDINATOR, Professional, away_at
from caseload.seats import Candidate, Seat
from caseload.why import WITHOUT_COORDINATOR, Reason, why_not, why_placed
from schemas.pseudonymised import Proposal, Selection
from schemas.table import Rows

HAD_BEFORE = frozenset({OPEN, STAYS, NOT_COVERED})


def propose(
    selection: Rows[Selection],
    people: pa.Table,
    professionals: pa.Table,
    previous: Rows[Proposal] | None,
    as_at: dt.date,
    *,
    beside: Beside = NOTHING_BESIDE,
) -> Rows[Proposal]:
    """One row per person in case management or with an open episode: their professional and coordinator, or why nobody.

    `people` are `PseudonymisedPerson` rows, `professionals` rows of `caseload.professionals.Professional`, `previous`
    the last published proposals. The stages are those of `caseload.places`; the coordinator is chosen within the
    professional's team. The dead, and those who left the area, have no row, whatever was decided; somebody with an open episode
    of whom `people` does not tell (she has opted out) keeps it. `since` is the date from which a person has been with the same
    professional (or unplaced) without a break. Raises `E-TABLE-KEY` where an id or a pseudonym stands twice.
    """
    staff = Professional.validate(professionals).to_pylist()
    away = away_at(beside.absences, as_at, beside.cover_after_days)
    seats = seats_of(staff, ACCOUNTABLE, away)
    where = {one["professional_id"]: one["locality"] for one in staff}
    waiting = people_of(Selection.validate(selection), people, previous, as_at, beside)
    waiting = [in_her_place(person, seats, where) for person in waiting]
    given = _placed(waiting, seats, where)
    helped = _coordinated(waiting, given, seats, seats_of(staff, COORDINATOR, away))
    reasons = _reasons(waiting, given, seats, where)
    rows = [
        _row(person, given.get(person.pseudonym), reasons[person.pseudonym], helped.get(person.pseudonym), seats, as_at)
        for person in waiting
    ]
    return Proposal.sort(Proposal.validate(pa.Table.from_pylist(rows, schema=Proposal.arrow_schema())))


def seats_of(staff: Iterable[Mapping[str, Any]], role: str, away: Mapping[str, str | None]) -> dict[str, Seat]:
    """Professional id to seat, in order of id."""
    return {
        one["professional_id"]: Seat(
            one["professional_id"],
            frozenset(one["practices"] or ()),
            one["capacity"],
            skills=frozenset(one["skills"] or ()),
            team=one["team"],
            is_away=one["professional_id"] in away,
            cover=away.get(one["professional_id"]),
        )
        for one in sorted(staff, key=lambda one: str(one["professional_id"]))
        if one["role"] == role
    }


def _placed(waiting: Iterable[Person], seats: Mapping[str, Seat], where: Mapping[str, str]) -> dict[str, Given]:
    groups = defaultdict[str | None, list[Candidate]](list)
    for person in waiting:
        groups[person.locality].append(person.candidate())
    placed = dict[str, Given]()
    for locality, group in groups.items():
        placed |= place(group, [seat for seat in seats.values() if where[seat.professional_id] == locality])
    return placed


def _coordinated(
    waiting: Iterable[Person], given: Mapping[str, Given], seats: Mapping[str, Seat], coordinators: Mapping[str, Seat]
) -> dict[str, Given]:
    groups = defaultdict[str, list[Coordinated]](list)
    for person in waiting:
        if person.pseudonym in given:
            team = seats[given[person.pseudonym].professional_id].team
            chosen = person.entry["coordinator_id"] if person.entry else None
            groups[team].append(Coordinated(person.candidate(), chosen, person.last))
    found = dict[str, Given]()
    for team, group in groups.items():
        found |= coordinate(group, [seat for seat in coordinators.values() if seat.team == team])
    return found


def _reasons(
    waiting: Iterable[Person], given: Mapping[str, Given], seats: Mapping[str, Seat], where: Mapping[str, str]
) -> dict[str, Reason]:
    by_locality = defaultdict[str | None, list[Seat]](list)
    for seat in seats.values():
        by_locality[where[seat.professional_id]].append(seat)
    kept = {person.locality for person in waiting if person.pseudonym in given and given[person.pseudonym].stage in HAD_BEFORE}
    found = dict[str, Reason]()
    for person in waiting:
        mine, hers = by_locality[person.locality], given.get(person.pseudonym)
        if hers is not None:
            found[person.pseudonym] = why_placed(person.candidate(), hers, seats, mine)
        else:
            stays = person.locality in kept
            found[person.pseudonym] = why_not(
                person.candidate(), mine, is_known=person.locality is not None, others_stay=stays
            )  # fmt: skip
    return found


def _row(
    person: Person, given: Given | None, reason: Reason, helped: Given | None, seats: Mapping[str, Seat], as_at: dt.date
) -> dict[str, Any]:
    professional = given.professional_id if given else None
    same = person.last and person.last["accountable_professional_id"] == professional
    return {
        "pseudonym": person.pseudonym,
        "accountable_professional_id": professional,
        "coordinator_id": helped.professional_id if helped else None,
        "team": seats[professional].team if professional else None,
        "why": reason.words + (WITHOUT_COORDINATOR if professional and not helped else ""),
        "since": person.last["since"] if same else as_at,
        "reason": reason.code,
        "usual_professional_id": given.home if given else None,
        "usual_coordinator_id": helped.home if helped else None,
        "skills": sorted(person.needed.skills),
    }


__all__ = ["PROPOSED_TIER", "Beside", "is_here", "propose", "seats_of"]
