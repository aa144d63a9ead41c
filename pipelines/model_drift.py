"""What is followed of the models from night to night: the table of the night before, and tonight's rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from schemas.aggregate import ModelDrift
from schemas.table import Rows

SCORE_STABILITY, FEATURE_STABILITY, CALIBRATION = "score stability", "feature stability", "expected over observed"
PUBLISHED = "expected over observed of published scores"
EVERY, SCORE = "every", "score"

# Of the features of a night those that moved most are kept, and of the nights those of a year.
MOST_FEATURES = 5
KEPT = dt.timedelta(days=366)
DIGITS = 3
NOTHING: Mapping[tuple[str, dt.date], float | None] = MappingProxyType({})


class Followed(NamedTuple):
    """Tonight's figures of one score: stability index against last night (null where there is none), and of its check the
    index date and expected over observed as it may be shown."""

    stability: float | None
    index_date: dt.date
    expected_observed: float | None


def drift_table(
    before: pa.Table | None,
    as_at: dt.date,
    scores: Mapping[str, Followed],
    features: pa.Table | None,
    published: Mapping[tuple[str, dt.date], float | None] = NOTHING,
) -> Rows[ModelDrift]:
    """The nights before (`ModelDrift` rows), and tonight's; a night of the same date is replaced.

    `features` are `stratify.assurance.drift.PSI` rows, the largest first; none on a first night. `published` are expected over
    observed of published scores that have matured, by score and by the day they were given.
    """
    rows = [_row(EVERY, FEATURE_STABILITY, row["feature"], as_at, row["psi"]) for row in _most(features)]
    for score, each in scores.items():
        if each.stability is not None:
            rows.append(_row(score, SCORE_STABILITY, SCORE, as_at, each.stability))
        rows.append(_row(score, CALIBRATION, SCORE, as_at, each.expected_observed) | {"index_date": each.index_date})
    for (score, scored_on), value in published.items():
        rows.append(_row(score, PUBLISHED, scored_on.isoformat(), as_at, value) | {"index_date": scored_on})
    tonight = pa.Table.from_pylist(rows, schema=ModelDrift.arrow_schema())
    if before is None:
        return ModelDrift.sort(ModelDrift.validate(tonight))
    nights = before["as_at"]
    is_kept = pc.and_(pc.less(nights, pa.scalar(as_at)), pc.greater_equal(nights, pa.scalar(as_at - KEPT)))
    return ModelDrift.sort(ModelDrift.validate(pa.concat_tables([ModelDrift.conform(before).filter(is_kept), tonight])))


def _most(features: pa.Table | None) -> list[dict[str, Any]]:
    return features.slice(0, MOST_FEATURES).to_pylist() if features is not None else []


def _row(score: str, kind: str, of: str, as_at: dt.date, value: float | None) -> dict[str, Any]:
    return {"score": score, "kind": kind, "of": of, "as_at": as_at, "value": None if value is None else round(value, DIGITS)}
