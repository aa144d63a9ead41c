"""Every count of the night's checks of its models, by its key, with all that is left over when others are subtracted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from governance.disclosure_check import Range
from governance.policies import Policy
from governance.secondary import still_true
from pipelines.figure_keys import Figure
from pipelines.model_totals import (
    CHECK,
    CHOSEN,
    CUT,
    DECILE,
    DROPPED,
    EVENTS,
    EVERYBODY,
    FALSE,
    FOUND,
    LIST,
    MISSED,
    NOT_CHOSEN,
    PEOPLE,
    REST,
    beyond,
    check_key,
    not_in,
)  # fmt: skip
from pipelines.raw_checks import Nested, RawChecks
from stratify.assurance.check import Check


def model_counts(raw: RawChecks) -> dict[Figure, int]:
    """Every count of every check by its key, those left over included."""
    counts: dict[Figure, int] = {}
    for score, check in sorted(raw.checks.items()):
        counts |= _rows(score, check)
        counts |= _cuts(score, check)
        counts[check_key(score, EVERYBODY, EVERYBODY, DROPPED)] = check.assessment.dropped
    for pair in raw.nested:
        counts |= _beside(pair, counts)
    return counts


def _rows(score: str, check: Check) -> dict[Figure, int]:
    """People of each tenth and group, those with the event, and those without."""
    tables = [(DECILE, row[DECILE], row) for row in check.deciles.to_pylist()]
    tables += [(row["breakdown"], row["category"], row) for row in check.groups.to_pylist()]
    counts: dict[Figure, int] = {}
    for breakdown, category, row in tables:
        key = check_key(score, breakdown, str(category), PEOPLE)
        counts |= {key: row[PEOPLE], key._replace(side=EVENTS): row[EVENTS], key._replace(side=REST): row[PEOPLE] - row[EVENTS]}
    return counts


class _Cut(NamedTuple):
    """The highest chances down to a threshold, or to the end of the list."""

    name: str
    chosen: int
    found: int


def _cuts(score: str, check: Check) -> dict[Figure, int]:
    """Of each cut those chosen, found, missed and so on; each has what the next narrower one has, and what lies between."""
    counts: dict[Figure, int] = {}
    narrower: dict[str, tuple[str, int]] = {}
    for cut in _from_the_narrowest(check):
        key = check_key(score, CUT, cut.name, CHOSEN)
        counts |= _sides(score, cut, check)
        for of in (CHOSEN, FOUND, FALSE):
            count = counts[key._replace(side=of)]
            if of in narrower:
                name, fewer = narrower[of]
                counts[beyond(key._replace(side=of), name)] = count - fewer
            narrower[of] = (cut.name, count)
    return counts


def _sides(score: str, cut: _Cut, check: Check) -> dict[Figure, int]:
    """Of one cut those chosen, found, chosen in vain, missed and left."""
    key, people, events = check_key(score, CUT, cut.name, CHOSEN), check.assessment.rows, check.assessment.events
    counts = {CHOSEN: cut.chosen, FOUND: cut.found, FALSE: cut.chosen - cut.found}
    counts |= {MISSED: events - cut.found, NOT_CHOSEN: people - cut.chosen}
    return {key._replace(side=of): count for of, count in counts.items()}


def _from_the_narrowest(check: Check) -> list[_Cut]:
    """Cuts by size. Of as many rows they are the same rows: both have the highest chances."""
    cuts = [_Cut(f"{row['threshold']:g}", row[CHOSEN], row[FOUND]) for row in reversed(curve_of(check))]
    places, ppv = min(check.assessment.capacity, check.assessment.rows), check.assessment.ppv
    listed = [] if ppv is None else [_Cut(LIST, places, round(ppv * places))]
    return sorted([*cuts, *listed], key=lambda cut: cut.chosen)


def beside_the_list(raw: RawChecks, policy: Policy, before: Mapping[Any, Range] = MappingProxyType({})) -> set[Figure]:
    """Counts of thresholds so near to the list that a few people lie between.

    One of the two has to be withheld, and whoever judges a model needs the list's. A count that was shown `before` and is still
    so is not among them: who kept that night's table has it, so the checker has to withhold the list's where it must.
    """
    found: set[Figure] = set()
    for score, check in sorted(raw.checks.items()):
        cuts = _from_the_narrowest(check)
        for listed in (cut for cut in cuts if cut.name == LIST):
            near = [cut for cut in cuts if any(policy.is_small(few) for few in _between(cut, listed))]
            sides = {key: count for cut in near for key, count in _sides(score, cut, check).items() if count}
            found |= {key for key, count in sides.items() if still_true(before.get(key), count, policy, is_whole=False) is None}
    return found


def _between(one: _Cut, other: _Cut) -> tuple[int, int, int]:
    """How many people, hits and false alarms one cut has more than the other, or fewer."""
    chosen, hits = one.chosen - other.chosen, one.found - other.found
    return abs(chosen), abs(hits), abs(chosen - hits)


def _beside(pair: Nested, counts: Mapping[Figure, int]) -> dict[Figure, int]:
    """Of each group of both scores, the people on whom only the wider check is. Tenths are of each score's own chances."""
    groups = (key for key in counts if key.measure == CHECK + pair.score and key.side == PEOPLE and key.breakdown != DECILE)
    both = ((key, key._replace(measure=CHECK + pair.other)) for key in groups)
    return {not_in(key, pair.other): counts[key] - counts[other] for key, other in both if other in counts}


def curve_of(check: Check) -> list[dict[str, Any]]:
    """Rows of the decision curve; none where nobody was checked."""
    return check.curve.to_pylist() if check.groups.num_rows else []
