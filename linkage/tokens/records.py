"""Matches of records that came without identifiers, from what their tokens say; and the register's people as texts of tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.mergers import successions
from linkage.steps.same_local_id import FOLLOWER, LEADER
from linkage.tokens.texts import texts_table, token_parts
from schemas.identifiable import Match, PersonRecord, RegisterMerger
from schemas.table import Rows

VERSION = "tokens-1"
SAME_LOCAL_ID, UNLINKED = "same_local_id", "unlinked"
TORN = "council records whose tokens and client index name two people"
KEY = ["source", "local_patient_id"]


def register_texts(register: Rows[PersonRecord], register_ids: Any, mergers: Rows[RegisterMerger]) -> pa.Table:
    """Columns register_id, kind, text: every text by which one of the register's people may be met.

    `register_ids`: for each record of the register the person it is about (Match.register_id). Superseded numbers count as hers,
    and so do the family name and the postcode of before.
    """
    chains = successions(mergers)
    place = pc.index_in(chains.current, value_set=register["nhs_number"].combine_chunks(), skip_nulls=True)
    known = pc.is_valid(place)
    former = register.take(place.filter(known))
    number = former.schema.get_field_index("nhs_number")
    former = former.set_column(number, "nhs_number", _one(chains.superseded).filter(_one(known)))
    everybody = pa.concat_tables([register, former])
    ids = pa.chunked_array([_one(register_ids), _one(register_ids).take(_one(place.filter(known)))]).combine_chunks()
    texts = texts_table(token_parts(everybody), earlier=True)
    found = pa.table({"register_id": ids.take(texts["row"]).combine_chunks(), "kind": texts["kind"], "text": texts["text"]})
    return found.group_by(["register_id", "kind", "text"]).aggregate([])


def matches_of_tokens(records: Rows[PersonRecord], links: pa.Table) -> tuple[Rows[Match], dict[str, int]]:
    """One match for each of `records`, none of which carries an identifier; and counts of what was left apart.

    `links` are TOKEN_LINKS or rows of that form. Client Level Data follows its council's client index of the same local id, as
    in clear linkage; where its own tokens name another person, neither decides and it stands alone.
    """
    keys = _keys(records)
    place = pc.index_in(keys, value_set=_keys(links))
    columns = {name: _one(links[name]).take(place) for name in ("register_id", "step", "evidence")}
    leader = _leaders(records, keys)
    led = np.asarray(leader.is_valid())
    mine, theirs = columns["register_id"], columns["register_id"].take(leader)
    torn = np.asarray(pc.fill_null(pc.not_equal(mine, theirs), False))
    follows = led & np.asarray(pc.and_(pc.is_null(mine), pc.is_valid(theirs)))
    register_id = pc.if_else(pa.array(torn), None, pc.coalesce(mine, theirs))
    step = pc.if_else(pa.array(follows), SAME_LOCAL_ID, pc.if_else(pc.is_valid(register_id), columns["step"], UNLINKED))
    evidence = pc.if_else(pa.array(torn | follows), None, columns["evidence"])
    group = pc.if_else(pa.array(torn), keys, pc.coalesce(keys.take(leader), keys))
    table = {
        "source": records["source"],
        "local_patient_id": records["local_patient_id"],
        "register_id": register_id,
        "cluster": pc.if_else(pc.is_valid(register_id), None, group),
        "step": step,
        "evidence": evidence,
        "model_version": pa.repeat(VERSION, records.num_rows),
    }
    return Match.sort(Match.validate(Match.conform(pa.table(table)))), {TORN: int(torn.sum())}


def _leaders(records: pa.Table, keys: Any) -> Any:
    """For each record of Client Level Data the place of its client index's record; null for the rest."""
    wanted = pc.binary_join_element_wise(LEADER, records["local_patient_id"].combine_chunks(), "|")
    followers = pc.equal(records["source"], FOLLOWER).combine_chunks()
    return pc.index_in(pc.if_else(followers, wanted, None), value_set=keys, skip_nulls=True)


def _keys(rows: pa.Table) -> Any:
    return _one(pc.binary_join_element_wise(rows["source"], rows["local_patient_id"], "|"))


def _one(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
