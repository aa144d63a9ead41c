"""What humans have decided, in truth tables: whose episode is open, and who is not to be proposed tonight."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from caseload.decided import decided
from schemas.errors import CaselinkError
from schemas.pseudonymised import OpenEntry

TONIGHT = dt.date(2026, 1, 31)
BEFORE, SINCE, AFTER, TOMORROW = dt.date(2026, 1, 9), dt.date(2026, 1, 10), dt.date(2026, 1, 11), dt.date(2026, 2, 1)


def found(*rows, events=()):
    told = [{"pseudonym": "p1", "since": SINCE, **row} for row in rows]
    table = pa.Table.from_pylist(
        [{"pseudonym": "p1", "event_date": day} for day in events],
        schema=pa.schema([("pseudonym", pa.string()), ("event_date", pa.date32())]),
    )
    answer = decided(pa.Table.from_pylist(told, schema=OpenEntry.arrow_schema()), table, TONIGHT)
    return "open" if answer.is_open else "kept out" if answer.kept_out else "free"


@pytest.mark.parametrize(
    ("state", "exit_", "left", "answer"),
    [
        ("proposed", None, None, "free"),
        ("accepted", None, None, "open"),
        ("active", None, None, "open"),
        ("review due", None, None, "open"),
        ("active", "goals met", None, "kept out"),
        ("active", None, "died", "kept out"),
        ("proposed", None, "moved", "kept out"),
        ("declined", None, None, "kept out"),
        ("deferred", None, None, "kept out"),
        ("closed", "goals met", None, "kept out"),
    ],
)
def test_what_each_state_comes_to(state, exit_, left, answer):
    assert found({"state": state, "exit": exit_, "left": left}) == answer


@pytest.mark.parametrize(
    ("until", "events", "answer"),
    [
        (None, (), "kept out"),
        (TOMORROW, (), "kept out"),
        (TONIGHT, (), "free"),
        (BEFORE, (), "free"),
        (TOMORROW, (AFTER,), "free"),
        (None, (SINCE,), "kept out"),
        (None, (BEFORE, AFTER), "free"),
        (None, (AFTER, BEFORE), "free"),
        (None, (None,), "kept out"),
    ],
)
@pytest.mark.parametrize("state", ["declined", "deferred", "closed"])
def test_nobody_comes_back_before_the_day_given_or_a_new_event(state, until, events, answer):
    assert found({"state": state, "until": until}, events=events) == answer
    assert found({"state": state, "until": until, "left": "gone"}, events=events) == "kept out"


def test_without_a_history_nobody_has_decided_anything():
    for none in (None, OpenEntry.empty()):
        assert (decided(none, None, TONIGHT).is_open, decided(none, None, TONIGHT).kept_out) == ({}, {})


def test_two_entries_of_one_person_are_refused():
    with pytest.raises(CaselinkError, match="repeat a key"):
        found({"state": "active"}, {"state": "closed"})
