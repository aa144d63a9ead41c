"""Which coordinator of the accountable professional's team looks after a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from caseload.places import Seat

# Fullness of a list in millionths of its capacity, to tell lists of different length apart.
FINE = 1_000_000


class Coordinated(NamedTuple):
    """A placed person as seen by the coordinators of one team."""

    pseudonym: str
    practice: str | None
    last_coordinator: str | None


def coordinate(people: Sequence[Coordinated], seats: Sequence[Seat]) -> dict[str, str]:
    """Pseudonym to coordinator id for everybody who gets one; `people` in order of priority, `seats` of one team by id.

    People keep their coordinator while that one has room; the others go, in order of priority, to one who works with their
    practice, then to the emptiest list, then by id.
    """
    by_id = {seat.professional_id: seat for seat in seats}
    coordinated = {}
    for person in people:
        seat = by_id.get(person.last_coordinator or "")
        if seat is not None and seat.free:
            coordinated[person.pseudonym] = _take(seat)
    for person in people:
        free = [seat for seat in seats if seat.free]
        if free and person.pseudonym not in coordinated:
            coordinated[person.pseudonym] = _take(min(free, key=lambda seat: _preference(person, seat)))
    return coordinated


def _preference(person: Coordinated, seat: Seat) -> tuple[bool, int, str]:
    return person.practice not in seat.practices, (seat.held + 1) * FINE // seat.capacity, seat.professional_id


def _take(seat: Seat) -> str:
    seat.held += 1
    return seat.professional_id
