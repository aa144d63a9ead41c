"""The analytic steps themselves: each fetches tables, calls one room, and puts its answer away."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.policies import policy_named
from pipelines.analytic import Bench
from pipelines.engine import Engine
from pipelines.night import Outcome
from pipelines.small_counts import in_words
from schemas.errors import GateError
from schemas.pseudonymised import Proposal, Score, Selection, ServiceUse
from schemas.table import TableRef
from schemas.zones import Zone

PSEUDONYMISED = Zone.PSEUDONYMISED

GATE = pa.schema([("gate", pa.string()), ("state", pa.string()), ("figure", pa.float64()), ("bound", pa.string())])


def engine_of(bench: Bench) -> Engine:
    """The engine for pseudonymised tables: it spills in the night's own folder."""
    return Engine(bench.folder / "spill", memory_mb=bench.memory_mb, threads=bench.threads)


def scan_activity(bench: Bench, engine: Engine) -> nw.LazyFrame[Any]:
    """Every event, from the files of all sources; no rows where no source has any."""
    from schemas.pseudonymised import PseudonymisedActivity

    files = sorted((bench.folder / PSEUDONYMISED / "activity").glob("*.parquet"))
    return engine.scan(files) if files else engine.from_arrow(PseudonymisedActivity.empty())


def scan_people(bench: Bench, engine: Engine) -> nw.LazyFrame[Any]:
    """Everybody."""
    return engine.scan(bench.shelf.path(PSEUDONYMISED, "person"))


def admissions_to(bench: Bench) -> dt.date:
    """The last day that the admissions feed speaks of, `as_at` at the latest: outcomes are known up to there."""
    feeds = bench.shelf.get(Zone.AGGREGATE, "feed_age").to_pylist()
    known: list[dt.date] = [feed["data_to"] for feed in feeds if feed["source"] == "sus_apc" and feed["data_to"]]
    return min([bench.as_at, *known])


def features(bench: Bench) -> Outcome:
    """Features of everybody at `as_at`, and at the two earlier dates where the model learns and is checked."""
    from stratify.features import build_features, feed_lags
    from stratify.outcomes import emergency_admission, index_dates

    data_to = admissions_to(bench)
    dates = index_dates(data_to)
    feeds = bench.shelf.get(Zone.AGGREGATE, "feed_age").to_pylist()
    lags = feed_lags({feed["source"]: feed["data_to"] for feed in feeds}, bench.as_at)
    refs = []
    with engine_of(bench) as engine:
        people, activity = scan_people(bench, engine), scan_activity(bench, engine)
        for name, day in (("feature", bench.as_at), ("feature_train", dates.train), ("feature_check", dates.check)):
            built = engine.to_arrow(build_features(people, activity, day, bands_at=bench.as_at, lags=lags))
            refs.append(bench.shelf.put_arrow(PSEUDONYMISED, name, built.sort_by("pseudonym")))
        for name, day in (("outcome_train", dates.train), ("outcome_check", dates.check)):
            had = engine.to_arrow(emergency_admission(people, activity, day, data_to=data_to))
            refs.append(bench.shelf.put_arrow(PSEUDONYMISED, name, had.sort_by("pseudonym")))
        refs.append(put_service_use(bench, activity, lags))
    return Outcome(tuple(refs))


def put_service_use(bench: Bench, activity: nw.LazyFrame[Any], lags: Mapping[str, int]) -> TableRef:
    """The breakdown of use by service of everybody who has features."""
    from stratify.service_use import service_use

    people, scored = bench.shelf.get(PSEUDONYMISED, "person"), bench.shelf.get(PSEUDONYMISED, "feature")["pseudonym"]
    known = people.filter(pc.is_in(people["pseudonym"], value_set=scored.combine_chunks()))
    return bench.shelf.put(ServiceUse, "service_use", service_use(known, activity, bench.as_at, lags=lags))


def model_path(bench: Bench) -> Path:
    """Where the night's model lies; its card lies beside it."""
    return bench.folder / "model" / "emergency_admission.skops"


def scores(bench: Bench) -> Outcome:
    """Fit the model on the earlier year, and give everybody every score."""
    from stratify.models.emergency_admission import fit, silent_columns
    from stratify.models.model_file import save_model
    from stratify.models.reasons import score_admission_risk
    from stratify.scores import score_people

    get = bench.shelf.get
    tonight = get(PSEUDONYMISED, "feature")
    model = fit(get(PSEUDONYMISED, "feature_train"), get(PSEUDONYMISED, "outcome_train"))
    model_path(bench).parent.mkdir(exist_ok=True)
    save_model(model, model_path(bench), {})
    with engine_of(bench) as engine:
        people, activity = get(PSEUDONYMISED, "person"), scan_activity(bench, engine)
        ruled = score_people(tonight, activity, people, bench.as_at, precedence=bench.precedence)
    scored = pa.concat_tables([ruled, score_admission_risk(model, tonight)])
    why = in_words(model.why, policy_named(bench.policy))
    warnings = [f"the model fell back on the prior-use rule: {why}."] if why else []
    silent = silent_columns(model, tonight)
    if silent:
        warnings.append(f"{len(silent)} features that the model weighs have no value tonight, the first {silent[0]}.")
    return Outcome((bench.shelf.put(Score, "score", scored),), tuple(warnings))


