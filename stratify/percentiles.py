"""What share of people have less: over everybody, and among people alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]

# A percentile among fewer people than this says nothing.
FEWEST_PEERS = 20


def numbers(column: pa.ChunkedArray) -> Numbers:
    """A column as real numbers; null becomes nan."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def percentile(values: Numbers) -> Numbers:
    """For each value the share of values below it, in percent; nan for nan."""
    share = 100.0 * np.searchsorted(np.sort(values), values, side="left") / max(len(values), 1)
    return np.where(np.isnan(values), np.nan, share)


def percentile_among(values: Numbers, groups: Groups) -> Numbers:
    """As `percentile`, within groups; nan in groups of fewer than 20."""
    order = np.lexsort((values, groups))
    group, value = groups[order], values[order]
    new_group = np.concatenate([[True], group[1:] != group[:-1]]) if len(order) else np.zeros(0, bool)
    new_value = new_group | np.concatenate([[True], value[1:] != value[:-1]]) if len(order) else new_group
    first, size = _runs(new_group)
    lower = _runs(new_value)[0] - first
    result = np.full(len(values), np.nan)
    result[order] = np.where((size < FEWEST_PEERS) | np.isnan(value), np.nan, 100.0 * lower / np.maximum(size, 1))
    return result


def _runs(begins: npt.NDArray[np.bool_]) -> tuple[Groups, Groups]:
    """For each place the first place of its run, and how long the run is."""
    starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(starts, len(begins)))
    return np.repeat(starts, lengths), np.repeat(lengths, lengths)


def peers(people: pa.Table) -> Groups:
    """A number for each person's age band and locality; not known is a value of its own."""
    ages, places = (people[name].combine_chunks().dictionary_encode("encode") for name in ("age_band", "locality"))
    codes = [each.indices.to_numpy(zero_copy_only=False).astype(np.int64) for each in (ages, places)]
    return np.asarray(codes[0] * max(len(places.dictionary), 1) + codes[1], dtype=np.int64)
