"""Contradictions of life and death, between a record and the person it is linked to. They part nobody: they are shown.

register        source                             row
--------------  ---------------------------------  -----------------------
died            active more than GRACE_DAYS later  dead, active later
died            its own date of death              -
not dead        has a date of death                dead here, alive there
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from linkage.arrays import NONE, Whole
from linkage.findings import DEAD_ACTIVE_LATER, DEAD_HERE_ALIVE_THERE
from linkage.review.pairs import RECORD, keys, places

# What is still done for somebody after her death, and dates that are off by some days, say nothing: letters, equipment fetched,
# the funeral in another month. A month is longer than any of these.
GRACE_DAYS = 31

LAST_ACTIVE = pa.schema([*((name, pa.string()) for name in RECORD), ("last_active_date", pa.date32())])


def conflicts_of_death(register: pa.Table, sources: pa.Table, resident: Whole, last_active: pa.Table | None) -> dict[str, Whole]:
    """By kind of conflict, the rows of `sources` that have it. `resident` is the row of `register` each is linked to, or -1.

    `last_active` (LAST_ACTIVE) gives the last day each record was seen; nothing is known of records that it does not have.
    """
    linked = np.flatnonzero(resident >= 0)
    died = _days(register["date_of_death"])[resident[linked]]
    own = _days(sources["date_of_death"])[linked]
    found = {DEAD_HERE_ALIVE_THERE: linked[(own != NONE) & (died == NONE)]}
    if last_active is not None and last_active.num_rows:
        row = places(keys(sources.select(list(RECORD)), *RECORD), keys(last_active, *RECORD))
        seen = _days(last_active["last_active_date"].take(row))[linked]
        found[DEAD_ACTIVE_LATER] = linked[(died != NONE) & (seen > died + GRACE_DAYS)]
    return found


def _days(dates: Any) -> Whole:
    """Days since 1970, -1 where there is no date (nobody in an extract died on 31 December 1969)."""
    days = dates.cast(pa.int32()).fill_null(NONE)
    return np.asarray(days.to_numpy(), dtype=np.int64)
