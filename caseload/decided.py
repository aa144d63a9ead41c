"""What humans have decided of people, as the night has to heed it: it outranks every score and every solver.

An open episode stays. Who was declined or deferred, or whose episode is closed, is not proposed again before the day that was
given, or before something new happens to her: an event, or a referral, after the day of the decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from schemas.pseudonymised import OPEN_STATES, OpenEntry

Row = Mapping[str, Any]

# States that keep a person from being proposed; the states of an open episode, and `proposed`, do not.
CLOSING = ("declined", "deferred", "closed")


@dataclass(frozen=True)
class Decided:
    """Pseudonym to entry: of open episodes, and of people who are not to be proposed tonight."""

    is_open: Mapping[str, Row] = field(default_factory=dict)
    kept_out: Mapping[str, Row] = field(default_factory=dict)


def decided(entries: pa.Table | None, events: pa.Table | None, as_at: dt.date) -> Decided:
    """`entries` are OpenEntry rows, `events` has `pseudonym` and `event_date`: the latest of each person.

    Somebody who has died or left the area is kept out, whatever the day. Raises `E-TABLE-KEY` where somebody has two entries.
    """
    if entries is None or not entries.num_rows:
        return Decided()
    rows = OpenEntry.validate(entries).to_pylist()
    last = latest(events.to_pylist() if events is not None else ())
    return Decided(
        {row["pseudonym"]: row for row in rows if row["state"] in OPEN_STATES and not ends(row)},
        {row["pseudonym"]: row for row in rows if ends(row) and not may_come_back(row, last.get(row["pseudonym"]), as_at)},
    )


def ends(row: Row) -> bool:
    """Whether an entry ends the person's time on a list: by a decision, or because she is no longer in the area."""
    return row["left"] is not None or row["state"] in CLOSING or (row["exit"] is not None and row["state"] in OPEN_STATES)


def may_come_back(row: Row, event: dt.date | None, as_at: dt.date) -> bool:
    """Whether somebody declined, deferred or closed may be proposed again: on the day given, or after a new event."""
    if row["left"] is not None:
        return False
    return (row["until"] is not None and row["until"] <= as_at) or (event is not None and event > row["since"])


def latest(events: Iterable[Row]) -> dict[str, dt.date]:
    """Pseudonym to the day of her last event."""
    found = dict[str, dt.date]()
    for row in events:
        day = row["event_date"]
        if day is not None:
            found[row["pseudonym"]] = max(day, found.get(row["pseudonym"], day))
    return found
