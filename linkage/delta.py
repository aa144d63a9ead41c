"""A delta night: only records that what changed can touch are decided again; the rest keeps last night's decision.

The answer is that of a full run, with the same settings and model. A record's decision depends on the residents with its number,
on the twins of these, on residents with its given name and date of birth (steps 1 to 4), on those that step 5 weighs it against
where it came so far, on the other council record of its local id, and on what clerks said of it. A resident counts as
changed if her own row, where her number leads, or any record of the number she has or had changed. Whoever shares none of that
with anything that changed, as it is or as it was, is decided as before.

Groups of unlinked records, contradictions of life and death and the register's own contradictions are found anew every night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Truth, Whole
from linkage.changes import Changes
from linkage.decisions import REVIEW, UNLINKED, Decisions
from linkage.encoding import Encoded
from linkage.engine.joins import CROWD, combine, is_member
from linkage.engine.rules import Rule
from linkage.engine.weigher import Sides
from linkage.everybody import REGISTER, Everybody
from linkage.findings import DEAD_ACTIVE_LATER, DEAD_HERE_ALIVE_THERE
from linkage.people import People, join_people, share_a_key
from linkage.population import Population, without_crowd_numbers, without_numbers
from linkage.review.pairs import RECORD, is_in, keys, places
from linkage.schemes import Scheme
from linkage.steps.same_local_id import FOLLOWER, LEADER
from schemas.identifiable import LINK_STEPS, Conflict, Judgement, Match, PersonRecord, RegisterMerger, ReviewPair
from schemas.table import Rows

STEP_5 = (LINK_STEPS.index("probabilistic"), UNLINKED, REVIEW)
OWN_RECORD = "own record"  # what a match says of the register's record of a person
FOUND_ANEW = (DEAD_ACTIVE_LATER, DEAD_HERE_ALIVE_THERE)


@dataclass(frozen=True)
class Before:
    """The night before: what linkage was given, and what it gave (`Linked`). `basis` says with which settings and models.

    `encoded` are its records as `Linked` has them, in key order; without them all records are encoded again, to the same answer.
    """

    records: Rows[PersonRecord]
    mergers: Rows[RegisterMerger]
    judgements: Rows[Judgement]
    matches: Rows[Match]
    review_pairs: Rows[ReviewPair]
    near_misses: Rows[ReviewPair]
    conflicts: Rows[Conflict]
    basis: str
    encoded: Encoded | None = None


@dataclass(frozen=True)
class Kept:
    """Last night's rows about records that are not decided again.

    `matches` are all of last night, `place` says which of them is each of tonight's records, and `stands` whether it may stand:
    a record of the register under its own number, one of a source that is not decided again.
    """

    matches: Rows[Match]
    place: Whole
    stands: Truth
    review_pairs: pa.Table
    near_misses: pa.Table
    conflicts: pa.Table


def seed(decisions: Decisions, everyone: Everybody, changes: Changes, before: Before) -> Truth:
    """Take over last night's decisions of all records; which of them have none that can stand."""
    place = changes.place[~everyone.is_resident]
    was = before.matches.select(["step", "register_id", "evidence"]).take(pa.array(place, mask=place < 0))  # one match a record
    resident = places(was["register_id"], everyone.register["local_patient_id"])
    decisions.step = _whole(places(was["step"], pa.array(LINK_STEPS)), UNLINKED)
    decisions.resident = _whole(resident, NONE)
    # Groups are found anew, and so is what is said of who is in none; of all others last night's match stands as it is.
    rows = np.flatnonzero(decisions.step == UNLINKED)
    evidence = was["evidence"].take(pa.array(rows))
    own = pc.if_else(pc.fill_null(pc.starts_with(evidence, "cluster "), False), None, evidence)
    decisions.evidence[rows] = own.to_numpy().astype(object)
    lost = pc.and_(was["register_id"].is_valid(), resident.is_null())
    return (place < 0) | _truth(lost)


def touched(
    everyone: Everybody, changes: Changes, judged: Sequence[pa.Table], *, reached: Truth, schemes: Sequence[Scheme]
) -> Truth:
    """Which records of the sources must be decided again.

    `judged` are the judgements of both nights, `reached` says which records came to step 5 last night.
    """
    records = everyone.population.records
    weighed, _ = without_crowd_numbers(everyone.population)
    moved = _moved(everyone, changes)
    again = _of(everyone, changes.is_changed, residents=False)
    for judgements in judged:
        again = again | _truth(is_in(keys(everyone.sources, *RECORD), keys(judgements, *RECORD)))
    again = again | is_member(records.number, _numbers(everyone.population.residents, moved))
    again = again | share_a_key(records, moved, ("given", "birth"), ("given", "birth"))
    for scheme in schemes:
        rows = np.flatnonzero(reached & ~again & scheme.covers(records))
        again[rows] |= _would_be_candidates(weighed, rows, moved, scheme)
    return again | _of_one_local_id(everyone.sources, again, changes.former)


