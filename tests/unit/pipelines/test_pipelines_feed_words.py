"""What a list says of the feeds that it rests on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pipelines.feed_words import data_lacks, feed_state

DAY = dt.date(2026, 8, 31)


def feed(source: str, state: str, data_to: dt.date | None = DAY, files: int = 1) -> dict[str, Any]:
    return {"source": source, "state": state, "data_to": data_to, "files": files}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (feed("gp", "current"), "to 31 August 2026"),
        (feed("gp", "stale"), "to 31 August 2026 (stale)"),
        (feed("gp", "held"), "to 31 August 2026 (held)"),
        (feed("gp", "missing", None, 0), "not delivered"),
        (feed("gp", "refused", None, 0), "none (refused)"),
        (feed("gp", "barred", None, 0), "not read: no legal basis"),
        (feed("register", "current", None), "to a day that nothing says"),
    ],
)
def test_one_feed(row: dict[str, Any], said: str) -> None:
    assert feed_state(row) == said


def test_all_of_them_in_one_line() -> None:
    feeds = [feed("sus_apc", "stale"), feed("gp", "missing", None, 0), feed("cld", "missing", None, 0), feed("ecds", "current")]
    assert data_lacks(feeds, ["gp", "ecds"]) == "Admissions (SUS) to 31 August 2026 (stale); GP extract not delivered"
    assert data_lacks(feeds[3:], ["ecds"]) is None
