"""What never changes a model of any table: the order of rows and columns, and how many threads there are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from stratify.models import fit, predict
from stratify.models.tabular.fitting import dealt_out, draw_up
from stratify.models.tabular.hashing import hash_values
from stratify.models.tabular.split import folds, sides
from tests.dials import examples
from tests.person_tables import person_table


def test_rows_and_columns_in_any_order_and_any_threads_give_the_same_model() -> None:
    table = person_table(700).select(["person", "year", "age", "ward", "admissions", "y"])
    order = np.random.default_rng(1).permutation(table.num_rows)
    shuffled = table.select(["y", "ward", "admissions", "age", "year", "person"]).take(pa.array(order))
    with threadpool_limits(1):
        first = fit(table, "y", groups="person", refit=False)
    with threadpool_limits(2):
        second = fit(shuffled, "y", groups="person", refit=False)
    assert first.model.version == second.model.version
    assert first.figures == second.figures
    assert np.sort(order[second.checked.rows]).tolist() == first.checked.rows.tolist()
    assert predict(first.model, table)[order].tolist() == predict(second.model, shuffled).tolist()


@settings(max_examples=examples(200, 30))
@given(st.lists(st.integers(0, 40), min_size=5, max_size=200), st.integers(1, 4), st.booleans())
def test_a_group_never_lies_on_both_sides(groups: list[int], slices: int, timed: bool) -> None:
    groups[:2] = [-1, -2]
    units = hash_values(pa.chunked_array([groups]))
    when = np.arange(len(groups)) % slices if timed else np.zeros(len(groups), dtype=np.int64)
    found = sides(units, when, grouped=True)
    assert not set(units[found.learn]) & set(units[found.check])
    assert found.check.any() or timed
    fold = folds(units, 5)
    assert len({*zip(units.tolist(), fold.tolist(), strict=True)}) == len(set(units.tolist()))


@settings(max_examples=examples(100, 20))
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_equal_rows_without_a_group_are_dealt_one_by_one(keys: list[int]) -> None:
    units = dealt_out(np.array(keys, dtype=np.uint64))
    assert len(set(units.tolist())) == len(keys)
    other_way = dealt_out(np.array(keys[::-1], dtype=np.uint64))
    assert sorted(units.tolist()) == sorted(other_way.tolist())


def test_a_row_without_a_group_stands_alone() -> None:
    table = pa.table({"g": ["a", "a", None, None, "b"], "x": [1, 2, 3, 4, 5]})
    units = draw_up(table, np.array([0, 1, 0, 1, 1], dtype=np.int8), {"x": "number"}, groups="g", time=None).material.units
    assert len(set(units.tolist())) == 4
