"""Probabilities that come true: theory where nobody judged, a rising line where enough was judged."""

from __future__ import annotations

import numpy as np
import pytest

from linkage.training.calibration import FEWEST_JUDGEMENTS, Calibration, calibrate, read_calibration
from schemas.errors import ConfigurationError

# Bands of probability, and how far what comes true may be from what was said: .02 over .9, .10 under it.
BANDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 1.0)


def pairs(slope: float, shift: float, count: int = 200_000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Pairs whose true log odds are a line of their weight."""
    rng = np.random.default_rng(seed)
    weight = rng.normal(2, 7, count)
    return weight, rng.random(count) < Calibration(slope, shift).probability(weight)


def drawn_by_weight(weight: np.ndarray, count: int, seed: int) -> np.ndarray:  # type: ignore[type-arg]
    """Rows of a sample that takes as many from every band of bits."""
    rng = np.random.default_rng(seed)
    band = np.searchsorted([-8, -4, -2, 0, 2, 4, 8], weight)
    return np.concatenate([rng.choice(np.flatnonzero(band == each), count // 8, replace=False) for each in np.unique(band)])


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.7, -2.0), (0.85, 1.0)])
def test_500_judgements_make_probabilities_come_true(slope: float, shift: float) -> None:
    weight, is_match = pairs(slope, shift)
    apart = np.array([_apart(weight, is_match, seed) for seed in range(8)])
    over = np.array(BANDS[:-1]) >= 0.9
    assert apart[:, over].mean(axis=0) == pytest.approx(0, abs=0.02)
    assert apart[:, ~over].mean(axis=0) == pytest.approx(0, abs=0.1)


def _apart(weight: np.ndarray, is_match: np.ndarray, seed: int) -> list[float]:  # type: ignore[type-arg]
    """By band, how far what came true is from what was said after 500 judgements."""
    rows = drawn_by_weight(weight, 500, seed)
    found = calibrate(weight[rows], is_match[rows])
    assert found is not None
    assert found.judgements == len(rows)
    said = found.probability(weight)
    band = np.minimum(np.searchsorted(BANDS, said, side="right") - 1, len(BANDS) - 2)
    return [abs(float(said[band == each].mean() - is_match[band == each].mean())) for each in range(len(BANDS) - 1)]


def test_order_is_kept_whatever_is_judged() -> None:
    weight = np.linspace(-10, 10, 100)
    found = calibrate(weight, weight < 0)  # clerks say the opposite
    assert found is not None
    assert (np.diff(found.probability(weight)) > 0).all()


def test_the_order_of_judgements_does_not_matter() -> None:
    weight, is_match = pairs(0.7, -2.0, 500)
    order = np.random.default_rng(5).permutation(500)
    one, other = calibrate(weight, is_match), calibrate(weight[order], is_match[order])
    assert one is not None
    assert other is not None
    assert (one.slope, one.shift) == pytest.approx((other.slope, other.shift), abs=1e-3)


def test_too_few_judgements_or_one_answer_only_say_nothing() -> None:
    weight = np.linspace(-5, 5, FEWEST_JUDGEMENTS)
    assert calibrate(weight[:-1], weight[:-1] > 0) is None
    assert calibrate(weight, np.ones(len(weight), dtype=np.bool_)) is None
    assert calibrate(weight, np.zeros(len(weight), dtype=np.bool_)) is None
    assert calibrate(weight, weight > 0) is not None


def test_theory_is_two_to_the_weight() -> None:
    assert Calibration().probability(np.array([-np.inf, -1.0, 0.0, 1.0, np.inf])).tolist() == pytest.approx(
        [0, 1 / 3, 0.5, 2 / 3, 1]
    )


@pytest.mark.parametrize("probability", [0.5, 0.001, 0.99])
def test_the_weight_of_a_probability_has_it(probability: float) -> None:
    found = Calibration(0.8, -1.5)
    assert found.probability(np.array([found.weight_of(probability)]))[0] == pytest.approx(probability)


def test_what_is_written_is_read() -> None:
    found = Calibration(0.9, -0.25, 500)
    assert read_calibration(found.content(), "model") == found


@pytest.mark.parametrize(
    "parts",
    [
        [],
        {},
        {"slope": 1.0, "shift": 0.0},
        {"slope": "1", "shift": 0.0, "judgements": 3},
        {"slope": -1.0, "shift": 0.0, "judgements": 3},
    ],
)
def test_other_content_is_refused(parts: object) -> None:
    with pytest.raises(ConfigurationError, match="E-LINK-MODEL"):
        read_calibration(parts, "model")  # type: ignore[arg-type]
