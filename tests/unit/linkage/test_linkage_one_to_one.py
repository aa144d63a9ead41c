"""One partner each: margins, heaviest-first, exact assignment, and never chance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.files import one_to_one
from linkage.files.one_to_one import Assignment, assign, evidence

Pairs = list[tuple[int, int, float]]


def assigned(pairs: Pairs) -> Assignment:
    left, right, weight = (np.array(column) for column in zip(*pairs, strict=True))
    return assign(left.astype(np.int64), right.astype(np.int64), weight.astype(np.float64))


def test_who_has_one_candidate_gets_it_and_nothing_is_near() -> None:
    found = assigned([(0, 0, 5.0), (1, 1, -2.0)])
    assert found.chosen.tolist() == [True, True]
    assert np.isinf(found.margin).all()
    assert not found.for_review.any()


def test_the_heavier_of_two_partners_is_chosen_with_its_margin() -> None:
    found = assigned([(0, 0, 12.0), (0, 1, 4.0)])
    assert found.chosen.tolist() == [True, False]
    assert found.margin.tolist() == [8.0, -8.0]


def test_a_margin_under_three_bits_is_a_clerks() -> None:
    found = assigned([(0, 0, 12.0), (0, 1, 9.5), (1, 2, 9.0), (1, 3, 6.0)])
    assert found.for_review.tolist() == [True, False, False, False]


def test_two_good_pairs_beat_one_better_and_one_unlikely() -> None:
    found = assigned([(0, 0, 20.0), (0, 1, 18.0), (1, 0, 18.0), (1, 1, -9.0)])
    assert found.chosen.tolist() == [False, True, True, False]


def test_unlikely_pairs_do_not_outvote_a_likely_one() -> None:
    found = assigned([(0, 0, 8.0), (0, 1, -1.0), (1, 0, -1.0)])
    assert found.chosen.tolist() == [True, False, False]


def test_a_tie_goes_to_the_first_row_and_to_review() -> None:
    found = assigned([(0, 0, 8.0), (0, 1, 8.0)])
    assert found.chosen.tolist() == [True, False]
    assert found.for_review.tolist() == [True, False]


def test_no_pairs_no_choice() -> None:
    empty = np.empty(0, np.int64)
    assert not len(assign(empty, empty, np.empty(0)).chosen)


def test_a_large_component_is_assigned_heaviest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_to_one, "LARGEST_EXACT", 3)
    found = assigned([(0, 0, 20.0), (0, 1, 18.0), (1, 0, 18.0), (1, 1, -9.0)])
    assert found.chosen.tolist() == [True, False, False, True]


COMPONENTS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-40, 80).map(lambda tenths: tenths / 4)),
    min_size=1, max_size=9, unique_by=lambda pair: pair[:2],
)  # fmt: skip


def best_sum(pairs: Pairs) -> float:
    def fits(chosen: tuple[tuple[int, int, float], ...]) -> bool:
        return all(len({pair[side] for pair in chosen}) == len(chosen) for side in (0, 1))

    choices = (chosen for size in range(len(pairs) + 1) for chosen in itertools.combinations(pairs, size) if fits(chosen))
    return max(float(evidence(np.array([pair[2] for pair in chosen])).sum()) for chosen in choices)


@settings(max_examples=150, deadline=None)
@given(COMPONENTS)
def test_nobody_has_two_partners_and_no_choice_has_more_evidence(pairs: Pairs) -> None:
    found = assigned(pairs)
    chosen = [pair for pair, is_chosen in zip(pairs, found.chosen, strict=True) if is_chosen]
    assert all(len({pair[side] for pair in chosen}) == len(chosen) for side in (0, 1))
    assert float(evidence(np.array([pair[2] for pair in chosen])).sum()) == pytest.approx(best_sum(pairs))


@settings(max_examples=50, deadline=None)
@given(COMPONENTS, st.randoms(use_true_random=False))
def test_margins_are_the_same_in_any_order(pairs: Pairs, chance: object) -> None:
    shuffled = list(pairs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    margins = [
        dict(zip([pair[:2] for pair in order], assigned(order).margin.tolist(), strict=True)) for order in (pairs, shuffled)
    ]
    assert margins[0] == margins[1]
