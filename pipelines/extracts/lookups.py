"""Look-ups delivered as files: areas and practices."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pyarrow as pa

from pipelines.extracts.casting import cast_block, converted_schema
from pipelines.extracts.conversion import Task, open_file
from pipelines.extracts.delivered import Delivered, list_inbox
from pipelines.extracts.layout import TableLayout, code, text, whole
from pipelines.extracts.mappings import ColumnNames
from pipelines.extracts.refusal import refusal

LSOA = TableLayout(
    name="lsoa",
    title="Lower layer super output areas",
    full_list=True,
    fields=(
        code("lsoa_code", "E01 and six digits", required=True),
        text("council", "name of the council the area lies in"),
        whole("deprivation_decile", "1 most deprived to 10 least"),
        text("imd_edition", "edition of the index, with the year of its areas"),
    ),
)

PRACTICES = TableLayout(
    name="practices",
    title="GP practices",
    full_list=True,
    fields=(
        code("gp_practice_code", "six characters", required=True),
        text("locality", "locality or neighbourhood the practice belongs to"),
        text("icb", "integrated care board"),
    ),
)

LOOKUPS = (LSOA, PRACTICES)


def read_lookups(folder: Path) -> tuple[pa.Table, pa.Table]:
    """Areas and practices from `folder`, the latest word on each key; no rows where a file is missing.

    A file is `lsoa` or `practices` with any ending and, if it likes, a date. Raises `CaselinkError` where one cannot be
    read, or holds a row without its key.
    """
    files = list_inbox(folder, LOOKUPS, dt.date.max).files
    return (_read(LSOA, files), _read(PRACTICES, files))


def _read(layout: TableLayout, files: tuple[Delivered, ...]) -> pa.Table:
    tables = [read_whole(file.path, layout) for file in files if file.table == layout.name]
    names = [item.name for item in layout.fields]
    rows = pa.concat_tables([converted_schema(layout).empty_table(), *tables]).select(names)
    latest = {row[names[0]]: row for row in rows.to_pylist()}
    return pa.Table.from_pylist([latest[key] for key in sorted(latest)], schema=rows.schema)


def read_whole(path: Path, layout: TableLayout) -> pa.Table:
    """A small file with the columns of its layout, typed. Raises `CaselinkError` where any row is bad."""
    with tempfile.TemporaryDirectory() as work:
        task = Task(layout.name, path.name, path, "", layout, ColumnNames(), synthetic=False)
        _, blocks, marred = open_file(task, work=Path(work))
        outcomes = [cast_block(block, layout, marred=marred, synthetic=False) for block in blocks]
    for reject in [row for outcome in outcomes for table in outcome.rejects for row in table.to_pylist()]:
        where = f"line {reject['line']}" + (f", column {reject['column']}" if reject["column"] else "")
        raise refusal("E-EXTRACT-ROW", path.name, where, reject["rule"], cure="mend the row")
    return pa.concat_tables([outcome.rows for outcome in outcomes])
