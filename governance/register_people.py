"""Tonight's register as people: a superseded number stands for the person of the number that replaced it.

The register's local_patient_id is its NHS number; mergers speak in the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from schemas.identifiable import RegisterMerger
from schemas.table import Rows

REGISTER = "register"
NewIds = Callable[[int], list[str]]  # so many ids that nobody ever had


class RegisterPeople(NamedTuple):
    """Every number of a person in tonight's register, superseded ones too, to her id; and what mergers changed.

    `merged`: (old id, new id) of people the register joined. `unseen`: superseded numbers outside tonight's register whose
    id changed so, with the old id and the new.
    """

    person_ids: dict[str, str]
    merged: set[tuple[str, str]]
    unseen: list[tuple[str, str, str]]


class Remembered(NamedTuple):
    """What the vault knew of the register: number to id, number to the run that wrote it, number to its id before a merger."""

    person_ids: Mapping[str, str]
    since: Mapping[str, int]
    former: Mapping[str, str]


def remembered(known: pa.Table, former: Mapping[str, str]) -> Remembered:
    """The register's part of the crosswalk `known` (crosswalk.KNOWN)."""
    rows = known.filter(pc.equal(known["source"], REGISTER))
    numbers = rows["local_patient_id"].to_pylist()
    return Remembered(
        dict(zip(numbers, rows["person_id"].to_pylist(), strict=True)),
        dict(zip(numbers, rows["run"].to_pylist(), strict=True)),
        former,
    )


def superseding(mergers: Rows[RegisterMerger]) -> dict[str, str]:
    """Superseded number to current number, through any chain of mergers; numbers that supersede each other in a circle stay."""
    pairs = zip(mergers["old_nhs_number"].to_pylist(), mergers["new_nhs_number"].to_pylist(), strict=True)
    follows = {old: new for old, new in sorted(pairs) if old != new}
    heirs: dict[str, str] = {}
    for old in sorted(follows):
        passed, number = {old}, follows[old]
        while number in follows and number not in passed:
            passed.add(number)
            number = follows[number]
        if number not in passed:
            heirs[old] = number
    return heirs


def persons_of(numbers: Any, register_ids: Any, mergers: Rows[RegisterMerger]) -> dict[str, str]:
    """Number to the current number of the same person, where it is another: what linkage says of tonight's records, then mergers.

    `register_ids` are linkage's words on `numbers` (Match.register_id): itself, another number, or null for no word.
    """
    heirs = superseding(mergers)
    other = pc.fill_null(pc.not_equal(numbers, register_ids), False)
    named = pc.and_(pc.is_in(numbers, value_set=pa.array(sorted(heirs), pa.string())), register_ids.is_valid())
    spoken = pc.or_(other, named)
    said = dict(zip(numbers.filter(spoken).to_pylist(), register_ids.filter(spoken).to_pylist(), strict=True))
    heirs = {old: said.get(heir, heir) for old, heir in heirs.items()} | said
    return {old: heir for old, heir in heirs.items() if old != heir}


def register_people(numbers: Any, heirs: Mapping[str, str], before: Remembered, new_ids: NewIds) -> RegisterPeople:
    """The id of everybody in tonight's register: her current number's, else that of a superseded one, else a new one."""
    tonight = set(numbers.to_pylist())
    people = _people(tonight, heirs)
    claims = {person: next(filter(None, map(before.person_ids.get, held)), None) for person, held in people.items()}
    ids = _one_each(claims, before)
    wanting = [person for person, claim in ids.items() if claim is None]
    ids |= zip(wanting, new_ids(len(wanting)), strict=True)
    moved = [
        (number, before.person_ids[number], str(ids[person]))
        for person, held in people.items()
        if len(held) > 1
        for number in held
        if before.person_ids.get(number, ids[person]) != ids[person]
    ]
    return RegisterPeople(
        {number: str(ids[person]) for person, held in people.items() for number in held},
        {(old, new) for _, old, new in moved},
        [each for each in moved if each[0] not in tonight],
    )


def _people(tonight: set[str], heirs: Mapping[str, str]) -> dict[str, list[str]]:
    """Current number to all numbers of the person, the current one first; in order of current number."""
    people = {number: [number] for number in sorted({heirs.get(number, number) for number in tonight})}
    for old in sorted(heirs):
        if heirs[old] in people:
            people[heirs[old]].append(old)
    return people


def _one_each(claims: dict[str, str | None], before: Remembered) -> dict[str, str | None]:
    """No id for two people: where the register no longer joins two numbers, who held the id first keeps it.

    The other gets back the id she had before the merger, or none.
    """
    given = [claim for claim in claims.values() if claim is not None]
    if len(set(given)) == len(given):
        return claims
    holders: dict[str, list[str]] = {}
    for person, claim in claims.items():
        if claim is not None:
            holders.setdefault(claim, []).append(person)
    for claim in list(holders):
        _, *others = sorted(holders[claim], key=lambda each: (each in before.former, before.since.get(each, 0), each))
        for person in others:
            former = before.former.get(person)
            claims[person] = former if former is not None and former not in holders else None
            holders.setdefault(str(former), []).append(person)
    return claims
