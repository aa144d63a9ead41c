"""Files that a command writes: whether it can, asked before the work, and how: its owner's alone, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from pipelines.shelf import sync
from schemas.errors import ConfigurationError

PRIVATE = 0o600
BATCH_ROWS = 100_000


def check_writable(path: Path, option: str, *, make_folder: bool = False) -> None:
    """Refuse (`ConfigurationError` `E-ARGUMENT`) a folder, a file that is write-protected, and a folder that is not there.

    `make_folder`: the writer makes absent folders, so that only the first one there must be a folder and open to writing.
    """
    if path.is_dir():
        raise _refused(option, "names a folder", "name a file in it")
    if path.exists() and not os.access(path, os.W_OK):
        raise _refused(option, "names a file that may not be written", "name another")
    folder = path.absolute().parent
    while make_folder and not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise _refused(option, "names a file in a folder that is not there", "make it, or name another")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _refused(option, "names a file in a folder that may not be written to", "name another")


def _refused(option: str, fault: str, cure: str) -> ConfigurationError:
    return ConfigurationError("E-ARGUMENT", f"{option} {fault}.", cure=cure)


def write_csv(table: pa.Table, stream: Any) -> None:
    """A table as CSV, its names unquoted, a text only quoted where it must be."""
    stream.write((",".join(table.column_names) + "\n").encode())  # Arrow would quote the names
    options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
    with pa.csv.CSVWriter(stream, table.schema, write_options=options) as writer:
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            writer.write_batch(batch)


def write_privately(path: Path, write: Callable[[Any], object]) -> None:
    """Write a file, mode 0600 from the first byte, in one rename; absent folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as stream:
            write(stream)
        sync(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
