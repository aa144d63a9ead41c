"""Text files and Parquet as blocks of text columns with the line each row stands on. Nothing is inferred, memory is bounded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from pipelines.extracts.header import Header
from pipelines.extracts.lines import LineNumbers, line_numbers
from pipelines.extracts.plain import Plain
from pipelines.extracts.refusal import refusal
from schemas.errors import CaselinkError

BLOCK_BYTES = 1 << 22
LONG_BLOCK_BYTES = 1 << 24  # the second attempt, for a file with a row longer than a block
PARQUET_ROWS = 1 << 16
NO_LINES = np.empty(0, np.int64)


@dataclass(frozen=True)
class Block:
    """Rows of one file: `lines` says where each stands; `columns` are texts by field name, empty ones null.

    `ragged`: lines of the rows with too many or too few columns met since the block before.
    """

    lines: np.ndarray
    columns: dict[str, Any]
    ragged: np.ndarray


class LongRowError(Exception):
    """A row is longer than a block: read the file again with longer ones."""


class Ragged:
    """Rows with more or fewer columns than the header: where they are, and whether the last one met is too short."""

    def __init__(self, header: Header) -> None:
        self.before = header.lines - 1
        self.rows: list[int] = []
        self.short_tail = 0

    def take(self, row: Any) -> str:
        """Arrow's handler: note the row (the header is row 1) and go on."""
        number = row.number - self.before
        self.rows.append(number)
        self.short_tail = number if row.actual_columns < row.expected_columns else 0
        return "skip"


def read_text(plain: Plain, name: str, header: Header, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Blocks of a text file, with the lines of the ragged rows met on the way.

    Raises `CaselinkError` where a quote is never closed, the file breaks off inside its last row, or it cannot be
    parsed; `LongRowError` where a row does not fit into `block_bytes`.
    """
    numbers = line_numbers(plain.path, name, header.delimiter) if plain.quoted else LineNumbers([], [])
    ragged = Ragged(header)
    row, told = 2, 0
    for batch in _batches(plain.path, name, header, ragged, block_bytes):
        rows = good_rows(batch.num_rows, row, ragged.rows)
        row = int(rows[-1]) + 1 if len(rows) else row
        met, told = np.array(ragged.rows[told:], np.int64), len(ragged.rows)
        yield Block(numbers.of(rows), _named(batch, header), numbers.of(met))
    met = np.array(ragged.rows[told:], np.int64)
    if ragged.short_tail >= row and not plain.ends_with_newline:
        where = f"line {numbers.of(met)[-1] if len(met) else numbers.of(np.array([ragged.short_tail]))[0]}"
        raise refusal("E-EXTRACT-CUT", name, where, "the file breaks off inside its last row", cure="ask for the file again")
    yield Block(np.empty(0, np.int64), {}, numbers.of(met))


def good_rows(count: int, start: int, ragged: list[int]) -> np.ndarray:
    """Numbers of the next `count` rows from `start` that are not ragged."""
    skipped = np.array([row for row in ragged if row >= start], np.int64)
    if not len(skipped):
        return np.arange(start, start + count, dtype=np.int64)
    return np.setdiff1d(np.arange(start, start + count + len(skipped), dtype=np.int64), skipped)[:count]


def _batches(path: Path, name: str, header: Header, ragged: Ragged, block_bytes: int) -> Iterator[pa.RecordBatch]:
    names = [str(position) for position in range(header.width)]
    wanted = [str(position) for position in header.columns.values()]
    rule = ""
    try:
        reader = pacsv.open_csv(
            path,
            read_options=pacsv.ReadOptions(use_threads=False, block_size=block_bytes, skip_rows=header.lines, column_names=names),
            parse_options=pacsv.ParseOptions(
                delimiter=header.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=ragged.take
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        yield from reader
    except pa.ArrowInvalid as error:  # its text may hold a value
        rule = "long" if "straddling" in str(error) else "none" if "Could not skip" in str(error) else "broken"
    if rule == "long":
        raise LongRowError
    if rule == "broken":
        raise refusal("E-EXTRACT-PARSE", name, "", "the text cannot be read as columns", cure="ask for the file again as CSV")


def _named(batch: pa.RecordBatch, header: Header) -> dict[str, Any]:
    return {field: batch.column(batch.schema.get_field_index(str(at))) for field, at in header.columns.items()}


def parquet_cells(path: Path, name: str) -> list[str]:
    """Column names of a Parquet file, as header cells. Raises `CaselinkError` where it is not one."""
    with contextlib.suppress(pa.ArrowException, OSError):  # raised below: Arrow's message may hold a value
        return list(pq.read_schema(path).names)
    raise _not_parquet(name)


def read_parquet(path: Path, name: str, header: Header) -> Iterator[Block]:
    """Blocks of a Parquet file, every column cast to text; the line of a row is its number.

    Raises `CaselinkError` where a page or the footer is damaged, or a column cannot be text.
    """
    broken, row = False, 1
    try:
        with pq.ParquetFile(path) as file:
            names = {field: file.schema_arrow.names[at] for field, at in header.columns.items()}
            for batch in file.iter_batches(PARQUET_ROWS, columns=list(names.values()), use_threads=False):
                lines = np.arange(row, row + batch.num_rows, dtype=np.int64)
                row += batch.num_rows
                yield Block(lines, {field: as_text(batch.column(column)) for field, column in names.items()}, NO_LINES)
            broken = row - 1 != file.metadata.num_rows
    except (pa.ArrowException, OSError):
        broken = True
    if broken:
        raise _not_parquet(name)


def as_text(values: Any) -> Any:
    """An Arrow column of whatever type as text; empty texts become null."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if not pa.types.is_string(values.type):
        values = values.cast(pa.string())
    return pc.if_else(pc.equal(values, ""), None, values)


def _not_parquet(name: str) -> CaselinkError:
    return refusal("E-EXTRACT-PARQUET", name, "", "the Parquet data are damaged", cure="ask for the file again")
