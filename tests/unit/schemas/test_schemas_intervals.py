"""Wilson's interval against published figures, and what every interval of a share must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from schemas.intervals import wilson


@pytest.mark.parametrize(
    ("above", "below", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(above: int, below: int, low: float, high: float) -> None:
    assert wilson(above, below) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 5000).flatmap(lambda below: st.tuples(st.integers(0, below), st.just(below))))
def test_equal_to_the_textbook_and_holds_its_share(counts: tuple[int, int]) -> None:
    above, below = counts
    low, high = wilson(above, below)
    textbook = binomtest(above, below).proportion_ci(method="wilson")
    assert low == pytest.approx(textbook.low, abs=1e-9)
    assert high == pytest.approx(textbook.high, abs=1e-9)
    assert 0 <= low <= above / below <= high <= 1


def test_what_is_no_share_has_no_interval() -> None:
    low, high = wilson([0, np.nan, 3, 5, -1], [0, 10, np.nan, 4, 4])
    assert np.isnan(low).all()
    assert np.isnan(high).all()
