"""How many people of each kind go to which professional: most with their practice's, and of these ways the most even.

People alike in practice, needs and load are one kind: how many of each go where is a small whole-number programme. First the most
people who can be with somebody who works with their practice is found, then, without losing one of them, the most even lists.
Even means: with each list cut into `BANDS` equal bands, every load counts its band's number, 0 for the lowest, and the sum over
all lists is least; so an emptier band anywhere is filled before a fuller one. Kinds and professionals stand in order of their own
names, so the order of the input's rows cannot matter.
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
from caseload.seats import ORDINARY, Seat

# Twentieths of a list: finer differences of fullness are not worth a search. A band of a list of n is n twentieths of a person.
BANDS = ORDINARY

# Steps after which the search for a still more even filling ends with the best so far: a count, alike on every machine.
EVEN_NODES = 150

# Up to so many pairs of a kind of people and a professional the most even way is found exactly; beyond, one within a thousandth
# of it, which is a fifth of the time.
EXACT_PAIRS = 300
NEARLY = 1e-3

SLACK = 1e-6  # of the solver's sums


class Kind(NamedTuple):
    """People alike for this question."""

    practice: str
    skills: tuple[str, ...]
    load: int


class _Ways(NamedTuple):
    """All ways to seat so many of each kind: a variable for each pair of a kind and a seat that can take one of it."""

    kind: Numbers
    seat: Numbers
    most: Numbers
    matches: Numbers
    rules: list[LinearConstraint]
    of_seat: Any


def counts_of(people: Counter[Kind], kinds: Sequence[Kind], seats: Sequence[Seat]) -> Numbers | None:
    """How many of each kind go to each seat; None where no way is found in the steps that are allowed."""
    ways = _ways(people, kinds, seats)
    found = _evenly(ways, seats, most_matches(ways))
    if found is None:  # the bound is not reached with whole people: search for the most that is, then for the most even of these
        best = _search(-ways.matches, ways.rules, ways.most, whole=len(ways.most), nodes=MOST_NODES)
        if best is None:
            return None
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
