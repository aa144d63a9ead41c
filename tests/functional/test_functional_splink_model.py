"""`caselink link pairs` with a model that Splink saved."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from schemas.errors import ConfigurationError
from tests.splink_cases import CASES, files

WEIGHTS = Path(__file__).parents[1] / "fixtures" / "splink_weights.json"


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    for name, table in zip(("left", "right"), files("texts"), strict=True):
        pq.write_table(table, tmp_path / f"{name}.parquet")
    (tmp_path / "model.json").write_text(json.dumps(CASES["texts"]))
    names = {"--left": "left.parquet", "--right": "right.parquet", "--out": "P.csv", "--model": "model.json"}
    return ["link", "pairs", *(part for option, name in names.items() for part in (option, str(tmp_path / name)))]


def test_pairs_have_the_weights_of_splink(asked: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [*asked, "--json"])
    assert result.exception is None, result.exception
    summary = json.loads(result.stdout)
    theirs = json.loads(WEIGHTS.read_text())["texts"]
    assert summary["pairs_scored"] == len(theirs)
    assert summary["seconds"]["train"] == 0
    rows = pyarrow.csv.read_csv(tmp_path / "P.csv").to_pylist()
    assert {f"{row['left_id']} {row['right_id']}": row["weight"] for row in rows} == pytest.approx(
        {pair: weight for pair, weight in theirs.items() if weight >= -10}, abs=1e-9
    )


def test_fields_beside_it_are_refused(asked: list[str]) -> None:
    result = CliRunner().invoke(app, [*asked, "--fields", "given_name"])
    assert isinstance(result.exception, ConfigurationError)
    assert "leave --fields away" in str(result.exception)


def test_rules_may_be_others(asked: list[str]) -> None:
    result = CliRunner().invoke(app, [*asked, "--block", "postcode+gender", "--json"])
    assert json.loads(result.stdout)["rules"] == ["postcode + gender"]
