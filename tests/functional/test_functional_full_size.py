"""The example at its full size: a night that ends with 0, a model worth having, links that agree with the truth."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.conftest import caselink

pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full") / "area"
    assert caselink("init", str(folder), "--example", "--quiet").returncode == 0
    done = caselink("run", "--direct", "--quiet", "--project", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def run_id(project: Path) -> str:
    return str(json.loads((project / "CURRENT").read_text())["run_id"])


def assessed(project: Path, score: str) -> dict[str, float]:
    found: dict[str, dict[str, float]] = json.loads(
        (project / "runs" / run_id(project) / "model" / "assessment.json").read_text()
    )
    return found[score]


def test_the_model_beats_prior_use_and_is_calibrated(full: Path) -> None:
    found = assessed(full, "emergency_admission_12_months")
    assert 0.75 <= found["auroc"] <= 0.86
    assert found["auroc"] - found["baseline_auroc"] >= 0.05
    assert 0.9 <= found["expected_observed"] <= 1.1
    assert 0.9 <= found["calibration_slope"] <= 1.1
    assert found["ppv"] > 0.6


def test_the_models_beside_the_lists_are_fitted_and_calibrated_as_far_as_their_events_tell(full: Path) -> None:
    """Some 400 readmissions and 140 new packages check them: two standard errors are a tenth and a sixth."""
    readmitted, cared_for = (assessed(full, score) for score in ("readmission_30_days", "long_term_care_12_months"))
    assert readmitted["auroc"] > 0.7
    assert readmitted["auroc"] >= readmitted["baseline_auroc"]
    assert cared_for["auroc"] - cared_for["baseline_auroc"] >= 0.1
    assert 0.85 <= readmitted["expected_observed"] <= 1.15
    assert 0.8 <= cared_for["expected_observed"] <= 1.25


# A pair of records under one person_id is right where the truth says one person; the register is the anchor.
LINKS = """
    WITH truth AS (SELECT source, local_patient_id, true_person_id, identifies_one FROM read_parquet('{truth}')),
    link AS (SELECT source, local_patient_id, person_id, step FROM read_parquet('{link}')),
    anchor AS (
        SELECT person_id, any_value(true_person_id) AS resident
        FROM link JOIN truth USING (source, local_patient_id) WHERE source = 'register' GROUP BY person_id
    )
    SELECT count(*) FILTER (resident IS NOT NULL) AS linked,
           count(*) FILTER (resident IS NOT NULL AND resident <> true_person_id) AS wrong,
           count(*) FILTER (identifies_one) AS findable,
           count(*) FILTER (identifies_one AND resident = true_person_id) AS found
    FROM link JOIN truth USING (source, local_patient_id) LEFT JOIN anchor USING (person_id)
    WHERE source <> 'register'
"""


def test_links_agree_with_the_truth(full: Path) -> None:
    query = LINKS.format(
        truth=full / "truth" / "truth_record.parquet", link=full / "vault" / "nights" / run_id(full) / "link.parquet"
    )
    linked, wrong, findable, found = duckdb.sql(query).fetchall()[0]
    assert linked > 50_000
    assert 1 - wrong / linked >= 0.999
    assert found / findable >= 0.97
