"""A trend is said only where it is one."""

from __future__ import annotations

import pytest

from measures.trend import FEWEST_MONTHS, steady_trend


def test_a_straight_rise_is_followed() -> None:
    trend = steady_trend([0.50 + 0.02 * month for month in range(12)])
    assert trend is not None
    assert trend.per_month == pytest.approx(0.02)
    assert trend.last == pytest.approx(0.72)
    assert trend.after(12) == pytest.approx(0.96)
    assert trend.months_until_full() == 14
    assert trend.after(100) == 1.0


def test_a_fall_never_becomes_full_and_stops_at_nothing() -> None:
    trend = steady_trend([0.9 - 0.05 * month for month in range(8)])
    assert trend is not None
    assert trend.months_until_full() is None
    assert trend.after(50) == 0.0


@pytest.mark.parametrize(
    "shares",
    [
        [],
        [0.5] * 12,
        [0.5 + 0.02 * month for month in range(FEWEST_MONTHS - 1)],
        [0.5, None, None, 0.6, None, None, 0.7, 0.8, None, 0.9],
        [0.7, 0.9, 0.6, 0.8, 0.7, 0.9, 0.65, 0.85, 0.7, 0.95, 0.6, 0.9],
    ],
)
def test_too_few_months_or_what_may_be_chance_is_no_trend(shares: list[float | None]) -> None:
    assert steady_trend(shares) is None


def test_a_withheld_month_keeps_its_place() -> None:
    shares: list[float | None] = [0.50 + 0.02 * month for month in range(12)]
    shares[3] = shares[11] = None
    trend = steady_trend(shares)
    assert trend is not None
    assert (trend.per_month, trend.last) == (pytest.approx(0.02), pytest.approx(0.72))


def test_noise_widens_the_interval_until_nothing_is_said() -> None:
    """A rise of two points a month stands out of a wobble of one, not out of one of twenty."""
    for wobble, said in ((0.01, True), (0.20, False)):
        shares = [0.4 + 0.02 * month + (wobble if month % 2 else -wobble) for month in range(12)]
        assert (steady_trend(shares) is not None) is said
