"""The parts of a model of any table, each against a hand-worked case or scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from schemas.errors import GateError
from stratify.models.tabular.baseline import best_column
from stratify.models.tabular.bins import binned, cut_points
from stratify.models.tabular.boosted import ADDITIVE, INTERACTING, as_steps, grow, threads
from stratify.models.tabular.figures import Figures, auroc
from stratify.models.tabular.gate import check_gate, faults, standard_error
from stratify.models.tabular.ladders import Rungs, grow_ladders, summed
from stratify.models.tabular.levels import Levels, find_levels, rates, rates_of_others
from stratify.models.tabular.linear import bends_for, number_terms
from stratify.models.tabular.recalibration import log_loss, recalibrate
from stratify.models.tabular.ridge import ridge
from stratify.models.tabular.sheet import Sheet, Texts
from stratify.models.tabular.trees import as_trees

DRAW = np.random.default_rng(5)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    with threads(0):
        yield


def texts(*values: str | None) -> Texts:
    levels = tuple(dict.fromkeys(value for value in values if value is not None))
    return Texts(np.array([-1 if value is None else levels.index(value) for value in values], dtype=np.int32), levels)


def test_only_levels_of_twenty_people_are_kept() -> None:
    values = texts(*["a"] * 20, *["b"] * 19, *["c"] * 30, None)
    people = np.array([*range(39), *[39] * 30, 40])  # the thirty rows of c are of one person
    levels = find_levels("ward", values, people)
    assert levels is not None
    assert levels.kept == ("a",)
    assert levels.codes(values).tolist() == [0] * 20 + [1] * 49 + [2]
    assert levels.codes(texts("new", "a", None)).tolist() == [1, 0, 2]


@pytest.mark.parametrize("values", [texts(*map(str, range(100))), texts(*["a"] * 100), texts(None, None)])
def test_ids_and_constants_say_nothing(values: Texts) -> None:
    assert find_levels("id", values, np.arange(len(values.codes))) is None


def test_rates_are_shrunk_toward_the_mean() -> None:
    codes, outcome = np.array([0] * 20 + [1] * 20, dtype=np.int32), np.array([1.0] * 20 + [0.0] * 20)
    # 20 rows at 1 and as many of the mean's .5: .75, odds of 3 to 1
    assert rates(codes, outcome, 3) == pytest.approx([math.log(3), -math.log(3), 0])


def test_a_row_has_no_part_in_its_own_rate() -> None:
    codes, fold = np.zeros(4, dtype=np.int32), np.array([0, 0, 1, 1])
    outcome = np.array([1.0, 0, 1, 1])
    changed = np.array([0.0, 0, 1, 1])
    first, second = (rates_of_others(codes, each, 1, fold) for each in (outcome, changed))
    assert first[:2].tolist() == second[:2].tolist()
    assert rates_of_others(np.array([0, 1, 0, 1], dtype=np.int32), outcome, 2, fold)[0] == 0  # all others had the event


def test_cuts_lie_between_values_and_bins_keep_infinity_and_nothing_apart() -> None:
    cuts = cut_points(np.array([1, 1, 2, 4, np.nan, np.inf], dtype=np.float32))
    assert cuts.tolist() == [1.5, 3.0]
    assert np.array_equal(
        binned(np.array([1, 2, 4, np.inf, -np.inf, np.nan], dtype=np.float32), cuts), [0, 1, 2, 2, 0, np.nan], True
    )
    assert len(cut_points(np.ones(5, dtype=np.float32))) == 0


def test_terms_of_a_skewed_count_with_gaps() -> None:
    values = np.array([0] * 500 + [1] * 30 + [100] * 5 + [np.nan] * 20, dtype=np.float32)
    terms = list(number_terms("visits", values, bends_for(3)))
    assert [term.shape for term in terms] == ["missing", "log"]
    assert terms[1].values(np.array([np.nan], dtype=np.float32)).tolist() == [0]  # no value is the mean
    assert list(number_terms("one", np.full(50, 3, dtype=np.float32), ())) == []


def test_a_number_of_many_values_bends_and_a_wide_table_bends_less() -> None:
    values = DRAW.uniform(18, 95, 1000).astype(np.float32)
    assert [term.shape for term in number_terms("age", values, bends_for(3))] == ["plain"] + ["bend"] * 5
    assert len(bends_for(10)) == 5
    assert len(bends_for(200)) == 1
    assert bends_for(1000) == ()


def test_ridge_is_that_of_scikit_learn() -> None:
    design = DRAW.normal(size=(400, 5)).astype(np.float32)
    outcome = (DRAW.random(400) < 1 / (1 + np.exp(-design[:, 0]))).astype(float)
    ours = ridge(design, outcome, 10.0)
    theirs = LogisticRegression(C=0.1, tol=1e-10, max_iter=1000).fit(design, outcome)
    assert ours.terms == pytest.approx(theirs.coef_[0], abs=1e-4)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-4)
    assert ridge(design, outcome, 10.0, start=ours).terms == pytest.approx(ours.terms, abs=1e-5)


def grown_on(interacting: bool) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.column_stack([DRAW.integers(0, 6, 600), DRAW.integers(0, 4, 600), np.full(600, np.nan)]).astype(float)
    matrix[:50, 0] = np.nan
    odds = np.nan_to_num(matrix[:, 0]) - 2 * (matrix[:, 1] > 1) * (matrix[:, 0] > 2 if interacting else 1)
    return matrix, (DRAW.random(600) < 1 / (1 + np.exp(-odds))).astype(float)


def test_trees_without_interactions_are_steps() -> None:
    matrix, outcome = grown_on(interacting=True)
    grown = grow(ADDITIVE, matrix, outcome, 30)
    values = [np.array([*range(6), np.nan]), np.array([*range(4), np.nan]), np.array([0, np.nan])]
    codes = [np.nan_to_num(matrix[:, place], nan=len(ladder) - 1).astype(np.int32) for place, ladder in enumerate(values)]
    steps = as_steps(grown, values, codes)
    summed = steps.intercept + sum(ladder[seen] for ladder, seen in zip(steps.ladders, codes, strict=True))
    assert summed == pytest.approx(grown.decision_function(matrix), abs=1e-9)
    assert steps.ladders[0][codes[0]].mean() == pytest.approx(0, abs=1e-9)  # centred on an average row


@pytest.mark.parametrize("gaps", [50, 0])
def test_ladders_are_the_trees_of_scikit_learn_without_interactions(gaps: int) -> None:
    """Also of what was never seen without a value, of a column that says nothing, and of one where most have a value."""
    draw = np.random.default_rng(8)
    matrix = np.column_stack([draw.poisson(0.3, 900).clip(0, 5), draw.integers(0, 4, 900), np.full(900, np.nan)]).astype(float)
    matrix[:gaps, 0] = np.nan
    matrix[:3, 1] = np.nan  # so few that they never decide a side
    odds = np.nan_to_num(matrix[:, 0], nan=3) - 2 * (np.nan_to_num(matrix[:, 1]) > 1)
    outcome = (draw.random(900) < 1 / (1 + np.exp(-odds))).astype(float)
    grown = grow(ADDITIVE, matrix, outcome, 60)
    codes = [np.nan_to_num(column, nan=size - 1).astype(np.int32) for column, size in zip(matrix.T, (7, 5, 2), strict=True)]
    rungs = Rungs(codes, (7, 5, 2))
    start, ladders = grow_ladders(ADDITIVE, rungs, outcome, 60)
    steps = summed(start, list(ladders), rungs)
    found = steps.intercept + sum(ladder[seen] for ladder, seen in zip(steps.ladders, codes, strict=True))
    assert found == pytest.approx(grown.decision_function(matrix), abs=1e-5)
    never = steps.intercept + sum(ladder[-1] for ladder in steps.ladders)
    assert never == pytest.approx(grown.decision_function(np.full((1, 3), np.nan))[0], abs=1e-5)
    assert steps.ladders[0][codes[0]].mean() == pytest.approx(0, abs=1e-9)


def test_a_ladder_by_hand_and_none_where_no_side_is_large_enough() -> None:
    """Of 60 flags 30 are on, 20 of 30 with the event against 10: from odds of 1 a step of 5 / (7.5 + 5), times .08, each way."""
    codes = [np.repeat([0, 1], 30).astype(np.int32)]
    outcome = np.array([1] * 10 + [0] * 20 + [1] * 20 + [0] * 10, dtype=float)
    start, ladders = grow_ladders(ADDITIVE, Rungs(codes, [3]), outcome, 1)
    (ladder,) = ladders
    assert (start, ladder.column) == (0.0, 0)
    assert ladder.rungs[:2] == pytest.approx([-0.032, 0.032])
    (still,) = grow_ladders(ADDITIVE, Rungs([codes[0][1:]], [3]), outcome[1:], 1)[1]
    assert still.rungs.tolist() == [0, 0, 0]


def test_trees_as_arrays_fall_as_scikit_learn_lets_them() -> None:
    matrix, outcome = grown_on(interacting=True)
    grown = grow(INTERACTING, matrix, outcome, 30)
    trees = as_trees(grown, matrix)
    asked = np.vstack([matrix, np.full((1, 3), np.nan), np.full((1, 3), 9.0)])
    assert trees.log_odds(asked) == pytest.approx(grown.decision_function(asked), abs=1e-9)


def test_recalibration_finds_the_shift_and_the_stretch() -> None:
    true = DRAW.normal(-1, 1.5, 20_000)
    outcome = (DRAW.random(20_000) < 1 / (1 + np.exp(-true))).astype(float)
    found = recalibrate(true / 2 + 1, outcome)
    assert found.slope == pytest.approx(2, abs=0.1)
    assert found.of(np.array([1.0]))[0] == pytest.approx(0, abs=0.1)
    assert log_loss(found.of(true / 2 + 1), outcome) < log_loss(true / 2 + 1, outcome)


@pytest.mark.parametrize("odds", [np.zeros(100), -np.r_[np.ones(50), np.zeros(50)]])
def test_what_says_nothing_or_the_wrong_way_round_is_the_mean(odds: np.ndarray) -> None:
    assert recalibrate(odds, np.r_[np.ones(50), np.zeros(50)]) == (0.0, 0.0)


def test_auroc_is_that_of_scikit_learn_ties_too() -> None:
    order, outcome = DRAW.integers(0, 10, 300).astype(float), (DRAW.random(300) < 0.3).astype(float)
    assert auroc(order, outcome) == pytest.approx(roc_auc_score(outcome, order))
    assert auroc(order, np.ones(300)) is None


def test_the_baseline_is_the_column_that_orders_best() -> None:
    outcome = np.array([0.0, 0, 1, 1])
    sheet = Sheet(4, {"falls": np.array([4, 3, 2, 1], np.float32), "noise": np.array([1, 2, 1, 2], np.float32)}, {})
    rule = best_column(sheet, outcome)
    assert rule is not None
    assert (rule.column, rule.rising) == ("falls", False)
    assert rule.order(Sheet(2, {"falls": np.array([np.nan, 5], np.float32)}, {})).tolist() == [-2.5, -5]
    assert best_column(Sheet(4, {}, {}), outcome) is None


GOOD = Figures(1000, 200, 0.75, 0.1, 1.0, 1.0, "age", 0.7)


@pytest.mark.parametrize(
    ("figures", "fault"),
    [
        (GOOD._replace(auroc=0.40), "it orders worse than chance"),
        (GOOD._replace(baseline_auroc=0.90), "it orders worse than its best column alone"),
        (GOOD._replace(expected_observed=2.5), "it expects 2.50 times what happened"),
        (GOOD._replace(expected_observed=0.3), "it expects 0.30 times what happened"),
        (GOOD._replace(auroc=0.49, baseline_auroc=0.51), None),  # within chance
        (GOOD._replace(expected_observed=1.8), None),
        (GOOD._replace(events=49, auroc=0.2), None),  # too few to say
        (GOOD, None),
    ],
)
def test_the_gate(figures: Figures, fault: str | None) -> None:
    found = list(faults(figures))
    if fault is None:
        assert found == []
        check_gate(figures)
    else:
        assert found[0].startswith(fault)
        with pytest.raises(GateError, match=r"E-FIT-GATE: on people not seen it .*: no model is written"):
            check_gate(figures)


def test_the_standard_error_of_an_auroc() -> None:
    # Hanley and McNeil's formula by hand: A .8, 50 with the event, 100 without
    spread = 0.8 * 0.2 + 49 * (0.8 / 1.2 - 0.64) + 99 * (2 * 0.64 / 1.8 - 0.64)
    assert standard_error(0.8, 50, 100) == pytest.approx(math.sqrt(spread / 5000))


def test_codes_of_levels_cover_what_was_never_seen() -> None:
    assert Levels("c", ()).codes(texts("x", None)).tolist() == [0, 1]
