"""Who gets which place, within one locality: those who have one keep it, the rest by priority.

Stages, each before the next: (1) a person stays with their professional while that one works in the locality and has
room; (2) free places go to the people of highest priority; (3) of all ways to place those, one with most people at a
professional who works with their practice; (4) of these, the one that fills lists most evenly. Costs are whole
numbers and everything is in canonical order first, so the order of input rows cannot matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

# People assigned at once, highest priority first. Within a block the assignment is exact. Many places cost the same,
# which the solver finds hard: 20,000 people of one locality and 450 professionals took 7 s in blocks of 250 and 72 s in
# blocks of 1,000, with the same 19,123 people (of 20,000) at a professional of their practice.
BLOCK = 250

Numbers = npt.NDArray[np.int64]

# Fullness of a list is counted in thousandths of its capacity.
FULL = 1000


class Candidate(NamedTuple):
    """A person who should have an accountable professional."""

    pseudonym: str
    practice: str | None
    last_professional: str | None


@dataclass
class Seat:
    """One professional: their practices, their capacity and how many they have by now."""

    professional_id: str
    practices: frozenset[str]
    capacity: int
    held: int = 0

    @property
    def free(self) -> int:
        """Places left."""
        return self.capacity - self.held


def place(candidates: Sequence[Candidate], seats: Sequence[Seat]) -> dict[str, str]:
    """Pseudonym to professional id, for everybody who gets a place; fills the seats.

    `candidates` come in order of priority, `seats` in order of id; both belong to one locality.
    """
    placed = _keep(candidates, seats)
    waiting = [person for person in candidates if person.pseudonym not in placed]
    places = waiting[: sum(seat.free for seat in seats)]
    for first in range(0, len(places), BLOCK):
        placed |= _assign(places[first : first + BLOCK], [seat for seat in seats if seat.free])
    return placed


def _keep(candidates: Sequence[Candidate], seats: Sequence[Seat]) -> dict[str, str]:
    by_id = {seat.professional_id: seat for seat in seats}
    kept = {}
    for person in candidates:
        seat = by_id.get(person.last_professional or "")
        if seat is not None and seat.free:
            seat.held += 1
            kept[person.pseudonym] = seat.professional_id
    return kept


def _assign(block: Sequence[Candidate], seats: Sequence[Seat]) -> dict[str, str]:
    """Every person of the block to a place: the cheapest way, made canonical."""
    practices = sorted({person.practice or "" for person in block})
    serves = np.array([[practice in seat.practices for seat in seats] for practice in practices])
    owner, fullness = _places_worth_offering(serves, seats, len(block))
    # Each term outweighs all that follows: practice, then evenness, then the order of professionals.
    evenness = fullness * len(seats) + owner
    mismatch = ~serves[[practices.index(person.practice or "") for person in block]][:, owner]
    cost = mismatch * (int(evenness.max()) + 1) * (len(block) + 1) + evenness
    people, places = linear_sum_assignment(cost)
    given = owner[places[np.argsort(people)]]
    for seat in given:
        seats[seat].held += 1
    return {person.pseudonym: seats[seat].professional_id for person, seat in _deal(block, given.tolist(), seats)}


def _places_worth_offering(serves: npt.NDArray[np.bool_], seats: Sequence[Seat], people: int) -> tuple[Numbers, Numbers]:
    """Free places as (seat, fullness once taken): few enough for a small matrix, enough for the best assignment.

    `serves` says which seat works with which practice. Of the places that are alike for a practice, and of all places,
    only the emptiest matter, as many as there are people: somebody placed further on could take one of those instead.
    """
    offers = [
        ((seat.held + number) * FULL // seat.capacity, index)
        for index, seat in enumerate(seats)
        for number in range(1, min(seat.free, people) + 1)
    ]
    fullness, owner = np.array(sorted(offers), dtype=np.int64).T
    kept = np.zeros(len(owner), dtype=np.bool_)
    kept[:people] = True
    for practice in serves:
        kept[np.flatnonzero(practice[owner])[:people]] = True
    return owner[kept], fullness[kept]


def _deal(block: Sequence[Candidate], given: Sequence[int], seats: Sequence[Seat]) -> list[tuple[Candidate, int]]:
    """People of one practice cost the same everywhere: deal their places out in order of priority.

    Places with a professional of the practice go first, one list after another in turn: so the result does not depend
    on how the solver breaks ties, and no list gets all the highest needs.
    """
    dealt: dict[str | None, list[int]] = defaultdict(list)
    for person, seat in zip(block, given, strict=True):
        dealt[person.practice].append(seat)
    hands = {practice: iter(_in_turns(hand, practice, seats)) for practice, hand in dealt.items()}
    return [(person, next(hands[person.practice])) for person in block]


def _in_turns(hand: Sequence[int], practice: str | None, seats: Sequence[Seat]) -> list[int]:
    """`[1, 1, 1, 2]` becomes `[1, 2, 1, 1]`; seats that work with the practice stand before all others."""
    turns: Counter[int] = Counter()
    keyed = []
    for seat in sorted(hand):
        keyed.append((practice not in seats[seat].practices, turns[seat], seat))
        turns[seat] += 1
    return [seat for *_, seat in sorted(keyed)]
