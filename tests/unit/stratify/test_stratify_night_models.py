"""The night's models: they learn, are checked on people and a time not seen, fall back, explain, and are kept as files."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import skops.io

from schemas.errors import CaselinkError
from stratify.assure import Gate
from stratify.features import FEATURES
from stratify.models import night_fit
from stratify.models.assessment import assess
from stratify.models.card import model_card
from stratify.models.dealing import units_of_people
from stratify.models.night_file import load_night_model, save_night_model
from stratify.models.night_fit import Learned, chances_of, fall_back, fit_night
from stratify.models.night_models import MODELS, NightModel, is_read, model_named
from stratify.models.prior_rule import FittedRule, PriorUse, fit_rule, predict_rule
from stratify.models.reasons import as_contributions, band, explain, group_shares, score_chances, weights_of
from stratify.models.tabular.split import folds
from stratify.models.tabular.table_model import TableModel, log_odds
from stratify.outcomes import emergency_admission, new_long_term_care, readmission

ADMISSION = MODELS[0]
DATES = [dt.date(2023, 4, 1), dt.date(2024, 4, 1), dt.date(2025, 4, 1)]


def made_up(people: int = 2500, *, seed: int = 5, curve: float = 0.0) -> pa.Table:
    """Snapshots of people whose need shows in age and use; `curve` bends what age adds to and fro."""
    rng = np.random.default_rng(seed)
    need = rng.gamma(1.0, 1.0, people)
    parts = []
    for day in DATES:
        age = rng.uniform(0, 95, people)
        admissions, attendances = rng.poisson(0.25 * need), rng.poisson(2.0 * need)
        odds = -4.0 + 0.6 * np.log1p(admissions) + 0.8 * need + 0.015 * age + curve * np.sin(age / 3)
        features = {
            "accident_and_emergency_365": attendances,
            "age": pa.array(np.where(rng.random(people) < 0.05, np.nan, age), from_pandas=True),
            "cost_outpatient_365": rng.integers(0, 10_000, people),
            "emergency_inpatient_365": admissions,
            "female": rng.random(people) < 0.5,
            "palliative_care": pa.nulls(people, pa.bool_()),
        }
        happened = rng.random(people) < 1 / (1 + np.exp(-odds))
        beside = {
            "pseudonym": [f"p{number:05d}" for number in range(people)],
            "index_date": pa.array([day] * people, pa.date32()),
            "slice": pa.array([day] * people, pa.date32()),
            "outcome": pa.array([None if number % 50 == 0 else bool(value) for number, value in enumerate(happened)]),
        }
        parts.append(pa.table({**beside, **features}))
    return pa.concat_tables(parts)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return made_up()


@pytest.fixture(scope="module")
def learned(table: pa.Table) -> Learned:
    return fit_night(ADMISSION, table, table.column_names)


def figures(found: Learned) -> Any:
    key = found.checked.select(["pseudonym", "index_date"])
    return assess(
        key.append_column("p", found.checked["p"]), key.append_column("outcome", found.checked["outcome"]),
        baseline=key.append_column("p", found.checked["rule"]), capacity=50,
    )  # fmt: skip


# ---------------------------------------------------------------- the list


def test_the_three_models_of_the_issue_each_with_a_rule_that_can_be_counted() -> None:
    assert [(model.name, model.happened) for model in MODELS] == [
        ("emergency_admission_12_months", emergency_admission),
        ("readmission_30_days", readmission),
        ("long_term_care_12_months", new_long_term_care),
    ]
    names = {feature.name for feature in FEATURES}
    assert {column for model in MODELS for column in (model.rule.column, model.rule.ties)} <= names
    assert len({model.file for model in MODELS}) == len(MODELS)


def test_no_model_reads_a_cost() -> None:
    assert [name for name in ("cost_outpatient_365", "care_weekly_pence", "age", "outpatient_365") if is_read(name)] == [
        "age", "outpatient_365",
    ]  # fmt: skip
    costs = [feature.name for feature in FEATURES if feature.unit.startswith("pence")]
    assert costs
    assert not [name for name in costs if is_read(name)]


# ---------------------------------------------------------------- learning


def test_it_finds_a_need_that_is_there_and_is_right_on_people_and_a_time_not_seen(learned: Learned) -> None:
    found = figures(learned)
    assert isinstance(learned.fitted, TableModel)
    assert learned.fitted.kind == "logistic"
    assert found.auroc > found.baseline_auroc + 0.01
    assert found.calibration_slope == pytest.approx(1, abs=0.2)
    assert found.expected_observed == pytest.approx(1, abs=0.15)


def test_everybody_known_in_the_last_slice_is_checked_and_nobody_else(learned: Learned, table: pa.Table) -> None:
    last = table.filter(pc.and_(pc.equal(table["slice"], DATES[-1]), table["outcome"].is_valid()))
    assert learned.checked["pseudonym"].to_pylist() == last["pseudonym"].to_pylist()
    assert set(learned.checked["index_date"].to_pylist()) == {DATES[-1]}
    assert isinstance(learned.fitted, TableModel)
    assert (learned.fitted.rows, learned.fitted.dropped) == (7350, 150)


def test_nobody_is_checked_by_a_model_that_has_seen_her_or_that_time(table: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fit is written down: the five that check know none of the people they check, and no row of the last slice."""
    taught: list[tuple[set[int], bool]] = []
    asked: list[set[int]] = []
    learned, chances = night_fit.learn, night_fit.chances

    def watching(material: Any, *arguments: Any, **named: Any) -> Any:
        taught.append((set(material.units.tolist()), bool(material.late.any())))
        return learned(material, *arguments, **named)

    def asking(model: Any, sheet: Any) -> Any:
        asked.append(set(sheet.numbers["age"][~np.isnan(sheet.numbers["age"])].tolist()))
        return chances(model, sheet)

    monkeypatch.setattr(night_fit, "learn", watching)
    monkeypatch.setattr(night_fit, "chances", asking)
    fit_night(ADMISSION, table, table.column_names)
    everybody = set().union(*(units for units, _ in taught))
    checks, last = taught[:-1], taught[-1]
    assert len(checks) == len(asked) == 5
    assert [late for _, late in checks] == [False] * 5
    left_out = [everybody - units for units, _ in checks]
    assert sum(map(len, left_out)) == len(everybody) == len(set().union(*left_out))
    assert last == (everybody, True)
    assert sum(map(len, asked)) == len(set().union(*asked))


