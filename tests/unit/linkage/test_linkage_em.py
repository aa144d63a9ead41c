"""m from counts of patterns: what was put in is found again, by several blocks together; missing fields and dependences too."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from linkage.engine.weigher import Patterns
from linkage.training.em import LEAST_M, Block, fit, starting_m

M = [np.array([0.0, 0.9, 0.1]), np.array([0.0, 0.8, 0.15, 0.05]), np.array([0.0, 0.95, 0.05])]
U = [np.array([0.0, 0.005, 0.995]), np.array([0.0, 0.002, 0.008, 0.99]), np.array([0.0, 0.1, 0.9])]
MISSING = [0, 0, 0]
NO_BITS = np.zeros(0)


def block(name: str, share: float, says: tuple[bool, ...], *, pairs: int = 1_000_000, missing: float = 0.1) -> Block:
    """Expected counts of a block with a share of matches; what it blocks on is always the best level."""
    levels, counts = [], []
    for pattern in itertools.product(range(3), range(4), range(3)):
        chances = []
        for probabilities, weight in ((M, share), (U, 1 - share)):
            for c, level in enumerate(pattern):
                if says[c]:
                    weight *= missing if level == 0 else (1 - missing) * probabilities[c][level]
                else:
                    weight *= float(level == 1)
            chances.append(weight)
        levels.append(pattern)
        counts.append(round(pairs * sum(chances)))
    kept = np.array(counts) > 0
    return Block(name, Patterns(np.array(levels, dtype=np.int8)[kept], np.array(counts)[kept]), says)


def no_extra(blocks: list[Block]) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    return [np.zeros(len(each.patterns.pairs)) for each in blocks]


def test_two_blocks_find_every_m_and_their_own_share_of_matches() -> None:
    blocks = [block("first", 0.4, (False, True, True)), block("second", 0.05, (True, False, True))]
    found = fit(blocks, U, missing=MISSING, extra=no_extra(blocks))
    assert found.converged
    assert found.shares == pytest.approx((0.4, 0.05), abs=0.002)
    for m, expected in zip(found.m, M, strict=True):
        assert m == pytest.approx(expected, abs=0.005)
    assert found.seen[0] == pytest.approx(50_000 * 0.9, rel=0.02)
    assert found.seen[2] == pytest.approx(450_000 * 0.9, rel=0.02)


def test_bits_of_dependences_are_part_of_the_odds() -> None:
    """Pairs of two people that agree too often are told from matches once it is known how often."""
    blocks = [block("first", 0.1, (True, True, False))]
    patterns = blocks[0].patterns
    both = (patterns.levels[:, 0] == 1) & (patterns.levels[:, 1] == 1)
    more = np.where(both, np.round(patterns.pairs * 0.5), 0).astype(np.int64)
    crowded = [Block("first", Patterns(patterns.levels, patterns.pairs + more), blocks[0].says)]
    plain = fit(crowded, U, missing=MISSING, extra=[np.zeros(len(more))])
    told = fit(crowded, U, missing=MISSING, extra=[np.where(both, -9.0, 0.0)])
    assert told.shares[0] < plain.shares[0]


def test_a_level_that_no_match_has_is_not_impossible() -> None:
    blocks = [block("first", 0.4, (False, True, True)), block("second", 0.05, (True, False, True))]
    levels, pairs = blocks[1].patterns.levels, blocks[1].patterns.pairs
    seldom = Block("second", Patterns(levels[levels[:, 0] != 2], pairs[levels[:, 0] != 2]), blocks[1].says)
    found = fit([blocks[0], seldom], U, missing=MISSING, extra=no_extra([blocks[0], seldom]))
    assert found.m[0][2] == pytest.approx(LEAST_M, rel=0.5)
    assert found.m[0].sum() == pytest.approx(1)


def test_the_order_of_patterns_does_not_matter() -> None:
    blocks = [block("first", 0.4, (False, True, True)), block("second", 0.05, (True, False, True))]
    order = np.random.default_rng(1).permutation(len(blocks[0].patterns.pairs))
    turned = Block("first", Patterns(blocks[0].patterns.levels[order], blocks[0].patterns.pairs[order]), blocks[0].says)
    one = fit(blocks, U, missing=MISSING, extra=no_extra(blocks))
    other = fit([turned, blocks[1]], U, missing=MISSING, extra=no_extra(blocks))
    assert np.concatenate(one.m) == pytest.approx(np.concatenate(other.m), abs=1e-9)


def test_what_does_not_settle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linkage.training.em.MOST_ITERATIONS", 2)
    blocks = [block("first", 0.4, (False, True, True))]
    found = fit(blocks, U, missing=MISSING, extra=no_extra(blocks))
    assert (found.converged, found.iterations) == (False, 2)


@pytest.mark.parametrize(
    ("levels", "missing", "expected"), [(3, 0, [0, 0.9, 0.1]), (2, None, [0.9, 0.1]), (4, 1, [0.9, 0, 0.05, 0.05])]
)
def test_m_starts_with_the_best_level(levels: int, missing: int | None, expected: list[float]) -> None:
    assert starting_m(levels, missing).tolist() == pytest.approx(expected)


def test_a_comparison_of_one_level_is_certain() -> None:
    assert starting_m(2, 0).tolist() == [0, 1]
