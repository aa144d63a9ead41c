"""Draws depend on the seed, on what is decided and for whom, and on nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synthetic_data.chance import Chance, poisson_quantile

MANY = np.arange(60_000)
GOLDEN_BITS = [5851140426098919540, 2816803078851541064, 9804559273318958634]
GOLDEN_ONE = [5389524264648614461]


def test_the_same_draw_is_the_same_whoever_else_is_drawn() -> None:
    chance = Chance(3)
    every = chance.uniform("death", MANY, 7)
    some = MANY[::17][::-1].copy()
    assert np.array_equal(chance.uniform("death", some, 7), every[some])


@pytest.mark.parametrize("other", [
    Chance(4).uniform("death", MANY, 7),
    Chance(3).uniform("birth", MANY, 7),
    Chance(3).uniform("death", MANY, 8),
    Chance(3).uniform("death", MANY + 1, 7),
    Chance(3).uniform("death", MANY, MANY * 0 + 7),
])  # fmt: skip
def test_another_seed_question_or_person_is_another_draw(other: np.ndarray) -> None:
    drawn = Chance(3).uniform("death", MANY, 7)
    assert (drawn == other).mean() < 0.001
    assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.02


def test_the_first_draws_of_seed_three_stay_what_they_are() -> None:
    """A change of these numbers changes every synthetic area."""
    assert Chance(3).bits("death", np.array([0, 1, 2]), 7).tolist() == GOLDEN_BITS
    assert Chance(3).bits("death", 1, 2).tolist() == GOLDEN_ONE


def test_uniform_numbers_are_uniform_and_normal_ones_normal() -> None:
    chance = Chance(11)
    assert stats.kstest(chance.uniform("anything", MANY), "uniform").pvalue > 0.001
    assert stats.kstest(chance.normal("anything", MANY), "norm").pvalue > 0.001


@pytest.mark.parametrize("shape", [0.2, 0.75, 1.6])
def test_gamma_numbers_have_mean_one_and_their_shape(shape: float) -> None:
    drawn = Chance(5).gamma("frailty", shape, MANY)
    assert drawn.mean() == pytest.approx(1.0, abs=0.04)
    assert drawn.var() == pytest.approx(1 / shape, rel=0.12)


@given(st.floats(1e-9, 1 - 1e-9), st.floats(1e-4, 20.0))
def test_poisson_counts_are_the_quantiles_of_the_distribution(uniform: float, rate: float) -> None:
    count = int(poisson_quantile(np.array([uniform]), np.array([rate]))[0])
    assert stats.poisson.cdf(count, rate) >= uniform - 1e-9
    assert count == 0 or stats.poisson.cdf(count - 1, rate) <= uniform + 1e-9


def test_picks_follow_their_weights_and_whole_numbers_their_bounds() -> None:
    chance = Chance(9)
    shares = np.bincount(chance.pick("colour", (0.5, 0.0, 0.3, 0.2), MANY)) / len(MANY)
    assert shares == pytest.approx([0.5, 0.0, 0.3, 0.2], abs=0.01)
    drawn = chance.whole("die", 1, 6, MANY)
    assert set(drawn.tolist()) == {1, 2, 3, 4, 5, 6}
    assert np.bincount(drawn)[1:] / len(MANY) == pytest.approx(np.full(6, 1 / 6), abs=0.01)
    assert chance.happens("rain", 0.25, MANY).mean() == pytest.approx(0.25, abs=0.01)
