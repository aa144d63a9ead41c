"""A night's models from night to night: fitted, kept while they are good, fitted anew with a reason, let go where they fail."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import analytic_models
from pipelines.analytic import Bench
from pipelines.analytic_features import learn_name, usable
from pipelines.analytic_models import LISTED_BY, models
from pipelines.analytic_scores import assure
from pipelines.config import Tiers
from pipelines.kept_models import kept_model, model_path, why_fit
from pipelines.model_words import models_used, risk_given_by
from pipelines.settings.models import ModelSettings
from schemas.aggregate import FeedAge
from schemas.errors import GateError
from schemas.pseudonymised import PseudonymisedPerson, Score
from schemas.zones import Zone
from stratify.assure import Gate
from stratify.models import night_models
from stratify.models.night_models import MODELS
from stratify.models.snapshots import BESIDE
from tests.unit.stratify.test_stratify_night_models import DATES, made_up

ADMISSION, READMISSION = MODELS[0], MODELS[1]
FIRST = dt.date(2026, 4, 1)


def night(folder: Path, as_at: dt.date, table: pa.Table | None, parent: Path | None = None, **changed: Any) -> Bench:
    """A night's folder with tonight's features, and what there is to learn from where `table` is given."""
    bench = Bench(folder, "run", as_at, 500, 1, Tiers(), (), (), parent, "nhse-hes", models=ModelSettings(**changed))
    made = made_up(300) if table is None else table
    features = made.filter(pa.compute.equal(made["slice"], DATES[-1]))
    put = bench.shelf.put_arrow
    put(Zone.PSEUDONYMISED, "feature", features.select(["pseudonym", *(n for n in features.column_names if n not in BESIDE)]))
    people = [{"pseudonym": name, "link_quality": "number"} for name in features["pseudonym"].to_pylist()]
    put(Zone.PSEUDONYMISED, "person", pa.Table.from_pylist(people, schema=PseudonymisedPerson.arrow_schema()))
    if table is not None:
        put(Zone.PSEUDONYMISED, learn_name(ADMISSION), table)
        put(Zone.PSEUDONYMISED, learn_name(READMISSION), table)
    return bench


def with_more_events(table: pa.Table, *, every: int) -> pa.Table:
    """The snapshots, with the outcome of one in `every` people in the last slice, whatever they are like."""
    drawn = [int(name[1:]) % every == 0 for name in table["pseudonym"].to_pylist()]
    last = pa.compute.equal(table["slice"], DATES[-1])
    outcome = pa.compute.if_else(pa.compute.and_(last, pa.array(drawn)), True, table["outcome"])
    return table.set_column(table.column_names.index("outcome"), "outcome", outcome)


@pytest.fixture(autouse=True)
def _one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night_models, "MODELS", [ADMISSION])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A night that fitted its model, and published it with a green card."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(night_models, "MODELS", [ADMISSION])
        bench = night(tmp_path_factory.mktemp("first"), FIRST, made_up())
        models(bench)
    return bench


def reason(bench: Bench) -> str:
    return why_fit(bench, kept_model(bench, ADMISSION), usable(bench.shelf.get(Zone.PSEUDONYMISED, "feature")))


def test_a_first_night_fits_and_the_next_uses_the_same_file(first: Bench, tmp_path: Path) -> None:
    assert reason(first) == "the night before left none"
    second = night(tmp_path, FIRST + dt.timedelta(days=27), None, first.folder)
    assert reason(second) == ""
    outcome = models(second)
    assert model_path(second.folder, ADMISSION).read_bytes() == model_path(first.folder, ADMISSION).read_bytes()
    assert outcome.warnings == ()
    assert outcome.notes == ("the model of emergency admission within 12 months is that fitted on 2026-04-01.",)
    said = json.loads((second.folder / "model" / "fitted.json").read_text())[ADMISSION.name]
    assert said["fitted_on"] == "2026-04-01"
    checked = [pq.read_table(bench.folder / "pseudonymised" / "checked_emergency_admission.parquet") for bench in (first, second)]
    assert checked[0].equals(checked[1])


def test_it_is_fitted_anew_when_it_is_old(first: Bench, tmp_path: Path) -> None:
    assert reason(night(tmp_path, FIRST + dt.timedelta(days=28), None, first.folder)) == "it was fitted 28 days ago"
    assert reason(night(tmp_path, FIRST + dt.timedelta(days=1), None, first.folder, refit_days=1)) == "it was fitted 1 days ago"
    assert reason(night(tmp_path, FIRST + dt.timedelta(days=40), None, first.folder, refit_days=60)) == ""


def test_it_is_fitted_anew_when_other_features_have_values(first: Bench, tmp_path: Path) -> None:
    bench = night(tmp_path, FIRST + dt.timedelta(days=1), None, first.folder)
    features = bench.shelf.get(Zone.PSEUDONYMISED, "feature")
    silent = features.set_column(features.column_names.index("female"), "female", pa.nulls(features.num_rows, pa.bool_()))
    bench.shelf.put_arrow(Zone.PSEUDONYMISED, "feature", silent)
    assert reason(bench) == "other features have values tonight"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda model: (model / "emergency_admission.skops").write_bytes(b"bit rot"), "the night before left none"),
        (lambda model: (model / "fitted.json").unlink(), "the night before left none"),
        (
            lambda model: (model / "fitted.json").write_text(
                (model / "fitted.json").read_text().replace('"code": "', '"code": "x')
            ),
            "the code has changed since it was fitted",
        ),
    ],
)
def test_it_is_fitted_anew_where_the_earlier_one_cannot_be_used(first: Bench, tmp_path: Path, spoil: Any, why: str) -> None:
    import shutil

    parent = Path(shutil.copytree(first.folder, tmp_path / "parent"))
    spoil(parent / "model")
    assert reason(night(tmp_path / "night", FIRST + dt.timedelta(days=1), None, parent)) == why


def test_a_rule_is_tried_again_every_night(tmp_path: Path) -> None:
    few = made_up(200)
    parent = night(tmp_path / "parent", FIRST, few)
    outcome = models(parent)
    assert len(outcome.warnings) == 1
    assert outcome.warnings[0].startswith("the model of emergency admission within 12 months fell back on the prior-use rule: ")
    assert reason(night(tmp_path / "night", FIRST + dt.timedelta(days=1), None, parent.folder)) == (
        "the night before fell back on the rule"
    )


def test_a_feed_that_did_not_arrive_is_done_without_and_named(tmp_path: Path) -> None:
    bench = night(tmp_path, FIRST, made_up())
    features = bench.shelf.get(Zone.PSEUDONYMISED, "feature")
    silent = features.set_column(features.column_names.index("female"), "female", pa.nulls(features.num_rows, pa.bool_()))
    bench.shelf.put_arrow(Zone.PSEUDONYMISED, "feature", silent)
    assert models(bench).warnings == (
        "the model of emergency admission within 12 months does without the features of feeds that did not arrive: 1, the first "
        "female.",
    )


STATES = {
    ("green", "green"): ("tonight", 0),
    ("amber", "green"): ("yesterday", 1),
    ("amber", "amber"): ("yesterday", 1),
    ("amber", "red"): ("tonight", 0),
}


@pytest.mark.parametrize(("states", "expected"), STATES.items(), ids=lambda value: " ".join(map(str, value)))
def test_which_model_is_used(
    states: tuple[str, str], expected: tuple[str, int], first: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    parent = Path(shutil.copytree(first.folder, tmp_path / "parent"))
    bench = night(tmp_path / "night", FIRST + dt.timedelta(days=29), made_up(seed=6), parent)
    gates = iter(Gate("calibration slope", state, 1.0, "bound") for state in states)  # type: ignore[arg-type]
    monkeypatch.setattr(analytic_models, "judged", lambda *_args, **_named: (None, (next(gates),)))
    outcome = models(bench)
    same = model_path(bench.folder, ADMISSION).read_bytes() == model_path(parent, ADMISSION).read_bytes()
    assert ("yesterday" if same else "tonight", len(outcome.warnings)) == expected


@pytest.mark.parametrize(("every", "state"), [(4, "red"), (10_000, "amber")], ids=["another year", "the same year"])
def test_the_model_of_the_night_before_is_judged_on_tonights_check(every: int, state: str, first: Bench, tmp_path: Path) -> None:
    bench = night(tmp_path, FIRST + dt.timedelta(days=29), with_more_events(made_up(), every=every), first.folder)
    kept, table = kept_model(bench, ADMISSION), bench.shelf.get(Zone.PSEUDONYMISED, learn_name(ADMISSION))
    assert kept is not None
    assert analytic_models._again(bench, ADMISSION, kept, table) == state


@pytest.mark.parametrize(("model", "kind"), [(ADMISSION, "logistic"), (READMISSION, "prior-use-rule")], ids=["lists", "beside"])
def test_a_red_model_beside_the_lists_becomes_the_rule_the_one_that_lists_stops_the_night_later(
    model: Any, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stratify.models.night_file import load_night_model

    monkeypatch.setattr(night_models, "MODELS", [model])
    bench = night(tmp_path, FIRST, made_up())
    gate = Gate("calibration slope", "red", 3.0, "bound")
    monkeypatch.setattr(analytic_models, "judged", lambda *_args, **_named: (None, (gate,)))
    outcome = models(bench)
    assert load_night_model(model_path(bench.folder, model)).kind == kind
    assert len(outcome.warnings) == (0 if model.name == LISTED_BY else 1)


def test_a_model_whose_last_year_was_another_is_red_and_makes_no_list(tmp_path: Path) -> None:
    """Nobody says so: a quarter of the people had the event in the year of the check, whatever they were like."""
    bench = night(tmp_path, FIRST, with_more_events(made_up(), every=4))
    models(bench)
    put, people = bench.shelf.put_arrow, bench.shelf.get(Zone.PSEUDONYMISED, "person")["pseudonym"]
    put(Zone.PSEUDONYMISED, "asked", pa.table({"score": [ADMISSION.name] * len(people), "pseudonym": people}))
    put(Zone.PSEUDONYMISED, "score", Score.empty())
    put(Zone.AGGREGATE, "feed_age", FeedAge.empty())
    with pytest.raises(GateError, match=r"E-GATE-RED: the model failed its gate: .*expected over observed.*; no new list"):
        assure(bench)
    card = json.loads(model_path(bench.folder, ADMISSION).with_suffix(".json").read_text())
    assert card["state"] == "red"
    used = models_used(bench.folder)
    assert risk_given_by(used) == "The model fitted on 1 April 2026. A gate of it is red: see the report."
