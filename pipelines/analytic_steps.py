"""The analytic steps themselves: each fetches tables, calls one room, and puts its answer away."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.analytic import Bench
from pipelines.analytic_features import features
from pipelines.analytic_models import LISTED_BY, models
from pipelines.analytic_scores import assure, night_model, scores
from pipelines.analytic_tables import PSEUDONYMISED, engine_of, last_night, one_score, scan_activity, scan_people
from pipelines.night import Outcome
from pipelines.proposing import professionals
from schemas.pseudonymised import Proposal, Selection


def select(bench: Bench) -> Outcome:
    """A tier for everybody scored or referred, cut by capacity in each locality; and who is on the list of rising risk."""
    from pipelines.selecting import beside
    from stratify.select import capacity_by_share
    from stratify.select import select as choose

    people, scored = bench.shelf.get(PSEUDONYMISED, "person"), bench.shelf.get(PSEUDONYMISED, "score")
    capacity = capacity_by_share(people, scored, **bench.tiers.model_dump())
    rules = bench.selection.rules()
    chosen = choose(people, scored, capacity, as_at=bench.as_at, rules=rules, beside=beside(bench))
    return Outcome((bench.shelf.put(Selection, "selection", chosen),))


def reasons(bench: Bench) -> Outcome:
    """Why each listed person is on a list: shares of her scores, facts with dates, and what is new since the last look."""
    from functools import partial

    from pipelines.reason_steps import put_reasons
    from stratify.models.night_models import MODELS
    from stratify.models.reasons import as_contributions

    explained = {model.name: partial(as_contributions, night_model(bench, model)) for model in MODELS}
    return Outcome(put_reasons(bench, explained, bands_of=LISTED_BY))


def propose(bench: Bench) -> Outcome:
    """A professional and a coordinator for everybody in case management, as far as there is room; and beds of virtual wards."""
    from caseload.allocate import propose as allocate
    from pipelines.proposing import beside, put_ward_places

    people, selection = bench.shelf.get(PSEUDONYMISED, "person"), bench.shelf.get(PSEUDONYMISED, "selection")
    staff = professionals(bench)
    proposals = allocate(selection, people, staff, last_night(bench, "proposal"), bench.as_at, beside=beside(bench, selection))
    proposal = bench.shelf.put(Proposal, "proposal", proposals)
    return Outcome((proposal, *put_ward_places(bench, proposals, selection)))


def measures(bench: Bench) -> Outcome:
    """Figures about organisations, raw: disclosure control comes before anything of them is published."""
    from measures.activity import use_by_service
    from measures.cost_sources import cost_by_source
    from measures.delays import delayed_discharges
    from measures.leading import led_by_none
    from measures.rows import together
    from measures.sectors import use_of_sectors
    from measures.selection import selection_measures
    from measures.tiers import proposals_per_professional, tiers_by_locality
    from stratify.scores.led_by_none import LED_BY_NONE

    with engine_of(bench) as engine:
        people, activity = scan_people(bench, engine), scan_activity(bench, engine)
        used = use_by_service(people, activity, bench.as_at)
        whole_system = use_of_sectors(people, activity, bench.as_at)
        priced = cost_by_source(people, activity, bench.as_at)
        delays = delayed_discharges(activity, bench.as_at)
    selection, proposed = (bench.shelf.get(PSEUDONYMISED, name) for name in ("selection", "proposal"))
    tiers = tiers_by_locality(selection, bench.as_at)
    proposals = proposals_per_professional(proposed, professionals(bench), bench.as_at)
    leading = led_by_none(one_score(bench, LED_BY_NONE.name), bench.as_at)
    chosen = selection_measures(selection, proposed, bench.as_at)
    every = together(used, whole_system, priced, delays, tiers, proposals, leading, chosen)
    return Outcome((bench.shelf.put_arrow(PSEUDONYMISED, "measure_raw", every),))


STEPS: dict[str, Callable[[Bench], Outcome]] = {
    "features": features,
    "models": models,
    "scores": scores,
    "assure": assure,
    "select": select,
    "reasons": reasons,
    "propose": propose,
    "measures": measures,
}
