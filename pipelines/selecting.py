"""What selection goes by beside tonight's scores: the last night, referrals, features, and the chances at an earlier snapshot."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pyarrow as pa

from pipelines.analytic import Bench
from schemas.pseudonymised import Selection
from schemas.zones import Zone

if TYPE_CHECKING:
    from stratify.select import Beside

PSEUDONYMISED = Zone.PSEUDONYMISED
REFERRAL = "referral"


def beside(bench: Bench) -> Beside:
    """Everything that the select step is told of beside people and scores."""
    from pipelines.analytic_steps import last_night
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
    from pipelines.analytic_steps import engine_of, model_path, scan_activity, scan_people
    from stratify.features import build_features, feed_lags
    from stratify.models.emergency_admission import predict
    from stratify.models.model_file import load_model

    feeds = bench.shelf.get(Zone.AGGREGATE, "feed_age").to_pylist()
    lags = feed_lags({feed["source"]: feed["data_to"] for feed in feeds}, bench.as_at)
    with engine_of(bench) as engine:
        people, activity = scan_people(bench, engine), scan_activity(bench, engine)
        features = engine.to_arrow(build_features(people, activity, day, bands_at=bench.as_at, lags=lags))
    return predict(load_model(model_path(bench)), features.sort_by("pseudonym"))
