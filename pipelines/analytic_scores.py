"""The steps that score people and assure the models that scored them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from governance.policies import Policy, policy_named
from pipelines.analytic import Bench
from pipelines.analytic_models import LISTED_BY, judged, latest
from pipelines.analytic_tables import PSEUDONYMISED, engine_of, scan_activity
from pipelines.kept_models import checked_name, model_path, read_fitted
from pipelines.night import Outcome
from schemas.errors import GateError
from schemas.pseudonymised import Score
from schemas.zones import Zone

if TYPE_CHECKING:
    from stratify.assurance import Check
    from stratify.assure import Gate
    from stratify.models.night_fit import Fitted
    from stratify.models.night_models import NightModel

GATE = pa.schema(
    [("score", pa.string()), ("gate", pa.string()), ("state", pa.string()), ("figure", pa.float64()), ("bound", pa.string())]
)


def scores(bench: Bench) -> Outcome:
    """Every score of everybody it is given of: rules and indices, and each model's chance of those it is asked about."""
    from stratify.models.night_models import MODELS
    from stratify.models.reasons import score_chances
    from stratify.scores import score_people

    features = bench.shelf.get(PSEUDONYMISED, "feature")
    with engine_of(bench) as engine:
        people = bench.shelf.get(PSEUDONYMISED, "person")
        given = [score_people(features, scan_activity(bench, engine), people, bench.as_at, precedence=bench.precedence)]
    given += [score_chances(model, night_model(bench, model), asked_about(bench, model, features)) for model in MODELS]
    return Outcome((bench.shelf.put(Score, "score", pa.concat_tables(given)),))


def night_model(bench: Bench, model: NightModel) -> Fitted:
    """The model that gives a score tonight."""
    from stratify.models.night_file import load_night_model

    return load_night_model(model_path(bench.folder, model))


def asked_about(bench: Bench, model: NightModel, features: pa.Table) -> pa.Table:
    """The features of those the model is asked about tonight."""
    asked = bench.shelf.get(PSEUDONYMISED, "asked")
    who = asked.filter(pc.equal(asked["score"], model.name))["pseudonym"]
    return features.filter(pc.is_in(features["pseudonym"], value_set=who))


def assure(bench: Bench) -> Outcome:
    """Figures and gates of every model, on people and a time it has not seen. Red of the one that lists people: no new list.

    What is written of the checks passes the disclosure policy first.
    """
    from pipelines.model_assurance import put_assurance
    from pipelines.model_monitoring import monitor
    from stratify.models.night_models import MODELS

    policy = policy_named(bench.policy)
    checks, dates, rows, shown, red = {}, {}, list[dict[str, Any]](), {}, list[str]()
    for model in MODELS:
        checked = bench.shelf.get(PSEUDONYMISED, checked_name(model))
        fitted = night_model(bench, model)
        check, gates = judged(bench, fitted, checked)
        checks[model.name], dates[model.name] = check, latest(checked) or bench.as_at
        rows += _gate_rows(model, check, gates, policy)
        shown[model.name] = _write_card(bench, model, fitted, check, gates)
        red += [gate.name for gate in gates if gate.state == "red" and model.name == LISTED_BY]
    refs = [bench.shelf.put_arrow(Zone.AGGREGATE, "gate", pa.Table.from_pylist(rows, schema=GATE))]
    later = monitor(bench)
    refs += put_assurance(
        bench.shelf, checks, dates, as_at=bench.as_at, policy=policy, last=bench.parent_folder, matured=later.matured
    )
    refs.append(later.ref)
    text = json.dumps(shown, indent=1, sort_keys=True)
    (bench.folder / "model" / "assessment.json").write_text(text + "\n", encoding="utf-8")
    if red:
        raise GateError(
            "E-GATE-RED",
            f"the model failed its gate: {', '.join(red)}; no new list is published.",
            cure="look at model/ in the night's staging folder; yesterday's lists are still served",
        )
    return Outcome(tuple(refs), (*_alarms(checks, MODELS), *later.warnings))


def _gate_rows(model: NightModel, check: Check, gates: tuple[Gate, ...], policy: Policy) -> list[dict[str, Any]]:
    from pipelines.model_figures import shown_gate

    return [{"score": model.name, "gate": gate.name, **shown_gate(gate, check.assessment, policy)._asdict()} for gate in gates]


def _write_card(
    bench: Bench, model: NightModel, fitted: Fitted, check: Check, gates: tuple[Gate, ...]
) -> dict[str, float | None]:
    """Write the card beside the model's file; the figures of its assessment as they may be shown."""
    from pipelines.model_figures import shown_assessment, shown_card
    from stratify.models.card import model_card
    from stratify.models.reasons import weights_of

    said, policy = read_fitted(bench)[model.name], policy_named(bench.policy)
    features = asked_about(bench, model, bench.shelf.get(PSEUDONYMISED, "feature"))
    card = model_card(
        model, fitted, check.assessment, gates, fitted_on=dt.date.fromisoformat(said["fitted_on"]),
        checked_at=latest(bench.shelf.get(PSEUDONYMISED, checked_name(model))), weights=weights_of(fitted, features),
    )  # fmt: skip
    text = json.dumps(shown_card(card, check.assessment, gates, policy), indent=1, sort_keys=True)
    model_path(bench.folder, model).with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return shown_assessment(check.assessment, policy)


def _alarms(checks: dict[str, Check], models: list[NightModel]) -> list[str]:
    """What is said of models that expect more or fewer events than happened, where enough happened to say so."""
    from stratify.assurance import alarm
    from stratify.assurance.bounds import FEWEST_EVENTS

    titles = {model.name: model.title for model in models}
    enough = {name: check for name, check in checks.items() if check.assessment.events >= FEWEST_EVENTS}
    return [f"{titles[name]}: {words}." for name, check in enough.items() if (words := alarm(check))]
