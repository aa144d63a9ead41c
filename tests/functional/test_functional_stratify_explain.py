"""`caselink stratify explain` on the example's first night: shares add up, facts have dates, nothing is echoed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.cli_stratify_explain import sheet_lines, told_lines

Run = Callable[..., "object"]


def tables(project: Path) -> Path:
    return project / "runs" / json.loads((project / "CURRENT").read_text())["run_id"] / "pseudonymised"


def test_everybody_listed_has_reasons_that_add_up_to_the_score(first_night: Path) -> None:
    check_reasons_add_up(tables(first_night))


def check_reasons_add_up(folder: Path) -> None:
    """Of everybody listed: shares and start sum to the log-odds of the score, but for the one line of its recalibration."""
    reasons, facts, scores, selection = (
        pq.read_table(folder / f"{name}.parquet").to_pylist() for name in ("reason", "fact", "score", "selection")
    )
    listed = {row["pseudonym"] for row in selection if row["tier"] != "none"}
    assert listed
    assert listed == {row["pseudonym"] for row in reasons} == {row["pseudonym"] for row in facts}
    shares: dict[str, dict[str, list[float]]] = {}
    for row in reasons:
        shares.setdefault(row["score"], {}).setdefault(row["pseudonym"], []).append(row["share"])
    chances = {(row["pseudonym"], row["score"]): row["value"] for row in scores}
    for score, people in shares.items():
        sums = np.array([math.fsum(values) for values in people.values()])
        chance = np.array([chances[who, score] for who in people])
        after = np.log(chance / (1 - chance))
        low, high = sums.argmin(), sums.argmax()
        slope = (after[high] - after[low]) / (sums[high] - sums[low]) if sums[high] > sums[low] else 1.0
        assert slope > 0, "recalibration keeps the order"
        assert after == pytest.approx(after[low] + slope * (sums - sums[low]), abs=1e-9), score


def test_explain_says_why_in_words_as_json_and_as_a_sheet(first_night: Path, run_caselink: Run) -> None:
    folder = tables(first_night)
    rows = pq.read_table(folder / "fact.parquet").to_pylist()
    who = next(row["pseudonym"] for row in rows if row["fact"] == "emergency_admissions")
    done = run_caselink("stratify", "explain", who, "--json", "--project", str(first_night))
    answer = json.loads(done.stdout)
    assert [row["words"] for row in answer["facts"]] == [row["words"] for row in rows if row["pseudonym"] == who]
    assert answer["tier"] in done.stderr
    assert all(score["log_odds"] == pytest.approx(sum(each["share"] for each in score["reasons"])) for score in answer["scores"])
    admissions = next(row for row in answer["facts"] if row["fact"] == "emergency_admissions")
    assert f"- {admissions['words']} ({admissions['told_by']})" in told_lines(answer)
    assert admissions["told_by"].startswith("hospital data to ")
    sheet = run_caselink("stratify", "explain", who, "--plain", "--project", str(first_night))
    assert sheet.stdout.startswith("# Why you are on our list")
    assert f"- {admissions['plain_words']}" in sheet.stdout
    assert who not in sheet.stdout


def test_somebody_on_no_list_has_a_tier_and_no_reasons(first_night: Path, run_caselink: Run) -> None:
    chosen = pq.read_table(tables(first_night) / "selection.parquet").to_pylist()
    who = next(row["pseudonym"] for row in chosen if row["tier"] == "none")
    done = run_caselink("stratify", "explain", who, "--json", "--project", str(first_night))
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["tier"], answer["scores"], answer["facts"]) == (0, "none", [], [])
    assert "On no list" in done.stderr
    assert sheet_lines(answer) == ["This person is on no list: there is nothing to explain."]


def test_an_unknown_pseudonym_is_refused_and_not_echoed(first_night: Path, run_caselink: Run) -> None:
    done = run_caselink("stratify", "explain", "csu7-SOMEBODY", "--project", str(first_night))
    assert done.returncode == 2
    assert "E-EXPLAIN-PERSON" in done.stderr
    assert "SOMEBODY" not in done.stderr + done.stdout


def test_a_night_without_reasons_says_so(published: Path, run_caselink: Run) -> None:
    folder = tables(published)
    who = pq.read_table(folder / "selection.parquet")["pseudonym"][0].as_py()
    (folder / "fact.parquet").unlink()
    done = run_caselink("stratify", "explain", who, "--project", str(published))
    assert (done.returncode, "E-EXPLAIN-NIGHT" in done.stderr) == (2, True)
