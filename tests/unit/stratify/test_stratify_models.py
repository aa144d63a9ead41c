"""The admission model: it learns, it refuses, it falls back, it explains, and it is the same from file."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import skops.io

from schemas.errors import CaselinkError
from schemas.pseudonymised import Score
from stratify.assure import gates, overall
from stratify.dates import add_months
from stratify.features import FEATURES, build_features
from stratify.models.card import model_card
from stratify.models.design import fit_terms, matrix
from stratify.models.emergency_admission import Model, assess, fit, predict, prior_use, silent_columns
from stratify.models.model_file import load_model, save_model
from stratify.models.reasons import band, explain, group_shares, score_admission_risk
from stratify.outcomes import emergency_admission, index_dates
from tests.stratify_area import AS_AT, lazy, seeded_area


class Snapshot(NamedTuple):
    features: pa.Table
    outcome: pa.Table


def snapshot(people: pa.Table, activity: pa.Table, index: dt.date) -> Snapshot:
    features = build_features(lazy(people), lazy(activity), index, bands_at=AS_AT).collect("pyarrow").to_native()
    outcome = emergency_admission(lazy(people), lazy(activity), index, data_to=AS_AT).collect("pyarrow").to_native()
    return Snapshot(features, outcome)


@pytest.fixture(scope="module")
def area() -> tuple[pa.Table, pa.Table]:
    return seeded_area(3000)


@pytest.fixture(scope="module")
def learned(area: tuple[pa.Table, pa.Table]) -> Snapshot:
    return snapshot(*area, index_dates(AS_AT).train)


@pytest.fixture(scope="module")
def later(area: tuple[pa.Table, pa.Table]) -> Snapshot:
    return snapshot(*area, index_dates(AS_AT).check)


@pytest.fixture(scope="module")
def model(learned: Snapshot) -> Model:
    return fit(*learned)


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.chunked_array([values]))


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    names = rng.permutation(table.column_names).tolist()
    return table.select(names).take(rng.permutation(table.num_rows))


# ---------------------------------------------------------------- learning


def test_it_finds_a_need_that_is_there_better_than_prior_use_does(model: Model, later: Snapshot) -> None:
    found = assess(predict(model, later.features), later.outcome, baseline=prior_use(later.features), capacity=60)
    assert found.rows == 3000
    assert found.events > 200
    assert found.auroc is not None
    assert found.baseline_auroc is not None
    assert found.auroc > found.baseline_auroc + 0.03
    assert found.calibration_slope == pytest.approx(1, abs=0.25)
    assert found.expected_observed == pytest.approx(1, abs=0.2)
    assert found.lift is not None
    assert found.lift > 2
    states = gates(model, found)
    assert overall(states) in ("green", "amber")


def test_the_order_of_rows_and_columns_never_matters(model: Model, learned: Snapshot, later: Snapshot) -> None:
    again = fit(shuffled(learned.features, 1), shuffled(learned.outcome, 2))
    assert again.version == model.version
    assert again.weights.tolist() == model.weights.tolist()
    assert (
        predict(model, shuffled(later.features, 3))
        .sort_by("pseudonym")
        .equals(predict(model, later.features).sort_by("pseudonym"))
    )


def test_cost_is_not_read(model: Model, later: Snapshot) -> None:
    assert not [term for term in model.terms if "cost" in term.column or "pence" in term.column]
    doubled = with_column(
        later.features, "cost_outpatient_365", pc.multiply(later.features["cost_outpatient_365"], 2).combine_chunks()
    )
    assert predict(model, doubled).equals(predict(model, later.features))


def test_people_without_a_known_outcome_are_left_out_and_counted(model: Model, learned: Snapshot) -> None:
    unknown = pa.array([None if place < 100 else value for place, value in enumerate(learned.outcome["outcome"].to_pylist())])
    found = fit(learned.features, with_column(learned.outcome, "outcome", unknown))
    assert (found.rows, found.dropped) == (model.rows - 100, 100)


# ---------------------------------------------------------------- refusing


def test_it_refuses_other_columns(model: Model, later: Snapshot) -> None:
    with pytest.raises(CaselinkError, match=r"E-MODEL-INPUT.*: age is missing \(1 in all\)"):
        predict(model, later.features.drop_columns(["age"]))
    with pytest.raises(CaselinkError, match=r"shoe_size was not there"):
        predict(model, later.features.append_column("shoe_size", later.features["age"]))
    with pytest.raises(CaselinkError, match=r"age is float, was double"):
        predict(model, with_column(later.features, "age", later.features["age"].combine_chunks().cast(pa.float32())))


def test_it_learns_only_from_numbers_and_flags(learned: Snapshot) -> None:
    words = learned.features.append_column("words", pa.array(["x"] * learned.features.num_rows))
    with pytest.raises(CaselinkError, match=r"E-MODEL-COLUMN: column words is string"):
        fit(words, learned.outcome)


def test_features_and_outcome_must_be_of_the_same_people(learned: Snapshot) -> None:
    with pytest.raises(CaselinkError, match=r"E-ASSESS-PEOPLE: 3000 people have a chance, 2999"):
        fit(learned.features, learned.outcome.slice(1))


# ---------------------------------------------------------------- falling back


def few(outcome: pa.Table, events: int) -> pa.Table:
    return with_column(outcome, "outcome", pa.array([place < events for place in range(outcome.num_rows)]))


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (0, "0 outcome events, fewer than 200"),
        (199, "199 outcome events, fewer than 200"),
        (3000, "nobody without the outcome"),
    ],
)
def test_with_too_little_to_learn_from_it_falls_back_on_prior_use_and_says_so(events: int, why: str, learned: Snapshot) -> None:
    found = fit(learned.features, few(learned.outcome, events))
    assert (found.kind, found.why) == ("prior-use-rule", why)
    assert "prior-use-rule" in found.version
    scores = score_admission_risk(found, learned.features)
    assert set(scores["version"].to_pylist()) == {found.version}
    by_admissions = dict(
        zip(
            learned.features.sort_by("pseudonym")["emergency_inpatient_365"].to_pylist(), scores["value"].to_pylist(), strict=True
        )
    )
    assert 0 < by_admissions[0] <= by_admissions[1] <= by_admissions[2] < 1


def test_the_rule_s_chances_are_the_shares_that_were_admitted() -> None:
    admissions = [0] * 100 + [1] * 50 + [2] * 10 + [3] * 3 + [7] * 1
    outcome = (
        [place % 10 == 0 for place in range(100)]
        + [place % 5 == 0 for place in range(50)]
        + [True] * 5
        + [False] * 5
        + [True] * 4
    )
    names = [f"p{place:03d}" for place in range(len(admissions))]
    features = pa.table({"pseudonym": names, "emergency_inpatient_365": pa.array(admissions, pa.int64())})
    found = fit(features, pa.table({"pseudonym": names, "outcome": outcome}))
    area = 29.5 / 165
    assert found.rates == pytest.approx([(10 + area) / 101, (10 + area) / 51, (5 + area) / 11, (4 + area) / 5])
    assert explain(found, features)[:2] == [["no emergency admission in two years"]] * 2


def test_a_table_without_a_telling_column_falls_back(learned: Snapshot) -> None:
    names = learned.features["pseudonym"]
    flat = pa.table({"pseudonym": names, "same": pa.array([1.0] * len(names)), "empty": pa.nulls(len(names), pa.int64())})
    assert fit(flat, learned.outcome).why == "no feature tells people apart"


# ---------------------------------------------------------------- nulls and missing feeds


def test_a_null_counts_as_the_average_and_says_not_known() -> None:
    table = pa.table(
        {"pseudonym": ["a", "b", "c"], "weight": [1.0, None, 3.0], "change": [-1.0, 0.0, 1.0], "flag": [True, None, True]}
    )
    terms = fit_terms(table)
    assert [(term.column, term.shape) for term in terms] == [
        ("weight", "log"), ("weight", "not known"), ("change", "plain"), ("flag", "not known"),
    ]  # fmt: skip
    numbers = matrix(terms, table)
    assert numbers[1, 0] == 0
    assert numbers[:, 1].tolist() == pytest.approx([-(0.5**0.5), 2**0.5, -(0.5**0.5)])
    assert numbers[:, 0].sum() == pytest.approx(0)


def test_a_feed_that_did_not_arrive_moves_nobody_and_is_named(model: Model, later: Snapshot) -> None:
    assert silent_columns(model, later.features) == ()
    silent = later.features
    names = [feature.name for feature in FEATURES if feature.group == "outpatient"]
    for name in names:
        silent = with_column(silent, name, pa.nulls(silent.num_rows, silent[name].type))
    weighed = sorted({term.column for term in model.terms}.intersection(names))
    assert silent_columns(model, silent) == tuple(weighed)
    assert len(weighed) >= 5
    shares = group_shares(model, silent)
    assert not shares.values[:, shares.groups.index("outpatient")].any()


# ---------------------------------------------------------------- reasons


def test_reasons_add_up_to_the_score(model: Model, later: Snapshot) -> None:
    p = np.asarray(predict(model, later.features)["p"])
    shares = group_shares(model, later.features)
    assert np.log(p / (1 - p)) == pytest.approx(shares.values.sum(axis=1) + shares.intercept, abs=1e-9)


def test_reasons_are_words_of_the_weightiest_groups(model: Model, later: Snapshot) -> None:
    scores = score_admission_risk(model, later.features)
    assert Score.sort(Score.validate(scores)).equals(scores)
    highest = scores.sort_by([("value", "descending")]).slice(0, 20).to_pylist()
    assert all(1 <= len(row["reasons"]) <= 5 for row in highest)
    said = " | ".join(reason for row in highest for reason in row["reasons"])
    assert "emergency admissions in 12 months, the last " in said
    assert "aged " in said


@pytest.mark.parametrize(("p", "name"), [(0.5, "very high"), (0.2, "high"), (0.1, "moderate"), (0.0999, "low")])
def test_bands_of_the_chance(p: float, name: str) -> None:
    assert band(p) == name


# ---------------------------------------------------------------- files


def test_a_model_is_the_same_from_its_file(model: Model, later: Snapshot, tmp_path: Path) -> None:
    found = assess(predict(model, later.features), later.outcome, baseline=prior_use(later.features), capacity=60)
    card = model_card(model, found, gates(model, found), dates=index_dates(AS_AT))
    save_model(model, tmp_path / "model.skops", card)
    again = load_model(tmp_path / "model.skops")
    assert again.version == model.version
    assert predict(again, later.features).equals(predict(model, later.features))
    written = json.loads((tmp_path / "model.json").read_text())
    assert written == json.loads(json.dumps(card))
    assert written["checked"]["index_date"] == add_months(AS_AT, -12).isoformat()
    assert written["learned"]["events"] == model.events
    assert written["weights"]["age"].keys() == {"age", *(f"age above {knot}" for knot in (5, 18, 65, 80))}


def test_the_fallback_is_saved_too(learned: Snapshot, tmp_path: Path) -> None:
    model = fit(learned.features, few(learned.outcome, 10))
    save_model(model, tmp_path / "rule.skops", {})
    assert load_model(tmp_path / "rule.skops") == model


def test_the_same_model_gives_the_same_bytes(learned: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / "first.skops", tmp_path / "second.skops"]
    kept = []
    for number, file in enumerate(files):
        monkeypatch.setattr("time.time", lambda year=number: 1e9 + year * 1e7)
        kept.append(fit(*learned))
        save_model(kept[-1], file, {})
    assert skops.io.dumps({"terms": kept[0].weights}) != skops.io.dumps({"terms": kept[1].weights})
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    with pytest.raises(CaselinkError, match=r"E-MODEL-FILE: model.skops cannot be read"):
        load_model(path)
    path.write_bytes(b"no archive")
    with pytest.raises(CaselinkError, match="is not a skops file"):
        load_model(path)
    path.write_bytes(skops.io.dumps({"format": 99}))
    with pytest.raises(CaselinkError, match="is not a model of this version"):
        load_model(path)
    path.write_bytes(skops.io.dumps({"format": 1, "estimator": Path("x")}))
    with pytest.raises(CaselinkError, match=r"types that are not trusted \(\d\)"):
        load_model(path)
