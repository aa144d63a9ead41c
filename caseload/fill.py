"""Where those who get a place go: to their practice's professionals as far as can be, and then as evenly as can be.

People alike in practice, needs and load are counted together; how many of each go to which professional is a small
whole-number programme, solved twice: for the most people with somebody who works with their practice, then, without losing
one of them, for the most even lists. Even means: with each list cut into `BANDS` equal bands, every load counts its band's
number, 0 for the lowest, and the sum over all lists is least; so an emptier band anywhere is filled before a fuller one.
Kinds of people and professionals stand in order of their own names, so the order of the input's rows cannot matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_array, csr_array, eye_array, kron

from caseload.room import MOST_NODES, Numbers
from caseload.seats import ORDINARY, Candidate, Seat
from schemas.errors import CaselinkError

# Twentieths of a list: finer differences of fullness are not worth a search. A band of a list of n is n twentieths of a person.
BANDS = ORDINARY

# Steps after which the search for a still more even filling ends with the best so far: a count, alike on every machine.
EVEN_NODES = 150

# Up to so many pairs of a kind of people and a professional the most even way is found exactly; beyond, one within a thousandth
# of it, which is a fifth of the time.
EXACT_PAIRS = 300
NEARLY = 1e-3

SLACK = 1e-6  # of the solver's sums

# Pairs of a kind of people and a professional beyond which a locality is filled person by person instead: 60 professionals and
# a hundred kinds. A programme of 27,000 pairs (450 professionals of one locality) took 50 s.
MOST_PAIRS = 6_000


class Kind(NamedTuple):
    """People alike for this question."""

    practice: str
    skills: tuple[str, ...]
    load: int


def fill(people: Sequence[Candidate], seats: Sequence[Seat]) -> dict[str, str]:
    """Pseudonym to professional id; takes the room. `people` (by priority) all fit, as `who_fits` found; `seats` by id.

    Where the locality is too large for the exact way, somebody may find no room after all, and is left out.
    """
    kinds = sorted({_kind(person) for person in people})
    if not people:
        return {}
    if len(seats) == 1:
        return _deal(people, seats, {kind: [len(people)] for kind in kinds})
    if len(kinds) * len(seats) > MOST_PAIRS:
        return _one_by_one(people, seats)
    counts = _counts(Counter(_kind(person) for person in people), kinds, seats)
    return _deal(people, seats, dict(zip(kinds, counts.tolist(), strict=True)))


def _kind(person: Candidate) -> Kind:
    return Kind(person.practice or "", tuple(sorted(person.skills)), person.load)


class _Ways(NamedTuple):
    """All ways to seat so many of each kind: a variable for each pair of a kind and a seat that can take one of it."""

    kind: Numbers
    seat: Numbers
    most: Numbers
    matches: Numbers
    rules: list[LinearConstraint]
    of_seat: Any


def _counts(people: Counter[Kind], kinds: Sequence[Kind], seats: Sequence[Seat]) -> Numbers:
    """How many of each kind go to each seat."""
    ways = _ways(people, kinds, seats)
    found = _evenly(ways, seats, most_matches(ways))
    if found is None:  # the bound is not reached with whole people: search for the most that is, then for the most even of these
        best = _search(-ways.matches, ways.rules, ways.most, whole=len(ways.most), nodes=MOST_NODES)
        if best is None:
            raise CaselinkError("E-PLACES-FILL", "no way was found to seat people who were found to fit.")
        found = _evenly(ways, seats, int(ways.matches @ best))
        found = best if found is None else found
    counts = np.zeros((len(kinds), len(seats)), dtype=np.int64)
    counts[ways.kind, ways.seat] = found
    return _by_id(counts, seats)


def _by_id(counts: Numbers, seats: Sequence[Seat]) -> Numbers:
    """Between professionals alike in everything the solver's choice is undone: the lower id gets more of the first kind."""
    alike = defaultdict[tuple[object, ...], list[int]](list)
    for place, seat in enumerate(seats):
        alike[seat.practices, seat.skills, seat.capacity, seat.held].append(place)
    for places in alike.values():
        ordered = sorted(counts[:, places].T.tolist(), reverse=True)
        counts[:, places] = np.array(ordered, dtype=np.int64).T
    return counts


