"""The features step: what is known of everybody tonight, whom each model is asked about, and what it is to learn from."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.analytic import Bench
from pipelines.analytic_tables import (
    PSEUDONYMISED,
    engine_of,
    first_day,
    known_to,
    lags,
    scan_activity,
    scan_people,
)
from pipelines.kept_models import kept_model, why_fit
from pipelines.night import Outcome
from schemas.pseudonymised import ServiceUse
from schemas.table import TableRef

if TYPE_CHECKING:
    from stratify.models.night_models import NightModel
    from stratify.models.snapshots import Past

# Days that a model of a year may give up for dates that it shares with another.
MOST_WAITED = 120

ASKED = pa.schema([("score", pa.string()), ("pseudonym", pa.string())])


def learn_name(model: NightModel) -> str:
    """The table a model is fitted on tonight; there is none where that of the night before is used."""
    return f"learn_{model.file}"


def features(bench: Bench) -> Outcome:
    """`feature` at `as_at`, `asked`, and for each model that is to be fitted the snapshots it learns from."""
    from stratify.features import build_features
    from stratify.models.night_models import MODELS
    from stratify.models.snapshots import Past

    with engine_of(bench) as engine:
        people, activity = scan_people(bench, engine), scan_activity(bench, engine)
        late = lags(bench)
        built = engine.to_arrow(build_features(people, activity, bench.as_at, bands_at=bench.as_at, lags=late))
        refs = [bench.shelf.put_arrow(PSEUDONYMISED, "feature", built.sort_by("pseudonym"))]
        refs.append(_service_use(bench, activity, built["pseudonym"]))
        past = Past(people, activity, late, bench.as_at, engine.from_arrow)
        refs.append(bench.shelf.put_arrow(PSEUDONYMISED, "asked", _asked(MODELS, past, bench.as_at)))
        due = [model for model in MODELS if why_fit(bench, kept_model(bench, model), usable(built))]
        refs += [_learn(bench, model, past) for model in due]
    return Outcome(tuple(refs))


def _service_use(bench: Bench, activity: nw.LazyFrame[Any], scored: pa.ChunkedArray) -> TableRef:
    """The breakdown of use by service of everybody who has features."""
    from stratify.service_use import service_use

    people = bench.shelf.get(PSEUDONYMISED, "person")
    known = people.filter(pc.is_in(people["pseudonym"], value_set=scored.combine_chunks()))
    return bench.shelf.put(ServiceUse, "service_use", service_use(known, activity, bench.as_at, lags=lags(bench)))


def usable(built: pa.Table) -> list[str]:
    """Features that a model may read and that have a value tonight; those of a feed that did not arrive have none."""
    from stratify.models.night_models import is_read

    names = [name for name in built.column_names if name != "pseudonym" and is_read(name)]
    return [name for name in names if built[name].null_count < built.num_rows]


def _asked(models: list[NightModel], past: Past, as_at: dt.date) -> pa.Table:
    """Score and pseudonym of everybody a model is asked about tonight, sorted."""
    from stratify.models.snapshots import tonight

    tables = []
    for model in sorted(models, key=lambda each: each.name):
        who = tonight(model, past, as_at)
        tables.append(pa.table([[model.name] * len(who), who], schema=ASKED))
    return pa.concat_tables(tables)


def _learn(bench: Bench, model: NightModel, past: Past) -> TableRef:
    """Everything that the model is fitted on and checked by."""
    from stratify.models.snapshots import snapshots

    last = known_to(bench, model.feed)
    slices = model.index_dates(_counted_from(bench, model, last), first_day(past.activity, model.feed) or last)
    return bench.shelf.put_arrow(PSEUDONYMISED, learn_name(model), snapshots(model, past, slices, data_to=last))


def _counted_from(bench: Bench, model: NightModel, last: dt.date) -> dt.date:
    """The day that index dates are counted back from. Models of a year share the earliest of their feeds' last days, and so the
    features of every date; a feed far behind the model's own is not waited for."""
    from stratify.models.night_models import MODELS

    if model.window_days:
        return last
    shared = min(known_to(bench, each.feed) for each in MODELS if not each.window_days)
    return shared if (last - shared).days <= MOST_WAITED else last
