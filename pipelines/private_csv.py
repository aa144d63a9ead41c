"""Tables with identifiers as CSV: their owner's alone from the first byte, and only where they may lie."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from caseload.workbook import disarm
from governance.private_files import check_outside_git
from pipelines.project import Project
from pipelines.shelf import sync
from schemas.errors import GovernanceError

PRIVATE = 0o600
BATCH_ROWS = 10_000


def check_place(project: Project, place: Path) -> Path:
    """`place` in full, where a file with identifiers may lie there. Within the project that is the vault only.

    Raises `GovernanceError`: `E-EXPORT-PLACE` for any other place of the project (`runs/` above all), `E-EXPORT-GIT` inside a git
    work tree that does not ignore it.
    """
    whole = place.resolve()
    if whole.is_relative_to(project.root) and not whole.is_relative_to(project.vault):
        raise GovernanceError(
            "E-EXPORT-PLACE",
            "the file holds identifiers and may not lie in this part of the project.",
            cure="name a place outside the project, or in its vault/",
        )
    check_outside_git(whole, "E-EXPORT")
    return whole


def write_private_csv(path: Path, table: pa.Table, *, for_people: bool) -> None:
    """Write a table of texts in UTF-8, mode 0600, in one rename.

    `for_people`: every text is quoted, and one that a spreadsheet would take for a formula gets an apostrophe in front. Else the
    file is for a machine that wants the texts as they are: see to it that none begins a formula.
    """
    with private_text(path) as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL if for_people else csv.QUOTE_MINIMAL)
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            cells = ([_cell(value, for_people) for value in column.to_pylist()] for column in batch.columns)
            writer.writerows(zip(*cells, strict=True))


@contextmanager
def private_text(path: Path) -> Iterator[TextIO]:
    """A text file in UTF-8, mode 0600 from its first byte, that takes its name in one rename where the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            yield stream
        sync(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _cell(value: str | None, for_people: bool) -> str:
    return "" if value is None else disarm(value) if for_people else value
