"""What linkage learnt about NHS numbers, returned to the source that holds the record.

    the record                                  what says so                               finding      current number given
    ------------------------------------------  -----------------------------------------  -----------  --------------------
    has no usable number                        a safe step linked it to a person          found        hers
    has no usable number                        a batch trace found it                     found        the traced one
    has a number the register has replaced      a safe step linked it to its heir          superseded   the heir's
    has an unverified number, replaced          a batch trace says so                      superseded   the traced one
    has a number that linkage contradicts       a row of Conflict                          conflicting  none
    has an unverified number, traced otherwise  a batch trace found another                conflicting  none
    shares it with another of an organisation   the source's own records                   conflicting  none

Safe steps are those that rest on a number, on names and date of birth being the same, or on a clerk who looked. A probabilistic
link does not give a number, however wide its margin: a number stored in a care record outlives the night, and a wrong one
attaches one person's care to another (at a threshold of 8 bits one such link in 250 is wrong). It is a reason to trace, and the
record is in the trace file. A link in review gives none; a Client Level Data record is as safe as the client index record that it
follows.

Never here: protected identities and whoever might be one; and two verified numbers on one record and its person, which are two
people unless the register itself has merged them (a changed gender marker usually means a new number; to disclose the old one
can be an offence). These are counted in the notes.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from linkage.findings import ONE_NUMBER_TWO_PEOPLE, ONE_PERSON_TWO_NUMBERS, PARENT_AND_CHILD, TWIN
from linkage.mergers import Successions, successions
from linkage.numbers.lending import with_traced_numbers
from linkage.protected_records import decided_beside, protected_records
from linkage.standardise import VERIFIED_STATUS
from linkage.steps.same_local_id import FOLLOWER, LEADER
from schemas.identifiable import Conflict, Match, NumberReturn, PersonRecord, RegisterMerger, TraceAnswer
from schemas.table import Rows

SAFE_STEPS = pa.array(["judged", "cross_check", "confirmed_number", "alphanumeric", "unique_demographic"])
SAME_LOCAL_ID, TRACE = "same_local_id", "trace"

FOUND_BY_LINK = "add as present, not traced (status 02); trace it before it is used as the identifier"
FOUND_BY_TRACE = "add as verified (status 01)"
REPLACE = "replace the number held by the current one"
# What to do about a contradiction, the gravest first; other kinds of Conflict are no matter of numbers.
CONFLICT_ACTIONS = {
    ONE_NUMBER_TWO_PEOPLE: "the register has this number for other details: do not use it; correct the record, or trace",
    TWIN: "the given name is not that of the number's holder: check which twin this is before the number is used",
    PARENT_AND_CHILD: "the number may be a parent's or child's of the same name: check the date of birth",
    ONE_PERSON_TWO_NUMBERS: "the register has another number for the person of these details: trace; merge no records",
}
TRACED_OTHERWISE = "a trace found another number for these details: compare both in the national register before a change"
SHARED = "another of your records holds this number: merge the two, or correct the wrong one"

WITHHELD, TWO_VERIFIED = "protected identities withheld", "two verified numbers withheld"
NO_TEXT = pa.scalar(None, pa.string())
ORGANISATION_ENDS = ":"  # a local_patient_id begins with the organisation where there is one


class NumberReturns(NamedTuple):
    """`rows`, at most one per record, and how many were withheld and why."""

    rows: Rows[NumberReturn]
    notes: Counter[str]


def number_returns(
    records: Rows[PersonRecord],
    matches: Rows[Match],
    conflicts: Rows[Conflict],
    mergers: Rows[RegisterMerger],
    answers: Rows[TraceAnswer] | None = None,
) -> NumberReturns:
    """What to tell each source about the numbers of its records; `records` as delivered, the register's among them.

    `matches` and `conflicts` are linkage's of the same records, with the numbers of the batch trace `answers` where there is one.
    """
    table = _facts(records, matches, conflicts, mergers, answers if answers is not None else TraceAnswer.empty())
    told = table.filter(pc.and_(pc.is_valid(table["finding"]), pc.not_equal(table["source"], "register")))
    hidden = pc.or_(told["protected"], told["two_verified"])
    notes = Counter({WITHHELD: _count(told["protected"]), TWO_VERIFIED: _count(hidden) - _count(told["protected"])})
    return NumberReturns(NumberReturn.sort(NumberReturn.validate(told.filter(pc.invert(hidden)))), notes)


def _facts(records: pa.Table, matches: pa.Table, conflicts: pa.Table, mergers: pa.Table, answers: pa.Table) -> pa.Table:
    """One row per record: NumberReturn's columns, `finding` null where there is nothing to say, and whether it may be said."""
    chains, decided, traced = (
        successions(mergers),
        decided_beside(records, matches),
        with_traced_numbers(records, answers, mergers),
    )
    held, traced_number = records["nhs_number"], _where(pc.is_valid(traced.outcome), traced.records["nhs_number"])
    current, known = chains.follow(held), chains.follow(traced_number)
    hers = _numbers_of(decided["register_id"], records, current)
    contradiction, two_verified = _contradictions(records, conflicts)
    no_number, safe = pc.is_null(held), _is_safe(records, decided["step"])
    agrees = pc.and_(pc.not_equal(decided["step"], "review"), pc.fill_null(pc.equal(hers, known), True))
    otherwise = _and(pc.is_valid(traced_number), pc.not_equal(held, traced_number))
    replaced = pc.or_kleene(pc.equal(traced.outcome, "superseded"), pc.equal(known, current))
    conflict_action = pa.array(CONFLICT_ACTIONS.values()).take(contradiction)
    by_trace = pa.scalar(TRACE)
    cases = [
        # when                                                        finding        number   step             action
        (pc.is_valid(contradiction),                                  "conflicting", NO_TEXT, decided["step"], conflict_action),
        (_and(safe, pc.not_equal(held, current), pc.equal(hers, current)), "superseded", current, decided["step"], REPLACE),
        (_and(no_number, pc.is_valid(traced_number), agrees),         "found",       known,   by_trace,        FOUND_BY_TRACE),
        (_and(otherwise, replaced, agrees),                           "superseded",  known,   by_trace,        REPLACE),
        (otherwise,                                                   "conflicting", NO_TEXT, by_trace,        TRACED_OTHERWISE),
        (_and(safe, no_number, pc.is_valid(hers), pc.is_null(traced_number)), "found", hers, decided["step"], FOUND_BY_LINK),
        (_is_shared(records),                                         "conflicting", NO_TEXT, NO_TEXT,         SHARED),
    ]  # fmt: skip
    told = dict.fromkeys(("finding", "current_nhs_number", "step", "action"), pa.nulls(records.num_rows, pa.string()))
    for when, *words in reversed(cases):
        told = {name: _where(when, word, told[name]) for name, word in zip(told, words, strict=True)}
    columns = {
        "source": records["source"],
        "local_patient_id": records["local_patient_id"],
        "held_nhs_number": pc.coalesce(held, records["nhs_number_given"]),
        **told,
        "protected": _is_protected(records, traced.records, decided, chains),
        "two_verified": two_verified,
    }
    return pa.table(columns)


