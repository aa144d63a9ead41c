"""One landed file to typed Parquet with its rejects beside it, once for the same bytes, name, mapping and layout."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.extracts.border import MARKED, Border, check_block
from pipelines.extracts.casting import LEFT_OUT, REJECTS, cast_block, converted_schema
from pipelines.extracts.codes import code_list
from pipelines.extracts.header import Header, read_header, resolve
from pipelines.extracts.layout import FILE, LAYOUT_VERSION, TableLayout
from pipelines.extracts.mappings import ColumnNames
from pipelines.extracts.number_share import NumberShare
from pipelines.extracts.plain import to_plain
from pipelines.extracts.reader import BLOCK_BYTES, LONG_BLOCK_BYTES, Block, LongRowError, parquet_cells, read_parquet, read_text
from pipelines.extracts.refusal import refusal
from pipelines.shelf import sync
from schemas.errors import CaselinkError
from schemas.identifiable import Reject

DATA, REJECTED, SUMMARY = "data.parquet", "reject.parquet", "summary.json"
MARKS = "marked.parquet"  # people whom a flag of the file marks
ROWS_AT_ONCE = 100_000
DATES_TO_TELL_SWAPPED = 200
PRIVATE = 0o600


@dataclass(frozen=True)
class Task:
    """One file to convert: where it landed, what it is, and how it is to be read."""

    source: str
    name: str
    landed: Path
    sha256: str
    layout: TableLayout
    names: ColumnNames
    synthetic: bool
    border: Border = field(default_factory=Border)

    def key(self) -> str:
        """What the conversion is a function of, as a name."""
        lists = sorted({item.codes for item in self.layout.fields if item.codes})
        parts = [
            LAYOUT_VERSION, self.source, self.name, self.sha256, repr(self.layout), self.names.parts(), self.synthetic,
            [sorted(code_list(name).kept.items()) for name in lists], self.border.parts(),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Summary:
    """What a conversion found. `rows` = good rows + `rejected` + `kept_out` (by flag); `left_out`: emptied values by column.

    `refusal`: code, message and cure where the whole file was refused; then there are no rows.
    """

    rows: int = 0
    rejected: int = 0
    blank: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    refusal: tuple[str, str, str] | None = None
    kept_out: dict[str, int] = field(default_factory=dict)
    marked: int = 0

    @property
    def good(self) -> int:
        """Rows that were kept."""
        return self.rows - self.rejected - sum(self.kept_out.values())


@dataclass(frozen=True)
class Converted:
    """A converted file: its folder (data, rejects) and its summary."""

    folder: Path
    summary: Summary

    @property
    def data(self) -> Path:
        """The typed rows."""
        return self.folder / DATA

    @property
    def rejects_path(self) -> Path:
        """The rejects."""
        return self.folder / REJECTED

    def rejects(self) -> pa.Table:
        """Rows of Reject."""
        return pq.read_table(self.rejects_path, partitioning=None)


def convert(task: Task, converted: Path) -> Converted:
    """Convert the file, or take what an earlier night made of the same bytes. Never raises for what is in the file."""
    folder = converted / task.source / task.key()
    if not (folder / SUMMARY).is_file():
        for parent in (converted, folder.parent):
            parent.mkdir(exist_ok=True, mode=0o700)
        staging = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        try:
            _convert_into(task, staging)
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(staging, folder)
            sync(folder.parent)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return Converted(folder, _read_summary(folder / SUMMARY))


def _convert_into(task: Task, staging: Path) -> None:
    summary = None
    for block_bytes in (BLOCK_BYTES, LONG_BLOCK_BYTES):
        summary = summary or _attempt(task, staging, block_bytes)
    if summary is None:
        rule = f"a row is longer than {LONG_BLOCK_BYTES >> 20} MB"
        summary = _refused(refusal("E-EXTRACT-LONG", task.name, "", rule, cure="ask for the file again; a quote may be unclosed"))
    if summary.refusal is not None:
        _write(converted_schema(task.layout).empty_table(), staging / DATA)
        _write(Reject.empty(), staging / REJECTED)
        _write(MARKED.empty_table(), staging / MARKS)
    (staging / SUMMARY).write_text(json.dumps(asdict(summary)))
    for path in staging.iterdir():
        _settle(path)


def _attempt(task: Task, staging: Path, block_bytes: int) -> Summary | None:
    """Convert with blocks of this size; None where a row is longer."""
    work = staging / "work"
    work.mkdir(mode=0o700)
    try:
        return _read_and_cast(task, staging, work, block_bytes)
    except CaselinkError as error:
        return _refused(error)
    except LongRowError:
        return None
    finally:
        shutil.rmtree(work)


def _refused(error: CaselinkError) -> Summary:
    return Summary(refusal=(error.code, error.message, error.cure))


def _read_and_cast(task: Task, staging: Path, work: Path, block_bytes: int) -> Summary:
    header, blocks, marred = open_file(task, work=work, block_bytes=block_bytes)
    rejects, good, refused, blank = [], 0, 0, 0
    marked, kept_out, unknown = [MARKED.empty_table()], Counter[str](), Counter[str]()
    last_days: dict[str, tuple[int, int]] = {}
    numbers = NumberShare(task.layout)
    schema = converted_schema(task.layout).append(pa.field(FILE, pa.string()))
    with pq.ParquetWriter(staging / DATA, schema, compression="zstd", compression_level=1) as writer:
        waiting: list[pa.Table] = []
        for block in blocks:
            checked = check_block(block, task.border, task.layout, marred=marred, synthetic=task.synthetic)
            marked += checked.marked
            kept_out.update(checked.left_out)
            unknown.update(checked.unknown)
            outcome = cast_block(checked.block, task.layout, marred=marred, synthetic=task.synthetic)
            waiting.append(outcome.rows)
            numbers.add(outcome.rows)
            rejects += outcome.rejects
            good, refused, blank = good + outcome.rows.num_rows, refused + outcome.refused, blank + outcome.blank
            for name, (dates, day) in outcome.last_days().items():
                before, latest = last_days.get(name, (0, 0))
                last_days[name] = before + dates, max(day, latest)
            if sum(table.num_rows for table in waiting) >= ROWS_AT_ONCE:
                _flush(writer, waiting, task.name)
        _flush(writer, waiting, task.name)
    rejected = _reject_rows(rejects, task)
    _write(rejected, staging / REJECTED)
    marks = pa.concat_tables(marked)
    _write(marks, staging / MARKS)
    warnings = (*header.warnings, *numbers.remarks(), *_swapped(last_days), *_doubtful(unknown))
    rows = good + refused + sum(kept_out.values())
    return Summary(rows, refused, blank, _left_out(rejected), warnings, kept_out=dict(kept_out), marked=marks.num_rows)


def _doubtful(unknown: Mapping[str, int]) -> list[str]:
    """Flags with rows left out for a value that is no code of theirs."""
    words = "values of the flag {} are neither one of its codes nor a no: {} rows, left out; name them in [[flag]]"
    return [words.format(flag, rows) for flag, rows in sorted(unknown.items()) if rows]


def _swapped(last_days: dict[str, tuple[int, int]]) -> list[str]:
    """Date columns in which no day lies beyond the twelfth: day and month may have changed places without a bad date."""
    suspects = [name for name, (dates, day) in last_days.items() if 1 < day <= 12 and dates >= DATES_TO_TELL_SWAPPED]
    return [f"column {name}, no day after the 12th of a month: have day and month changed places" for name in suspects]


def open_file(task: Task, *, work: Path, block_bytes: int = BLOCK_BYTES) -> tuple[Header, Iterator[Block], bool]:
    """Header, blocks of text, and whether values may hold unreadable characters, of a task's file.

    Only columns that the task's border lets through are read. Raises `CaselinkError` for what is wrong with the whole file, here
    or while the blocks are drawn.
    """
    layout, path, name = task.border.with_flags(task.layout), task.landed, task.name
    if name.lower().endswith(".parquet"):
        header = task.border.limit(resolve(parquet_cells(path, name), name, layout, task.names))
        return header, read_parquet(path, name, header), True
    plain = to_plain(path, name, work)
    header = task.border.limit(read_header(plain.path, name, layout, task.names))
    return header, read_text(plain, name, header, block_bytes), plain.marred


def _flush(writer: pq.ParquetWriter, waiting: list[pa.Table], name: str) -> None:
    rows = pa.concat_tables(waiting)
    waiting.clear()
    if rows.num_rows:
        writer.write_table(rows.append_column(FILE, pa.repeat(pa.scalar(name), rows.num_rows)))


def _reject_rows(rejects: list[pa.Table], task: Task) -> pa.Table:
    rows = pa.concat_tables([REJECTS.empty_table(), *rejects])
    constant = {
        "source": pa.repeat(pa.scalar(task.source), rows.num_rows),
        "file": pa.repeat(pa.scalar(task.name), rows.num_rows),
    }
    return Reject.sort(Reject.conform(pa.table({**constant, **{name: rows[name] for name in rows.column_names}})))


def _left_out(rejects: pa.Table) -> dict[str, int]:
    values = rejects.filter(pc.ends_with(rejects["rule"], LEFT_OUT))
    return {each["values"]: each["counts"] for each in pc.value_counts(values["column"]).to_pylist()}


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _settle(path: Path) -> None:
    """Readable by its owner only, and on the disk."""
    os.chmod(path, PRIVATE)
    sync(path)


def _read_summary(path: Path) -> Summary:
    values = json.loads(path.read_text())
    values["warnings"] = tuple(values["warnings"])
    values["refusal"] = tuple(values["refusal"]) if values["refusal"] else None
    return Summary(**values)
