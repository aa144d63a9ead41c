"""Put away what was measured of a night's models: exact, for the step that decides what is shown, and what is followed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from governance.policies import Policy
from pipelines.model_drift import Followed, drift_table
from pipelines.model_figures import shown_assessment, shown_quotient
from pipelines.raw_checks import RawChecks, put_raw_checks
from pipelines.shelf import Shelf
from schemas.aggregate import ModelDrift
from schemas.table import TableRef
from schemas.zones import Zone
from stratify.assurance import feature_drift, score_drift
from stratify.assurance.monitoring import Matured


def put_assurance(
    shelf: Shelf,
    raw: RawChecks,
    index_dates: Mapping[str, dt.date],
    *,
    as_at: dt.date,
    policy: Policy,
    last: Path | None,
    matured: Sequence[Matured] = (),
) -> tuple[TableRef, ...]:
    """The exact checks, and `model_drift` against the published night in the folder `last`.

    `index_dates` are the days at which the people of each check were scored, the latest where there are several. The night's
    `feature` and `score` tables are on the shelf. `matured` are published scores whose outcomes have become known.
    """
    followed = {}
    tonight, before = shelf.get(Zone.PSEUDONYMISED, "score"), _of_last(last, Zone.PSEUDONYMISED, "score")
    for score, check in raw.checks.items():
        moved = None if before is None else score_drift(before, tonight, score)
        followed[score] = Followed(moved, index_dates[score], shown_assessment(check.assessment, policy)["expected_observed"])
    features = _of_last(last, Zone.PSEUDONYMISED, "feature")
    moved_features = None if features is None else feature_drift(features, shelf.get(Zone.PSEUDONYMISED, "feature"))
    published = {(each.score, each.scored_on): _quotient(each, policy) for each in matured}
    drift = drift_table(_of_last(last, Zone.AGGREGATE, "model_drift"), as_at, followed, moved_features, published)
    return (*put_raw_checks(shelf, raw), shelf.put(ModelDrift, "model_drift", drift))


def _quotient(found: Matured, policy: Policy) -> float | None:
    """Expected over observed as of tonight's checks; null where it rests on few people with the event or few without."""
    few = policy.is_small(found.events) or policy.is_small(found.people - found.events)
    return None if few or not found.events else shown_quotient(found.expected / found.events, found.events, policy)


def _of_last(folder: Path | None, zone: Zone, name: str) -> pa.Table | None:
    """A table of the night before; None where there is none, or it was made by a version without it."""
    path = folder / zone / f"{name}.parquet" if folder else None
    return pq.read_table(path, partitioning=None) if path is not None and path.is_file() else None
