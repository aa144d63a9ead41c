"""Small files of people for tests of training, as the sheets that linkage compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from linkage.engine.conditions import Alike, Both, Comparison, Equal, level, no, yes
from linkage.engine.sheets import Sheet, encode_values, lay_out
from linkage.engine.weigher import Sides

Columns = Mapping[str, Sequence[str | None]]


def sides_of(left: Columns, right: Columns | None = None) -> Sides:
    """Columns of texts as two sheets, or one, with the texts and the shares of every column."""
    files = [left] if right is None else [left, right]
    sheets: list[dict[str, Any]] = [{} for _ in files]
    texts, shares = {}, {}
    for name in left:
        columns = [pa.chunked_array([pa.array(list(file[name]), pa.string())]) for file in files]
        values, codes = encode_values(*columns)
        texts[name] = lay_out(values)
        counts = np.bincount(np.concatenate([each[each >= 0] for each in codes]), minlength=len(values))
        shares[name] = counts / max(counts.sum(), 1)
        for sheet, code in zip(sheets, codes, strict=True):
            sheet[name] = code
    return Sides(Sheet(sheets[0]), Sheet(sheets[1]) if right is not None else None, texts, shares)


def ids(prefix: str, count: int) -> pa.Array:
    """Record ids."""
    return pa.array([f"{prefix}{number}" for number in range(count)], pa.string())


def exact(name: str) -> Comparison:
    """Missing, same, different."""
    return Comparison(name, (level("missing", no(Both(name))), level("same", yes(Equal(name)))))


def alike(name: str) -> Comparison:
    """Missing, same, close, different."""
    levels = (level("same", yes(Equal(name))), level("close", yes(Alike("jaro_winkler", name, 0.9))))
    return Comparison(name, (level("missing", no(Both(name))), *levels))


def shuffled(columns: Columns, order: Sequence[int]) -> dict[str, list[str | None]]:
    """The same records in another order."""
    return {name: [values[row] for row in order] for name, values in columns.items()}
