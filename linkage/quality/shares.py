"""Counted shares as rows of the measure table, each with its interval."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from schemas.aggregate import Measure
from schemas.intervals import wilson
from schemas.table import Rows

COUNTS = ("numerator", "denominator")


class Share(NamedTuple):
    """A count, and the count that it is a share of; no share where that is null. An effective count need not be whole."""

    measure: str
    breakdown: str
    category: str
    numerator: float
    denominator: float | None = None


def share_rows(shares: Iterable[Share], as_at: datetime.date) -> Rows[Measure]:
    """Measures of the whole area at `as_at`, in key order: rate and 95 % Wilson interval where there is a share, else null.

    Raw counts: `governance.disclosure` suppresses small numbers.
    """
    told = list(shares)
    rows = [{**share._asdict(), **_counts(share), **_fixed(as_at)} for share in told]
    table = pa.Table.from_pylist(rows, schema=Measure.arrow_schema())
    above, below = (np.array([getattr(share, name) for share in told], dtype=np.float64) for name in COUNTS)
    rate = above / np.where(below > 0, below, np.nan)
    for name, values in zip(("rate", "rate_low", "rate_high"), (rate, *wilson(above, below)), strict=True):
        table = table.set_column(table.column_names.index(name), name, pa.array(values, pa.float64(), mask=np.isnan(values)))
    return Measure.sort(Measure.validate(table))


def _counts(share: Share) -> dict[str, int | None]:
    return {name: None if (count := getattr(share, name)) is None else round(count) for name in COUNTS}


def _fixed(as_at: datetime.date) -> dict[str, object]:
    return {"organisation": "area", "period_start": as_at, "period_end": as_at, "suppressed": False}
