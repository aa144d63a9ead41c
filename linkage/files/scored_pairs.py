"""A list of scored pairs as somebody may hand it in: each column read as what it should be, or refused by name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import Bits, Truth
from schemas.errors import ConfigurationError

COLUMNS = ("left_id", "right_id", "p", "weight", "linked")


@dataclass(frozen=True)
class ScoredPairs:
    """Columns of the list; ids as Arrow arrays of text."""

    left_id: Any
    right_id: Any
    p: Bits
    weight: Bits
    linked: Truth


def read_scored(pairs: pa.Table) -> ScoredPairs:
    """The columns, checked.

    Raises `ConfigurationError` `E-LINK-PAIRS` naming the first column that is not there, has an empty value, or holds what is no
    number (of `p`, none from 0 to 1), or no true or false; never a value.
    """
    absent = [name for name in COLUMNS if name not in pairs.column_names]
    if absent:
        raise _refused(f"has no column {absent[0]}")
    for name in COLUMNS:
        if count := count_absent(pairs[name]):
            raise _refused(f"has {count} rows without {name}")
    ids = [_cast(pairs, name, pa.string(), "text") for name in ("left_id", "right_id")]
    p, weight = (np.asarray(_cast(pairs, name, pa.float64(), "number").to_numpy(), dtype=np.float64) for name in ("p", "weight"))
    if np.isnan(weight).any():
        raise _refused("holds in column weight what is no number")
    if not ((p >= 0) & (p <= 1)).all():
        raise _refused("holds in column p what is no number from 0 to 1")
    linked = _cast(pairs, "linked", pa.bool_(), "true or false").to_numpy(zero_copy_only=False)
    return ScoredPairs(ids[0], ids[1], p, weight, np.asarray(linked, dtype=np.bool_))


def count_absent(column: Any) -> int:
    """How many values are null, or empty texts."""
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    empty = pc.sum(pc.equal(column, "")).as_py() if is_text else 0
    return int(column.null_count + (empty or 0))


def _cast(pairs: pa.Table, name: str, kind: pa.DataType, what: str) -> Any:
    with suppress(pa.ArrowException):
        return pairs[name].cast(kind)
    raise _refused(f"holds in column {name} what is no {what}")


def _refused(fault: str) -> ConfigurationError:
    return ConfigurationError("E-LINK-PAIRS", f"the file of pairs {fault}.", cure="write it with link pairs")
