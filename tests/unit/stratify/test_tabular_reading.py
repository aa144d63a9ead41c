"""What a column is to a model of any table, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from schemas.errors import ConfigurationError
from stratify.models.tabular.columns import check_input, column_kinds
from stratify.models.tabular.hashing import as_text, hash_values
from stratify.models.tabular.outcome_column import read_outcome
from stratify.models.tabular.sheet import read_sheet

MANY = [1] * 200 + [0] * 200


def column(values: Any, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None], "number"),
        ([Decimal("1.5")], "number"),
        ([True], "flag"),
        (["a", " "], "text"),
        ([None, None], "empty"),
        (["", " "], "empty"),
        (["2024-01-01", "x"], "text"),
        (pa.array(["a", "b"]).dictionary_encode(), "text"),
        (pa.array([1, 2]).dictionary_encode(), "number"),
    ],
)
def test_what_a_column_is(values: Any, kind: str) -> None:
    assert column_kinds(pa.table({"c": values, "row_id": [0] * len(values)})) == {"c": kind}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([dt.date(2024, 1, 1)], "E-FIT-DATE: column c holds dates or times"),
        ([dt.datetime(2024, 1, 1, tzinfo=dt.UTC)], "E-FIT-DATE: column c"),
        ([dt.timedelta(1)], "E-FIT-DATE: column c"),
        (["2024-01-01", None, "2024-02-03 10:11"], "E-FIT-DATE: column c holds dates, as text"),
        (["01/02/2024"], "E-FIT-DATE: column c"),
        ([[1]], "E-FIT-COLUMN: column c is list"),
        ([b"x"], "E-FIT-COLUMN: column c is binary"),
    ],
)
def test_what_no_model_reads_is_refused_by_name(values: Any, code: str) -> None:
    with pytest.raises(ConfigurationError, match=code):
        column_kinds(pa.table({"c": values}))


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="column c is there more than once"):
        column_kinds(pa.table([[1], [2]], names=["c", "c"]))


@pytest.mark.parametrize(
    ("yes", "no", "none"),
    [(1, 0, None), (1.0, 0.0, float("nan")), (True, False, None), ("1", "0", ""), (" TRUE", "False", None), ("1.0", "0.0", " ")],
)
def test_outcomes_in_every_writing(yes: Any, no: Any, none: Any) -> None:
    found = read_outcome("y", column([yes] * 200 + [no] * 20 + [none]))
    assert found.tolist() == [1] * 200 + [0] * 20 + [-1]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([*MANY, 2], "E-FIT-OUTCOME: outcome y has other values"),
        (["yes", *map(str, MANY)], "E-FIT-OUTCOME: outcome y has other values"),
        ([1] * 300, "E-FIT-OUTCOME: outcome y has one class only"),
        ([None] * 300, "E-FIT-OUTCOME: outcome y has one class only"),
        ([1] * 199 + [0] * 500, "E-FIT-EVENTS: outcome y has 199 events, fewer than 200"),
        ([1] * 500 + [0] * 19, "E-FIT-EVENTS: outcome y has 19 rows without it, fewer than 20"),
    ],
)
def test_outcomes_that_nothing_can_be_learned_from(values: Any, code: str) -> None:
    with pytest.raises(ConfigurationError, match=code):
        read_outcome("y", column(values))


KINDS = {"n": "number", "f": "flag", "t": "text", "e": "empty"}


def table(**columns: Any) -> pa.Table:
    return pa.table({"n": [1], "f": [True], "t": ["x"], "e": [None]} | columns)


@pytest.mark.parametrize(
    "given",
    [
        {}, {"n": [1.5]}, {"n": [True]}, {"f": [0]}, {"n": pa.nulls(1)}, {"t": pa.nulls(1)}, {"t": pa.nulls(1, pa.float64())},
        {"e": [3]}, {"another": [dt.date(2024, 1, 1)]},
    ],
)  # fmt: skip
def test_input_that_a_model_takes(given: dict[str, Any]) -> None:
    check_input(KINDS, table(**given))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (table().drop_columns(["n", "t"]), r"n is missing \(2 in all\)"),
        (table(n=["1"]), "n is text, was number"),
        (table(t=[1]), "t is number, was text"),
    ],
)
def test_input_that_a_model_refuses(given: pa.Table, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"E-MODEL-INPUT.*{said}"):
        check_input(KINDS, given)


def test_values_as_arrays() -> None:
    sheet = read_sheet(
        pa.table({"n": [1, None, 3], "big": [1e300, -1e300, 0.0], "t": ["007", None, " "]}),
        {"n": "number", "big": "number", "t": "text"},
    )
    assert np.array_equal(sheet.numbers["n"], [1, np.nan, 3], equal_nan=True)
    assert sheet.numbers["big"].tolist() == [np.inf, -np.inf, 0]
    assert sheet.texts["t"].codes.tolist() == [0, -1, -1]
    assert sheet.texts["t"].levels == ("007",)


def test_a_value_has_one_hash_whatever_its_type() -> None:
    seven = [hash_values(column(values))[0] for values in ([7], [7.0], ["7"])]
    assert len(set(seven)) == 1
    assert hash_values(column(["7", "07", None])).tolist().count(seven[0]) == 1
    assert as_text(column([7.5, 8.0])).to_pylist() == ["7.5", "8"]