def test_rows_in_any_order_give_the_same_model(learned: Learned, table: pa.Table) -> None:
    rng = np.random.default_rng(1)
    names = rng.permutation(table.column_names).tolist()
    again = fit_night(ADMISSION, table.select(names).take(rng.permutation(table.num_rows)), names)
    assert again.fitted.version == learned.fitted.version
    assert again.checked.equals(learned.checked)


def renamed(table: pa.Table, seed: int) -> tuple[pa.Table, dict[str, str]]:
    """The same people under other pseudonyms, their rows and columns shuffled; and who is who."""
    rng = np.random.default_rng(seed)
    names = table["pseudonym"].unique().to_pylist()
    others = dict(zip(names, rng.permutation([f"q{number:05d}" for number in range(len(names))]).tolist(), strict=True))
    named = table.set_column(0, "pseudonym", pa.array([others[name] for name in table["pseudonym"].to_pylist()]))
    return named.select(rng.permutation(named.column_names).tolist()).take(rng.permutation(named.num_rows)), others


@pytest.mark.parametrize("curve", [0.0, 2.0])
def test_other_pseudonyms_give_the_same_model_and_the_same_chances(curve: float) -> None:
    """As on two fresh machines: logistic and boosted, and of an area so large that a share of its people is learned from."""
    table = made_up(2500, curve=curve)
    again, others = renamed(table, seed=2)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(night_fit, "MOST_ROWS", 4000)
        first, second = (fit_night(ADMISSION, each, each.column_names) for each in (table, again))
    assert first.fitted.kind == ("boosted" if curve else "logistic")
    assert second.fitted.version == first.fitted.version
    told = {others[row.pop("pseudonym")]: row for row in first.checked.to_pylist()}
    assert {row.pop("pseudonym"): row for row in second.checked.to_pylist()} == told


def test_people_alike_in_all_features_are_dealt_apart_whatever_their_names() -> None:
    """Forty alike, ten of them admitted: other names give the same parts of as many, with as many admitted in each."""
    alike = pa.table(
        {
            "pseudonym": [f"p{number:02d}" for number in range(40)], "index_date": pa.array([DATES[0]] * 40, pa.date32()),
            "slice": pa.array([DATES[0]] * 40, pa.date32()), "outcome": [number % 4 == 0 for number in range(40)],
            "age": [50.0] * 40,
        }
    )  # fmt: skip
    dealt = []
    for table in (alike, renamed(alike, seed=4)[0]):
        units = units_of_people(table)
        assert len(set(units.tolist())) == 40
        dealt.append(sorted(zip(units.tolist(), table["outcome"].to_pylist(), strict=True)))
    assert dealt[0] == dealt[1]
    admitted = folds(np.array([unit for unit, _ in dealt[0]], dtype=np.uint64), 2)[[had for _, had in dealt[0]]]
    assert 2 <= admitted.sum() <= 8  # no side has them all


