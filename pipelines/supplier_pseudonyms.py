"""Feeds under a supplier's pseudonym: linked exactly where the register carries the same pseudonym, unique on both sides.

Everybody else of such a source stands alone under the source's own id. An opt-out list holds NHS numbers, so it reaches those who
are linked, through the register, and no one who stands alone: they are left out, unless the configuration lets them in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.config import Configuration
from pipelines.engine import Engine
from pipelines.extracts.assemble import open_tables
from pipelines.extracts.landed import LandedSource
from pipelines.extracts.layout import LOCAL_ID, PSEUDONYM, SEQUENCE, Extract, FieldType, TableLayout, text
from pipelines.night import Night
from pipelines.settings.supplier_pseudonyms import SupplierPseudonym
from schemas.identifiable import Link
from schemas.table import Rows
from schemas.zones import Zone

STEP = "supplier_pseudonym"
COLUMNS = ("source", "local_patient_id", "register_id", "step", "evidence")
PAIRS = pa.schema([("id", pa.string()), ("pseudonym", pa.string())])


def with_pseudonyms(extract: Extract, configuration: Configuration) -> Extract:
    """The extract as the project's suppliers send it: number columns that hold pseudonyms, and the register's columns of them."""
    mine = [each for each in configuration.supplier_pseudonym if each.source == extract.source]
    if mine:
        return replace(extract, tables=tuple(_pseudonymised(layout) for layout in extract.tables))
    columns = register_columns(configuration)
    if extract.source != "register" or not columns:
        return extract
    extra = tuple(text(name, "a supplier's pseudonym", required=True, may_be_empty=True) for name in columns)
    first, *others = extract.tables
    return replace(extract, tables=(replace(first, fields=(*first.fields, *extra)), *others))


def register_columns(configuration: Configuration) -> tuple[str, ...]:
    """Headers of the register's columns of pseudonyms."""
    return tuple(sorted({each.register_column for each in configuration.supplier_pseudonym if each.register_column}))


def _pseudonymised(layout: TableLayout) -> TableLayout:
    number = FieldType.NHS_NUMBER
    return replace(layout, fields=tuple(replace(each, pseudonym=each.type is number) for each in layout.fields))


def pseudonym_links(
    setting: SupplierPseudonym, source: LandedSource, register: LandedSource, *, engine: Engine, night: Night, persons: pa.Table
) -> pa.Table:
    """Links of one source, columns COLUMNS. `persons`: tonight's matches of the register's own records."""
    ours = _read(source, engine, night, PSEUDONYM)
    theirs = (
        _read(register, engine, night, setting.register_column, table="register")
        if setting.register_column
        else PAIRS.empty_table()
    )
    place = pc.index_in(theirs["id"], value_set=persons["local_patient_id"].combine_chunks())
    theirs = theirs.set_column(0, "id", persons["register_id"].combine_chunks().take(place))
    found = unique_pairs(ours, theirs)
    count = found.num_rows
    columns = [
        pa.repeat(setting.source, count),
        found["id"],
        found["register_id"],
        pa.repeat(STEP, count),
        pa.repeat(STEP + "=same", count),
    ]
    return pa.table(columns, names=list(COLUMNS))


def unique_pairs(ours: pa.Table, theirs: pa.Table) -> pa.Table:
    """Columns id and register_id: pairs of PAIRS rows whose pseudonym one record and one person have, and who have no other.

    Several records or people under one pseudonym, or several pseudonyms of one record or person, link nobody.
    """
    one, other = (_single(rows) for rows in (ours, theirs))
    joined = one.join(other.rename_columns(["register_id", "pseudonym"]), "pseudonym", join_type="inner")
    return joined.select(["id", "register_id"]).sort_by("id")


def _single(rows: pa.Table) -> pa.Table:
    """Rows whose id and whose pseudonym stand in no other row."""
    known = rows.filter(pc.and_(rows["id"].is_valid(), rows["pseudonym"].is_valid())).group_by(PAIRS.names).aggregate([])
    for name in PAIRS.names:
        counts = known[name].value_counts()
        repeated = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
        known = known.append_column(f"{name}_repeated", pc.is_in(known[name], value_set=repeated))
    kept = pc.invert(pc.or_(known["id_repeated"], known["pseudonym_repeated"]))
    return known.filter(kept).select(PAIRS.names)


def _read(source: LandedSource, engine: Engine, night: Night, column: str, *, table: str = "") -> pa.Table:
    """PAIRS rows: each person's latest pseudonym in every table that has the column."""
    frames = []
    for name, rows in open_tables(source, engine, night.as_at).items():
        there = rows.collect_schema().names()
        if column in there and LOCAL_ID in there and table in ("", name):
            frames.append(rows.select(id=nw.col(LOCAL_ID), pseudonym=nw.col(column), sequence=nw.col(SEQUENCE)))
    if not frames:
        return PAIRS.empty_table()
    said = nw.concat(frames).filter(~nw.col("id").is_null() & ~nw.col("pseudonym").is_null())
    last = said.with_columns(_last=nw.col("sequence").max().over("id")).filter(nw.col("sequence") == nw.col("_last"))
    return engine.to_arrow(last.select("id", "pseudonym").unique()).select(PAIRS.names).cast(PAIRS)


def people_standing_alone(night: Night) -> frozenset[str]:
    """Person ids of sources under a pseudonym that nobody linked, and whom the configuration leaves out."""
    left_out = [each.source for each in night.configuration.supplier_pseudonym if each.unlinked == "leave out"]
    links: Rows[Link] = night.vault_shelf.get(Zone.IDENTIFIABLE, "link")
    return alone(links, left_out)


def alone(links: Rows[Link], sources: list[str]) -> frozenset[str]:
    """Person ids of unlinked records of these sources."""
    of_source: Any = pc.is_in(links["source"], value_set=pa.array(sources, pa.string()))
    rows = links.filter(pc.and_(of_source, pc.equal(links["step"], "unlinked")))
    return frozenset(rows["person_id"].to_pylist())
