"""How well clerks agree: Cohen's kappa against scikit-learn's, its interval against what samples say."""

from __future__ import annotations

import random

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from linkage.review.agreement import DECISIONS, Agreement, agreement, cohen_kappa
from tests.judgement_rows import judged


@pytest.mark.parametrize("seed", range(8))
def test_kappa_is_scikit_learns(seed: int) -> None:
    chance = random.Random(seed)
    first = [chance.choice(DECISIONS) for _ in range(60)]
    second = [word if chance.random() < seed / 8 else chance.choice(DECISIONS) for word in first]
    found = cohen_kappa(first, second)
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)
    assert found.agreed == pytest.approx(np.mean([one == other for one, other in zip(first, second, strict=True)]))
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.kappa <= found.high <= 1


def test_the_interval_is_as_wide_as_kappa_varies_from_sample_to_sample() -> None:
    table = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    places = [(one, other) for one in range(3) for other in range(3) for _ in range(table[one, other])]
    found = cohen_kappa([DECISIONS[one] for one, _ in places], [DECISIONS[other] for _, other in places])
    samples = np.random.default_rng(1).multinomial(100, table.ravel() / 100, size=20_000).reshape(-1, 3, 3) / 100
    agreed = np.trace(samples, axis1=1, axis2=2)
    by_chance = (samples.sum(axis=1) * samples.sum(axis=2)).sum(axis=1)
    kappas = (agreed - by_chance) / (1 - by_chance)
    assert found.kappa == pytest.approx(0.6765, abs=1e-4)
    assert found.low is not None
    assert (found.kappa - found.low) / 1.959964 == pytest.approx(kappas.std(), rel=0.05)


def test_nothing_judged_twice_and_nothing_to_tell_apart() -> None:
    assert cohen_kappa([], []) == Agreement(0)
    assert cohen_kappa(["link"] * 5, ["link"] * 5) == Agreement(5, 1.0)
    assert cohen_kappa(["link", "non-link"], ["link", "non-link"]) == Agreement(2, 1.0, 1.0, 1.0, 1.0)


def test_the_first_word_of_the_first_two_reviewers_counts() -> None:
    said = judged(
        "gp p1 r1 link ann", "gp p1 r1 non-link bob", "gp p1 r1 link bob", "gp p1 r1 link cat",
        "gp p2 r1 non-link bob", "gp p2 r1 non-link ann", "gp p3 r1 link ann", "gp p3 r1 unsure ann",
    )  # fmt: skip
    found = agreement(said)
    assert (found.pairs, found.agreed) == (2, 0.5)
    assert agreement(said.take([7, 6, 5, 4, 3, 2, 1, 0])) == found  # type: ignore[arg-type]
