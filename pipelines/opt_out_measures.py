"""How many people opt-outs keep out of the night, and who they are not: what the lists cannot say of, by group."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.night import Night
from schemas.zones import Zone

TABLE = "opt_out_measure"


def put_opt_out_measures(night: Night, everybody: pa.Table, let_in: pa.Table) -> None:
    """Keep, in the vault, the unsuppressed shares of the night's people whom opt-outs leave out.

    Both tables are PseudonymisedPerson rows: of everybody, and of those who passed.
    """
    from measures.opt_outs import opt_out_shares

    flagged = everybody.append_column(
        "left_out", pc.invert(pc.is_in(everybody["pseudonym"], value_set=_one(let_in["pseudonym"])))
    )
    night.vault_shelf.put_arrow(Zone.IDENTIFIABLE, TABLE, opt_out_shares(flagged, night.as_at))


def _one(values: pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks()
