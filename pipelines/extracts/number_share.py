"""How many rows of a register carry an NHS number that may be used, said in words: a live list of test numbers links nobody."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.layout import KIND, FieldType, TableLayout
from schemas.nhs_number import NhsNumberKind

ENOUGH = 0.5  # share of rows with a usable number from which nothing is said
SHARES = ((0.0, "no row carries"), (0.1, "fewer than one row in ten carries"), (0.25, "fewer than a quarter of the rows carry"))
TEST_CURE = "these are test numbers: set [area] synthetic = true if the people are made up"


@dataclass
class NumberShare:
    """Counts over the blocks of one file. Only a table whose people are known by their NHS number alone is counted."""

    layout: TableLayout
    rows: int = 0
    usable: int = 0
    test: int = 0

    def add(self, rows: pa.Table) -> None:
        """Count the good rows of a block."""
        column = self._column()
        if column is not None and rows.num_rows:
            self.rows += rows.num_rows
            self.usable += rows.num_rows - rows[column].null_count
            self.test += pc.sum(is_test(rows[column + KIND], rows[column])).as_py() or 0

    def remarks(self) -> list[str]:
        """One line where fewer than half of the rows carry a usable number; else none."""
        if self.usable >= ENOUGH * self.rows:
            return []
        share = self.usable / self.rows
        words = next((text for most, text in SHARES if share <= most), "fewer than half of the rows carry")
        cure = f"; {TEST_CURE}" if self.test > (self.rows - self.usable) / 2 else ": few people can be linked"
        return [f"{words} a usable NHS number{cure}"]

    def _column(self) -> str | None:
        names = {item.name for item in self.layout.fields if item.type is FieldType.NHS_NUMBER}
        return next((key[0] for key in self.layout.person_key if len(key) == 1 and key[0] in names), None)


def is_test(kinds: pa.ChunkedArray | pa.Array, numbers: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Which values are numbers of the test range that may not be used here."""
    return pc.and_(pc.equal(kinds, NhsNumberKind.TEST_RANGE.value), pc.is_null(numbers))
