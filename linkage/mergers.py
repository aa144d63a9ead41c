"""Superseded NHS numbers, followed to the number that is current, through any number of mergers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.identifiable import RegisterMerger
from schemas.table import Rows


@dataclass(frozen=True)
class Successions:
    """Superseded numbers and the number each leads to. `in_a_cycle` counts those that lead nowhere; they are not followed."""

    superseded: Any
    current: Any
    in_a_cycle: int

    def follow(self, numbers: Any) -> Any:
        """The column with every superseded number replaced by its current one."""
        found = pc.index_in(numbers, value_set=self.superseded, skip_nulls=True)
        return pc.coalesce(self.current.take(found), numbers)


def successions(mergers: Rows[RegisterMerger]) -> Successions:
    """Follow every chain of mergers to its end; A to B to C gives A to C. A chain that runs in a circle has no end."""
    old, new = mergers["old_nhs_number"].combine_chunks(), mergers["new_nhs_number"].combine_chunks()
    numbers = pa.chunked_array([old, new]).unique()
    heir = np.arange(len(numbers))
    heir[_positions(old, numbers)] = _positions(new, numbers)
    end = heir
    for _ in range(max(1, len(numbers).bit_length())):  # each turn doubles the steps taken
        end = end[end]
    is_end = heir[end] == end
    moves = end != np.arange(len(numbers))
    kept = np.flatnonzero(moves & is_end)
    current = numbers.take(pa.array(end[kept], pa.int64()))
    return Successions(numbers.take(pa.array(kept, pa.int64())), current, int((~is_end).sum()))


def _positions(values: Any, among: Any) -> Any:
    return pc.index_in(values, value_set=among).to_numpy(zero_copy_only=False)
