"""Where one night keeps its tables: put by name, got by name, known by digest.

A vault shelf holds identifiable tables; a staging shelf everything else. Each refuses the other's zone, and the
staging shelf scans every text before a table is committed (lock 2).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine import ROW_GROUP_ROWS, Engine, count_rows
from schemas.errors import ZoneError
from schemas.table import Table, TableRef
from schemas.zones import Zone


@dataclass(frozen=True)
class Shelf:
    """Tables of one run under one folder. `identifiable` says which side of the wall the folder is on."""

    folder: Path
    run_id: str
    identifiable: bool

    def path(self, zone: Zone, name: str) -> Path:
        """Where the table of this name lies, whether or not it is there yet."""
        if (zone is Zone.IDENTIFIABLE) != self.identifiable:
            raise ZoneError("E-ZONE-SHELF", f"table {name} of zone {zone} does not belong on this side of the wall.")
        return self.folder / f"{name}.parquet" if self.identifiable else self.folder / zone / f"{name}.parquet"

    def put(self, table: type[Table], name: str, rows: pa.Table) -> TableRef:
        """Validate, sort and write rows held in memory."""
        return self.put_arrow(table.zone, name, table.sort(table.validate(rows)))

    def put_arrow(self, zone: Zone, name: str, rows: pa.Table) -> TableRef:
        """Write rows as they stand: for tables whose columns a list declares (features)."""
        path = self._ready(zone, name)
        part = path.with_suffix(".part")
        pq.write_table(rows, part, compression="zstd", row_group_size=ROW_GROUP_ROWS)
        return self._commit(zone, name, part, path)

    def put_frame(self, engine: Engine, table: type[Table], name: str, frame: nw.LazyFrame[Any]) -> TableRef:
        """Run a query straight into the table's file, sorted."""
        path = self._ready(table.zone, name)
        part = path.with_suffix(".part")
        engine.write(frame, part, table)
        return self._commit(table.zone, name, part, path)

    def get(self, zone: Zone, name: str) -> pa.Table:
        """The rows of one table."""
        return pq.read_table(self.path(zone, name), partitioning=None)

    def intact(self, ref: TableRef) -> bool:
        """Whether the table is there and has the digest it was committed with."""
        path = self.path(Zone(ref.zone), ref.name)
        return path.is_file() and digest(path) == ref.sha256

    def _ready(self, zone: Zone, name: str) -> Path:
        path = self.path(zone, name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def _commit(self, zone: Zone, name: str, part: Path, path: Path) -> TableRef:
        if not self.identifiable:
            _scan(part, name)
        sync(part)
        os.replace(part, path)
        return TableRef(zone, name, self.run_id, count_rows(path), digest(path))


def _scan(part: Path, name: str) -> None:
    from governance.wall import scan_strings

    for batch in pq.ParquetFile(part).iter_batches(batch_size=ROW_GROUP_ROWS):
        scan_strings(pa.Table.from_batches([batch]), name=name)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a text file in UTF-8 that is there whole or not at all, and outlives a power cut once this returns."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    sync(part)
    os.replace(part, path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut; an error is a failure and is never retried."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
