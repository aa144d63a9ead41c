"""What linking by tokens loses, told by records that carry identifiers: their token links beside their clear ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.tokens.match import REGISTER_TOKENS, link_tokens
from linkage.tokens.texts import texts_table, token_parts
from schemas.identifiable import Match, MatchToken, PersonRecord
from schemas.table import Rows

# Records that are enough to tell a share to half a percentage point, whatever the share (95 %); more cost time and say no more.
ENOUGH = 40_000


class Loss(NamedTuple):
    """Of `records` with names: `clear` linked by the cascade, `found` of these by tokens too, `other`: by tokens otherwise."""

    records: int
    clear: int
    found: int
    other: int


def token_loss(records: Rows[PersonRecord], matches: Rows[Match], register: pa.Table, protected: pa.Array) -> Loss:
    """Link records that carry a name by their tokens alone, and compare with what the cascade made of them.

    `register`: columns register_id, kind, text (`register_texts`). The texts stand for their tokens: two tokens of one key agree
    exactly where their texts do. Of many records every n-th in key order is taken, the same ones every time.
    """
    named = records.filter(pc.and_(pc.is_valid(records["family_name"]), pc.not_equal(records["source"], "register")))
    named = PersonRecord.sort(named)
    step = -(-named.num_rows // ENOUGH) or 1
    named = named.take(pa.array(np.arange(0, named.num_rows, step)))
    links = link_tokens(tokens_as_texts(named), register.rename_columns(REGISTER_TOKENS.names), protected).links
    by_key = ["source", "local_patient_id"]
    clear = named.select(by_key).join(matches.select([*by_key, "register_id"]), by_key, join_type="left outer")
    both = clear.join(links.select([*by_key, "register_id"]), by_key, join_type="left outer", right_suffix="_token")
    is_clear, is_token = both["register_id"].is_valid(), both["register_id_token"].is_valid()
    same = pc.fill_null(pc.equal(both["register_id"], both["register_id_token"]), False)
    counts = (is_clear, same, pc.and_(is_token, pc.invert(same)))
    return Loss(named.num_rows, *(int(pc.sum(each).as_py() or 0) for each in counts))


def tokens_as_texts(records: Rows[PersonRecord]) -> Rows[MatchToken]:
    """The records' tokens, each text standing for its token."""
    texts = texts_table(token_parts(records), earlier=False)
    keys = records.select(["source", "local_patient_id"]).take(texts["row"])
    table = pa.table([*keys.columns, texts["kind"], texts["text"]], names=list(MatchToken.columns()))
    return MatchToken.validate(MatchToken.conform(table))
