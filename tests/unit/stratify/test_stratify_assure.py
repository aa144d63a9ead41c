"""Assessment figures worked by hand, and the gates as a truth table."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from schemas.errors import CaselinkError
from stratify.assure import Gate, gates, overall
from stratify.models.assessment import Assessment, assess, calibration_slope


def table(**columns: object) -> pa.Table:
    count = len(next(iter(columns.values())))  # type: ignore[arg-type]
    return pa.table({"pseudonym": [f"p{place}" for place in range(count)], **columns})


def test_figures_by_hand() -> None:
    """Eight people, one not followed. Four of seven admitted; the three highest hold two of them."""
    p = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.1, 0.99]
    outcome = [True, False, True, True, False, True, False, None]
    rule = [3.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 9.0]
    found = assess(table(p=p), table(outcome=outcome), baseline=table(p=rule), capacity=3)
    assert (found.rows, found.events, found.dropped) == (7, 4, 1)
    assert found.ppv == pytest.approx(2 / 3)
    assert found.sensitivity == pytest.approx(2 / 4)
    assert found.lift == pytest.approx((2 / 3) / (4 / 7))
    # pairs (admitted, not): .9 beats 3, .7 beats 2, .6 beats 2, .4 beats 1, of 12
    assert found.auroc == pytest.approx(8 / 12)
    # prior use: 3 beats 3, 1 beats 3, two zeros tie with three zeros
    assert found.baseline_auroc == pytest.approx((3 + 3 + 6 / 2) / 12)
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.09 + 0.16 + 0.25 + 0.36 + 0.01) / 7)
    assert found.expected_observed == pytest.approx(4.0 / 4)


def test_equal_chances_are_listed_in_the_order_of_the_pseudonym() -> None:
    outcome = [False, True, True, True]
    found = assess(table(p=[0.5] * 4), table(outcome=outcome), baseline=table(p=[0.0] * 4), capacity=1)
    assert found.ppv == 0.0
    assert found.calibration_slope is None


@pytest.mark.parametrize("outcome", [[False] * 3, [True] * 3])
def test_one_class_has_no_discrimination(outcome: list[bool]) -> None:
    found = assess(table(p=[0.1, 0.2, 0.3]), table(outcome=outcome), baseline=table(p=[0.0] * 3), capacity=2)
    assert (found.auroc, found.baseline_auroc, found.calibration_slope) == (None, None, None)


def test_nobody() -> None:
    nobody = pa.table({"pseudonym": pa.array([], pa.string()), "p": pa.array([], pa.float64())})
    found = assess(
        nobody, pa.table({"pseudonym": nobody["pseudonym"], "outcome": pa.array([], pa.bool_())}), baseline=nobody, capacity=5
    )
    assert (found.rows, found.brier, found.ppv, found.lift) == (0, None, None, None)


def test_different_people_are_refused() -> None:
    with pytest.raises(CaselinkError, match="E-ASSESS-PEOPLE"):
        assess(table(p=[0.1, 0.2]), table(outcome=[True]), baseline=table(p=[0.1, 0.2]), capacity=1)


@pytest.mark.parametrize(("stretch", "slope"), [(1.0, 1.0), (2.0, 0.5), (0.5, 2.0)])
def test_calibration_slope_is_one_over_how_far_the_log_odds_are_stretched(stretch: float, slope: float) -> None:
    rng = np.random.default_rng(11)
    odds = rng.normal(-1, 1, 200_000)
    happened = rng.random(len(odds)) < 1 / (1 + np.exp(-odds))
    assert calibration_slope(1 / (1 + np.exp(-odds * stretch)), happened) == pytest.approx(slope, rel=0.03)


def test_a_perfect_split_has_no_slope() -> None:
    assert calibration_slope(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])) is None


GOOD = Assessment(
    rows=10_000, events=900, dropped=10, capacity=200, auroc=0.78, baseline_auroc=0.70, brier=0.07, calibration_slope=1.0,
    expected_observed=1.0, ppv=0.5, sensitivity=0.1, lift=5.5,
)  # fmt: skip


class Judged(NamedTuple):
    kind: str
    why: str = ""


FITTED = Judged("logistic")
FALLEN_BACK = Judged("prior-use-rule", "50 outcome events, fewer than 200")


@pytest.mark.parametrize(
    ("figure", "value", "gate", "state"),
    [
        ("calibration_slope", 0.90, "calibration slope", "green"),
        ("calibration_slope", 1.10, "calibration slope", "green"),
        ("calibration_slope", 0.89, "calibration slope", "amber"),
        ("calibration_slope", 1.25, "calibration slope", "amber"),
        ("calibration_slope", 1.26, "calibration slope", "red"),
        ("calibration_slope", 0.79, "calibration slope", "red"),
        ("calibration_slope", None, "calibration slope", "amber"),
        ("expected_observed", 1.18, "expected over observed", "amber"),
        ("expected_observed", 0.5, "expected over observed", "red"),
        ("auroc", 0.7501, "AUROC gain over prior use", "green"),
        ("auroc", 0.70, "AUROC gain over prior use", "amber"),
        ("auroc", 0.69, "AUROC gain over prior use", "red"),
        ("auroc", None, "AUROC gain over prior use", "amber"),
        ("events", 200, "events in the check", "green"),
        ("events", 199, "events in the check", "amber"),
    ],
)
def test_each_gate(figure: str, value: float | None, gate: str, state: str) -> None:
    states = {each.name: each.state for each in gates(FITTED, replace(GOOD, **{figure: value}))}  # type: ignore[arg-type]
    assert states[gate] == state
    assert {name for name, found in states.items() if found != "green"} <= {gate}


def test_a_good_model_is_green() -> None:
    assert overall(gates(FITTED, GOOD)) == "green"


def test_red_is_only_said_where_figures_can_bear_it() -> None:
    bad = replace(GOOD, auroc=0.5, calibration_slope=0.1, expected_observed=3.0)
    assert overall(gates(FITTED, bad)) == "red"
    assert overall(gates(FITTED, replace(bad, events=150))) == "amber"
    states = gates(FALLEN_BACK, bad)
    assert overall(states) == "amber"
    assert states[0] == Gate("model", "amber", None, "50 outcome events, fewer than 200")
