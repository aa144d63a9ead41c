"""Can a withheld count be worked out? The range of values that each could have, given everything that is published.

A system is a set of cells, each a whole number between two bounds, and relations between them: a total is the sum of its parts,
or at least that. Bounds come from what is shown: 15 rounded to the nearest 5 is 13 to 17, a withheld count 1 to 7. The range of a
cell is what the smallest and the largest solution of the whole system give it: two linear programs, solved by HiGHS, and where
their solution is not whole, two integer programs. So the ends of a range are values that the cell can really have.

Exact shortcuts come first: cells that are one and the same count are merged, bounds are pushed along each relation until
nothing moves, relations that can no longer bind are dropped, and what is left falls into parts that share no open cell.
"""

from __future__ import annotations

import math
import os
import threading
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from schemas.errors import GovernanceError

Key = Hashable

WHOLE = 1e-6  # how near to a whole number the solver's answer must be to be taken for one
NODES = 500  # of one integer program's search; what is not solved by then is not proved. No clock: a busy machine decides alike
FEASIBLE, INFEASIBLE = 0, 2
SLOW = "E-DISCLOSURE-SLOW"
NEAR = 2  # steps along relations that the neighbourhood of a cell reaches


class Cell(NamedTuple):
    """A count as the public sees it: its bounds (`high` may be infinite), and whether nobody may work it out."""

    low: float
    high: float
    is_protected: bool = False


class Relation(NamedTuple):
    """`total` is the sum of `parts`; where `at_least`, it is the sum or more."""

    total: Key
    parts: tuple[Key, ...]
    at_least: bool = False


class Range(NamedTuple):
    """The smallest and largest value that a cell can have."""

    low: float
    high: float

    @property
    def values(self) -> float:
        """How many whole numbers that is."""
        return self.high - self.low + 1


