"""The rows that a model is made of, and which of them are of one person and of the last slice."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.hashing import Hashes
from stratify.models.tabular.sheet import Rows, Sheet


class Material(NamedTuple):
    """Features, outcome (0 and 1), a hash that rows of one person share, and whether each row is of the last slice."""

    sheet: Sheet
    outcome: npt.NDArray[np.float64]
    units: Hashes
    late: npt.NDArray[np.bool_]

    def part(self, rows: Rows) -> Material:
        """Some of the rows."""
        return Material(self.sheet.in_order(rows), self.outcome[rows], self.units[rows], self.late[rows])

    @property
    def people(self) -> Rows:
        """A number per row, the same for rows of one person."""
        return np.asarray(np.unique(self.units, return_inverse=True)[1])
