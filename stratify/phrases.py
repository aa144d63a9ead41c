"""Reasons of many people at once: each phrase is made once, and a person's reasons are the places of her phrases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Places = npt.NDArray[np.int64]

# Where a person has no phrase.
NONE = -1


class Phrases:
    """Phrases by place, made as they are needed."""

    def __init__(self) -> None:
        self.known: list[str] = []

    def of(self, values: npt.NDArray[np.float64], say: Callable[[float], str]) -> Places:
        """The place of `say(value)` for each value, said once for each different one; nan has none."""
        different, places = np.unique(values, return_inverse=True)
        there = different[~np.isnan(different)]
        first = len(self.known)
        self.known += [say(float(value)) for value in there]
        return np.where(np.isnan(values), NONE, places.reshape(-1) + first).astype(np.int64)

    def lists(self, columns: Sequence[Places]) -> pa.ListArray:
        """One list of phrases per person: those of the columns, in their order, without those who have none."""
        table = np.stack(columns, axis=1)
        there = table != NONE
        offsets = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
        said = pa.array(self.known, pa.string()).take(pa.array(table[there], pa.int64()))
        return pa.ListArray.from_arrays(pa.array(offsets), said)
