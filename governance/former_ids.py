"""Whom the records of an id that is nobody's tonight went to, by the vault's `merge` and `link` events. No database here.

An id whose records went to several people is divided: what was kept under it is nobody's to give to one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

Move = tuple[int, str, str]  # how old the night is (1: the first), the old id, the new one


@dataclass(frozen=True)
class FormerIds:
    """joined: former id to the person who has its records tonight. divided: former ids whose records several have. back: ids
    that were joined into another once and are people of their own tonight."""

    joined: Mapping[str, str]
    divided: frozenset[str]
    back: frozenset[str]


def former_ids(moves: Iterable[Move], living: Collection[str]) -> FormerIds:
    """What became of every id of these moves. `living`: those of them whom tonight's records are about.

    Of an id that went more than once the last night's moves count. One whose records reach nobody of tonight is in none.
    """
    steps = _last_moves(moves)
    back = frozenset(steps) & frozenset(living)
    ends = {old: _ends(old, steps, living) for old in steps if old not in back}
    return FormerIds(
        joined={old: next(iter(found)) for old, found in sorted(ends.items()) if len(found) == 1},
        divided=frozenset(old for old, found in ends.items() if len(found) > 1),
        back=back,
    )


def _last_moves(moves: Iterable[Move]) -> dict[str, set[str]]:
    steps: dict[str, set[str]] = {}
    ages: dict[str, int] = {}
    for age, old, new in sorted(moves):
        if ages.get(old) != age:
            steps[old] = set()
        ages[old] = age
        steps[old].add(new)
    return steps


def _ends(old: str, steps: Mapping[str, set[str]], living: Collection[str]) -> set[str]:
    found, seen, newest = set[str](), {old}, set(steps[old])
    while newest:
        found |= {each for each in newest if each in living}
        seen |= newest
        newest = {new for each in newest - found for new in steps.get(each, ())} - seen
    return found
