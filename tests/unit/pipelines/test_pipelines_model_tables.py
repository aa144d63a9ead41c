"""Of a model's check nothing is shown from which a small count could be solved; what is shown is from shown counts."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from governance.disclosure_check import Cell, System, leaks
from governance.policies import NHSE_HES, ONS10, POLICIES, Policy
from pipelines.model_assurance import _quotient
from pipelines.model_drift import Followed, drift_table
from pipelines.model_tables import ModelTables, _counts, model_tables, outwards
from stratify.assurance import Check, check_model
from stratify.assurance.drift import PSI
from stratify.assurance.monitoring import Matured

SCORE = "made_up"


def check(people: int = 1500, seed: int = 3) -> Check:
    """People of whom few are of gender 9, and few of one practice."""
    chance = np.random.default_rng(seed)
    names = [f"p{number:05d}" for number in range(people)]
    p = 1 / (1 + np.exp(-chance.normal(-2.5, 1.2, people)))
    gender = ["9"] * 5 + ["1", "2"] * ((people - 5) // 2 + 1)
    told = {"gender": gender[:people], "gp_practice_code": ["A1"] * 12 + ["A2"] * 500 + ["A3"] * (people - 512)}
    persons = pa.table({"pseudonym": names, **told})
    predicted = pa.table({"pseudonym": names, "p": p})
    outcome = pa.table({"pseudonym": names, "outcome": chance.random(people) < p})
    return check_model(predicted, outcome, baseline=predicted, people=persons, capacity=people // 50, repeats=20)


CHECK = check()


def cells(tables: ModelTables) -> dict[tuple[str, str, str], int | None]:
    rows = tables.groups.to_pylist()
    return {(row["breakdown"], row["category"], of): row[of] for row in rows for of in ("people", "events")}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_small_counts_are_withheld_and_cannot_be_solved(policy: Policy) -> None:
    tables = model_tables({SCORE: CHECK}, policy)
    exact = _counts(SCORE, CHECK)
    shown = cells(tables)
    assert shown["gender", "9", "people"] is None
    known: dict[object, Cell] = {}
    for key, count in exact.counts.items():
        value = shown.get((key.breakdown, key.category, key.of), -1)
        if policy.is_small(count):
            known[key] = Cell(1, policy.withheld_to, is_protected=True)
        elif value is None or value == -1 or policy.adds_up:
            known[key] = Cell(0, np.inf)
        else:
            known[key] = Cell(*policy.behind(policy.shown(count) or 0))
    assert sum(cell.is_protected for cell in known.values()) > 5
    assert leaks(System(known, exact.relations), policy.least_values) == {}


def test_without_the_checker_they_could_be_solved() -> None:
    """With exact counts, as `ons10` shows them, the five people of gender 9 are what the two others leave of everybody."""
    exact = _counts(SCORE, CHECK)
    alone = {
        key: Cell(1, 9, is_protected=True) if ONS10.is_small(count) else Cell(count, count) for key, count in exact.counts.items()
    }
    found = leaks(System(alone, exact.relations), 3)
    assert {("gender", "9", "people")} <= {(key.breakdown, key.category, key.of) for key in found}
    others = [cells(model_tables({SCORE: CHECK}, ONS10))["gender", gender, "people"] for gender in ("1", "2")]
    assert None in others


def test_figures_are_worked_out_from_the_shown_counts() -> None:
    tables = model_tables({SCORE: CHECK}, NHSE_HES)
    for row in tables.deciles.to_pylist():
        if row["events"] is None:
            assert row["observed"] is row["observed_low"] is None
        else:
            assert row["observed"] == row["events"] / row["people"]
    for row in tables.groups.to_pylist():
        if row["suppressed"]:
            assert [row[name] for name in ("expected", "expected_observed", "low", "high")] == [None] * 4
        elif row["events"] and row["events"] < 95:
            assert row["expected_observed"] == round(row["expected"] / row["events"], 2)
    for row in tables.curve.to_pylist():
        if row["found"] is not None:
            price = row["threshold"] / (1 - row["threshold"])
            assert row["net_benefit"] == pytest.approx((row["found"] - (row["chosen"] - row["found"]) * price) / row["people"])


def test_the_digits_of_an_interval_never_make_it_narrower() -> None:
    assert outwards(0.9261, 1.0364, 2) == (0.92, 1.04)
    assert outwards(None, 1.0, 2) == (None, None)


TONIGHT = dt.date(2026, 11, 28)


def test_tonight_is_added_to_the_nights_before_and_takes_the_place_of_the_same_date() -> None:
    psi = pa.Table.from_pylist([{"feature": f"f{number}", "psi": 0.9 - number / 10} for number in range(7)], schema=PSI)
    first = drift_table(None, dt.date(2025, 11, 26), {SCORE: Followed(None, dt.date(2024, 11, 26), 1.0)}, None)
    second = drift_table(first, dt.date(2026, 11, 27), {SCORE: Followed(0.0123456, dt.date(2025, 11, 27), None)}, psi)
    once = drift_table(second, TONIGHT, {SCORE: Followed(0.02, dt.date(2025, 11, 28), 1.1)}, psi)
    assert [row["kind"] for row in first.to_pylist()] == ["expected over observed"]
    rows = second.to_pylist()
    assert [row["of"] for row in rows if row["kind"] == "feature stability"] == ["f0", "f1", "f2", "f3", "f4"]
    assert [row["value"] for row in rows if row["kind"] == "score stability"] == [0.012]
    nights = {row["as_at"] for row in once.to_pylist()}
    assert nights == {dt.date(2026, 11, 27), TONIGHT}  # the first is more than a year ago
    assert drift_table(once, TONIGHT, {SCORE: Followed(0.02, dt.date(2025, 11, 28), 1.1)}, psi) == once


def test_published_scores_that_have_matured_are_kept_by_the_day_they_were_given() -> None:
    given = dt.date(2025, 11, 1)
    one = drift_table(None, dt.date(2026, 11, 27), {}, None, {(SCORE, given): 1.18765})
    both = drift_table(one, TONIGHT, {}, None, {(SCORE, dt.date(2026, 10, 1)): None})
    assert [(row["of"], row["index_date"], row["value"]) for row in both.to_pylist()] == [
        ("2025-11-01", given, 1.188), ("2026-10-01", dt.date(2026, 10, 1), None),
    ]  # fmt: skip


def test_a_quotient_of_few_events_is_withheld() -> None:
    counts = {8: 0.5, 7: None, 0: None, 94: None, 92: 4 / 92}
    for events, shown in counts.items():
        assert _quotient(Matured(SCORE, TONIGHT, 100, events, 4.0), NHSE_HES) == shown
