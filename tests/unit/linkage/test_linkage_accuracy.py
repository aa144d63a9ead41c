"""Precision and recall from a judged sample: what is counted, with which weight, and how sure it is."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.quality.accuracy import JUDGED, PRECISION, RECALL, effective_counts, estimate_accuracy
from linkage.quality.subgroups import subgroups
from schemas.aggregate import Measure
from schemas.intervals import wilson
from tests.linkage_tables import drawn, person_records

AS_AT = datetime.date(2026, 3, 31)

RECORDS = """
    id | given | family | born       | sex | source
    g1 | Ada   | Hill   | 1950-05-01 | 2   | gp
    g2 | Zoe   | Wood   | 2001-01-01 | 1   | gp
    e1 |       |        | 1980-06-02 | 1   | ecds
"""
SAMPLE = pa.schema(
    [("source", pa.string()), ("local_patient_id", pa.string()), ("kind", pa.string()), ("decision", pa.string()),
     ("sampling_weight", pa.float64())]
)  # fmt: skip


def estimated(*pairs: tuple[str, str, str, float]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Estimates from pairs of (record, kind, decision, weight)."""
    source = {"g": "gp", "e": "ecds", "x": "gp"}
    judged = pa.Table.from_pylist(
        [
            {"source": source[record[0]], "local_patient_id": record, "kind": kind, "decision": said, "sampling_weight": weight}
            for record, kind, said, weight in pairs
        ],
        schema=SAMPLE,
    )
    groups = subgroups(person_records(drawn(RECORDS)), AS_AT)
    rows = estimate_accuracy(judged, groups, AS_AT).to_pylist()
    return {(row["measure"], row["breakdown"], row["category"]): row for row in rows}


def test_each_pair_counts_with_its_weight() -> None:
    found = estimated(
        ("g1", "link", "link", 30.0), ("g1", "link", "non-link", 10.0), ("g2", "review", "link", 5.0),
        ("g2", "non-link", "link", 15.0), ("e1", "link", "link", 20.0),
    )  # fmt: skip
    assert found[PRECISION, "all", "all"]["rate"] == pytest.approx(50 / 60)
    assert found[RECALL, "all", "all"]["rate"] == pytest.approx(50 / 70)
    assert found[PRECISION, "names", "with names"]["rate"] == pytest.approx(30 / 40)
    assert found[PRECISION, "source", "ecds"]["rate"] == 1
    assert found[RECALL, "gender", "1"]["rate"] == pytest.approx(20 / 40)
    assert found[RECALL, "gender", "2"]["rate"] == 1
    assert (PRECISION, "age_band", "25-29") not in found  # nobody of that age was linked in the sample
    assert found[JUDGED, "all", "all"]["numerator"] == 5
    assert found[JUDGED, "source", "gp"]["numerator"] == 4


def test_pairs_without_a_decision_or_a_record_are_left_out() -> None:
    found = estimated(("g1", "link", "link", 1.0), ("g2", "link", "differ", 1.0), ("x9", "link", "non-link", 1.0))
    assert found[JUDGED, "all", "all"]["numerator"] == 1
    assert found[PRECISION, "all", "all"]["rate"] == 1


def test_without_judgements_nothing_is_estimated() -> None:
    assert estimated() == {}
    assert estimate_accuracy(SAMPLE.empty_table(), subgroups(person_records([]), AS_AT), AS_AT).equals(Measure.empty())


def test_the_interval_is_that_of_the_effective_counts() -> None:
    found = estimated(*[("g1", "link", "link", 1.0)] * 95, *[("g2", "link", "non-link", 1.0)] * 5)
    row = found[PRECISION, "all", "all"]
    assert (row["numerator"], row["denominator"]) == (95, 100)
    assert (row["rate_low"], row["rate_high"]) == tuple(map(pytest.approx, wilson(95, 100)))


@given(st.lists(st.tuples(st.booleans(), st.floats(0.5, 500)), min_size=1, max_size=60))
def test_unequal_weights_are_worth_fewer_judgements(pairs: list[tuple[bool, float]]) -> None:
    right, weight = np.array([said for said, _ in pairs]), np.array([one for _, one in pairs])
    above, below = effective_counts(right, weight)
    assert 1 - 1e-9 <= below <= len(pairs) + 1e-9
    assert above / below == pytest.approx(weight[right].sum() / weight.sum())
    assert below < 5 or below % 5 == 0


@pytest.mark.parametrize(
    ("right", "of", "effective"), [(3, 4, (3, 4)), (4, 5, (4, 5)), (52, 53, (52 * 50 / 53, 50)), (95, 100, (95, 100))]
)
def test_equal_weights_are_plain_counts_down_to_fives(right: int, of: int, effective: tuple[float, float]) -> None:
    found = effective_counts(np.arange(of) < right, np.full(of, 7.0))
    assert found == tuple(map(pytest.approx, effective))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """1,000 stratified samples of an area whose precision is known: at least 93 of 100 intervals hold it."""
    chance = np.random.default_rng(11)
    sizes, right_share, drawn_each = np.array([50_000, 4_000, 600]), np.array([0.97, 0.85, 0.6]), 100
    truth = (sizes * right_share).sum() / sizes.sum()
    held = 0
    for _ in range(1000):
        right = np.concatenate([chance.random(drawn_each) < share for share in right_share])
        low, high = wilson(*effective_counts(right, np.repeat(sizes / drawn_each, drawn_each)))
        held += bool(low <= truth <= high)
    assert held >= 930
