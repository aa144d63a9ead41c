"""Whom a batch trace protects: each record that it answered as sensitive, and the records plainly of the same person.

Her record in the register may be weeks behind the service that answered, and the record asked about, once protected, is linked to
it by the exact cross-check only. So what is plainly hers is protected with it: the same date of birth, and either a number that
the record holds or another answer gave it (superseded numbers followed, on both sides), or the same first given name and family
name where no two verified numbers differ. Looser likenesses are kept out of every
file and off every screen (`protected_records`), but may link.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from linkage.mergers import Successions
from linkage.standardise import standardise
from schemas.identifiable import PersonRecord, TraceAnswer
from schemas.table import Rows

NAMES = ("given_first", "family_name")


def protected_by_trace(
    records: Rows[PersonRecord], current: Any, asked: pa.Array, answers: Rows[TraceAnswer], chains: Successions
) -> Any:
    """For each record, whether the trace protects it; `asked` is each record's reference.

    `current` are the records' numbers with what the trace found for them; all are followed through the register's mergers
    (`chains`). One answer that protects is enough, whatever others say: who was found last year may be protected today. Of one
    name and date of birth, two whose verified numbers differ are two people.
    """
    sensitive = answers["reference"].filter(pc.equal(answers["outcome"], "protected")).unique()
    hers = pc.is_in(asked, value_set=_whole(sensitive), skip_nulls=True)
    births = records["date_of_birth"].filter(hers)
    suspected = _whole(pc.is_in(records["date_of_birth"], value_set=_whole(births.unique().drop_null()), skip_nulls=True))
    known, of_her = standardise(records.filter(suspected)), hers.filter(suspected)
    delivered, taken = (
        _keys(known["date_of_birth"], chains.follow(column)) for column in (known["nhs_number"], current.filter(suspected))
    )
    told = _told_numbers(answers, asked.filter(hers), births, chains)
    numbers = pa.chunked_array(
        [*(chunk for held in (delivered, taken) for chunk in held.filter(of_her).chunks), *told.chunks], pa.string()
    )
    by_number = pc.or_(_among(delivered, numbers), _among(taken, numbers))
    names = _keys(known["date_of_birth"], *(known[name] for name in NAMES))
    verified = pc.and_(known["number_verified"], pc.is_valid(known["nhs_number"]))
    another = pc.and_(verified, _among(names, names.filter(pc.and_(of_her, verified))))
    alike = pc.or_(by_number, pc.and_(_among(names, names.filter(of_her)), pc.invert(another)))
    return pc.or_(hers, pc.replace_with_mask(suspected, suspected, _whole(alike)))


def _told_numbers(answers: pa.Table, references: pa.Array, births: Any, chains: Successions) -> Any:
    """The numbers that other answers gave these records, with the records' dates of birth."""
    told = answers.filter(pc.is_valid(answers["nhs_number"]))
    return _keys(births.take(pc.index_in(told["reference"], value_set=references)), chains.follow(told["nhs_number"]))


def _keys(births: Any, *values: Any) -> Any:
    """Date of birth and values as one text, null where any of them is."""
    return pc.binary_join_element_wise(births.cast(pa.string()), *values, "|")


def _among(values: Any, some: Any) -> Any:
    return pc.is_in(values, value_set=_whole(some.drop_null()), skip_nulls=True)


def _whole(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
