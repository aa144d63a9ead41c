"""A model fitted on a made-up table: what it says of itself, what it gives, and the same from its file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import skops.io

from schemas.errors import CaselinkError, ConfigurationError
from stratify.models import Fitted, contributions, fit, predict
from stratify.models.tabular import choosing
from stratify.models.tabular.boosted import ADDITIVE, threads
from stratify.models.tabular.candidates import Candidates
from stratify.models.tabular.fitting import draw_up
from stratify.models.tabular.learning import learn
from stratify.models.tabular.outcome_column import read_outcome
from stratify.models.tabular.table_model import TableModel, log_odds
from stratify.models.tabular.table_model_file import load_table_model, model_bytes
from tests.person_tables import person_table

TABLE = person_table()
FEATURES = TABLE.drop_columns(["y", "person", "year"])


@pytest.fixture(scope="module", name="fitted")
def _fitted() -> Fitted:
    return fit(TABLE, "y", groups="person", time="year", refit=False)


def of_parts(*parts: str) -> TableModel:
    """A model made of these parts whatever is best, on part of the table."""
    table = FEATURES.slice(0, 1200)
    had = read_outcome("y", TABLE["y"].slice(0, 1200))
    kinds = {"age": "number", "ward": "text", "carer": "flag", "admissions": "number"}
    material = draw_up(table, had, kinds, groups=None, time=None).material
    with threads(0):
        return learn(material, kinds, choosing.choose(material, [parts]), dropped=3)


@pytest.fixture(scope="module", name="joined")
def _joined() -> TableModel:
    return of_parts("logistic", "boosted")


@pytest.fixture(scope="module", name="interacting")
def _interacting() -> TableModel:
    return of_parts("interacting")


def test_it_is_checked_on_people_and_a_year_it_has_not_seen(fitted: Fitted) -> None:
    years = np.asarray(TABLE["year"])[fitted.checked.rows]
    assert set(years) == {2021}
    assert len(years) == 300  # a fifth of 1,500 people
    assert fitted.model.rows == 1200  # the others, in 2020
    assert fitted.figures.rows == 300
    assert fitted.checked.outcome.tolist() == np.asarray(TABLE["y"])[fitted.checked.rows].tolist()


def test_its_figures_are_those_of_the_chances_it_gives(fitted: Fitted) -> None:
    assert predict(fitted.model, TABLE)[fitted.checked.rows] == pytest.approx(fitted.checked.p, abs=1e-6)
    assert fitted.figures.auroc is not None
    assert 0.65 < fitted.figures.auroc < 0.9
    assert fitted.figures.expected_observed == pytest.approx(1, abs=0.25)
    assert fitted.figures.baseline == "age"
    assert fitted.figures.baseline_auroc is not None
    assert fitted.figures.auroc > fitted.figures.baseline_auroc


def test_roles_and_columns_that_say_nothing_are_no_features(fitted: Fitted) -> None:
    assert not {"y", "person", "year"} & fitted.model.columns.keys()
    assert fitted.model.encoding.silent == ("constant", "local_id")
    assert fitted.model.notes == (
        "columns that tell nobody apart are not used: constant, local_id",
        "columns without any value are not used: nothing",
    )


def test_the_file_holds_no_id(fitted: Fitted, tmp_path: Path) -> None:
    (tmp_path / "M").write_bytes(model_bytes(fitted.model))
    told = skops.io.load(tmp_path / "M", trusted=[])["told"]
    assert '"kept"' not in told
    assert "id-1" not in told
    assert '"010"' in told  # a ward of many people


@pytest.mark.parametrize("kind", ["joined", "interacting"])
def test_a_model_is_the_same_from_its_file(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(kind)
    content = model_bytes(model)
    assert content == model_bytes(model)
    (tmp_path / "M").write_bytes(content)
    back = load_table_model(tmp_path / "M")
    assert (back.version, back.kind, back.rows, back.events, back.dropped) == (
        model.version, model.kind, model.rows, model.events, 3,
    )  # fmt: skip
    assert predict(back, FEATURES.slice(0, 300)).tolist() == predict(model, FEATURES.slice(0, 300)).tolist()


def test_what_columns_add_sums_to_the_log_odds(joined: TableModel) -> None:
    added = contributions(joined, FEATURES)
    assert added.columns == ("admissions", "age", "carer", "ward")
    assert added.values.sum(axis=1) + added.intercept == pytest.approx(log_odds(joined, FEATURES), abs=1e-9)
    again = joined.recalibration.of(log_odds(joined, FEATURES))
    assert predict(joined, FEATURES) == pytest.approx(1 / (1 + np.exp(-again)))
    admitted = np.asarray(FEATURES["admissions"]) >= 3
    assert added.values[admitted, 0].min() > added.values[~admitted, 0].max()


def test_with_interactions_columns_add_nothing_by_themselves(interacting: TableModel) -> None:
    assert not interacting.additive
    with pytest.raises(CaselinkError, match="E-MODEL-REASONS"):
        contributions(interacting, FEATURES)


@pytest.mark.parametrize("kind", ["joined", "interacting"])
def test_no_value_and_a_new_level_are_taken(kind: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(kind)
    strange = pa.table({"age": pa.nulls(2), "ward": ["new", None], "carer": [None, True], "admissions": [10**12, -5]})
    p = predict(model, strange)
    assert ((p > 0) & (p < 1)).all()
    assert len(predict(model, FEATURES.slice(0, 0))) == 0


def test_a_model_refuses_other_input(joined: TableModel) -> None:
    with pytest.raises(ConfigurationError, match=r"E-MODEL-INPUT.*ward is missing \(1 in all\)"):
        predict(joined, FEATURES.drop_columns(["ward"]))


@pytest.mark.parametrize("content", [b"", b"not a zip", None])
def test_what_is_no_model_is_refused(content: bytes | None, tmp_path: Path) -> None:
    (tmp_path / "M").write_bytes(skops.io.dumps({"format": "another"}) if content is None else content)
    with pytest.raises(ConfigurationError, match="E-MODEL-FILE: M is"):
        load_table_model(tmp_path / "M")


def test_fewer_parts_win_where_more_add_little() -> None:
    def choice(*parts: str) -> choosing.Choice:
        return choosing.Choice(parts, 1.0, {}, choosing.Recalibration(0.0, 1.0), {})

    one, two, both = choice("logistic"), choice("boosted"), choice("logistic", "boosted")
    pick = choosing._simplest_of_best
    assert pick([(0.50015, one), (0.6, two), (0.5, both)], 0.6) is one  # .15 % of what is gained
    assert pick([(0.50025, one), (0.6, two), (0.5, both)], 0.6) is both


def test_a_column_without_values_in_a_fold_stops_nothing() -> None:
    table = FEATURES.slice(0, 1200)
    rare = np.full(1200, np.nan)
    rare[:25] = range(25)
    table = pa.table({"rare": rare, "age": table["age"]})
    had = read_outcome("y", TABLE["y"].slice(0, 1200))
    drawn = draw_up(table, had, {"rare": "number", "age": "number"}, groups=None, time=None)
    candidates = Candidates(drawn.material)
    without = np.flatnonzero(np.isnan(drawn.material.sheet.numbers["rare"]))
    few = replace(ADDITIVE, most_rounds=5)
    stages = list(candidates.try_rounds(without, np.flatnonzero(~np.isnan(drawn.material.sheet.numbers["rare"])), few))
    assert len(stages) == 1
    assert np.isfinite(stages[0][1]).all()