def _ways(people: Counter[Kind], kinds: Sequence[Kind], seats: Sequence[Seat]) -> _Ways:
    room = np.array([seat.room for seat in seats], dtype=np.int64)
    loads = np.array([kind.load for kind in kinds], dtype=np.int64)
    able = np.array([[set(kind.skills) <= seat.skills for seat in seats] for kind in kinds], dtype=np.bool_)
    kind, seat = np.nonzero(able & (loads[:, None] <= room))
    each, waiting = np.arange(len(kind)), np.array([people[one] for one in kinds], dtype=np.int64)
    of_kind = csr_array((np.ones(len(kind)), (kind, each)), shape=(len(kinds), len(kind)))
    of_seat = csr_array((loads[kind].astype(float), (seat, each)), shape=(len(seats), len(kind)))
    matches = np.array(
        [kinds[k].practice in seats[s].practices for k, s in zip(kind.tolist(), seat.tolist(), strict=True)], dtype=np.int64
    )
    most = np.minimum(waiting[kind], room[seat] // loads[kind])
    rules = [LinearConstraint(of_kind, waiting, waiting), LinearConstraint(of_seat, np.zeros(len(seats)), room)]
    return _Ways(kind, seat, most, matches, rules, of_seat)


def most_matches(ways: _Ways) -> int:
    """No way has more people with their practice's professional: what there would be if people could be divided, rounded down."""
    everybody, room = ways.rules
    found = linprog(
        -ways.matches.astype(float),
        A_eq=everybody.A,
        b_eq=everybody.ub,
        A_ub=room.A,
        b_ub=room.ub,
        bounds=np.column_stack([np.zeros(len(ways.most)), ways.most]),
    )
    return int(np.floor(SLACK - found.fun)) if found.fun is not None else 0


def _evenly(ways: _Ways, seats: Sequence[Seat], matches: int) -> Numbers | None:
    """The most even way with so many matches; None where there is none, or none is found in the steps that are allowed."""
    left = np.array([_bands_left(seat) for seat in seats], dtype=np.int64).ravel()
    in_bands = kron(eye_array(len(seats)), np.ones((1, BANDS)))
    everybody = LinearConstraint(_wider(ways.rules[0].A, len(left)), ways.rules[0].lb, ways.rules[0].ub)
    kept = LinearConstraint(_wider(csr_array(ways.matches[None, :].astype(float)), len(left)), matches, np.inf)
    banded = LinearConstraint(block_array([[ways.of_seat, -in_bands]]), 0, 0)
    worth = np.concatenate([np.zeros(len(ways.most)), np.tile(np.arange(BANDS), len(seats))])
    bounds, rules = np.concatenate([ways.most, left]), [everybody, kept, banded]
    if len(ways.most) <= EXACT_PAIRS:
        found = _search(worth, rules, bounds, whole=len(ways.most), nodes=EVEN_NODES)
    else:
        found = _nearby(worth, rules, bounds, whole=len(ways.most))
    return None if found is None else found[: len(ways.most)]


def _nearby(worth: npt.NDArray[Any], rules: Sequence[LinearConstraint], most: Numbers, *, whole: int) -> Numbers | None:
    """A way within `NEARLY` of the most even: looked for near the best of divisible people, then anywhere."""
    equal, kept, banded = rules
    divided = linprog(
        worth,
        A_eq=block_array([[equal.A], [banded.A]]),
        b_eq=np.concatenate([equal.ub, np.zeros(banded.A.shape[0])]),
        A_ub=-kept.A,
        b_ub=[-kept.lb],
        bounds=np.column_stack([np.zeros(len(most)), most]),
    )
    if divided.x is None:
        return None
    low, high = np.zeros(len(most), dtype=np.int64), most.copy()
    low[:whole] = np.maximum(0, np.floor(divided.x[:whole] + SLACK) - 1)
    high[:whole] = np.minimum(most[:whole], np.where(divided.x[:whole] > SLACK, low[:whole] + 3, 1))
    found = _search(worth, rules, high, whole=whole, nodes=EVEN_NODES, gap=NEARLY, least=low)
    if found is not None and worth @ found <= divided.fun * (1 + NEARLY) + len(worth):  # each share of a band is rounded
        return found
    return _search(worth, rules, most, whole=whole, nodes=EVEN_NODES, gap=NEARLY)


def _wider(table: Any, by: int) -> Any:
    return block_array([[table, csr_array((table.shape[0], by))]])


def _bands_left(seat: Seat) -> list[int]:
    """Load that each band of the list still holds; what is held fills the lowest first."""
    return [max(0, min(seat.capacity, (band + 1) * seat.capacity - seat.held)) for band in range(BANDS)]


def _search(
    cost: npt.NDArray[Any],
    rules: Sequence[LinearConstraint],
    most: Numbers,
    *,
    whole: int,
    nodes: int,
    gap: float = 0.0,
    least: Numbers | int = 0,
) -> Numbers | None:
    """Whole numbers of least cost; the first `whole` variables have to be whole, the others are shares of a load."""
    integrality = np.zeros(len(cost))
    integrality[:whole] = 1
    found = milp(
        cost,
        constraints=rules,
        bounds=Bounds(least, most),
        integrality=integrality,
        options={"node_limit": nodes, "mip_rel_gap": gap},
    )
    return None if found.x is None else np.rint(found.x).astype(np.int64)


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