def kept(before: Before, everyone: Everybody, changes: Changes, again: Truth) -> Kept:
    """Last night's rows about the records that are still there and are not decided again."""
    dropped = pa.concat_arrays(
        [keys(table, *RECORD).combine_chunks() for table in (everyone.sources.filter(pa.array(again)), changes.former)]
    )

    def of(table: pa.Table) -> pa.Table:
        return table.filter(pc.invert(is_in(keys(table, *RECORD), dropped)))

    is_anew = pc.is_in(before.conflicts["kind"], value_set=pa.array(FOUND_ANEW))
    is_own = pc.equal(before.conflicts["source"], REGISTER)
    return Kept(
        before.matches,
        changes.place,
        _stand(before, changes, again, everyone.is_resident),
        of(before.review_pairs),
        of(before.near_misses),
        of(before.conflicts.filter(pc.invert(pc.or_(is_anew, is_own)))),
    )


def _stand(before: Before, changes: Changes, again: Truth, is_resident: Truth) -> Truth:
    """Which of tonight's records may keep last night's match."""
    stand = ~changes.is_changed
    stand[~is_resident] = ~again
    is_own = _truth(pc.equal(before.matches["evidence"], OWN_RECORD).fill_null(False))
    stand[is_resident] &= is_own[changes.place[is_resident]]
    return stand


def _moved(everyone: Everybody, changes: Changes) -> People:
    """Residents who changed, as they are and as they were; also without a number that a crowd has or had: it is no evidence."""
    residents = everyone.population.residents
    was = everyone.former.take(_truth(pc.equal(changes.former["source"], REGISTER)))
    is_changed = _of(everyone, changes.is_changed, residents=True)
    numbers = np.concatenate([residents.number[is_changed], was.number])
    moved = join_people([residents.take(is_changed | is_member(residents.number, numbers)), was])
    known = moved.number[moved.number >= 0]
    crowded = np.flatnonzero(np.bincount(known) > CROWD)
    in_a_crowd = moved.take(is_member(moved.number, crowded))
    return join_people([moved, without_numbers(in_a_crowd, crowded)]) if len(crowded) else moved


def _of(everyone: Everybody, truth: Truth, *, residents: bool) -> Truth:
    """The part of a truth about all records that is about the residents, or about the sources' records."""
    part: Truth = truth[everyone.is_resident == residents]
    return part


def _numbers(residents: People, moved: People) -> Whole:
    """Numbers of those who changed, and of all of one family name and date of birth with them: they may be their twins."""
    twins = residents.number[share_a_key(residents, moved, ("family", "birth"), ("family", "birth"))]
    return np.unique(np.concatenate([twins, moved.number]))


def _would_be_candidates(population: Population, rows: Whole, moved: People, scheme: Scheme) -> Truth:
    """Which of the records `rows` step 5 would weigh against somebody who changed, or would but for a key over the cap."""
    asking = population.records.take(rows)
    found = np.zeros(len(rows), dtype=np.bool_)
    for rule in scheme.rules:
        crowds = _crowds(population.residents, moved, rule, scheme.settings.block_cap)
        found |= share_a_key(asking, crowds, rule.ours, rule.theirs)
    frequent = population.shares(scheme.frequency_columns)
    sides = Sides(asking.sheet(), moved.sheet(), population.texts, frequent)
    scored = scheme.scorer(sides, scheme.comparisons, scheme.rules, scheme.weights).keep(scheme.floor)
    found[scored.left] = True
    return found


def _crowds(residents: People, moved: People, rule: Rule, cap: int) -> People:
    """Those who changed and have a key that is, or may have been, over the cap."""
    ours, theirs = combine(*([getattr(people, column) for column in rule.theirs] for people in (residents, moved)))
    holders = np.sort(np.concatenate([ours[is_member(ours, theirs)], theirs]))
    size = np.searchsorted(holders, theirs, side="right") - np.searchsorted(holders, theirs, side="left")
    return moved.take((theirs >= 0) & (size > cap))


def _of_one_local_id(sources: pa.Table, again: Truth, former: pa.Table) -> Truth:
    """Council records with the local id of one that is decided again, differs or is gone: one may follow the other."""

    def ids(table: pa.Table, rows: pa.Array) -> pa.Array:
        return table["local_patient_id"].filter(pc.and_(_is_council(table), rows)).combine_chunks()

    among = pa.concat_arrays([ids(sources, pa.array(again)), ids(former, pa.array(np.ones(former.num_rows, dtype=np.bool_)))])
    return _truth(pc.and_(_is_council(sources), pc.is_in(sources["local_patient_id"], value_set=among)))


def _is_council(table: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(table["source"], value_set=pa.array([FOLLOWER, LEADER]))


def _whole(values: pa.ChunkedArray, missing: int) -> Whole:
    return np.asarray(pc.fill_null(values, missing).to_numpy(), dtype=np.int64)


def _truth(values: pa.ChunkedArray) -> Truth:
    return np.asarray(values.to_numpy(), dtype=np.bool_)
