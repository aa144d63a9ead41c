"""Who of those waiting gets a place at all: strictly by priority.

Down the list, each person gets a place if there is a way to seat her beside everybody before her who got one. Who finds
no room takes nobody else's: somebody further down, of less load or of other needs, may still fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from caseload.seats import Candidate, Seat

# Steps of the search for a packing after which it is given up: a count, so that every machine gives up at the same one.
# Only a locality that is full to the last fraction of a person comes near it; then the person counts as having no room.
MOST_NODES = 2_000

Numbers = npt.NDArray[np.int64]


class Kind(NamedTuple):
    """People alike for this question: the same needs and the same load."""

    skills: tuple[str, ...]
    load: int


def kind_of(person: Candidate) -> Kind:
    """What of a person decides where there is room for her."""
    return Kind(tuple(sorted(person.skills)), person.load)


def who_fits(waiting: Sequence[Candidate], seats: Sequence[Seat]) -> list[Candidate]:
    """Those of `waiting` (by priority) who get a place in the room of `seats` (in order of id)."""
    kinds = [kind_of(person) for person in waiting]
    fitting, taken, full, first = list[Candidate](), Counter[Kind](), set[Kind](), 0
    while first < len(waiting):
        rest = [place for place in range(first, len(waiting)) if kinds[place] not in full]
        count = _most(rest, kinds, taken, seats)
        fitting += [waiting[place] for place in rest[:count]]
        taken.update(kinds[place] for place in rest[:count])
        if count == len(rest):
            break
        full.add(kinds[rest[count]])  # the seated only become more: nobody of her kind will fit either
        first = rest[count] + 1
    return fitting


def _most(rest: Sequence[int], kinds: Sequence[Kind], taken: Counter[Kind], seats: Sequence[Seat]) -> int:
    """How many of `rest`, from the first on, fit beside those `taken`: fewer always fit where more do, so halving finds it."""
    low, high = 0, len(rest)
    middle = high
    while low < high:
        if can_seat(taken + Counter(kinds[place] for place in rest[:middle]), seats):
            low = middle
        else:
            high = middle - 1
        middle = (low + high + 1) // 2
    return low


def can_seat(people: Counter[Kind], seats: Sequence[Seat]) -> bool:
    """Whether so many people of each kind can be seated: by filling, else by counting, else by searching every way."""
    kinds = sorted(kind for kind, count in people.items() if count)
    counts = np.array([people[kind] for kind in kinds], dtype=np.int64)
    room = np.array([seat.room for seat in seats], dtype=np.int64)
    able = np.array([[set(kind.skills) <= seat.skills for seat in seats] for kind in kinds], dtype=np.bool_)
    able = able.reshape(len(kinds), len(seats))
    loads = np.array([kind.load for kind in kinds], dtype=np.int64)
    if _fills(counts, loads, room, able):
        return True
    if _is_too_much(counts, loads, room, able):
        return False
    return _packs(counts, loads, room, able)


def _fills(counts: Numbers, loads: Numbers, room: Numbers, able: npt.NDArray[np.bool_]) -> bool:
    """Whether simply filling seats does it: who has fewest seats to go to first, and there the least able seat."""
    left, ability = room.copy(), able.sum(axis=0)
    for kind in sorted(range(len(counts)), key=lambda kind: (able[kind].sum(), -loads[kind])):
        waiting = int(counts[kind])
        for seat in sorted(np.flatnonzero(able[kind]), key=lambda seat: (ability[seat], seat)):
            seated = min(waiting, int(left[seat] // loads[kind]))
            left[seat] -= seated * loads[kind]
            waiting -= seated
        if waiting:
            return False
    return True


def _is_too_much(counts: Numbers, loads: Numbers, room: Numbers, able: npt.NDArray[np.bool_]) -> bool:
    """Whether a kind alone, or all who can go nowhere else than to one kind's seats, are more than these hold."""
    for kind, seats in enumerate(able):
        if counts[kind] > (room[seats] // loads[kind]).sum():
            return True
        within = ~(able & ~seats).any(axis=1)
        if (counts * loads)[within].sum() > room[seats].sum():
            return True
    return False


def _packs(counts: Numbers, loads: Numbers, room: Numbers, able: npt.NDArray[np.bool_]) -> bool:
    kind, seat = np.nonzero(able)
    each = np.arange(len(kind))
    of_kind = coo_array((np.ones(len(kind)), (kind, each)), shape=(len(counts), len(kind)))
    of_seat = coo_array((loads[kind].astype(float), (seat, each)), shape=(len(room), len(kind)))
    found = milp(
        np.zeros(len(kind)),
        constraints=[LinearConstraint(of_kind, counts, counts), LinearConstraint(of_seat, -np.inf, room)],
        bounds=Bounds(0, np.minimum(counts[kind], room[seat] // loads[kind])),
        integrality=np.ones(len(kind)),
        options={"node_limit": MOST_NODES},
    )
    return found.x is not None
