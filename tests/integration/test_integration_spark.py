"""The other engine: every feature that DuckDB computes, PySpark computes the same, from the same expressions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.stratify_area import AS_AT, make_area
from pipelines import spark_engine
from pipelines.engine import Engine
from pipelines.feature_files import AnyEngine, write_features
from pipelines.spark_engine import SparkEngine, java_home, local_session
from schemas.errors import ConfigurationError
from stratify.features import FEATURES

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),  # PySpark leaves those of its answers to the collector
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

# Old feeds, so that what is not heard of yet is left out on both engines.
LATE = [("sus_apc", AS_AT - dt.timedelta(days=40)), ("cld", AS_AT - dt.timedelta(days=90))]


@pytest.fixture(scope="module")
def area(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("area")
    make_area(folder, people=150, events=4_000)
    whole = pq.read_table(folder / "activity.parquet")
    (folder / "activity").mkdir()
    half = whole.num_rows // 2
    for name, part in (("one", whole.slice(0, half)), ("two", whole.slice(half))):  # a night has one file per source
        pq.write_table(part, folder / "activity" / f"{name}.parquet")
    ages = pa.table({"source": [name for name, _ in LATE], "data_to": [day for _, day in LATE]})
    pq.write_table(ages, folder / "feed_age.parquet")
    return folder


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    spill = tmp_path_factory.mktemp("spark") / "spill"
    with SparkEngine(spill, memory_mb=1000) as engine:
        assert spill.stat().st_mode & 0o077 == 0
        yield engine
    assert not spill.exists()


def built(area: Path, engine: AnyEngine, out: Path) -> pa.Table:
    files = sorted((area / "activity").glob("*.parquet"))
    done = write_features(area / "person.parquet", files, out, AS_AT, engine=engine, feed_age=area / "feed_age.parquet")
    table = pq.read_table(out)
    assert (done["people"], done["features"]) == (table.num_rows, len(FEATURES))
    assert out.stat().st_mode & 0o077 == 0
    return table


def test_every_feature_is_the_same_on_both_engines(area: Path, spark: SparkEngine, tmp_path: Path) -> None:
    with Engine(tmp_path / "spill") as duckdb:
        ours = built(area, duckdb, tmp_path / "duckdb.parquet")
    theirs = built(area, spark, tmp_path / "spark.parquet")
    assert theirs.schema.equals(ours.schema)
    differing = [name for name in ours.column_names if not theirs[name].equals(ours[name])]
    assert differing == []
    varied = [name for name in ours.column_names if len(set(ours[name].to_pylist())) > 1]
    assert len(varied) > len(FEATURES) / 2  # or they are the same for want of anything to tell apart


def test_a_small_arrow_table_is_a_lazy_one(spark: SparkEngine) -> None:
    rows = pa.table({"pseudonym": ["a", "b"], "day": [AS_AT, None]})
    assert spark.to_arrow(spark.from_arrow(rows)).sort_by("pseudonym").equals(rows)


def test_a_session_that_is_given_is_not_ended(spark: SparkEngine, tmp_path: Path) -> None:
    with SparkEngine(tmp_path, session=spark.session) as lent:
        lent.close()
    assert spark.session.range(3).count() == 3
    assert tmp_path.exists()


def test_without_java_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spark_engine, "java_home", lambda: None)
    with pytest.raises(ConfigurationError, match="E-SPARK-JAVA"):
        local_session(tmp_path / "spill", memory_mb=500, threads=1)


def test_java_is_found_where_it_is_named_then_on_the_path_then_in_the_wheel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").write_text("")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java_home() == str(tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "not there"))
    monkeypatch.setattr(spark_engine.shutil, "which", lambda _: str(tmp_path / "bin" / "java"))
    assert java_home() == str(tmp_path)
    monkeypatch.setattr(spark_engine.shutil, "which", lambda _: None)
    wheel = java_home()
    assert wheel is not None
    assert (Path(wheel) / "bin" / "java").exists()
