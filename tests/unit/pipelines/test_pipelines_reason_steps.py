"""The step that gives reasons: which looks it compares, and when a band has moved."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.reason_steps import bands_between, last_look, look_of
from schemas.aggregate import FeedAge
from schemas.pseudonymised import Score

NIGHT = dt.date(2026, 9, 30)


def scores(*rows: tuple[str, str, float | None, str | None]) -> pa.Table:
    told = [
        dict(zip(("pseudonym", "score", "value", "band"), row, strict=True)) | {"reasons": [], "version": "1"} for row in rows
    ]
    return pa.Table.from_pylist(told, schema=Score.arrow_schema())


@pytest.mark.parametrize(
    ("then", "now", "bands"),
    [
        ((0.18, "moderate"), (0.26, "high"), ("moderate", "high")),
        ((0.19, "moderate"), (0.21, "high"), ("high", "high")),
        ((0.26, "high"), (0.18, "moderate"), ("high", "moderate")),
        ((None, None), (0.21, "high"), ("high", "high")),
        ((0.19, "moderate"), (None, None), (None, None)),
    ],
)
def test_a_band_is_another_only_where_the_score_moved(then, now, bands) -> None:
    last = scores(("a", "risk", *then), ("a", "other", 0.9, "very high"))
    tonight = scores(("a", "risk", *now), ("b", "risk", 0.5, "very high"), ("c", "risk", 0.5, "very high"))
    found = bands_between(last, tonight, "risk", ["a", "b"])
    assert found == {"a": bands, "b": ("very high", "very high")}
    assert bands_between(None, tonight, "risk", ["b"]) == {"b": ("very high", "very high")}


def test_a_look_is_what_the_feeds_of_a_night_spoke_of(tmp_path: Path) -> None:
    assert last_look(None) is None
    assert last_look(tmp_path) is None
    rows = [
        {"source": "gp", "state": "current", "files": 1, "data_to": dt.date(2026, 9, 1)},
        {"source": "cld", "state": "missing", "files": 0, "data_to": None},
    ]
    (tmp_path / "aggregate").mkdir()
    pq.write_table(pa.Table.from_pylist(rows, schema=FeedAge.arrow_schema()), tmp_path / "aggregate" / "feed_age.parquet")
    (tmp_path / "manifest.json").write_text(json.dumps({"as_at": "2026-09-30"}))
    assert last_look(tmp_path) == look_of(tmp_path, NIGHT)
    assert look_of(tmp_path, NIGHT).data_to == {"gp": dt.date(2026, 9, 1), "cld": None}
    assert look_of(tmp_path, NIGHT).lags == {"gp": 28}
