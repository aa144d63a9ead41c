"""Tiers as a picture: who is where, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from schemas.errors import CaselinkError
from schemas.pseudonymised import Score, Selection
from stratify.select import Beside, TierCapacity, capacity_by_share, select
from tests.stratify_area import AS_AT, drawn, people_of

PICTURE = """
| pseudonym | locality | risk | use  | tier                      | rank |
|-----------|----------|------|------|---------------------------|------|
| a         | North    | 0.90 | 1.0  | case management           | 1    |
| b         | North    | 0.50 | 2.0  | care navigation           | 2    |
| c         | North    | 0.50 | 1.0  | supported self-management | 4    |
| d         | North    | 0.50 | 1.5  | care navigation           | 3    |
| e         | North    | 0.50 | 1.0  | none                      | 5    |
| f         | North    | 0.10 |      | none                      | 6    |
| g         | South    | 0.20 | 1.0  | case management           | 1    |
| h         | South    | 0.05 | 1.0  | case management           | 2    |
| i         | West     | 0.99 | 1.0  | none                      | 1    |
| j         |          | 0.99 | 1.0  | none                      |      |
| k         | North    |      | 9.0  | none                      |      |
"""  # fmt: skip
CAPACITY = {"North": TierCapacity(1, 2, 1), "South": TierCapacity(5, 0, 0)}


def tables() -> tuple[pa.Table, pa.Table]:
    rows = drawn(PICTURE)
    people = people_of({"pseudonym": row["pseudonym"], "locality": row.get("locality")} for row in rows)
    scores = []
    for row in rows:
        risk = {"pseudonym": row["pseudonym"], "score": "emergency_admission_12_months", "version": "1"}
        scores.append(
            {**risk, "value": float(row["risk"]) if "risk" in row else None, "reasons": ["one", "two", "three", "four"]}
        )
        if "use" in row:
            scores.append({**risk, "score": "whole_system_use", "value": float(row["use"]), "reasons": []})
    return people, pa.Table.from_pylist(scores, schema=Score.arrow_schema())


def selected(capacity: dict[str, TierCapacity] = CAPACITY) -> dict[str, dict[str, Any]]:
    people, scores = tables()
    found = select(people, scores, capacity, as_at=AS_AT)
    assert Selection.sort(Selection.validate(found)).equals(found)
    return {row["pseudonym"]: row for row in found.to_pylist()}


def test_where_all_is_equal_the_last_nights_order_stays_whatever_the_pseudonyms_are() -> None:
    people, scores = tables()
    last = Selection.conform(
        pa.table(
            {"pseudonym": ["e", "c", "x"], "rank": pa.array([1, 2, None], pa.int64()), "tier": ["none"] * 3, "why": ["need"] * 3}
        )
    )
    found = {
        row["pseudonym"]: row["rank"]
        for row in select(people, scores, CAPACITY, as_at=AS_AT, beside=Beside(previous=last)).to_pylist()
    }
    assert (found["e"], found["c"]) == (4, 5), "by pseudonym alone c came before e"
    assert {name: rank for name, rank in found.items() if name not in "ec"} == {
        name: row["rank"] for name, row in selected().items() if name not in "ec"
    }


def test_tiers_are_cut_by_capacity_in_each_locality() -> None:
    found = selected()
    for row in drawn(PICTURE):
        rank = int(row["rank"]) if "rank" in row else None
        assert (found[row["pseudonym"]]["tier"], found[row["pseudonym"]]["rank"]) == (row["tier"], rank), row["pseudonym"]


def test_why_is_said_in_words() -> None:
    found = {name: row["why"] for name, row in selected().items()}
    assert found["a"] == "rank 1 of 6 in North; case management reaches to rank 1; one; two; three"
    assert found["c"] == "rank 4 of 6 in North; supported self-management reaches to rank 4; one; two; three"
    assert found["e"] == "rank 5 of 6 in North; beyond the places of every tier; one; two; three"
    assert found["i"] == "rank 1 of 1 in West; no places are set for it; one; two; three"
    assert found["j"] == "practice in no locality; no places are set for it; one; two; three"
    assert found["k"] == "no score could be given"


def test_the_order_of_rows_never_matters() -> None:
    people, scores = tables()
    rng = np.random.default_rng(1)
    for _ in range(5):
        again = select(
            people.take(rng.permutation(people.num_rows)), scores.take(rng.permutation(scores.num_rows)), CAPACITY, as_at=AS_AT
        )
        assert again.equals(select(people, scores, CAPACITY, as_at=AS_AT))


def test_capacity_by_share_rounds_down() -> None:
    people, scores = tables()
    found = capacity_by_share(people, scores, case_management=0.2, care_navigation=0.3, supported_self_management=0.5)
    assert found == {"North": TierCapacity(1, 2, 3), "South": TierCapacity(0, 0, 1), "West": TierCapacity(0, 0, 0)}


def test_refusals() -> None:
    people, scores = tables()
    with pytest.raises(CaselinkError, match="E-SELECT-SCORE: nobody has the score another"):
        select(people, scores, CAPACITY, as_at=AS_AT, ranked_by="another")
    with pytest.raises(CaselinkError, match="E-SELECT-PEOPLE: 11 people"):
        select(people.slice(0, 0), scores, CAPACITY, as_at=AS_AT)
    with pytest.raises(CaselinkError, match="E-SELECT-CAPACITY"):
        TierCapacity(1, -1, 0)