def test_what_happened_moves_nobody_who_differs_from_everybody_else(table: pa.Table) -> None:
    other = pc.invert(pc.fill_null(table["outcome"], False))
    turned = table.set_column(table.column_names.index("outcome"), "outcome", other)
    assert units_of_people(table).tolist() == units_of_people(turned).tolist()


def test_the_challenger_is_used_where_it_is_clearly_better() -> None:
    bent = made_up(2500, curve=2.0)
    found = fit_night(ADMISSION, bent, bent.column_names)
    assert found.fitted.kind == "boosted"
    assert np.allclose(log_odds(found.fitted, bent), group_shares(found.fitted, bent).log_odds())


def test_once_a_thousand_events_have_checked_it_no_further_fifth_is_fitted(
    table: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night_fit, "ENOUGH_EVENTS", 100)
    found = fit_night(ADMISSION, table, table.column_names)
    assert 100 <= sum(found.checked["outcome"].to_pylist()) < 300
    assert found.checked.num_rows < 1300


def test_of_a_large_area_a_share_of_the_people_is_learned_from(table: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night_fit, "MOST_ROWS", 4000)
    found = fit_night(ADMISSION, table, table.column_names)
    assert isinstance(found.fitted, TableModel)
    assert found.fitted.rows + found.fitted.dropped == 3750
    assert len(set(found.checked["pseudonym"].to_pylist())) == found.checked.num_rows


# ---------------------------------------------------------------- refusing


def test_a_fitted_model_refuses_what_it_was_not_fitted_on(learned: Learned, table: pa.Table) -> None:
    with pytest.raises(CaselinkError, match=r"E-MODEL-INPUT.*: age is missing \(1 in all\)"):
        chances_of(learned.fitted, table.drop_columns(["age"]))
    words = table.set_column(table.column_names.index("age"), "age", pa.array(["old"] * table.num_rows))
    with pytest.raises(CaselinkError, match=r"E-MODEL-INPUT.*age is text, was number"):
        chances_of(learned.fitted, words)


def test_only_the_columns_it_is_given_are_read(table: pa.Table) -> None:
    found = fit_night(ADMISSION, table, ["emergency_inpatient_365", "age", "cost_outpatient_365"])
    assert set(found.fitted.columns) == {"emergency_inpatient_365", "age"}


# ---------------------------------------------------------------- falling back


@pytest.mark.parametrize(
    ("early", "why"),
    [(0, "0 outcome events, fewer than 200"), (199, "199 outcome events, fewer than 200"), (5000, "nobody without the outcome")],
)
def test_with_too_little_to_learn_from_it_falls_back_and_says_so(early: int, why: str, table: pa.Table) -> None:
    outcome = pa.array([number < early or number >= 7000 for number in range(table.num_rows)])
    few = table.set_column(table.column_names.index("outcome"), "outcome", outcome)
    found = fit_night(ADMISSION, few, few.column_names)
    assert isinstance(found.fitted, FittedRule)
    assert (found.fitted.kind, found.fitted.why) == ("prior-use-rule", why)
    assert found.checked.num_rows == 2500


def test_features_that_tell_nobody_apart_are_too_little(table: pa.Table) -> None:
    flat = table.select(["pseudonym", "index_date", "slice", "outcome", "palliative_care"])
    assert fit_night(ADMISSION, flat, flat.column_names).fitted.why == "no feature tells people apart"


def test_no_row_at_all_is_a_fallback(table: pa.Table) -> None:
    found = fit_night(ADMISSION, table.slice(0, 0), table.column_names)
    assert isinstance(found.fitted, FittedRule)
    assert found.fitted.rates == (0.5, 0.5, 0.5, 0.5)
    assert found.checked.num_rows == 0


def test_the_rule_s_chances_are_the_shares_that_were_admitted() -> None:
    admissions = [0] * 100 + [1] * 50 + [2] * 10 + [3] * 3 + [7] + [1]
    outcome = [place % 10 == 0 for place in range(100)] + [place % 5 == 0 for place in range(50)]
    outcome += [True] * 5 + [False] * 5 + [True] * 4
    features = pa.table({"emergency_inpatient_365": pa.array(admissions, pa.int64())})
    found = fit_rule(PriorUse("emergency_inpatient_365", "none"), features, pa.chunked_array([[*outcome, None]]), "why")
    area = 29.5 / 165
    assert found.rates == pytest.approx([(10 + area) / 101, (10 + area) / 51, (5 + area) / 11, (4 + area) / 5])
    assert (found.rows, found.events) == (164, 29)
    asked = pa.table({"emergency_inpatient_365": pa.array([9, None, 2], pa.int64())})
    assert predict_rule(found, asked) == pytest.approx([found.rates[3], found.rates[0], found.rates[2]])
    assert predict_rule(found, pa.table({"age": [1.0]})) == pytest.approx([found.rates[0]])


