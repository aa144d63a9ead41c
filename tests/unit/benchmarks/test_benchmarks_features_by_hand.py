"""The SQL that an analyst would write, and our features: not one value differs."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc

from benchmarks.features_by_hand import statement
from benchmarks.stratify_area import AS_AT, make_area
from pipelines.engine import Engine
from stratify.features import FEATURES, build_features


def test_every_feature_is_what_the_sql_by_hand_says(tmp_path: Path) -> None:
    make_area(tmp_path, people=600, events=9_000)
    people, activity = tmp_path / "person.parquet", tmp_path / "activity.parquet"
    with Engine(tmp_path / "spill") as engine:
        ours = engine.to_arrow(build_features(engine.scan(people), engine.scan(activity), AS_AT)).sort_by("pseudonym")
        theirs = engine.connection.sql(statement(str(people), str(activity), AS_AT)).to_arrow_table()
    assert ours.column_names == theirs.column_names == ["pseudonym", *(feature.name for feature in FEATURES)]
    assert [name for name in ours.column_names if ours[name].to_pylist() != theirs[name].to_pylist()] == []
    told_apart = [name for name in ours.column_names if pc.count_distinct(ours[name], mode="all").as_py() > 1]
    assert len(told_apart) > 0.8 * len(FEATURES)  # or the two agree for want of anything to say
