"""A synthetic area on disk, as the tests of this folder read it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from synthetic_data.area import AreaSettings, AreaSummary

AS_AT = dt.date(2026, 11, 22)
SETTINGS = AreaSettings(people=2500, seed=5, as_at=AS_AT)


@dataclass(frozen=True)
class Written:
    """An area on disk."""

    summary: AreaSummary
    inbox: Path
    truth: Path

    def files(self, source: str, table: str = "") -> list[Path]:
        """The files of a source, or of one of its tables, by name."""
        return sorted((self.inbox / source).glob(f"{table}*"))

    def read(self, source: str, table: str = "") -> pa.Table:
        """All rows of a table, every value as text."""
        return pa.concat_tables([read_text(path) for path in self.files(source, table)], promote_options="default")

    def records(self) -> pa.Table:
        """The truth of every record."""
        return pq.read_table(self.truth / "truth_record.parquet")

    def people(self) -> pa.Table:
        """The truth of every person."""
        return pq.read_table(self.truth / "truth_person.parquet")


def read_text(path: Path) -> pa.Table:
    """A CSV file with every value as text."""
    with path.open(encoding="utf-8") as lines:
        header = lines.readline().strip().replace('"', "").split(",")
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return csv.read_csv(path, convert_options=options)
