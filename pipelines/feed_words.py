"""What a list has to do without tonight, in one line that stands in its first sheet and beside every row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from measures.report.words import SOURCES, day

CURRENT = "current"


def feed_state(feed: Mapping[str, Any]) -> str:
    """One source: `to 31 August 2026 (stale)`, `not delivered`, `not read: no legal basis`."""
    if feed["state"] == "barred":
        return "not read: no legal basis"
    if feed["data_to"] is None and not feed["files"]:
        return "not delivered" if feed["state"] == "missing" else f"none ({feed['state']})"
    until = f"to {day(feed['data_to'])}" if feed["data_to"] else "to a day that nothing says"
    return until if feed["state"] == CURRENT else f"{until} ({feed['state']})"


def data_lacks(feeds: Iterable[Mapping[str, Any]], expected: Iterable[str]) -> str | None:
    """The expected sources that are not current, or that came before, each with the day it speaks of; None where all are.

    `Admissions (SUS) to 31 July 2026 (held); GP extract not delivered`. A source that is missing and not expected is no lack.
    """
    wanted = frozenset(expected)
    lacking = [feed for feed in feeds if feed["state"] != CURRENT and (feed["source"] in wanted or feed["state"] != "missing")]
    return "; ".join(f"{SOURCES[feed['source']]} {feed_state(feed)}" for feed in lacking) or None
