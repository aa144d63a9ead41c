"""What of a night's figures may be shown: small ones never, and as many more withheld as it takes that nobody can solve those.

Rounding alone does not always hide a small count: where a total and its other parts are small too, it leaves one or two values.
So the checker (`governance/disclosure_check.py`) looks at everything that is to be published. While it finds a withheld count
that could have too few values, the smallest shown neighbour in one of its totals is withheld as well. Where none is left, or
`MOST_ROUNDS` did not settle it, every figure of its breakdown is withheld, zeros too: then nobody can tell which were small.
What comes out has passed the checker, or nothing comes out.
"""

from __future__ import annotations

import enum
import math
from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.disclosure_check import Cell, Key, Range, Relation, Same, System, leaks
from governance.policies import Policy
from schemas.errors import GovernanceError

MOST_ROUNDS = 8  # of withholding single figures
LARGEST = 10_000_000  # of a total that is given to the solver; sums of pence reach further


class State(enum.StrEnum):
    """Why a figure is shown or not."""

    SHOWN = "shown"
    SMALL = "small"
    HIDDEN = "of few people"
    WITHHELD_TOO = "withheld too"
    WITHHELD_WHOLE = "its whole breakdown withheld"  # zeros too, so nothing says how large it is


@dataclass(frozen=True)
class Disclosed:
    """Every figure as it may be shown (null: withheld), and why; how many declared totals did not hold.

    `sums`: figures shown as the sum of their shown parts, which says nothing of their own count.
    """

    shown: dict[Key, int | None]
    states: dict[Key, State]
    false_totals: int
    sums: frozenset[Key] = frozenset()

    @property
    def also_withheld(self) -> frozenset[Key]:
        """What is withheld for more than its own size."""
        return frozenset(key for key, state in self.states.items() if state not in (State.SHOWN, State.SMALL))


@dataclass
class Figures:
    """Raw counts by key, what holds between them, and what else is known about them.

    `hidden`: withheld on other grounds than their own size (the pence of five people). `pinned`: published already, so they
    cannot be withheld any more. `unshown`: never published, only there to
    add up. `before`: bounds that the last night gave the same figure; whoever keeps both may take it for unchanged.
    """

    counts: Mapping[Any, int]
    relations: list[Relation]
    hidden: set[Key] = field(default_factory=set)
    pinned: set[Key] = field(default_factory=set)
    before: Mapping[Key, Range] = field(default_factory=dict)
    unshown: set[Key] = field(default_factory=set)
    group: Callable[[Key], Hashable] = lambda key: key  # figures that are withheld together in the end


def disclose(figures: Figures, policy: Policy) -> Disclosed:
    """Decide what is shown under the policy.

    Raises `GovernanceError` `E-DISCLOSURE-SOLVED` where a small count could be solved from pinned figures alone.
    """
    keeper = _Keeper(figures, policy)
    found = leaks(keeper.system(), policy.least_values)
    rounds = 0
    # A figure that is withheld has wider bounds than before, so whatever was safe is safe still: only these are asked again.
    while found and ((rounds < MOST_ROUNDS and keeper.withhold_more(found)) or keeper.withhold_groups(found)):
        found = leaks(keeper.system(only=found), policy.least_values)
        rounds += 1
    if found:
        raise GovernanceError(
            "E-DISCLOSURE-SOLVED",
            f"{len(found)} small counts could be worked out from what is published already.",
            cure="publish fewer breakdowns, or a coarser policy; see docs/reference/disclosure.md",
        )
    return keeper.disclosed()


def holds(relation: Relation, counts: Mapping[Key, int]) -> bool:
    """Whether a declared total is true of the raw counts; a total of something not counted tonight is not."""
    if any(key not in counts for key in (relation.total, *relation.parts)):
        return False
    total, parts = counts[relation.total], sum(counts[key] for key in relation.parts)
    return total >= parts if relation.at_least else total == parts