def assure(bench: Bench) -> Outcome:
    """Check the model on the later year. Red: no new list. What is written of the check passes the disclosure policy first."""
    from pipelines.model_figures import shown_assessment, shown_card, shown_gate
    from stratify.assure import gates, overall
    from stratify.models.card import model_card
    from stratify.models.emergency_admission import assess, predict, prior_use
    from stratify.models.model_file import load_model, save_model
    from stratify.outcomes import index_dates

    check, outcome = (bench.shelf.get(PSEUDONYMISED, name) for name in ("feature_check", "outcome_check"))
    model = load_model(model_path(bench))
    places = round(bench.tiers.case_management * check.num_rows)
    assessment = assess(predict(model, check), outcome, baseline=prior_use(check), capacity=places)
    found, policy = gates(model, assessment), policy_named(bench.policy)
    card = model_card(model, assessment, found, dates=index_dates(admissions_to(bench)))
    save_model(model, model_path(bench), shown_card(card, assessment, found, policy))
    rows = [{"gate": gate.name, **shown_gate(gate, assessment, policy)._asdict()} for gate in found]
    ref = bench.shelf.put_arrow(Zone.AGGREGATE, "gate", pa.Table.from_pylist(rows, schema=GATE))
    shown = shown_assessment(assessment, policy)
    (bench.folder / "model" / "assessment.json").write_text(json.dumps(shown, indent=1, sort_keys=True))
    red = [gate.name for gate in found if gate.state == "red"]
    if overall(found) == "red":
        raise GateError(
            "E-GATE-RED",
            f"the model failed its gate: {', '.join(red)}; no new list is published.",
            cure="look at model/ in the night's staging folder; yesterday's lists are still served",
        )
    return Outcome((ref,))


def last_night(bench: Bench, name: str) -> pa.Table | None:
    """A pseudonymised table of the night before; None where there is none."""
    path = bench.parent_folder / PSEUDONYMISED / f"{name}.parquet" if bench.parent_folder else None
    return pq.read_table(path, partitioning=None) if path is not None and path.is_file() else None


def select(bench: Bench) -> Outcome:
    """A tier for everybody scored, cut by capacity in each locality."""
    from stratify.select import capacity_by_share
    from stratify.select import select as choose

    people, scored = bench.shelf.get(PSEUDONYMISED, "person"), bench.shelf.get(PSEUDONYMISED, "score")
    capacity = capacity_by_share(people, scored, **bench.tiers.model_dump())
    chosen = choose(people, scored, capacity, previous=last_night(bench, "selection"))
    return Outcome((bench.shelf.put(Selection, "selection", chosen),))


def propose(bench: Bench) -> Outcome:
    """A professional and a coordinator for everybody in case management, as far as there is room."""
    from caseload.allocate import propose as allocate

    people, selection = bench.shelf.get(PSEUDONYMISED, "person"), bench.shelf.get(PSEUDONYMISED, "selection")
    proposals = allocate(selection, people, professionals(bench), last_night(bench, "proposal"), bench.as_at)
    return Outcome((bench.shelf.put(Proposal, "proposal", proposals),))


def professionals(bench: Bench) -> pa.Table:
    """The configuration's professionals as the allocation takes them."""
    from caseload.professionals import Professional

    locality = {team.id: team.locality for team in bench.teams}
    rows = [
        {
            "professional_id": each.id,
            "role": each.role,
            "team": each.team,
            "locality": locality[each.team],
            "practices": list(each.practices),
            "capacity": each.capacity,
        }
        for each in bench.professionals
    ]
    return pa.Table.from_pylist(rows, schema=Professional.arrow_schema())


def measures(bench: Bench) -> Outcome:
    """Figures about organisations, raw: disclosure control comes before anything of them is published."""
    from measures.activity import use_by_service
    from measures.cost_sources import cost_by_source
    from measures.delays import delayed_discharges
    from measures.rows import together
    from measures.sectors import use_of_sectors
    from measures.tiers import proposals_per_professional, tiers_by_locality

    with engine_of(bench) as engine:
        people, activity = scan_people(bench, engine), scan_activity(bench, engine)
        used = use_by_service(people, activity, bench.as_at)
        whole_system = use_of_sectors(people, activity, bench.as_at)
        priced = cost_by_source(people, activity, bench.as_at)
        delays = delayed_discharges(activity, bench.as_at)
    tiers = tiers_by_locality(bench.shelf.get(PSEUDONYMISED, "selection"), bench.as_at)
    proposals = proposals_per_professional(bench.shelf.get(PSEUDONYMISED, "proposal"), professionals(bench), bench.as_at)
    every = together(used, whole_system, priced, delays, tiers, proposals)
    return Outcome((bench.shelf.put_arrow(PSEUDONYMISED, "measure_raw", every),))


STEPS: dict[str, Callable[[Bench], Outcome]] = {
    "features": features,
    "scores": scores,
    "assure": assure,
    "select": select,
    "propose": propose,
    "measures": measures,
}