@dataclass
class System:
    """Cells by key, and what holds between them. Relations that name an unknown cell are refused."""

    cells: dict[Key, Cell]
    relations: list[Relation] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Raise `GovernanceError` `E-DISCLOSURE-RELATION` where a relation names a cell that is not there."""
        strange = sum(key not in self.cells for each in self.relations for key in (each.total, *each.parts))
        if strange:
            raise GovernanceError("E-DISCLOSURE-RELATION", f"totals are declared over {strange} cells that are not published.")


def ranges_of(system: System) -> dict[Key, Range]:
    """The range of every protected cell.

    Raises `GovernanceError` `E-DISCLOSURE-CONTRADICTION` where no numbers fit what is published, `E-DISCLOSURE-SLOW` where an
    integer program is not solved in time.
    """
    return _ranges(system, math.inf)


def leaks(system: System, least_values: float) -> dict[Key, Range]:
    """The protected cells that could have fewer than `least_values` values, with their range; none is the proof.

    Faster than `ranges_of`: a cell that two solutions show to be wide enough is asked no further. A cell of which a program could
    not tell in time is one of them. Raises `GovernanceError` `E-DISCLOSURE-CONTRADICTION` as `ranges_of` does.
    """
    return {key: found for key, found in _ranges(system, least_values).items() if found.values < least_values}


def _ranges(system: System, enough: float) -> dict[Key, Range]:
    reduced = _Reduced(system)
    found: dict[Key, Range] = {}
    with _quiet():
        for part in reduced.parts():
            found |= _solve(part, enough)
    return {key: found[reduced.name(key)] for key, cell in system.cells.items() if cell.is_protected}


class _Part(NamedTuple):
    """Open cells that hang together, and the relations among them as rows of numbers: low <= coefficients . cells <= high."""

    cells: dict[Key, Cell]
    rows: list[tuple[dict[Key, int], float, float]]


class Same:
    """Cells that relations of a total and one part make one and the same count: each has one name."""

    def __init__(self, relations: Iterable[Relation]) -> None:
        self.same: dict[Key, Key] = {}
        for each in relations:
            if len(each.parts) == 1 and not each.at_least:
                one, other = self.name(each.total), self.name(each.parts[0])
                if one != other:
                    self.same[other] = one

    def name(self, key: Key) -> Key:
        """The cell that stands for this one and all that are the same count."""
        while key in self.same:
            key = self.same[key]
        return key


class _Reduced:
    """A system after the exact shortcuts."""

    def __init__(self, system: System) -> None:
        self.name = Same(system.relations).name
        self.cells: dict[Key, Cell] = {}
        for key, cell in system.cells.items():
            name = self.name(key)
            known = self.cells.get(name, cell)
            self.cells[name] = Cell(max(known.low, cell.low), min(known.high, cell.high), known.is_protected or cell.is_protected)
        named = (Relation(self.name(r.total), tuple(map(self.name, r.parts)), r.at_least) for r in system.relations)
        self.relations = [each for each in dict.fromkeys(named) if each.parts != (each.total,)]
        _push(self.cells, self.relations)

    def parts(self) -> Iterator[_Part]:
        """The independent parts that hold a protected cell."""
        rows = [row for each in self.relations if (row := self._row(each)) is not None]
        touching: dict[Key, list[int]] = defaultdict(list)
        for number, (coefficients, _, _) in enumerate(rows):
            for key in coefficients:
                touching[key].append(number)
        seen: set[Key] = set()
        for key, cell in self.cells.items():
            if not cell.is_protected or key in seen:
                continue
            keys, numbers = _reachable(key, rows, touching)
            seen |= keys
            yield _Part({each: self.cells[each] for each in keys}, [rows[number] for number in sorted(numbers)])

    def _row(self, relation: Relation) -> tuple[dict[Key, int], float, float] | None:
        """Total less parts, with what is fixed moved to the other side; None where it cannot bind."""
        coefficients: dict[Key, int] = defaultdict(int)
        coefficients[relation.total] += 1
        for part in relation.parts:
            coefficients[part] -= 1
        fixed = sum(times * self.cells[key].low for key, times in coefficients.items() if _is_fixed(self.cells[key]))
        still = {key: times for key, times in coefficients.items() if times and not _is_fixed(self.cells[key])}
        low, high = -fixed, math.inf if relation.at_least else -fixed
        least = sum(times * (self.cells[k].low if times > 0 else self.cells[k].high) for k, times in still.items())
        if not still or (least >= low and relation.at_least):
            return None
        return still, low, high


def _is_fixed(cell: Cell) -> bool:
    return cell.low == cell.high


def _reachable(
    start: Key, rows: Sequence[tuple[dict[Key, int], float, float]], touching: Mapping[Key, list[int]]
) -> tuple[set[Key], set[int]]:
    keys, numbers, waiting = {start}, set[int](), [start]
    while waiting:
        for number in touching.get(waiting.pop(), ()):
            if number not in numbers:
                numbers.add(number)
                fresh = rows[number][0].keys() - keys
                keys |= fresh
                waiting += fresh
    return keys, numbers


def _push(cells: dict[Key, Cell], relations: Sequence[Relation]) -> None:
    """Push bounds along relations until none moves; in place."""
    using: dict[Key, list[Relation]] = defaultdict(list)
    for each in relations:
        for key in (each.total, *each.parts):
            using[key].append(each)
    waiting = dict.fromkeys(relations)
    while waiting:
        relation = next(iter(waiting))
        del waiting[relation]
        for key, low, high in _implied(cells, relation):
            cell = cells[key]
            tighter = Cell(max(cell.low, low), min(cell.high, high), cell.is_protected)
            if tighter.low > tighter.high:
                raise GovernanceError("E-DISCLOSURE-CONTRADICTION", "no numbers fit what is published and its declared totals.")
            if tighter != cell:
                cells[key] = tighter
                waiting.update(dict.fromkeys(using[key]))


def _implied(cells: Mapping[Key, Cell], relation: Relation) -> Iterator[tuple[Key, float, float]]:
    """Bounds that one relation gives each of its cells."""
    total, parts = cells[relation.total], [cells[key] for key in relation.parts]
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    yield relation.total, low, math.inf if relation.at_least else high
    unbounded = sum(math.isinf(part.high) for part in parts)
    finite = sum(part.high for part in parts if not math.isinf(part.high))
    for key, part in zip(relation.parts, parts, strict=True):
        others_unbounded = unbounded - math.isinf(part.high)
        most_others = finite - (0 if math.isinf(part.high) else part.high)
        least = -math.inf if relation.at_least or others_unbounded else total.low - most_others
        yield key, least, total.high - (low - part.low)


def _solve(part: _Part, enough: float) -> dict[Key, Range]:
    """The range of each protected cell of one part, or of as much of it as is `enough` values.

    Every solution serves all cells: what it reaches need not be asked again. So the first two ask for all at once. Where only
    `enough` is wanted, a small program over the cell's neighbourhood is tried first: what it finds is a solution of the whole.
    A program that takes too long ends the search of its part: cells that nothing has proved wide by then count as narrow.
    """
    wanted = [key for key, cell in part.cells.items() if cell.is_protected]
    if not part.rows:
        return {key: Range(part.cells[key].low, part.cells[key].high) for key in wanted}
    program, seen = _Program(part), _Seen(wanted)
    try:
        _look(part, program, seen, enough)
    except GovernanceError as trouble:
        if trouble.code != SLOW or math.isinf(enough):
            raise
    return {key: Range(seen.least[key], math.inf if seen.most[key] > program.beyond else seen.most[key]) for key in wanted}


def _look(part: _Part, program: _Program, seen: _Seen, enough: float) -> None:
    wanted = list(seen.least)
    for sign in (1, -1):
        seen.add(program.smallest(dict.fromkeys(wanted, sign)))
    for key in wanted:
        for sign, reached, bound in ((1, seen.least, part.cells[key].low), (-1, seen.most, part.cells[key].high)):
            if seen.is_narrow(key, enough) and reached[key] != bound and enough < math.inf:
                seen.add(program.nearby(key, sign, seen.last))
            if seen.is_narrow(key, enough) and reached[key] != bound:
                seen.add(program.smallest({key: sign}))


class _Seen:
    """The smallest and the largest value of each wanted cell in the solutions so far."""

    def __init__(self, wanted: Sequence[Key]) -> None:
        self.least: dict[Key, float] = dict.fromkeys(wanted, math.inf)
        self.most: dict[Key, float] = dict.fromkeys(wanted, -math.inf)
        self.last: dict[Key, float] = {}

    def is_narrow(self, key: Key, enough: float) -> bool:
        return self.most[key] - self.least[key] + 1 < enough

    def add(self, solution: dict[Key, float]) -> None:
        self.last = solution
        for key in self.least:
            self.least[key], self.most[key] = min(self.least[key], solution[key]), max(self.most[key], solution[key])


class _Program:
    """The linear program of one part, made once and solved for many objectives.

    Cells without an upper bound get one (`cap`) that no bounded cell can reach: above `beyond`, there is none.
    """

    def __init__(self, part: _Part) -> None:
        self.places = {key: place for place, key in enumerate(part.cells)}
        self.beyond = sum(cell.low + (0 if math.isinf(cell.high) else cell.high) for cell in part.cells.values())
        self.cap = 2 * self.beyond + 1000
        low = [cell.low for cell in part.cells.values()]
        high = [min(cell.high, self.cap) for cell in part.cells.values()]
        self.bounds = Bounds(low, high)
        entries = [(row, self.places[key], times) for row, (each, _, _) in enumerate(part.rows) for key, times in each.items()]
        rows, columns, values = (np.array(each) for each in zip(*entries, strict=True))
        matrix = csr_array((values.astype(float), (rows, columns)), shape=(len(part.rows), len(self.places)))
        self.matrix, self.keys = matrix, list(part.cells)
        self.low, self.high = (np.array([row[end] for row in part.rows], dtype=float) for end in (1, 2))
        self.constraint = LinearConstraint(matrix, self.low, self.high)

    def smallest(self, weights: Mapping[Key, int]) -> dict[Key, float]:
        """A whole solution in which the weighted sum of these cells is smallest."""
        objective = np.zeros(len(self.places))
        for key, weight in weights.items():
            objective[self.places[key]] = weight
        solution = self._run(objective, whole=False)
        if np.abs(solution - np.rint(solution)).max() > WHOLE:
            solution = self._run(objective, whole=True)
        return {each: float(np.rint(solution[place])) for each, place in self.places.items()}

    def nearby(self, key: Key, sign: int, solution: Mapping[Key, float]) -> dict[Key, float]:
        """A whole solution in which `sign` times the cell is smallest, and what is not near to it is as in `solution`."""
        values = np.array([solution[each] for each in self.keys])
        near = self._near(self.places[key])
        rows = np.flatnonzero(np.abs(self.matrix[:, near]).sum(axis=1))
        matrix = self.matrix[rows]
        rest = matrix @ values - matrix[:, near] @ values[near]
        objective = np.zeros(len(near))
        objective[np.searchsorted(near, self.places[key])] = sign
        bounds = Bounds(self.bounds.lb[near], self.bounds.ub[near])
        constraint = LinearConstraint(matrix[:, near], self.low[rows] - rest, self.high[rows] - rest)
        values[near] = np.rint(_answer(objective, bounds, constraint, whole=True))
        return dict(zip(self.keys, values.tolist(), strict=True))

    def _near(self, place: int) -> Any:
        """Cells that share a relation with this one, or with one that does."""
        near = np.array([place])
        for _ in range(NEAR):
            rows = np.flatnonzero(np.abs(self.matrix[:, near]).sum(axis=1))
            near = np.flatnonzero(np.abs(self.matrix[rows]).sum(axis=0))
        return near

    def _run(self, objective: Any, *, whole: bool) -> Any:
        return _answer(objective, self.bounds, self.constraint, whole=whole)


def _answer(objective: Any, bounds: Bounds, constraint: LinearConstraint, *, whole: bool) -> Any:
    kinds = np.full(len(objective), int(whole))
    options = {"disp": False, "node_limit": NODES}
    answer = milp(objective, integrality=kinds, bounds=bounds, constraints=constraint, options=options)
    if answer.status == INFEASIBLE:
        raise GovernanceError("E-DISCLOSURE-CONTRADICTION", "no numbers fit what is published and its declared totals.")
    if answer.status != FEASIBLE or answer.x is None:
        raise GovernanceError(
            SLOW,
            f"{len(objective)} cells that hang together were not solved within {NODES} steps.",
            cure="publish a coarser breakdown",
        )
    return answer.x


_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def _quiet() -> Iterator[None]:
    """HiGHS writes now and then to the process' standard output, which may be somebody's JSON: it goes nowhere meanwhile."""
    with _ONE_AT_A_TIME:
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)
