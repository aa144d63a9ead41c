"""What a batch trace answered, taken over into the records it was asked for: numbers found, and identities to protect."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from linkage.mergers import successions
from linkage.numbers.protection import protected_by_trace
from linkage.numbers.requests import references
from linkage.standardise import VERIFIED_STATUS
from schemas.identifiable import PersonRecord, RegisterMerger, TraceAnswer
from schemas.table import Rows

TAKEN = "numbers taken"
NOT_ASKED = "answers for no record of tonight"
CONTRADICTORY = "answers that contradict each other"
OTHER_BIRTH = "another date of birth"
OTHER_VERIFIED = "the record's own number is verified and another"
SENSITIVE = "answers that protect"


class Traced(NamedTuple):
    """`records` in their order; `outcome`: `matched` or `superseded` for each that took a number, else null; how many did not."""

    records: Rows[PersonRecord]
    outcome: Any
    notes: Counter[str]


def with_traced_numbers(
    records: Rows[PersonRecord], answers: Rows[TraceAnswer], mergers: Rows[RegisterMerger] | None = None
) -> Traced:
    """The records with the numbers that a trace found for them, as verified ones (status 01).

        the record's own number   the answer                                  the record's number becomes
        ------------------------  ------------------------------------------  ---------------------------
        none, or not verified     a number, date of birth not contradicting   the traced one
        verified, the same        the same                                    stays
        verified, another         a number                                    stays: two verified numbers are two people
        any                       a number, another date of birth             stays
        any                       none, several, protected, contradictory     stays

    Where any answer for a record is `protected`, however the others read, the record is a protected identity's from here on, and
    so is every record that is plainly the same person's (`protected_by_trace`): whoever links, shows or writes must go by these.

    A traced number is evidence, no link: the cascade cross-checks it with the register's date of birth and names as any other.
    What was delivered (`nhs_number_kind`) still says what was delivered. The answers may come in any order, and more than once.
    """
    if not answers.num_rows:
        return Traced(records, pa.nulls(records.num_rows, pa.string()), Counter())
    known = _one_each(answers)
    asked = references(records)
    place = pc.index_in(asked, value_set=known["reference"].combine_chunks())
    found = known.take(place)
    has_number = pc.is_valid(found["nhs_number"])
    verified = pc.fill_null(pc.equal(records["nhs_number_status"], VERIFIED_STATUS), False)
    other_verified = pc.and_(verified, pc.fill_null(pc.not_equal(records["nhs_number"], found["nhs_number"]), False))
    other_birth = pc.or_(*(pc.fill_null(pc.not_equal(records["date_of_birth"], found[name]), False) for name in BIRTHS))
    taken = pc.and_(has_number, pc.invert(pc.or_(other_verified, other_birth)))
    notes = Counter(
        {
            TAKEN: _count(taken),
            NOT_ASKED: known.num_rows - pc.count_distinct(place).as_py(),
            CONTRADICTORY: _count(known["contradictory"]),
            OTHER_BIRTH: _count(pc.and_(has_number, other_birth)),
            SENSITIVE: _count(known["protected"]),
            OTHER_VERIFIED: _count(pc.and_(has_number, pc.and_(other_verified, pc.invert(other_birth)))),
        }
    )
    outcome = pc.if_else(taken, found["outcome"], pa.scalar(None, pa.string()))
    current = pc.if_else(taken, found["nhs_number"], records["nhs_number"])
    chains = successions(RegisterMerger.empty() if mergers is None else mergers)
    protected = protected_by_trace(records, current, asked, answers, chains)
    return Traced(_taking(records, taken, current, protected), outcome, notes)


BIRTHS = ("first_birth", "last_birth")  # of several answers for one record, the earliest and the latest


def _one_each(answers: pa.Table) -> pa.Table:
    """One row per reference; a number only where all answers that have one agree, and none says that she is protected."""
    plain = answers.append_column("protected", pc.equal(answers["outcome"], "protected"))
    wanted = [
        ("nhs_number", "max"), ("nhs_number", "count_distinct"), ("protected", "max"), ("outcome", "max"),
        ("date_of_birth", "min"), ("date_of_birth", "max"),
    ]  # fmt: skip
    # `max` of the outcomes that gave a number: `superseded` counts before `matched`.
    numbered = pc.if_else(pc.is_valid(plain["nhs_number"]), plain["outcome"], pa.scalar(None, pa.string()))
    plain = plain.set_column(plain.column_names.index("outcome"), "outcome", numbered)
    rows = plain.group_by("reference").aggregate(wanted).sort_by("reference")
    contradictory = pc.greater(rows["nhs_number_count_distinct"], 1)
    usable = pc.invert(pc.or_(contradictory, rows["protected_max"]))
    return pa.table(
        {
            "reference": rows["reference"],
            "nhs_number": pc.if_else(usable, rows["nhs_number_max"], pa.scalar(None, pa.string())),
            "outcome": rows["outcome_max"],
            "contradictory": contradictory,
            "protected": rows["protected_max"],
            "first_birth": rows["date_of_birth_min"],
            "last_birth": rows["date_of_birth_max"],
        }
    )


def _taking(records: pa.Table, taken: Any, current: Any, protected: Any) -> pa.Table:
    nothing = pa.scalar(None, pa.string())
    changed = {
        "nhs_number": current,
        "nhs_number_given": pc.if_else(taken, nothing, records["nhs_number_given"]),
        "nhs_number_status": pc.if_else(taken, VERIFIED_STATUS, records["nhs_number_status"]),
        "protected": pc.or_kleene(records["protected"], protected),
    }
    for name, values in changed.items():
        records = records.set_column(records.column_names.index(name), name, values)
    return records


def _count(rows: Any) -> int:
    return int(pc.sum(rows).as_py() or 0)
