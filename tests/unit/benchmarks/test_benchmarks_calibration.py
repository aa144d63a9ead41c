"""The calibration benchmark judges bands as the bar says: .02 over .9, .10 below, and an interval that touches counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.linkage_calibration import _band, measure, weighed_pairs


@pytest.mark.parametrize(
    ("place", "said", "right", "of", "kept"),
    [
        (0, 0.05, 10, 199, None),  # too few to tell
        (4, 0.80, 150, 200, True),
        (4, 0.85, 100, 200, False),
        (4, 0.80, 130, 200, True),  # .15 apart, and the interval of .65 reaches to .71
        (7, 0.999, 980, 1000, True),
        (7, 0.999, 900, 1000, False),
    ],
)
def test_a_band_is_kept_within_its_bound(place: int, said: float, right: int, of: int, kept: bool | None) -> None:
    assert _band(place, np.full(of, said), np.arange(of) < right)["kept"] is kept


def test_probabilities_that_are_a_line_of_the_weight_are_kept() -> None:
    rng = np.random.default_rng(1)
    weight = rng.normal(2, 7, 40_000)
    found = measure(weight, rng.random(40_000) < 1 / (1 + np.exp2(2 - 0.7 * weight)), 500, 3)
    assert found["draws_kept"] == 3
    assert sum(band["pairs"] for band in found["bands"]) == found["pairs"] == 40_000


def test_pairs_of_an_area_are_told_by_its_truth(first_night: Path) -> None:
    weight, is_match = weighed_pairs(first_night)
    assert is_match[weight > 12].mean() > 0.99
    assert is_match[weight < 0].mean() < 0.5
    assert is_match.sum() > 2000
