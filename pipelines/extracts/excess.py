"""Whether a delivered file may hold what must not be kept: then it is converted where it lies, and no copy of it is made."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import zlib
from pathlib import Path

from pipelines.extracts.border import LEAVE_OUT, Border
from pipelines.extracts.header import DELIMITERS, HEADER_BYTES, field_of
from pipelines.extracts.layout import TableLayout
from pipelines.extracts.mappings import ColumnNames
from pipelines.extracts.plain import encoding_of
from pipelines.extracts.reader import parquet_cells
from schemas.errors import CaselinkError


def has_excess(path: Path, layout: TableLayout, names: ColumnNames, border: Border) -> bool:
    """Whether a column of the file is none that may be read, or a flag may keep rows of it out.

    A file whose header cannot be told has one: in doubt nothing is copied. Without a field list every column may be read.
    """
    if any(flag.rule == LEAVE_OUT for flag in border.flags):
        return True
    if border.columns is None:
        return False
    layout = border.with_flags(layout)
    flags = {each.column for each in border.flags}
    for cell in header_cells(path):
        found = field_of(cell, layout, names)
        if cell.strip() and (found is None or not (border.may_read(found[0]) or found[0] in flags)):
            return True
    return False


def header_cells(path: Path) -> list[str]:
    """The cells of the file's first line; one that no layout knows where the file cannot be read."""
    with contextlib.suppress(CaselinkError, OSError, EOFError, zlib.error, csv.Error, StopIteration):
        if path.name.lower().endswith(".parquet"):
            return parquet_cells(path, "")
        packed = path.name.lower().endswith(".gz")
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            head = stream.read(HEADER_BYTES)
        text = head.decode(encoding_of(head[:4096]), "replace").lstrip("\ufeff")
        first = text.splitlines()[0] if text else ""
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=first.count)))
    return ["?"]