def test_a_rule_of_people_who_all_were_admitted_begins_at_one() -> None:
    rule = model_named("readmission_30_days").rule
    assert rule.group_of(pa.table({rule.column: [0, 1, 2, 4, 9]})).tolist() == [0, 0, 1, 3, 3]
    assert rule.order(pa.table({rule.column: [2, 2], rule.ties: [0, 3]})).tolist() == [2.0, 2.003]


# ---------------------------------------------------------------- reasons and scores


@pytest.fixture(params=["fitted", "rule"])
def either(request: pytest.FixtureRequest, learned: Learned, table: pa.Table) -> Any:
    return learned.fitted if request.param == "fitted" else fall_back(ADMISSION, table, "why").fitted


def test_reasons_add_up_to_the_score_before_recalibration(either: Any, table: pa.Table) -> None:
    p = chances_of(either, table)
    expected = np.log(p / (1 - p)) if isinstance(either, FittedRule) else log_odds(either, table)
    assert group_shares(either, table).log_odds() == pytest.approx(expected, abs=1e-9)
    assert set(as_contributions(either, table).columns) <= set(table.column_names)


def test_scores_of_a_model_carry_its_version_band_and_reasons(either: Any, table: pa.Table) -> None:
    last = table.filter(pc.equal(table["slice"], DATES[-1]))
    rows = score_chances(ADMISSION, either, last).to_pylist()
    assert [row["pseudonym"] for row in rows] == last["pseudonym"].to_pylist()
    assert {row["version"] for row in rows} == {f"emergency-admission-{either.version}"}
    assert {row["score"] for row in rows} == {ADMISSION.name}
    assert [row["value"] for row in rows] == pytest.approx(chances_of(either, last))
    assert all(row["band"] == band(row["value"]) and row["reasons"] is not None for row in rows)


def test_what_weighs_how_much_is_said_by_group_of_features(learned: Learned, table: pa.Table) -> None:
    assert all(len(words) <= 5 for words in explain(learned.fitted, table.slice(0, 50)))
    weights = weights_of(learned.fitted, table)
    assert weights.keys() == {"accident_and_emergency", "age", "emergency_inpatient", "sex"}
    assert min(weights, key=lambda group: weights[group]) == "sex"
    assert weights_of(learned.fitted, table.slice(0, 0)) == {}


@pytest.mark.parametrize(("p", "name"), [(0.5, "very high"), (0.2, "high"), (0.1, "moderate"), (0.0999, "low")])
def test_bands_of_the_chance(p: float, name: str) -> None:
    assert band(p) == name


# ---------------------------------------------------------------- files and cards


def test_a_model_is_the_same_from_its_file(either: Any, table: pa.Table, tmp_path: Path) -> None:
    save_night_model(either, tmp_path / "one.skops")
    again = load_night_model(tmp_path / "one.skops")
    save_night_model(again, tmp_path / "two.skops")
    assert (tmp_path / "one.skops").read_bytes() == (tmp_path / "two.skops").read_bytes()
    assert again.version == either.version
    assert (chances_of(again, table) == chances_of(either, table)).all()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(skops.io.dumps({"format": 99}))
    with pytest.raises(CaselinkError, match=r"E-MODEL-FILE: model.skops is not a model of this version"):
        load_night_model(tmp_path / "model.skops")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_card_says_whom_and_what_it_is_for(model: NightModel, either: Any, learned: Learned) -> None:
    gate = Gate("calibration slope", "amber", 0.85, "bound")
    card = model_card(
        model, either, replace(figures(learned), rows=9), (gate,), fitted_on=dt.date(2026, 4, 1), checked_at=None, weights={}
    )
    assert (card["score"], card["asked"], card["state"]) == (model.name, model.asked, "amber")
    assert card["outcome"].startswith(model.outcome)
    assert card["learned"]["events"] == either.events
    assert card["checked"]["rows"] == 9
    assert card["features"] == ([model.rule.column] if isinstance(either, FittedRule) else sorted(either.columns))
    assert "care_weekly_pence" in card["method"]["not_read"]
