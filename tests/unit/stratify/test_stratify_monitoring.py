"""Published chances are set aside once a month, and held against what happened when their window is over."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from stratify.assurance import monitoring
from stratify.assurance.check import outside
from stratify.assurance.monitoring import Matured, groups, matured, set_aside, without

PEOPLE = pa.table({"pseudonym": ["a", "b", "c"]})
OCTOBER, NOVEMBER = dt.date(2026, 10, 14), dt.date(2026, 11, 1)


def scores(**chances: float | None) -> pa.Table:
    names = [*chances, "d"]
    return pa.table(
        {"pseudonym": names * 2, "score": ["risk"] * len(names) + ["index"] * len(names), "value": [*chances.values(), 0.9] * 2}
    )


FIRST = set_aside(None, scores(a=0.1, b=0.2, c=None), ["risk"], PEOPLE, OCTOBER)


def test_chances_of_people_who_are_still_there_are_set_aside_and_of_other_scores_none() -> None:
    assert FIRST.to_pylist() == [
        {"score": "risk", "scored_on": OCTOBER, "pseudonym": "a", "p": 0.1},
        {"score": "risk", "scored_on": OCTOBER, "pseudonym": "b", "p": 0.2},
    ]


def test_once_a_month() -> None:
    again = set_aside(FIRST, scores(a=0.7), ["risk"], PEOPLE, dt.date(2026, 10, 31))
    assert again == FIRST
    later = set_aside(FIRST, scores(a=0.7), ["risk"], PEOPLE, NOVEMBER)
    assert groups(later) == {("risk", OCTOBER), ("risk", NOVEMBER)}
    assert later.num_rows == 3


def test_who_opts_out_is_forgotten_here_too() -> None:
    left = set_aside(FIRST, scores(a=0.7), ["risk"], PEOPLE.slice(1), dt.date(2026, 10, 31))
    assert left["pseudonym"].to_pylist() == ["b"]


def test_of_many_people_a_part_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "MOST_PEOPLE", 1)
    assert set_aside(None, scores(b=0.2, a=0.1), ["risk"], PEOPLE, OCTOBER)["pseudonym"].to_pylist() == ["a"]


def test_held_against_what_happened() -> None:
    """Of three, one was not followed: .1 and .3 expected, one event."""
    waiting = set_aside(None, scores(a=0.1, b=0.2, c=0.3), ["risk"], PEOPLE, OCTOBER)
    outcome = pa.table({"pseudonym": ["c", "b", "a", "z"], "outcome": [True, None, False, True]})
    assert matured(waiting, "risk", OCTOBER, outcome) == Matured("risk", OCTOBER, people=2, events=1, expected=0.4)
    nobody = outcome.slice(3)
    assert matured(waiting, "risk", OCTOBER, nobody) == Matured("risk", OCTOBER, people=0, events=0, expected=0.0)
    assert without(waiting, [("risk", OCTOBER)]).num_rows == 0
    assert without(waiting, [("risk", NOVEMBER), ("other", OCTOBER)]) == waiting


@pytest.mark.parametrize(("figure", "says"), [(0.9, ""), (1.1, ""), (1.101, "more events"), (0.899, "fewer events")])
def test_the_band_outside_which_the_night_warns(figure: float, says: str) -> None:
    assert says in outside(figure)
    assert bool(outside(figure)) == bool(says)
    assert str(figure) not in outside(figure) or not says, "its digits would say how many had the event"
