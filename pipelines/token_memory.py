"""Tokens are destroyed once a night has linked by them; what stays is whom they linked.

A converted token file loses its token columns when linkage is done, and its summary with them, so that a later night converts
the delivered file anew. No copy of that file is kept in the vault. Where the delivered file is gone too, the decision of the
last night that had the tokens stands.
"""

from __future__ import annotations

import os
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.extracts import EXTRACTS
from pipelines.extracts.conversion import PRIVATE, SUMMARY
from pipelines.extracts.layout import TableLayout
from pipelines.feeds import load_landed
from pipelines.night import Night
from pipelines.shelf import Shelf, sync
from schemas.identifiable import Match
from schemas.table import Rows
from schemas.zones import Zone

TOKEN_STEPS = ("token_number", "token_demographic")


def forget_tokens(night: Night) -> None:
    """Empty the token columns of every converted file of tonight. Doing it again changes nothing."""
    layouts = {(extract.source, layout.name): layout for extract in EXTRACTS for layout in extract.tables}
    for source in load_landed(night.project, night.run_id):
        for file in source.files:
            layout = layouts.get((source.source, file.table))  # referrals have none, and hold no tokens
            if layout is not None and layout.forgotten:
                _forget(file.converted_path, layout)


def _forget(path: Any, layout: TableLayout) -> None:
    table = pq.read_table(path, partitioning=None)
    for name in layout.forgotten:
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, pa.nulls(table.num_rows, pa.string()))
    part = path.with_name(f".{path.name}.part")
    pq.write_table(table, part, compression="zstd")
    os.chmod(part, PRIVATE)
    sync(part)
    (path.parent / SUMMARY).unlink(missing_ok=True)
    os.replace(part, path)
    sync(path.parent)


def remembered_links(night: Night, own: Rows[Match], hidden: Any) -> pa.Table:
    """Links by token of the parent night whose person is on tonight's register, under the number she has tonight.

    `own`: tonight's matches of the register's own records; `hidden`: register ids of protected identities, who are linked by
    number only. Columns source, local_patient_id, register_id, step, evidence.
    """
    columns = ["source", "local_patient_id", "register_id", "step", "evidence"]
    if night.parent is None:
        return Match.empty().select(columns)
    before = Shelf(night.project.vault_night(night.parent), night.parent, identifiable=True).get(Zone.IDENTIFIABLE, "match")
    rows = before.filter(pc.is_in(before["step"], value_set=pa.array(TOKEN_STEPS))).select(columns)
    place = pc.index_in(rows["register_id"], value_set=own["local_patient_id"].combine_chunks())
    rows = rows.set_column(2, "register_id", own["register_id"].take(place))
    exposed = pc.and_(pc.is_in(rows["register_id"], value_set=hidden), pc.equal(rows["step"], "token_demographic"))
    return rows.filter(pc.and_(pc.is_valid(rows["register_id"]), pc.invert(exposed)))
