"""What selection goes by beside tonight's scores: the last night, referrals, features, and the chances at an earlier snapshot."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pyarrow as pa

from pipelines.analytic import Bench
from pipelines.analytic_tables import PSEUDONYMISED, last_night
from schemas.pseudonymised import Selection

if TYPE_CHECKING:
    from stratify.select import Beside

REFERRAL = "referral"


def beside(bench: Bench) -> Beside:
    """Everything that the select step is told of beside people and scores."""
    from stratify.select import Beside

    before = last_night(bench, "selection")
    earlier_at = bench.as_at - dt.timedelta(days=bench.selection.rising_days)
    there = bench.shelf.path(PSEUDONYMISED, REFERRAL).is_file()
    return Beside(
        previous=None if before is None else Selection.conform(before),  # a night of before a column was added lacks it
        referrals=bench.shelf.get(PSEUDONYMISED, REFERRAL) if there else None,
        features=bench.shelf.get(PSEUDONYMISED, "feature"),
        earlier=earlier_chances(bench, earlier_at) if bench.selection.rising_share else None,
        earlier_at=earlier_at,
    )


def earlier_chances(bench: Bench, day: dt.date) -> pa.Table:
    """`pseudonym`, `p` of everybody registered at `day`: tonight's model over what was known then.

    The feeds are as late as tonight's, so that a rise is a change of the person and of nothing else.
    """
    from pipelines.analytic_models import LISTED_BY
    from pipelines.analytic_scores import night_model
    from pipelines.analytic_tables import engine_of, lags, scan_activity, scan_people
    from stratify.features import build_features
    from stratify.models.night_fit import chances_of
    from stratify.models.night_models import model_named

    model = night_model(bench, model_named(LISTED_BY))
    with engine_of(bench) as engine:
        people, activity = scan_people(bench, engine), scan_activity(bench, engine)
        built = build_features(people, activity, day, bands_at=bench.as_at, lags=lags(bench))
        features = engine.to_arrow(built).sort_by("pseudonym")
    return pa.table({"pseudonym": features["pseudonym"], "p": chances_of(model, features)})
