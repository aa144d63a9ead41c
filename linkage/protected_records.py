"""Which records must not be shown or sent anywhere, as they may lead to a protected identity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.mergers import Successions
from linkage.standardise import standardise
from linkage.steps.same_local_id import FOLLOWER, LEADER
from schemas.identifiable import Match, PersonRecord
from schemas.table import Rows

# With the date of birth, one of these makes a record look like another's: after a change of name or gender the rest differs.
ALIKE = ("given_first", "family_name", "postcode")


def protected_records(records: Rows[PersonRecord], decided: pa.Table, chains: Successions) -> Any:
    """For each record, whether it is a protected identity's or may be; `decided` is what `decided_beside` gives.

    That is every record of a person of whom any record is protected; every record that carries a number such a person carries,
    superseded ones too, or that looks like hers, whoever it was linked to (nothing but the exact cross-check links a protected
    identity); and the council's other record of one local id. In doubt it is protected.
    """
    people, numbers = decided["person"], chains.follow(records["nhs_number"])
    protected = pc.is_in(people, value_set=_distinct(people, pc.fill_null(records["protected"], False)))
    protected = pc.or_(protected, pc.is_in(numbers, value_set=_distinct(numbers, protected), skip_nulls=True))
    protected = pc.or_(protected, _look_alike(records, protected))
    councils = pc.is_in(records["source"], value_set=pa.array([FOLLOWER, LEADER]))
    council_ids = _distinct(records["local_patient_id"], pc.and_(councils, protected))
    return pc.or_(protected, pc.and_(councils, pc.is_in(records["local_patient_id"], value_set=council_ids)))


def _look_alike(records: pa.Table, protected: Any) -> Any:
    """Whether each record has the date of birth and the given name, family name or postcode of a protected one."""
    births = records["date_of_birth"]
    suspected = pc.is_in(births, value_set=_distinct(births, protected), skip_nulls=True).combine_chunks()
    known, hidden = standardise(records.filter(suspected)), protected.filter(suspected)
    alike = pa.repeat(pa.scalar(False), known.num_rows)
    for name in ALIKE:
        keys = pc.binary_join_element_wise(known["date_of_birth"].cast(pa.string()), known[name], "|")
        alike = pc.or_(alike, pc.is_in(keys, value_set=_distinct(keys, hidden), skip_nulls=True))
    flags = alike.combine_chunks() if isinstance(alike, pa.ChunkedArray) else alike
    return pc.replace_with_mask(suspected, suspected, flags)


def decided_beside(records: Rows[PersonRecord], matches: Rows[Match]) -> pa.Table:
    """`register_id`, `step` and `person` for each record, in the order of `records`.

    `person` is the same text for all records that are known to be one person's. A record that was not decided is its own.
    """
    found = matches
    if not all(records[name].equals(matches[name]) for name in Match.key):  # both written in key order, they mostly are
        keys = records.select(list(Match.key)).append_column("row", pa.array(np.arange(records.num_rows)))
        said = matches.select([*Match.key, "register_id", "cluster", "step"])
        found = keys.join(said, list(Match.key), join_type="left outer").sort_by("row")
    own = pc.binary_join_element_wise(records["source"], records["local_patient_id"], "|")
    person = pc.coalesce(found["register_id"], found["cluster"], own)
    return pa.table({"register_id": found["register_id"], "step": found["step"], "person": person})


def _distinct(values: Any, rows: Any) -> Any:
    return values.filter(rows).unique().drop_null()
