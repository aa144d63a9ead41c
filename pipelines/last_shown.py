"""What the readers of a figure last saw of it: a range, which outlives the nights in which the figure is withheld.

Who keeps every night's tables may take a withheld figure for what it was when it was last shown. So each night leaves in the
vault the range of every figure as last shown, by itself or by a night before it, and the next night reckons with it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from governance.disclosure_check import Key, Range
from governance.policies import Policy
from governance.secondary import Disclosed
from pipelines.figure_keys import Figure
from pipelines.shelf import Shelf
from schemas.zones import Zone

TABLE = "last_shown"
SCHEMA = pa.schema(
    [*((name, pa.string()) for name in Figure._fields), *((end, pa.int64()) for end in Range._fields)],
)


def carried_on(before: Mapping[Key, Range], found: Disclosed, counts: Mapping[Key, int], policy: Policy) -> dict[Key, Range]:
    """The range of every figure after tonight: of those shown tonight what they say, of all others what was said before.

    Where tonight's range and the one before are both true, the narrower of each end counts. A total made of rounded parts says
    nothing of its own count.
    """
    known = dict(before)
    for key, shown in found.shown.items():
        if shown is None or key in found.sums:
            continue
        tonight, last = Range(*policy.behind(shown)), before.get(key)
        if last is not None and last.low <= counts[key] <= last.high:
            tonight = Range(max(last.low, tonight.low), min(last.high, tonight.high))
        known[key] = tonight
    return known


def keep_last_shown(vault: Shelf, known: Mapping[Key, Range]) -> None:
    """Put the ranges into the night's vault, sorted by figure."""
    rows = [{**key._asdict(), **last._asdict()} for key, last in sorted(known.items()) if isinstance(key, Figure)]
    vault.put_arrow(Zone.IDENTIFIABLE, TABLE, pa.Table.from_pylist(rows, schema=SCHEMA))


def kept_last_shown(vault: Shelf) -> dict[Key, Range] | None:
    """The ranges that a night left; None where it was published before ranges were kept, or its vault was purged."""
    if not vault.path(Zone.IDENTIFIABLE, TABLE).is_file():
        return None
    rows = vault.get(Zone.IDENTIFIABLE, TABLE).to_pylist()
    return {Figure(*(row[name] for name in Figure._fields)): Range(row["low"], row["high"]) for row in rows}