def _is_protected(records: pa.Table, traced: pa.Table, decided: pa.Table, chains: Successions) -> Any:
    """By the number that the record holds and by the traced one: a source is told both."""
    held = records.set_column(records.column_names.index("protected"), "protected", traced["protected"])
    return pc.or_(protected_records(held, decided, chains), protected_records(traced, decided, chains))


def _numbers_of(register_ids: Any, records: pa.Table, current: Any) -> Any:
    """The current number of each person named by the local id of the register's record; null where there is none."""
    own = pc.equal(records["source"], "register")
    place = pc.index_in(register_ids, value_set=records["local_patient_id"].filter(own).combine_chunks(), skip_nulls=True)
    return current.filter(own).take(place)


def _is_safe(records: pa.Table, steps: Any) -> Any:
    """Whether each record was linked by a safe step; a follower, whether its leader was."""
    by_itself = pc.is_in(steps, value_set=SAFE_STEPS)
    leaders = records["local_patient_id"].filter(pc.and_(by_itself, pc.equal(records["source"], LEADER)))
    follows = _and(pc.equal(records["source"], FOLLOWER), pc.equal(steps, SAME_LOCAL_ID))
    return pc.or_(by_itself, pc.and_(follows, pc.is_in(records["local_patient_id"], value_set=leaders.combine_chunks())))


def _contradictions(records: pa.Table, conflicts: pa.Table) -> tuple[Any, Any]:
    """For each record its gravest contradiction (a place in CONFLICT_ACTIONS), and whether one is of two verified numbers."""
    kinds = pa.array(CONFLICT_ACTIONS)
    rows = conflicts.filter(pc.is_in(conflicts["kind"], value_set=kinds))
    keys, named = _keys(records), _keys(rows)
    named_rows = records.filter(pc.is_in(keys, value_set=named.combine_chunks()))
    mine = named_rows.take(pc.index_in(named, value_set=_keys(named_rows).combine_chunks()))
    register = records.filter(pc.equal(records["source"], "register"))
    ids = register["local_patient_id"].combine_chunks()
    other = register.take(pc.index_in(rows["register_id"], value_set=ids, skip_nulls=True))
    differ = _and(_verified(mine), _verified(other), pc.not_equal(mine["nhs_number"], other["nhs_number"]))
    found = pa.table({"key": named, "grave": pc.index_in(rows["kind"], value_set=kinds), "differ": differ})
    found = found.group_by("key").aggregate([("grave", "min"), ("differ", "max")])
    place = pc.index_in(keys, value_set=found["key"].combine_chunks())
    return found["grave_min"].take(place), pc.fill_null(found["differ_max"].take(place), False)


def _is_shared(records: pa.Table) -> Any:
    """Whether another record of the same organisation in the same source holds the same number (ISB 0149 wants that reported).

    Two hospitals that know one patient, or a practice she left and the one she joined, each hold her number rightly.
    """
    local_ids = records["local_patient_id"]
    prefixed = pc.match_substring(local_ids, ORGANISATION_ENDS)
    organisation = _where(prefixed, pc.replace_substring_regex(local_ids, f"{ORGANISATION_ENDS}.*", ""), "")
    keys = pc.binary_join_element_wise(records["source"], organisation, records["nhs_number"], "|")
    counts = keys.drop_null().value_counts()
    return pc.is_in(keys, value_set=counts.field("values").filter(pc.greater(counts.field("counts"), 1)), skip_nulls=True)


def _keys(rows: pa.Table) -> Any:
    return pc.binary_join_element_wise(rows["source"], rows["local_patient_id"], "|")


def _verified(records: pa.Table) -> Any:
    return pc.equal(records["nhs_number_status"], VERIFIED_STATUS)


def _and(first: Any, *others: Any) -> Any:
    """All of them true; what is not known is not."""
    for other in others:
        first = pc.and_kleene(first, other)
    return pc.fill_null(first, False)


def _where(rows: Any, values: Any, otherwise: Any = NO_TEXT) -> Any:
    return pc.if_else(rows, values, otherwise)


def _count(rows: Any) -> int:
    return int(pc.sum(rows).as_py() or 0)
