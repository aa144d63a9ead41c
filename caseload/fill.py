"""Where those who get a place go: how many of each kind to whom is found by `caseload.evenly`, and dealt out by priority.

A locality too large for that is filled person by person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from caseload.evenly import Kind, counts_of
from caseload.seats import ORDINARY, Candidate, Seat

# Pairs of a kind of people and a professional beyond which a locality is filled person by person instead: 60 professionals and
# a hundred kinds. A programme of 27,000 pairs (450 professionals of one locality) took 50 s.
MOST_PAIRS = 6_000


def fill(people: Sequence[Candidate], seats: Sequence[Seat]) -> dict[str, str]:
    """Pseudonym to professional id; takes the room. `people` (by priority) all fit, as `who_fits` found; `seats` by id.

    Where the exact way is too long, somebody may find no room after all, and is left out.
    """
    kinds = sorted({_kind(person) for person in people})
    if not people:
        return {}
    if len(seats) == 1:
        return _deal(people, seats, {kind: [len(people)] for kind in kinds})
    few = len(kinds) * len(seats) <= MOST_PAIRS
    counts = counts_of(Counter(_kind(person) for person in people), kinds, seats) if few else None
    if counts is None:
        return _one_by_one(people, seats)
    return _deal(people, seats, dict(zip(kinds, counts.tolist(), strict=True)))


def _kind(person: Candidate) -> Kind:
    return Kind(person.practice or "", tuple(sorted(person.skills)), person.load)


def _deal(people: Sequence[Candidate], seats: Sequence[Seat], given: dict[Kind, list[int]]) -> dict[str, str]:
    """People of one kind cost the same everywhere: their places are dealt out in order of priority.

    Professionals of the practice come first, one list after another in turn, so that no list gets all the highest needs.
    """
    hands = {kind: iter(_in_turns(kind, counts, seats)) for kind, counts in given.items()}
    placed = {}
    for person in people:
        seat = seats[next(hands[_kind(person)])]
        seat.held += person.load
        placed[person.pseudonym] = seat.professional_id
    return placed


def _in_turns(kind: Kind, counts: Sequence[int], seats: Sequence[Seat]) -> list[int]:
    """Seats, each as often as it is given: every list's first place before any list's second."""
    turns = (
        (kind.practice not in seats[seat].practices, turn, seat) for seat, count in enumerate(counts) for turn in range(count)
    )
    return [seat for *_, seat in sorted(turns)]


def _one_by_one(people: Sequence[Candidate], seats: Sequence[Seat]) -> dict[str, str]:
    """Each in turn to somebody of her practice, else to anybody: first to whom can do least beside, then to the emptiest list."""
    able: dict[tuple[str, ...], list[Seat]] = defaultdict(list)
    placed = {}
    for person in people:
        skills = tuple(sorted(person.skills))
        if skills not in able:
            able[skills] = [seat for seat in seats if person.skills <= seat.skills]
        free = [seat for seat in able[skills] if person.load <= seat.room]
        if free:
            seat = min(free, key=lambda seat: _preference(person, seat))
            seat.held += person.load
            placed[person.pseudonym] = seat.professional_id
    return placed


def _preference(person: Candidate, seat: Seat) -> tuple[bool, int, int, str]:
    fullness = (seat.held + person.load) * 1_000 // (seat.capacity * ORDINARY)
    return person.practice not in seat.practices, len(seat.skills - person.skills), fullness, seat.professional_id
