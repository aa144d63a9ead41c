"""Two files, or one, linked by a model that Splink trained: prepared as `link_prepared` takes them.

    prepared, model = prepare_with_splink("left.parquet", "right.parquet", Path("splink_model.json"))
    link_prepared(prepared, model).table

The files have `record_id`, or the id column that the settings name, and the columns of the settings. Values are compared as they
are, not standardised, as Splink does; an empty cell of a CSV file is a missing value.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from linkage.files.fields import EXACT, RECORD_ID, FileField
from linkage.files.linking import PreparedFiles
from linkage.files.reading import Source, read_columns, read_file
from linkage.model import Model
from linkage.splink.settings import is_splink_file, read_splink_settings, refused

__all__ = ["is_splink_file", "prepare_with_splink"]


def prepare_with_splink(
    left: Source, right: Source | None, settings: Path, *, rules: Sequence[str] | None = None
) -> tuple[PreparedFiles, Model]:
    """The files ready to compare as `settings` say, and the model that weighs them; `rules`, `a+b`, instead of the settings' own.

    Raises `ConfigurationError`: `E-LINK-SPLINK` where the settings are not read or do not fit the files, `E-LINK-ID` and
    `E-LINK-FILE` as `read_file`.
    """
    splink = read_splink_settings(settings, rules=rules or None)
    if not splink.rules:
        raise refused("there is no blocking rule", cure="give rules with --block")
    ids, table = _in_order(left, "left", splink.record_id)
    others = None if right is None else _in_order(right, "right", splink.record_id)
    prepared = PreparedFiles(
        left_ids=ids,
        right_ids=others[0] if others else None,
        fields=tuple(FileField(column, EXACT) for column in splink.required_columns),
        sides=splink.sides(table, others[1] if others else None),
        comparisons=splink.comparisons,
        rules=splink.rules,
        notes=("the model is Splink's: values are compared as they stand in the files",),
    )
    return prepared, splink.model


def _in_order(source: Source, side: str, id_column: str) -> tuple[pa.ChunkedArray, pa.Table]:
    """Ids as texts, and the records with their columns as they are, in the order of the ids."""
    table = source if isinstance(source, pa.Table) else read_columns(Path(source), side)
    name = id_column if id_column in table.column_names else RECORD_ID
    if name not in table.column_names:
        raise refused(f"the {side} file has neither {RECORD_ID} nor {id_column}", cure="give every record an id of its own")
    read_file(pa.table({RECORD_ID: table[name]}), side)  # refuses ids that are missing or repeated
    is_csv = not isinstance(source, pa.Table) and Path(source).suffix.lower() == ".csv"
    given = pa.table({each: _given(table[each]) for each in table.column_names}) if is_csv else table
    ordered = given.take(pc.sort_indices(given[name]))
    return ordered[name].cast(pa.string()), ordered


def _given(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
