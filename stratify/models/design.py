"""The key of a table of people, and a column of it as numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Numbers = npt.NDArray[np.float64]

KEY = "pseudonym"


def as_numbers(column: pa.ChunkedArray) -> Numbers:
    """A column as real numbers, null as nan."""
    return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
