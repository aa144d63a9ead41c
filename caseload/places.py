"""Who gets which place, within one locality (of coordinators: within one team). Stages, each before the next:

1. An open episode stays with its professional, also where her list has grown shorter than what a human accepted.
2. Who was proposed to a professional on the last night stays with her, by priority, while she has the skills and the room.
3. While a professional is away, each of hers goes to somebody covering: who covers already, whom the configuration names, or
   whoever of her team has room and the skills. Her own place is kept for her. Where nobody can cover she stays where she is.
4. Free places go to the people of highest priority (`caseload.room`), never to somebody who is away; of all ways to seat those,
   one with most people at a professional who works with their practice, and of these the most even (`caseload.fill`).

So nobody whose circumstances are the same is moved, whoever else comes; and the order of input rows cannot matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from caseload.fill import fill
from caseload.room import who_fits
from caseload.seats import Candidate, Seat

OPEN, STAYS, RETURNS, COVERED, NOT_COVERED, PLACED = "open episode", "stays", "returns", "covered", "not covered", "placed"


class Given(NamedTuple):
    """A place: with whom, by which stage, and whose she stays where somebody covers."""

    professional_id: str
    stage: str
    home: str | None = None


def place(candidates: Sequence[Candidate], seats: Sequence[Seat]) -> dict[str, Given]:
    """Pseudonym to place, for everybody who gets one; fills the seats. `candidates` by priority, `seats` in order of id."""
    by_id = {seat.professional_id: seat for seat in seats}
    placed = _keep(candidates, by_id)
    placed |= _covered([one for one in candidates if one.pseudonym in placed], placed, by_id)
    here = [seat for seat in seats if not seat.is_away]
    waiting = who_fits([one for one in candidates if one.pseudonym not in placed], here)
    return placed | {who: Given(seat, PLACED) for who, seat in fill(waiting, here).items()}


def _keep(candidates: Sequence[Candidate], seats: Mapping[str, Seat]) -> dict[str, Given]:
    """Stages 1 and 2: everybody's own place."""
    kept = {}
    for person in sorted(candidates, key=lambda person: not person.is_open):  # within each, by priority as they came
        seat = seats.get(person.home or "")
        if seat is not None and (person.is_open or seat.takes(person)):
            seat.held += person.load
            back = person.covered_by is not None and not seat.is_away
            kept[person.pseudonym] = Given(seat.professional_id, RETURNS if back else OPEN if person.is_open else STAYS)
    return kept


def _covered(people: Sequence[Candidate], placed: Mapping[str, Given], seats: Mapping[str, Seat]) -> dict[str, Given]:
    """Stage 3, for those of `people` whose own professional is away."""
    covered, without = dict[str, str](), defaultdict[str, list[Candidate]](list)
    for choice in (lambda person, _: person.covered_by, lambda _, own: own.cover):
        for person in people:
            own = seats[placed[person.pseudonym].professional_id]
            seat = seats.get(choice(person, own) or "")
            is_fit = seat is not None and seat is not own and not seat.is_away and seat.team == own.team
            if own.is_away and person.pseudonym not in covered and seat is not None and is_fit and seat.takes(person):
                seat.held += person.load
                covered[person.pseudonym] = seat.professional_id
    for person in people:
        own = seats[placed[person.pseudonym].professional_id]
        if own.is_away and person.pseudonym not in covered:
            without[own.team].append(person)
    for team, group in sorted(without.items()):
        here = [seat for seat in seats.values() if seat.team == team and not seat.is_away]
        covered |= fill(who_fits(group, here), here)
    return {
        who: Given(covered[who], COVERED, placed[who].professional_id)
        if who in covered
        else Given(placed[who].professional_id, NOT_COVERED)
        for who in [*covered, *(one.pseudonym for group in without.values() for one in group)]
    }
