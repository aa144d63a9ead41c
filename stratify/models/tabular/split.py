"""Who a model learns from and who checks it: rows of one group never lie on both sides, and later rows check earlier ones.

| there is | learned from | checked on |
|---|---|---|
| neither | 80 % of rows, by a hash of the row | the others |
| a group | the rows of 80 % of groups, by a hash of the group | the others |
| a time | every slice but the last | the last slice |
| both | the early slices of 80 % of groups | the last slice of the others |

A slice is a value of the time column; where it has more than `MOST_SLICES`, a fifth of the rows, cut between values.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import ConfigurationError
from stratify.models.tabular.columns import is_text, plain_type, texts_of
from stratify.models.tabular.hashing import Hashes, mixed

CHECK_SHARE = 0.2
MOST_SLICES = 12
SLICES_OF_MANY = 5

# Salts: the groups that check a model have nothing to do with the groups that choose it.
CHECK, FOLDS = np.uint64(0x1), np.uint64(0x2)


class Sides(NamedTuple):
    """Rows that a model learns from and rows that check it, as masks; a row may be in neither."""

    learn: npt.NDArray[np.bool_]
    check: npt.NDArray[np.bool_]


def sides(units: Hashes, slices: npt.NDArray[np.int64], *, grouped: bool) -> Sides:
    """The split of the table above. `units`: a hash per row, equal for rows that stay together; `slices`: 0 is the earliest."""
    timed = bool(slices.max() > 0)
    late = slices == slices.max()
    if timed and not grouped:
        return Sides(~late, late)
    others = _share(units, CHECK_SHARE, CHECK)
    return Sides(~others & ~late, others & late) if timed else Sides(~others, others)


def folds(units: Hashes, count: int) -> npt.NDArray[np.int64]:
    """A fold from 0 to `count` - 1 for every row, the same for rows of one unit, with about as many units in each."""
    unique, place = np.unique(units, return_inverse=True)
    rank = np.empty(len(unique), dtype=np.int64)
    rank[np.argsort(mixed(unique ^ FOLDS), kind="stable")] = np.arange(len(unique))
    return np.asarray(rank[place] % count)


def _share(units: Hashes, share: float, salt: np.uint64) -> npt.NDArray[np.bool_]:
    """Rows of that share of units, of one at least: those with the lowest hash."""
    unique, place = np.unique(units, return_inverse=True)
    order = np.argsort(mixed(unique ^ salt), kind="stable")
    taken = np.zeros(len(unique), dtype=bool)
    taken[order[: max(1, round(share * len(unique)))]] = True
    return np.asarray(taken[place])


def time_slices(name: str, column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """The slice of each row, 0 the earliest; a row without a time is in that one.

    Raises `ConfigurationError` `E-FIT-TIME` where the column holds one time only, or what has no order.
    """
    values = _sortable(name, column)
    known = values.drop_null().unique().sort() if isinstance(values, pa.Array) else values.unique().drop_null()
    ordered = pc.take(known, pc.sort_indices(known))
    if len(ordered) < 2:
        raise ConfigurationError("E-FIT-TIME", f"time column {name} holds one value only.", cure="leave it out")
    rank = np.asarray(pc.fill_null(pc.index_in(values, value_set=ordered), 0), dtype=np.int64)
    if len(ordered) <= MOST_SLICES:
        return rank
    counts = np.bincount(rank, minlength=len(ordered))
    middle = (np.cumsum(counts) - counts / 2) / len(rank)  # of a value's rows among all: never in one fifth for all values
    cut = (middle * SLICES_OF_MANY).astype(np.int64)
    return np.asarray(np.unique(cut, return_inverse=True)[1][rank])


def _sortable(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = plain_type(column.type)
    plain = pc.cast(column, kind) if pa.types.is_dictionary(column.type) else column
    if is_text(kind):
        return _as_numbers(texts_of(plain))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_temporal(kind):
        return plain
    raise ConfigurationError(
        "E-FIT-TIME", f"time column {name} is {kind}, which has no order.", cure="give dates, years or numbers"
    )


def _as_numbers(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text as numbers where all of it is; dates written year first are in order as they are."""
    try:
        return pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return texts
