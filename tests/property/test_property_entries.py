"""Any walk of decisions: a slow fold of the rows says what the caseload says, and its relationships are what the states want."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseload.entries.states import EVENTS, OPEN, PROPOSED, STATES
from schemas.errors import GovernanceError
from tests.access_drawings import NOON, TODAY, token
from tests.dials import examples
from tests.entries_drawings import Caseload, caseload, opened

PEOPLE = 3
STEPS = st.lists(
    st.tuples(st.integers(1, PEOPLE), st.sampled_from(sorted(EVENTS)), st.integers(0, 20), st.sampled_from(["pat", "sam"])),
    min_size=1,
    max_size=12,
)


def slow_state(walk: list[tuple[str, dt.date]], day: dt.date) -> str:
    """The state after these steps on a day, one day at a time: what the clock does is asked every morning."""
    state, until, due = PROPOSED, None, None
    first = TODAY
    for offset in range((day - first).days + 1):
        today = first + dt.timedelta(days=offset)
        if state == "deferred" and until == today:
            state = "proposed"
        if state in ("accepted", "active") and due == today:
            state = "review due"
        for step, on in walk:
            if on == today:
                state = STATES[state][step]
                until = today + dt.timedelta(days=14) if step == "defer" else until
                due = dt.date(today.year, today.month + 1, today.day) if step in ("accept", "begin", "review") else due
    return state


def walked(desk: Caseload, steps: list[tuple[int, str, int, str]]) -> dict[int, list[tuple[str, dt.date]]]:
    """Take the steps, each some days after the one before, and give those that were taken."""
    taken: dict[int, list[tuple[str, dt.date]]] = {number: [] for number in range(1, PEOPLE + 1)}
    at = NOON
    for number, step, days, professional in steps:
        at = min(at + dt.timedelta(days=days), NOON + dt.timedelta(days=60))  # to 29 November: every month has the day
        before = desk.entries.position()
        expected = STATES[slow_state(taken[number], at.date())].get(step)
        said = {"professional": professional} if step in ("accept", "assign") else {}
        if expected is None:
            with pytest.raises(GovernanceError, match="E-ENTRY-STATE"):
                desk.decide(number, step, at=at, **said)
            assert desk.entries.position() == before
        else:
            assert desk.decide(number, step, at=at, **said).state == expected
            taken[number].append((step, at.date()))
    return taken


@settings(max_examples=examples(60, 6))
@given(STEPS)
def test_any_walk(steps: list[tuple[int, str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = caseload(Path(folder), PEOPLE)
        taken = walked(desk, steps)
        last = TODAY + dt.timedelta(days=60)
        for number, walk in taken.items():
            assert desk.state(number, last) == slow_state(walk, last)
            assert [event.event for event in desk.entries.history("castle", token(number))] == [step for step, _ in walk]
            held = {(kind, holder) for kind, holder, _, end in desk.ties(number) if end is None}
            assert (("episode", "castle") in held) == (desk.state(number, last) in OPEN)
            assert len([each for each in held if each[0] == "episode"]) == len({*held} - {("referral", "castle")})
        audit = desk.house.door.audit
        assert audit.verify() is None
        assert desk.audited().count(("caseload accept", "allowed")) == sum(s == "accept" for w in taken.values() for s, _ in w)
        assert opened(desk.house).mend(at=NOON + dt.timedelta(days=60), by="system") == 0
