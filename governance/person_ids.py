"""Which person each record stands for tonight, given what linkage says and what the vault knew. No database here.

    a register record             keeps its id; a superseded number brings its id to the number that replaced it
    a record linked to one        takes that person's id
    an unlinked record or cluster keeps an id of its own, or that of a person who has left the register

A key that goes from one person to another leaves an event: `merge` where the register joined two numbers, `link` where
nobody holds the old id any longer, `split` where others still hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from governance.crosswalk import CHANGED, EVENTS, KEY, keys
from governance.register_people import REGISTER, NewIds, RegisterPeople, persons_of, register_people, remembered
from schemas.errors import GovernanceError
from schemas.identifiable import Match, RegisterMerger
from schemas.table import Rows


class Assigned(NamedTuple):
    """`person_ids` in the order of the matches; keys to write (CHANGED); what became of whom (EVENTS)."""

    person_ids: Any
    changed: pa.Table
    events: pa.Table


def assign(
    matches: Rows[Match], mergers: Rows[RegisterMerger], *, known: pa.Table, former: Mapping[str, str], new_ids: NewIds
) -> Assigned:
    """Give every match its person. Rows may come in any order; new ids are handed out in key order, the register first.

    `known` is the vault's crosswalk (crosswalk.KNOWN); `former` the id that a register number had before a merger.
    Raises `GovernanceError` `E-VAULT-REGISTER` where a match names a register record that is not among the matches.
    """
    held = look_up(keys(matches), keys(known), known["person_id"])
    of_register = pc.equal(matches["source"], REGISTER)
    unlinked = pc.and_(pc.invert(of_register), matches["register_id"].is_null())
    numbers, register_ids = (matches[name].filter(of_register) for name in ("local_patient_id", "register_id"))
    persons = persons_of(numbers, register_ids, mergers)
    register = register_people(numbers, persons, remembered(known, former), new_ids)
    named = pc.if_else(of_register, matches["local_patient_id"], matches["register_id"])
    ids = look_up(named, pa.array(register.person_ids.keys(), pa.string()), pa.array(register.person_ids.values(), pa.string()))
    _check_found(pc.and_(ids.is_null(), pc.invert(unlinked)))
    own = own_people(matches.append_column("held", held).filter(unlinked), register, left=_left(known, numbers), new_ids=new_ids)
    ids = pc.replace_with_mask(_array(ids), _array(unlinked), own)
    return _with_changes(matches, held, ids, register)


def look_up(values: Any, among: Any, answers: Any) -> Any:
    """For each value the answer beside its equal in `among`, null where there is none."""
    return answers.take(pc.index_in(values, value_set=_array(among), skip_nulls=True))


def own_people(rows: pa.Table, register: RegisterPeople, *, left: set[str], new_ids: NewIds) -> Any:
    """Ids of unlinked records, in their order: records of one cluster are one person, any two others are two.

    `rows` are matches with the id `held` before. An id that tonight's register holds is not kept: who held it with her is
    somebody else now. An id of somebody who `left` the register is kept by all who held it: nothing has contradicted it.
    """
    taken = set(register.person_ids.values()) | {old for old, _ in register.merged}
    groups = pc.coalesce(rows["cluster"], keys(rows)).to_pylist()
    claims: dict[str, str | None] = {}
    for _, group, held in sorted(zip(keys(rows).to_pylist(), groups, rows["held"].to_pylist(), strict=True)):
        claim, kept = None if held in taken else held, claims.get(group)
        claims[group] = claim if kept is None or (claim in left and kept not in left) else kept
    given, wanting = set(left), []
    for group, claim in claims.items():
        if claim is None or (claim in given and claim not in left):
            wanting.append(group)
        else:
            given.add(claim)
    claims |= zip(wanting, new_ids(len(wanting)), strict=True)
    return pa.array([claims[group] for group in groups], pa.string())


def _left(known: pa.Table, numbers: Any) -> set[str]:
    """Ids of people who were in the register and are not tonight."""
    gone = pc.and_(pc.equal(known["source"], REGISTER), pc.invert(pc.is_in(known["local_patient_id"], value_set=_array(numbers))))
    return set(known["person_id"].filter(gone).to_pylist())


def _with_changes(matches: Rows[Match], held: Any, ids: Any, register: RegisterPeople) -> Assigned:
    """The answer, with the keys that are new or go to another person."""
    differs = pc.fill_null(pc.not_equal(held, ids), True)
    unseen = [dict(zip(EVENTS.names[1:], (REGISTER, *each), strict=True)) for each in register.unseen]
    rows = pa.table([*matches.select(KEY).columns, held, ids], names=EVENTS.names[1:]).filter(differs)
    rows = pa.concat_tables([rows, pa.Table.from_pylist(unseen, schema=rows.schema)]).sort_by(
        [(name, "ascending") for name in KEY]
    )
    changed = pa.table([*rows.select(KEY).columns, rows["new_person_id"]], schema=CHANGED)
    moved = rows.filter(rows["old_person_id"].is_valid())
    merged = pa.array([old + new for old, new in sorted(register.merged)], pa.string())
    of_merger = pc.is_in(pc.binary_join_element_wise(moved["old_person_id"], moved["new_person_id"], ""), value_set=merged)
    others_hold = pc.is_in(moved["old_person_id"], value_set=_array(pc.unique(ids)))
    kind = pc.if_else(of_merger, "merge", pc.if_else(others_hold, "split", "link"))
    return Assigned(ids, changed, pa.table([kind, *moved.columns], schema=EVENTS))


def _check_found(lost: Any) -> None:
    count = pc.sum(lost).as_py() or 0
    if count:
        raise GovernanceError(
            "E-VAULT-REGISTER",
            f"{count} records are linked to a register record that is not there.",
            cure="link this night again",
        )


def _array(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
