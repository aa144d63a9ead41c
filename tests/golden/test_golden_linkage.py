"""Linkage of the example night against the truth that was kept apart from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

# The project's bars for a synthetic area: nearly nobody linked wrongly, and of the records that fit exactly one resident nearly
# all linked. A fictional area of 1,500 people has some 9,000 records.
PRECISION, RECALL = 0.999, 0.97

NAMELESS = ("sus_apc", "sus_op", "ecds", "cld")


@pytest.fixture(scope="module")
def judged(first_night: Path) -> Any:
    """Every record of the sources with what linkage found and who it really is."""
    matches = pq.read_table(next((first_night / "vault").rglob("match.parquet"))).to_pandas()
    truth = pq.read_table(first_night / "truth" / "truth_record.parquet").to_pandas()
    residents = truth[truth["source"] == "register"].set_index("local_patient_id")["true_person_id"]
    records = matches.merge(truth, on=["source", "local_patient_id"])
    assert len(records) == len(matches)
    records["is_linked"] = records["register_id"].notna()
    records["is_right"] = records["register_id"].map(residents) == records["true_person_id"]
    return records[records["source"] != "register"]


def test_precision_and_recall(judged: Any) -> None:
    assert len(judged) > 5000
    assert judged.loc[judged["is_linked"], "is_right"].mean() >= PRECISION
    assert judged.loc[judged["identifies_one"], "is_right"].mean() >= RECALL


def test_every_step_is_right_by_itself(judged: Any) -> None:
    linked = judged[judged["is_linked"]]
    wrong = (~linked["is_right"]).groupby(linked["step"]).sum()
    assert {"cross_check", "confirmed_number", "alphanumeric", "probabilistic", "same_local_id"} <= set(wrong.index)
    assert wrong.max() <= 1


def test_with_names_nobody_is_linked_across_a_trap(judged: Any) -> None:
    named = judged[~judged["source"].isin(NAMELESS) & judged["is_linked"]].explode("traps")
    trapped = named[named["traps"].isin(["twin", "parent_child_same_name", "shared_number"])]
    assert len(trapped) > 20
    assert trapped["is_right"].all()


def test_visitors_and_scots_are_nobody_of_the_register(judged: Any) -> None:
    strangers = judged[judged["traps"].map(lambda traps: "visitor" in traps)]
    assert len(strangers) > 10
    assert strangers["is_linked"].sum() == 0


def test_protected_people_link_by_cross_check_only(judged: Any) -> None:
    protected = judged[judged["traps"].map(lambda traps: "protected" in traps) & judged["is_linked"]]
    assert set(protected["step"]) <= {"cross_check"}


def test_clusters_name_the_unlinked(judged: Any) -> None:
    assert (judged["cluster"].isna() == judged["is_linked"]).all()
    pair = judged.loc[judged["source"].isin(["cld", "asc_person"]) & judged["cluster"].notna()]
    assert pair["cluster"].map(lambda cluster: cluster.split("|")[0]).isin(["asc_person", "cld"]).all()
