"""Who a model learns from and who checks it, drawn: L learns, C checks, - neither."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from schemas.errors import ConfigurationError
from stratify.models.tabular.hashing import hash_values
from stratify.models.tabular.split import folds, sides, time_slices

GROUPS = list("aabbccddeeffgghhiijj")  # ten groups of two rows, one in each year
YEARS = [2020, 2021] * 10


def drawn(groups: list[str] | None, years: list[int] | None) -> str:
    rows = len(groups or years or [])
    units = hash_values(pa.chunked_array([groups or [str(number) for number in range(rows)]]))
    slices = time_slices("year", pa.chunked_array([years])) if years else np.zeros(rows, dtype=np.int64)
    found = sides(units, slices, grouped=groups is not None)
    assert not (found.learn & found.check).any()
    return "".join("L" if learn else "C" if check else "-" for learn, check in zip(*found, strict=True))


def test_a_fifth_of_the_groups_checks_with_all_its_rows() -> None:
    found = drawn(GROUPS, None)
    assert found.count("C") == 4
    assert found.count("L") == 16
    assert all(found[row] == found[row + 1] for row in range(0, 20, 2))


def test_with_a_time_the_last_slice_checks() -> None:
    assert drawn(None, [2020, 2022, 2021, 2022]) == "LCLC"


def test_with_both_the_early_slices_of_most_groups_and_the_last_slice_of_the_others() -> None:
    by_group, both = drawn(GROUPS, None), drawn(GROUPS, YEARS)
    expected = {("L", 2020): "L", ("L", 2021): "-", ("C", 2020): "-", ("C", 2021): "C"}
    assert both == "".join(expected[side, year] for side, year in zip(by_group, YEARS, strict=True))


def test_two_groups_are_one_on_each_side() -> None:
    assert sorted(drawn(["a", "b"], None)) == ["C", "L"]


@pytest.mark.parametrize(
    ("times", "slices"),
    [
        (["2024-03-01", "2024-02-01", None], [1, 0, 0]),  # a row without a time is of the earliest
        (["9", "10"], [0, 1]),  # numbers as text are in the order of numbers
        (list(range(100)), [number // 20 for number in range(100)]),  # many times: fifths
        ([1] * 90 + list(range(2, 22)), [0] * 90 + [1] * 20),  # equal times are never parted
    ],
)
def test_slices(times: list[object], slices: list[int]) -> None:
    assert time_slices("when", pa.chunked_array([times])).tolist() == slices


@pytest.mark.parametrize("times", [[2020, 2020], [None, 2020], [True, False]])
def test_a_time_of_one_value_or_without_an_order_is_refused(times: list[object]) -> None:
    with pytest.raises(ConfigurationError, match="E-FIT-TIME: time column when"):
        time_slices("when", pa.chunked_array([times]))


def test_folds_keep_units_whole_and_about_even() -> None:
    fold = folds(hash_values(pa.chunked_array([GROUPS])), 5)
    assert np.bincount(fold).tolist() == [4] * 5
    assert (fold[::2] == fold[1::2]).all()
