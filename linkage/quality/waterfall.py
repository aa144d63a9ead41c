"""How many records each step of the cascade decided, source by source."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from schemas.identifiable import LINK_STEPS, SOURCES, Match
from schemas.table import Rows

# Steps of sources that came as tokens or under a supplier's pseudonym: most projects have none.
WITHOUT_IDENTIFIERS = ("token_number", "token_demographic", "supplier_pseudonym")
WATERFALL = pa.schema([("source", pa.string()), ("step", pa.string()), ("records", pa.int64())])


def waterfall(matches: Rows[Match]) -> pa.Table:
    """Rows source, step, records: sources in their usual order, steps in the cascade's; steps that decided nothing say 0,
    but those of sources without identifiers are there only where they decided something.

    The register's own records are counted under step `register`. Raw counts: small numbers are not yet suppressed.
    """
    counts = matches.group_by(["source", "step"]).aggregate([([], "count_all")]).to_pylist()
    by_place = {(row["source"], row["step"]): row["count_all"] for row in counts}
    present = set(pc.unique(matches["source"]).to_pylist())
    rows = [
        {"source": source, "step": step, "records": by_place.get((source, step), 0)}
        for source in SOURCES
        if source in present
        for step in LINK_STEPS
        if (step == "register") == (source == "register") and (step not in WITHOUT_IDENTIFIERS or (source, step) in by_place)
    ]
    return pa.Table.from_pylist(rows, schema=WATERFALL)