def still_true(last: Range | None, count: int, policy: Policy, *, is_whole: bool) -> Range | None:
    """What was last shown of a figure, where whoever takes it for unchanged is right; else None.

    Without rounding, last figures of two nights can solve a count of which tonight shows nothing. A breakdown withheld whole
    adds nothing to them, and no night could ever be published again: there they do not count.
    """
    if last is None or not last.low <= count <= last.high or (is_whole and policy.rounded_to == 1):
        return None
    return last


def figures_fit(relation: Relation, counts: Mapping[Key, int]) -> bool:
    """Whether the solver can be given the relation: beyond ten million its whole numbers are no longer sure to be whole."""
    return counts[relation.total] <= LARGEST


class _Keeper:
    """Keeps account of what is withheld; the same count under two keys is withheld under both."""

    def __init__(self, figures: Figures, policy: Policy) -> None:
        self.figures, self.policy = figures, policy
        self.relations = [each for each in figures.relations if holds(each, figures.counts)]
        self.name = Same(self.relations).name
        self.neighbours = self._neighbours()
        self.beside = self._beside()
        self.unshown = {self.name(key) for key in figures.unshown}
        self.small = {self.name(key) for key, count in figures.counts.items() if policy.is_small(count)} - self.unshown
        self.hidden = {self.name(key) for key in figures.hidden} | self._small_changes()
        self.pinned = {self.name(key) for key in figures.pinned} - self.small
        self.more: set[Key] = set()
        self.whole: set[Key] = set()  # of breakdowns of which nothing is shown
        self._cover_sums_of_few()
        self.totals = self._totals() if policy.adds_up else {}

    def _neighbours(self) -> dict[Key, list[set[Key]]]:
        found: dict[Key, list[set[Key]]] = defaultdict(list)
        for each in self.relations:
            keys = self._names(each)
            for key in keys:
                found[key].append(keys)
        return found

    def _beside(self) -> dict[Key, set[Key]]:
        """By count, everything in the breakdowns it is in; the same count may stand in several."""
        members: dict[Hashable, set[Key]] = defaultdict(set)
        for key in self.figures.counts:
            members[self.figures.group(key)].add(self.name(key))
        found: dict[Key, set[Key]] = defaultdict(set)
        for names in members.values():
            for name in names:
                found[name] |= names
        return found

    def _totals(self) -> dict[Key, Relation]:
        """By total, the first relation that adds it up."""
        found: dict[Key, Relation] = {}
        for each in self.relations:
            if not each.at_least and len(each.parts) > 1:
                found.setdefault(self.name(each.total), each)
        return found

    def _cover_sums_of_few(self) -> None:
        """Never let a withheld sum over few people stand alone in a total: pence that are known to the nearest ten are known."""
        groups = [keys for each in self.relations if not each.at_least for keys in (self._names(each),) if keys & self.hidden]
        changed = True
        while changed:
            alone = [keys for keys in groups if len(keys & (self.small | self.hidden | self.more)) == 1]
            candidates = [[key for key in keys if self._can_be_withheld(key)] for keys in alone]
            chosen = {min(each, key=self._cost) for each in candidates if each}
            changed = bool(chosen)
            self.more |= chosen

    def _names(self, relation: Relation) -> set[Key]:
        return {self.name(key) for key in (relation.total, *relation.parts)}

    def _small_changes(self) -> set[Key]:
        """Without rounding, two nights' figures give the change between them away: who came or left may be one person."""
        if self.policy.rounded_to > 1:
            return set()
        known = {key: last.low for key, last in self.figures.before.items() if last.values == 1 and key in self.figures.counts}
        return {self.name(key) for key, last in known.items() if self.policy.is_small(abs(self.figures.counts[key] - int(last)))}

    def system(self, only: Container[Key] | None = None) -> System:
        """What the public sees, and what must not be solved: every withheld count, or `only` these."""
        cells = {key: self._cell(key, count) for key, count in self.figures.counts.items()}
        if only is not None:
            cells = {key: cell._replace(is_protected=cell.is_protected and key in only) for key, cell in cells.items()}
        return System(cells, [each for each in self.relations if figures_fit(each, self.figures.counts)])

    def _cell(self, key: Key, count: int) -> Cell:
        name, smallest_shown = self.name(key), self.policy.withheld_to + 1
        if name in self.unshown:
            return Cell(0, math.inf)
        if name in self.whole and (name in self.small or name in self.hidden):
            return Cell(0, math.inf, is_protected=True)
        if name in self.small:
            return Cell(1, self.policy.withheld_to, is_protected=True)
        if name in self.hidden:
            return Cell(1, math.inf, is_protected=True)
        low: float = 0 if name in self.whole else smallest_shown
        high = math.inf
        if name in self.totals:
            low = 0  # the sum of what is shown says nothing that the parts do not
        elif name not in self.more and name not in self.whole:
            low, high = self.policy.behind(self.policy.shown(count) or 0)
        last = still_true(self.figures.before.get(key), count, self.policy, is_whole=name in self.whole)
        return Cell(max(low, last.low), min(high, last.high)) if last else Cell(low, high)

    def withhold_more(self, found: Mapping[Key, Range]) -> bool:
        """Withhold one figure for each cell that could be solved: of its own totals, or of the nearest that has one left."""
        before, fresh = len(self.more), set[Key]()
        for key in sorted({self.name(key) for key in found}, key=repr):
            if not any(group & fresh for group in self.neighbours[key]):  # else one of its totals has just lost a number
                fresh.update(self._nearest(key))
        self.more |= fresh
        return len(self.more) > before

    def withhold_groups(self, found: Mapping[Key, Range]) -> bool:
        """Withhold the whole breakdown of each of these cells, or the nearest that says something yet; whether any was new."""
        before = len(self.whole)
        for key in found:
            self.whole |= self._nearest_breakdowns(self.name(key))
        return len(self.whole) > before

    def _nearest_breakdowns(self, name: Key) -> set[Key]:
        """What is still known of the breakdowns that the cell is in, else of those its neighbours are in, and so on outwards."""
        seen, ring = {name}, {name}
        while ring:
            known = set().union(*(self.beside[each] for each in ring)) - self.pinned - self.unshown - self.whole
            if known:
                return known
            ring = {other for each in ring for group in self.neighbours[each] for other in group} - seen
            seen |= ring
        return set()

    def _nearest(self, key: Key) -> list[Key]:
        """The figure that is missed least of those nearest to the cell; nothing where all that hangs together is withheld."""
        seen, ring = {key}, {key}
        while ring:
            ring = {other for each in ring for group in self.neighbours[each] for other in group} - seen
            seen |= ring
            if candidates := [each for each in ring if self._can_be_withheld(each)]:
                return [min(candidates, key=self._cost)]
        return []

    def _can_be_withheld(self, key: Key) -> bool:
        settled = (self.small, self.hidden, self.more, self.pinned, self.unshown)
        return self.figures.counts[key] > 0 and not any(key in each for each in settled)

    def _cost(self, key: Key) -> tuple[int, int, str]:
        """What is used in few totals and is small is missed least."""
        return len(self.neighbours[key]), self.figures.counts[key], repr(key)

    def disclosed(self) -> Disclosed:
        """Every figure as it may be shown."""
        shown = {key: None if self.name(key) in self.unshown else self._shown(key, set()) for key in self.figures.counts}
        states = {key: self._state(key, value) for key, value in shown.items()}
        sums = frozenset(key for key in shown if self.name(key) in self.totals)
        return Disclosed(shown, states, len(self.figures.relations) - len(self.relations), sums)

    def _state(self, key: Key, shown: int | None) -> State:
        name = self.name(key)
        if name in self.hidden:
            return State.HIDDEN
        if name in self.whole:
            return State.WITHHELD_WHOLE
        if name in self.small:
            return State.SMALL
        return State.WITHHELD_TOO if shown is None else State.SHOWN

    def _shown(self, key: Key, within: set[Key]) -> int | None:
        name = self.name(key)
        if any(name in withheld for withheld in (self.small, self.hidden, self.more, self.whole)):
            return None
        if name not in self.totals or name in within:
            return self.policy.shown(self.figures.counts[key])
        parts: Iterable[int | None] = (self._shown(part, within | {name}) for part in self.totals[name].parts)
        total = sum(part for part in parts if part is not None)
        return total if total or not self.figures.counts[key] else None
