"""Limits asked of a past that is kept and grows answer as limits read off the whole history, row by row."""

from __future__ import annotations

import dataclasses
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.access.limits import Breach, breaches
from governance.access.past import Past, Seen
from tests.access_drawings import LIMITS
from tests.dials import examples
from tests.reference_limits import breaches as read_off

NOW = dt.datetime(2026, 10, 25, 12, 30, tzinfo=dt.UTC)  # the clocks went back this night
TIGHT = dataclasses.replace(
    LIMITS, requests_a_day=2, people_in_24_hours=2, practice_share_in_a_week=0.1, same_person_in_a_month=2, night_requests=1
)
WHEN = st.integers(-33 * 24 * 60, 60).map(lambda minutes: NOW + dt.timedelta(minutes=minutes))
ROWS = st.lists(st.builds(Seen, WHEN, st.sampled_from(["", "a", "b", "c", "d"]), st.booleans()), max_size=25)
PRACTICE_OF = {"a": "P1", "b": "P1", "c": "P2"}


def said(found: list[Breach]) -> list[tuple[str, float, float]]:
    return [(each.trigger, each.figure, each.bound) for each in found]


@settings(max_examples=examples(2000, 150))
@given(ROWS, ROWS, st.lists(st.sampled_from(["a", "b", "c"]), max_size=3), WHEN)
def test_kept_pasts_answer_as_the_whole_history(early: list[Seen], late: list[Seen], hand: list[str], now: dt.datetime) -> None:
    at_hand = [Seen(now, each, True) for each in hand]
    history = [*early, *late, *at_hand]
    past = Past().with_rows(early).with_rows(late).since(now - dt.timedelta(days=32)).with_rows(at_hand)
    sizes = {"P1": 10, "P2": 40}
    slow = read_off(history, now, limits=TIGHT, practice_of=PRACTICE_OF, list_sizes=sizes)
    fast = breaches(past, now, limits=TIGHT, practice_of=PRACTICE_OF, list_sizes=sizes)
    assert said(fast) == said(slow)
    assert [each.subjects for each in fast] == [each.subjects for each in slow]
