"""Chances that a night published, set aside until it is known what happened, and then held against it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from pipelines.analytic import Bench
from pipelines.analytic_tables import PSEUDONYMISED, engine_of, known_to, last_night, scan_activity, scan_people
from schemas.table import TableRef

if TYPE_CHECKING:
    from stratify.assurance.monitoring import Matured
    from stratify.models.night_models import NightModel

WAITING = "chance_waiting"


class Monitored(NamedTuple):
    """The table of what still waits, what has matured, and what is to be warned of."""

    ref: TableRef
    matured: tuple[Matured, ...]
    warnings: tuple[str, ...]


def monitor(bench: Bench) -> Monitored:
    """Set tonight's chances aside, and hold against their outcomes those whose window is over by what the feeds speak of."""
    from stratify.assurance.monitoring import SET_ASIDE, groups, matured, set_aside, without
    from stratify.models.night_models import MODELS

    models, get = {model.name: model for model in MODELS}, bench.shelf.get
    kept = last_night(bench, WAITING)
    waiting = set_aside(kept, get(PSEUDONYMISED, "score"), list(models), get(PSEUDONYMISED, "person"), bench.as_at)
    over = [(score, day) for score, day in sorted(groups(waiting)) if score in models and _is_over(bench, models[score], day)]
    found = []
    with engine_of(bench) as engine:
        for score, day in over:
            people, activity, data_to = (
                scan_people(bench, engine),
                scan_activity(bench, engine),
                known_to(bench, models[score].feed),
            )
            outcome = engine.to_arrow(models[score].happened(people, activity, day, data_to=data_to))
            found.append(matured(waiting, score, day, outcome))
    ref = bench.shelf.put_arrow(PSEUDONYMISED, WAITING, without(waiting, over).cast(SET_ASIDE))
    warnings = (_warning(models[each.score], each) for each in found)
    return Monitored(ref, tuple(found), tuple(filter(None, warnings)))


def _is_over(bench: Bench, model: NightModel, day: dt.date) -> bool:
    return window_end(model, day) <= known_to(bench, model.feed)


def window_end(model: NightModel, day: dt.date) -> dt.date:
    """The last day of the window of somebody scored on a day."""
    from stratify.dates import add_months

    return day + dt.timedelta(days=model.window_days) if model.window_days else add_months(day, 12)


def _warning(model: NightModel, found: Matured) -> str:
    """Empty where expected over observed is within its band, or rests on too few events to say."""
    from stratify.assurance.bounds import FEWEST_EVENTS
    from stratify.assurance.check import outside

    words = outside(found.expected / found.events) if found.events >= FEWEST_EVENTS else ""
    return f"{model.title}, of those scored on {found.scored_on.isoformat()}: {words}." if words else ""
