"""A file of records as a table of texts in the order of their ids: Parquet, CSV, an Arrow table or a data frame as it is.

Sorted by id, so that the order of a file's rows can change nothing that follows.
"""

from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from linkage.files.fields import RECORD_ID
from schemas.errors import ConfigurationError

# A file by its name, or a table: Arrow's, or any that Arrow can take over (a pandas or polars data frame).
Source: TypeAlias = Any
INDEX = "__index_level_"  # how pandas names an index that it hands over

PARQUET = (".parquet", ".pq")
# A cell as long as this is no value of a person's; the reader needs room for one row at a time.
BLOCK_BYTES = 1 << 24


def read_file(source: Source, side: str) -> pa.Table:
    """Records of one file (or table, or data frame), every column as text, sorted by `record_id`; empty texts are null.

    Raises `ConfigurationError`: `E-LINK-FILE` where the file is not there or cannot be read as what it claims to be;
    `E-LINK-ID` where `record_id` is absent, empty in a record, or the same in two.
    """
    table = _as_table(source, side)
    if len(set(table.column_names)) < len(table.column_names):
        raise _refused(side, "has two columns of one name")
    if RECORD_ID not in table.column_names:
        raise _bad_ids(side, "has no column record_id")
    texts = pa.table({name: _as_text(table[name], name, side) for name in table.column_names})
    _check_ids(texts[RECORD_ID], side)
    return texts.sort_by(RECORD_ID)


def _as_table(source: Source, side: str) -> pa.Table:
    if isinstance(source, str | Path):
        return _read(Path(source), side)
    if not hasattr(source, "__arrow_c_stream__"):
        raise _refused(side, f"is a {type(source).__name__}: give a path, an Arrow table or a data frame")
    table = pa.table(source)
    return table.drop_columns([name for name in table.column_names if name.startswith(INDEX)])


def read_columns(path: Path, side: str) -> pa.Table:
    """A file of any columns as it is: pairs, or the truth. Raises `ConfigurationError` `E-LINK-FILE`."""
    return _read(path, side)


def _read(path: Path, side: str) -> pa.Table:
    fault = ""
    try:
        return pa.parquet.read_table(path) if path.suffix.lower() in PARQUET else read_csv_as_text(path)
    except FileNotFoundError:
        fault = "is not there"
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error):
        # Arrow's own message quotes the line it stumbled on.
        fault = "cannot be read: it is no " + ("Parquet file" if path.suffix.lower() in PARQUET else "CSV file in UTF-8")
    raise _refused(side, fault)


def read_csv_as_text(path: Path) -> pa.Table:
    """Every column as text, in UTF-8; quoted cells may hold line ends. Arrow's own errors, for the caller to word."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        header = next(csv.reader(lines), [])
    as_text: Any = dict.fromkeys(header, pa.string())
    return pa.csv.read_csv(
        path,
        read_options=pa.csv.ReadOptions(block_size=BLOCK_BYTES),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(column_types=as_text, strings_can_be_null=False),
    )


def _as_text(column: Any, name: str, side: str) -> Any:
    texts = None
    with suppress(pa.ArrowException):
        texts = column.cast(pa.string())
    if texts is None:
        raise _refused(side, f"has a column, {name}, that is no text, number or date")
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), pa.scalar(None, pa.string()), texts)


def _check_ids(ids: Any, side: str) -> None:
    if ids.null_count:
        raise _bad_ids(side, f"has {ids.null_count} records without record_id")
    repeated = len(ids) - pc.count_distinct(ids).as_py()
    if repeated:
        raise _bad_ids(side, f"has {repeated} records whose record_id an earlier one has")


def _refused(side: str, fault: str) -> ConfigurationError:
    return ConfigurationError(
        "E-LINK-FILE", f"the {side} file {fault}.", cure="give a Parquet file, or a CSV file in UTF-8 with a header"
    )


def _bad_ids(side: str, fault: str) -> ConfigurationError:
    return ConfigurationError("E-LINK-ID", f"the {side} file {fault}.", cure="give every record a record_id of its own")
