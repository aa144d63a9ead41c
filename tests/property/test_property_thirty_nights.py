"""The lists from night to night, with decisions, deaths, moves and an absence: hardly anybody moves without anything new."""

from __future__ import annotations

import pytest

from benchmarks.thirty_nights import simulate


def test_a_few_nights_of_a_small_area_change_nobody_without_anything_new() -> None:
    """Within the minimum stay nobody leaves, and who is there stays with her professional."""
    found = simulate(1200, 3)
    assert (found["highest_churn"], found["without_reason"]) == (0, 0)
    assert found["listed"] > 10


@pytest.mark.deep
def test_thirty_nights_change_less_than_two_in_a_hundred_without_anything_new() -> None:
    """An area of 20,000; the minimum stay of the first list ends on the 28th night. Decisions and deaths do change lists."""
    found = simulate(20_000, 32)
    assert found["highest_churn"] < 0.02
    assert found["highest_entered"] < 0.02
    assert found["without_reason"] == 0
    assert found["departures"] > 20
    assert found["decided"] > 50
