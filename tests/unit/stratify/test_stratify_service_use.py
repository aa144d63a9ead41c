"""Use by service of each person: against the features, by hand, and in whatever order the rows come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from schemas.activity_types import COST_ORDER, SERVICES
from stratify.features import build_features
from stratify.percentiles import percentile, percentile_among
from stratify.phrases import NONE, Phrases
from stratify.service_use import PENCE_BY, service_use
from tests.stratify_area import AS_AT, activity_of, lazy, people_of, seeded_area


def priced(activity: pa.Table, *sources: str | None) -> pa.Table:
    """The events with these cost sources, one after another and again."""
    said = [sources[place % len(sources)] for place in range(activity.num_rows)]
    return activity.set_column(activity.column_names.index("cost_source"), "cost_source", pa.array(said, pa.string()))


def used_by(people: pa.Table, activity: pa.Table) -> dict[tuple[str, str], dict[str, Any]]:
    rows = service_use(people, lazy(activity), AS_AT).to_pylist()
    return {(row["pseudonym"], row["service"]): row for row in rows}


def test_contacts_cost_and_sources_by_hand() -> None:
    """A package by the week for its days in the year; a transfer is a cost and no admission; a contact may have no price."""
    rows = [
        {"activity_type": "outpatient", "start": -9, "end": -9, "cost": 100},
        {"activity_type": "outpatient", "start": -9, "end": -9, "cost": 250},
        {"activity_type": "outpatient", "start": -9, "end": -9},
        {"activity_type": "inpatient_emergency", "start": -9, "end": -8, "cost": 900, "admission_method": "2B"},
        {"activity_type": "social_care_service", "start": -14, "end": "", "weekly_cost_pence": 700},
        {"activity_type": "outpatient", "start": -366, "end": -366, "cost": 100},
        {"activity_type": "delayed_discharge", "start": -9, "end": -8},
    ]
    activity = priced(
        activity_of({"pseudonym": "a", **row} for row in rows),
        "sus_final_price", "reference_cost", None, "sus_final_price", "client_level_unit_cost", "sus_final_price", None,
    )  # fmt: skip
    found = used_by(people_of({"pseudonym": name} for name in "abc"), activity)
    names = ("contacts", "costed_contacts", "cost_pence", *PENCE_BY, "percentile", "peer_percentile")
    assert {service: tuple(row[name] for name in names) for (_, service), row in found.items()} == {
        "outpatient": (3, 2, 350, 0, 100, 0, 250, pytest.approx(200 / 3), None),
        "emergency_inpatient": (0, 0, 900, 0, 900, 0, 0, 0.0, None),
        "social_care": (1, 1, 1400, 1400, 0, 0, 0, pytest.approx(200 / 3), None),
    }


@pytest.fixture(name="area", scope="module")
def _area() -> tuple[pa.Table, pa.Table]:
    people, activity = seeded_area(300)
    return people, priced(activity, *COST_ORDER, None)


def test_it_says_what_the_features_say(area: tuple[pa.Table, pa.Table]) -> None:
    people, activity = area
    features = build_features(lazy(people), lazy(activity), AS_AT).collect("pyarrow").to_native()
    found = used_by(people.filter(pc.is_in(people["pseudonym"], value_set=features["pseudonym"])), activity)
    assert len(found) > 300
    for row in features.to_pylist():
        for service in SERVICES:
            said = found.get((row["pseudonym"], service), {"contacts": 0, "cost_pence": 0})
            assert (said["contacts"], said["cost_pence"]) == (row[f"{service}_365"], row[f"cost_{service}_365"])
    assert any(row["cost_pence"] > sum(row[name] for name in PENCE_BY) for row in found.values())  # of no stated source


def test_the_order_of_the_rows_changes_nothing(area: tuple[pa.Table, pa.Table]) -> None:
    mixed = [table.take(np.random.default_rng(5).permutation(table.num_rows)) for table in area]
    assert used_by(*mixed) == used_by(*area)


def test_nobody_and_nothing() -> None:
    assert service_use(people_of([]), lazy(activity_of([])), AS_AT).num_rows == 0
    assert used_by(people_of([{"pseudonym": "a"}]), activity_of([])) == {}


def test_percentiles_among_are_those_of_each_group_alone() -> None:
    rng = np.random.default_rng(2)
    values, groups = rng.integers(0, 9, 500).astype(float), rng.integers(0, 12, 500)
    values[:3] = np.nan
    groups[:19], groups[19:] = 99, np.minimum(groups[19:], 11)
    found = percentile_among(values, groups)
    for group in range(12):
        np.testing.assert_allclose(found[groups == group], percentile(values[groups == group]))
    assert np.isnan(found[groups == 99]).all()  # 19 people
    assert percentile_among(np.zeros(0), np.zeros(0, np.int64)).tolist() == []


def test_phrases_are_said_once_and_people_without_one_have_none() -> None:
    phrases, said = Phrases(), []
    columns = [phrases.of(np.array([2.0, 1.0, 2.0]), lambda n: said.append(n) or f"{n:.0f} times")]
    columns.append(phrases.of(np.array([np.nan, 7.0, np.nan]), lambda n: f"of {n:.0f}"))
    assert phrases.lists(columns).to_pylist() == [["2 times"], ["1 times", "of 7"], ["2 times"]]
    assert said == [1.0, 2.0]
    assert columns[1].tolist() == [NONE, 2, NONE]
