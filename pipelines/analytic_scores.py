"""The steps that score people and assure the models that scored them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from pipelines.raw_checks import RawChecks
    from stratify.assurance import Check
    from stratify.assure import Gate
    from stratify.models.night_fit import Fitted
    from stratify.models.night_models import NightModel


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

    The checks are kept exact; what is shown of them is decided with all other figures of the night, when it is published.
    """
    from pipelines.model_assurance import put_assurance
    from pipelines.model_monitoring import monitor
    from pipelines.raw_checks import RawChecks, gate_rows, nested_checks
    from stratify.models.night_models import MODELS

    policy = policy_named(bench.policy)
    checked = {model.name: bench.shelf.get(PSEUDONYMISED, checked_name(model)) for model in MODELS}
    checks, gates, red = {}, {}, list[str]()
    for model in MODELS:
        fitted = night_model(bench, model)
        checks[model.name], gates[model.name] = judged(bench, fitted, checked[model.name])
        _write_card(bench, model, fitted, checks[model.name], gates[model.name])
        red += [gate.name for gate in gates[model.name] if gate.state == "red" and model.name == LISTED_BY]
    raw = RawChecks(checks, nested_checks(checked), gate_rows(gates))
    dates = {score: latest(table) or bench.as_at for score, table in checked.items()}
    later = monitor(bench)
    refs = put_assurance(
        bench.shelf, raw, dates, as_at=bench.as_at, policy=policy, last=bench.parent_folder, matured=later.matured
    )
    if red:
        _complete_cards(bench, raw, policy)
        raise GateError(
            "E-GATE-RED",
            f"the model failed its gate: {', '.join(red)}; no new list is published.",
            cure="look at model/ in the night's staging folder; yesterday's lists are still served",
        )
    return Outcome((*refs, later.ref), (*_alarms(checks, MODELS), *later.warnings))


def _complete_cards(bench: Bench, raw: RawChecks, policy: Policy) -> None:
    """The cards of a night that ends here, to see why: decided by themselves, as nothing else is published."""
    from pipelines.model_cards import complete_cards
    from pipelines.model_tables import decided_alone, model_tables

    complete_cards(bench.folder / "model", model_tables(raw, decided_alone(raw, policy), policy))


def _write_card(bench: Bench, model: NightModel, fitted: Fitted, check: Check, gates: tuple[Gate, ...]) -> None:
    """Write the card beside the model's file, each of its figures under the policy."""
    from pipelines.model_figures import shown_card
    from stratify.models.card import model_card
    from stratify.models.reasons import weights_of

    said, policy = read_fitted(bench)[model.name], policy_named(bench.policy)
    features = asked_about(bench, model, bench.shelf.get(PSEUDONYMISED, "feature"))
    card = model_card(
        model, fitted, check.assessment, gates, fitted_on=dt.date.fromisoformat(said["fitted_on"]),
        checked_at=latest(bench.shelf.get(PSEUDONYMISED, checked_name(model))), weights=weights_of(fitted, features),
    )  # fmt: skip
    shown = {**shown_card(card, check.assessment, gates, policy), "declared": bench.models.card.model_dump(exclude_none=True)}
    text = json.dumps(shown, indent=1, sort_keys=True)
    model_path(bench.folder, model).with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def _alarms(checks: dict[str, Check], models: list[NightModel]) -> list[str]:
    """What is said of models that expect more or fewer events than happened, where enough happened to say so."""
    from stratify.assurance import alarm
    from stratify.assurance.bounds import FEWEST_EVENTS

    titles = {model.name: model.title for model in models}
    enough = {name: check for name, check in checks.items() if check.assessment.events >= FEWEST_EVENTS}
    return [f"{titles[name]}: {words}." for name, check in enough.items() if (words := alarm(check))]
