"""Snapshots: built in one pass or date by date they are the same; they know what was known then, and what came after."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stratify.dates import add_months
from stratify.features import FEATURES
from stratify.models import snapshots as module
from stratify.models.night_fit import fall_back
from stratify.models.night_models import MODELS, NightModel, model_named
from stratify.models.snapshots import BESIDE, Past, snapshots, tonight
from tests.stratify_area import AS_AT, lazy, seeded_area

LAGS = {"sus_apc": 20, "ecds": 20, "cld": 60}
READMISSION = model_named("readmission_30_days")
FIRST_DAY = AS_AT - dt.timedelta(days=4 * 365)


@pytest.fixture(scope="module")
def past() -> Past:
    people, activity = (lazy(table) for table in seeded_area(700))
    return Past(people, activity, LAGS, AS_AT, lazy)


def columns(table: pa.Table) -> dict[str, list[Any]]:
    return {name: table[name].to_pylist() for name in table.column_names}


def test_many_dates_in_one_pass_are_those_dates_one_by_one(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    dates = [[AS_AT - dt.timedelta(days=days)] for days in (400, 370, 340, 310, 60)]
    monkeypatch.setattr(module, "FEWEST_EVENTS", 0)  # every feature, however few events there are
    together = snapshots(READMISSION, past, dates, data_to=AS_AT)
    monkeypatch.setattr(module, "MOST_PASSES", len(dates))
    one_by_one = snapshots(READMISSION, past, dates, data_to=AS_AT)
    assert together.num_rows > 20
    assert together.column_names == one_by_one.column_names == [*BESIDE, *(feature.name for feature in FEATURES)]
    found, expected = columns(together), columns(one_by_one)
    age, its_age = found.pop("age"), expected.pop("age")
    assert found == expected
    assert np.allclose(np.array(age, dtype=float), np.array(its_age, dtype=float))


def test_where_no_model_will_be_fitted_only_the_rules_features_are_built(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    dates = [[AS_AT - dt.timedelta(days=400)], [AS_AT - dt.timedelta(days=60)]]
    few = snapshots(READMISSION, past, dates, data_to=AS_AT)
    monkeypatch.setattr(
        module, "FEWEST_EVENTS", sum(few.filter(pc.equal(few["slice"], dates[0][0]))["outcome"].drop_null().to_pylist())
    )
    whole = snapshots(READMISSION, past, dates, data_to=AS_AT)
    assert few.column_names == [*BESIDE, "age", READMISSION.rule.ties, READMISSION.rule.column]
    assert columns(few) == columns(whole.select(few.column_names))
    assert fall_back(READMISSION, few, "few").fitted == fall_back(READMISSION, whole, "few").fitted


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_snapshot_holds_those_asked_then_and_what_came_after(past: Past, model: NightModel) -> None:
    day = AS_AT - dt.timedelta(days=400)
    table = snapshots(model, past, [[day]], data_to=AS_AT)
    assert table["pseudonym"].to_pylist() == tonight(model, past, day)
    assert set(table["index_date"].to_pylist()) == {day} == set(table["slice"].to_pylist())
    found = model.happened(past.people, past.activity, day, data_to=AS_AT).collect("pyarrow").to_native()
    outcome = dict(zip(found["pseudonym"].to_pylist(), found["outcome"].to_pylist(), strict=True))
    assert table["outcome"].to_pylist() == [outcome.get(who) for who in table["pseudonym"].to_pylist()]
    assert not set(BESIDE) & {name for name in table.column_names if table.column_names.count(name) > 1}


def test_index_dates_of_a_year_and_of_thirty_days() -> None:
    yearly, monthly = MODELS[0], READMISSION
    assert yearly.index_dates(dt.date(2026, 8, 31), dt.date(2021, 9, 1)) == [
        (dt.date(2023, 8, 31),), (dt.date(2024, 8, 31),), (dt.date(2025, 8, 31),),
    ]  # fmt: skip
    slices = monthly.index_dates(AS_AT, FIRST_DAY)
    assert [len(each) for each in slices] == [12, 12, 12]
    assert slices[-1][-1] == AS_AT - dt.timedelta(days=30)
    assert slices[0][0] == AS_AT - dt.timedelta(days=36 * 30)


def test_dates_without_a_year_of_events_before_them_are_left_out_but_never_the_last_two_slices() -> None:
    data_to = dt.date(2026, 8, 31)
    assert len(MODELS[0].index_dates(data_to, dt.date(2022, 8, 31))) == 3
    assert len(MODELS[0].index_dates(data_to, dt.date(2022, 9, 1))) == 2
    assert MODELS[0].index_dates(data_to, data_to) == [(add_months(data_to, -24),), (add_months(data_to, -12),)]
    partly = READMISSION.index_dates(AS_AT, AS_AT - dt.timedelta(days=365 + 26 * 30))
    assert [len(each) for each in partly] == [2, 12, 12]
