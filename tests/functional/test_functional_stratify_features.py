"""`caselink stratify features` on files of pseudonymised tables."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.stratify_area import AS_AT, make_area
from stratify.features import FEATURES
from tests.conftest import caselink

MISUSED = 2


@pytest.fixture(scope="module")
def area(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("area")
    make_area(folder, people=100, events=2_000)
    pq.write_table(pa.table({"source": ["sus_apc"]}), folder / "no_days.parquet")
    (folder / "broken.parquet").write_text("PAR1 and no more")
    (folder / "empty").mkdir()
    return folder


def features(
    area: Path, out: Path, *options: str, people: str = "person.parquet", activity: str = "activity.parquet"
) -> list[str]:
    files = ["--people", str(area / people), "--activity", str(area / activity)]
    return ["stratify", "features", *files, "--as-at", AS_AT.isoformat(), "--out", str(out), *options]


def test_a_feature_table_is_written_and_can_be_fitted_on(area: Path, tmp_path: Path) -> None:
    out = tmp_path / "features.parquet"
    done = caselink(*features(area, out, "--json"))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["people"], said["features"], said["engine"]) == (100, len(FEATURES), "duckdb")
    table = pq.read_table(out)
    assert table["pseudonym"].to_pylist() == sorted(table["pseudonym"].to_pylist())
    assert table.column_names[1:] == [feature.name for feature in FEATURES]


@pytest.mark.parametrize(
    ("options", "people", "activity", "said"),
    [
        (["--engine", "other"], "person.parquet", "activity.parquet", "E-ARGUMENT"),
        (["--as-at", "1 May"], "person.parquet", "activity.parquet", "E-ARGUMENT"),
        (["--as-at", ""], "person.parquet", "activity.parquet", "E-ARGUMENT"),
        ([], "broken.parquet", "activity.parquet", "E-FEATURES-FILE: broken.parquet is not there, or no Parquet file"),
        ([], "activity.parquet", "activity.parquet", "E-FEATURES-FILE: activity.parquet lacks"),
        ([], "person.parquet", "empty", "E-FEATURES-FILE"),
        (["--feed-age", "AREA/no_days.parquet"], "person.parquet", "activity.parquet", "lacks source or data_to"),
    ],
)
def test_what_cannot_be_used_is_named(
    area: Path, tmp_path: Path, options: list[str], people: str, activity: str, said: str
) -> None:
    out = tmp_path / "features.parquet"
    options = [text.replace("AREA", str(area)) for text in options]
    done = caselink(*features(area, out, *options, people=people, activity=activity))
    assert done.returncode == MISUSED
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
