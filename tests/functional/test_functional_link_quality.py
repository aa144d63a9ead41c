"""`caselink link quality` over a published night: aggregates after disclosure control, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from linkage.quality.subgroups import BREAKDOWNS
from tests.conftest import caselink
from tests.functional.test_functional_night import current


@pytest.fixture(scope="module")
def answer(first_night: Path) -> dict[str, Any]:
    done = caselink("link", "quality", "--json", "--quiet", "--project", str(first_night))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_breakdown_is_there_with_intervals(answer: dict[str, Any], first_night: Path) -> None:
    assert answer["run_id"] == current(first_night).name
    assert {row["breakdown"] for row in answer["groups"]} >= {*BREAKDOWNS, "age_band, with names", "age_band, without names"}
    shares = {(row["breakdown"], row["category"]): row for row in answer["groups"] if row["measure"] == "records_linked"}
    everybody = shares["all", "all"]
    assert 0.9 < everybody["rate_low"] < everybody["rate"] < everybody["rate_high"] <= 1
    assert {shares["deprivation_decile", decile]["denominator"] > 0 for decile in ("1", "9")} == {True}
    assert shares["names", "without names"]["denominator"] > shares["source", "sus_op"]["denominator"]


def test_no_small_number_is_shown(answer: dict[str, Any]) -> None:
    counts = [row[name] for row in answer["groups"] for name in ("numerator", "denominator")]
    counts += [row[name] for row in answer["weights"] for name in ("linked", "review", "unlinked")]
    assert len(counts) > 1000
    assert all(count is None or count == 0 or (count > 7 and count % 5 == 0) for count in counts)
    hidden = [row for row in answer["groups"] if row["suppressed"]]
    assert hidden
    assert all(row["rate"] is row["rate_low"] is row["rate_high"] is None for row in hidden)


def test_weights_lie_between_their_thresholds_and_estimates_wait_for_clerks(answer: dict[str, Any]) -> None:
    assert answer["review_weight"] < answer["accept_weight"]
    starts = [row["bin_from"] for row in answer["weights"]]
    assert starts == [starts[0] + step for step in range(len(starts))]
    assert sum(row["linked"] or 0 for row in answer["weights"]) > 50
    assert answer["estimates"] == []


def test_for_people_the_same_in_words(first_night: Path) -> None:
    done = caselink("link", "quality", "--run", current(first_night).name, "--project", str(first_night))
    assert done.returncode == 0, done.stderr
    for words in ("Records linked, night of 2026-09-30", "source gp", "gender 1", "No pair of the review sample is judged yet"):
        assert words in done.stdout, words


def test_the_report_has_its_charts(first_night: Path) -> None:
    report = (current(first_night) / "report.html").read_text()
    for title in (
        "Linkage quality by group",
        "Records weighed, by the match weight",
        "Share of records with names",
        "No pair of this sample is judged yet",
    ):
        assert title in report, title
    assert pq.read_metadata(current(first_night) / "aggregate" / "weight_bin.parquet").num_rows > 8


def test_an_unknown_night_is_refused(first_night: Path) -> None:
    done = caselink("link", "quality", "--run", "nope", "--project", str(first_night))
    assert done.returncode == 2
    assert done.stderr.startswith("E-RUN-UNKNOWN")
