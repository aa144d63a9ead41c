"""Linkage quality for people: lines in order, stars for what is withheld, and nights from before weights were counted."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from governance.disclosure import suppress
from linkage.quality.shares import Share, share_rows
from pipelines import published_quality
from pipelines.project import Project
from pipelines.published_quality import estimate_lines, group_lines, weight_lines
from schemas.aggregate import WeightBin
from schemas.table import Table

AS_AT = dt.date(2026, 9, 30)


def shown(*shares: Share) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = suppress(share_rows(shares, AS_AT)).to_pylist()
    return rows


def test_a_line_a_group_in_the_order_of_breakdowns_and_of_numbers() -> None:
    lines = group_lines(
        shown(
            Share("records_linked", "deprivation_decile", "10", 40, 50),
            Share("records_linked", "deprivation_decile", "2", 50, 50),
            Share("records_in_review", "deprivation_decile", "2", 3, 50),
            Share("records_linked", "all", "all", 90, 100),
            Share("records_unlinked", "all", "all", 10, 100),
            Share("records_linked", "all, with names", "all", 90, 100),
            Share("records_linked", "gender", "9", 3, 5),
            Share("records", "all", "all", 100),
        )
    )
    assert [line["group"] for line in lines] == ["all", "gender 9", "deprivation_decile 2", "deprivation_decile 10"]
    assert lines[0] == {
        "group": "all", "records": "100", "linked": "90.0%", "95%": "78.3 to 97.2%", "in review": "-", "unlinked": "10.0%",
    }  # fmt: skip
    assert lines[1] == {
        "group": "gender 9", "records": "*", "linked": "*", "95%": "*", "in review": "-", "unlinked": "-",
    }  # fmt: skip
    assert lines[2]["in review"] == "*"


def test_estimates_and_the_judgements_behind_them() -> None:
    lines = estimate_lines(
        shown(
            Share("estimated_from_judgements", "all", "all", 300),
            Share("estimated_precision", "all", "all", 190, 200),
            Share("estimated_precision", "gender", "1", 4, 5),
        )
    )
    assert [(line["estimate"], line["group"], line["share"], line["95%"]) for line in lines] == [
        ("from judgements", "all", "300", "-"),
        ("precision", "all", "95.0%", "88.7 to 98.6%"),
        ("precision", "gender 1", "*", "*"),
    ]


def test_bins_with_stars() -> None:
    row = {"bin_from": -1.0, "bin_to": 0.0, "linked": 0, "review": None, "unlinked": 1200}
    assert weight_lines([row]) == [{"bits": "-1 to 0", "linked": "0", "review": "*", "unlinked": "1,200"}]


def put(folder: Path, name: str, table: type[Table], rows: pa.Table) -> None:
    (folder / "aggregate").mkdir(exist_ok=True)
    pq.write_table(table.conform(rows), folder / "aggregate" / f"{name}.parquet")


@pytest.mark.parametrize("weighed", [True, False])
def test_a_night_from_before_weights_and_intervals_can_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weighed: bool
) -> None:
    monkeypatch.setattr(published_quality, "resolve", lambda *_: "night1")
    folder = tmp_path / "runs" / "night1"
    (folder / "aggregate").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"as_at": "2026-09-30"}))
    rows = suppress(share_rows([Share("records_linked", "all", "all", 90, 100)], AS_AT))
    if not weighed:
        rows = rows.drop_columns(["rate_low", "rate_high"])
    pq.write_table(rows, folder / "aggregate" / "measure.parquet")
    if weighed:
        bins = {"bin_from": [8.0], "bin_to": [9.0], "linked": [50], "review": [0], "unlinked": [0],
                "review_weight": [0.0], "accept_weight": [8.0]}  # fmt: skip
        put(folder, "weight_bin", WeightBin, pa.table(bins))
    answer = published_quality.published_quality(Project(tmp_path), "current")
    assert (answer["run_id"], answer["as_at"], answer["estimates"]) == ("night1", "2026-09-30", [])
    assert answer["accept_weight"] == (8.0 if weighed else None)
    assert [row["linked"] for row in answer["weights"]] == ([50] if weighed else [])
    assert (answer["groups"][0]["rate_low"] is not None) == weighed
