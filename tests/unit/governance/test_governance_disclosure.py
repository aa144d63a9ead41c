"""Disclosure control, drawn: a measure in, the measure as published."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.disclosure import NHSE_HES, extremes, policy_named, suppress, suppress_counts, suppressed_count
from schemas.aggregate import Measure
from schemas.errors import ConfigurationError
from schemas.intervals import wilson

Figures = tuple[int | None, int | None, float | None, bool]


def measures(*figures: Figures) -> pa.Table:
    day = dt.date(2024, 1, 1)
    rows: list[dict[str, Any]] = [
        {
            "measure": "m", "breakdown": "source", "category": str(place), "organisation": "area", "period_start": day,
            "period_end": day, "numerator": above, "denominator": below, "rate": rate, "suppressed": suppressed,
        }
        for place, (above, below, rate, suppressed) in enumerate(figures)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=Measure.arrow_schema())


def shown(*figures: Figures) -> list[Figures]:
    rows = suppress(measures(*figures)).to_pylist()
    return [(row["numerator"], row["denominator"], row["rate"], row["suppressed"]) for row in rows]


N = None


@pytest.mark.parametrize(
    ("measured", "published"),
    [
        ((0, 100, 0.0, False), (0, 100, 0.0, False)),          # zero stays
        ((1, 100, 0.01, False), (N, 100, N, True)),
        ((7, 100, 0.07, False), (N, 100, N, True)),
        ((8, 100, 0.08, False), (10, 100, 0.1, False)),        # rates come from the rounded counts
        ((12, 23, 0.52, False), (10, 25, 0.4, False)),
        ((13, 23, 0.57, False), (15, 25, 0.6, False)),
        ((8, 8, 1.0, False), (10, 10, 1.0, False)),
        ((97, 100, 0.97, False), (95, 100, 0.95, False)),      # rounding hides the three who are not counted
        ((4, 5, 0.8, False), (N, N, N, True)),
        ((123456, 5, 24691.2, False), (N, N, N, True)),        # pence of five people
        ((0, 5, 0.0, False), (0, N, N, True)),
        ((0, 0, N, False), (0, 0, N, False)),
        ((50, N, N, False), (50, N, N, False)),
        ((3, N, N, False), (N, N, N, True)),
        ((N, 52, 3.5, False), (N, 50, 3.5, False)),            # a mean over 52 people
        ((N, 7, 3.5, False), (N, N, N, True)),
        ((N, N, 0.8, False), (N, N, N, True)),                 # a statistic that does not say on how many
        ((N, N, N, False), (N, N, N, False)),
        ((40, 50, 0.8, True), (40, 50, N, True)),              # once withheld, always withheld
    ],
)  # fmt: skip
def test_measures_as_published(measured: Figures, published: Figures) -> None:
    assert shown(measured) == [published]


def test_every_row_is_judged_by_itself_and_keeps_its_place() -> None:
    assert shown((3, 100, 0.03, False), (20, 100, 0.2, False)) == [(N, 100, N, True), (20, 100, 0.2, False)]
    assert suppress(Measure.empty()).num_rows == 0


def test_one_count() -> None:
    assert [suppressed_count(count) for count in (None, 0, 1, 7, 8, 12, 13)] == [None, 0, None, None, 10, 10, 15]


def test_columns_of_counts() -> None:
    table = pa.table({"bin": [1, 2, 3, 4, 5], "linked": pa.array([0, 1, 8, 13, None], pa.int64())})
    assert suppress_counts(table, "linked").to_pydict() == {"bin": [1, 2, 3, 4, 5], "linked": [0, None, 10, 15, None]}


def test_an_unknown_policy_is_refused() -> None:
    assert policy_named("nhse-hes") is NHSE_HES
    with pytest.raises(ConfigurationError, match=r"^E-DISCLOSURE-POLICY: .*nhse-hes"):
        suppress(measures(), "ours")


def test_other_policies() -> None:
    table = measures((9, 52, 0.17, False), (3, 100, 0.03, False))
    assert suppress(table, "ons10")["numerator"].to_pylist() == [None, None]
    assert suppress(table, "ons10")["denominator"].to_pylist() == [52, 100]
    assert suppress(table, "opensafely")["numerator"].to_pylist() == [10, None]


def test_nobody_and_everybody_are_counted() -> None:
    assert (
        extremes(measures((0, 100, 0.0, False), (50, 50, 1.0, False), (0, 0, N, False), (10, 100, 0.1, False), (N, N, N, True)))
        == 2
    )
    assert extremes(Measure.empty()) == 0


counts = st.none() | st.integers(0, 60) | st.integers(0, 10**9)


@settings(deadline=None)
@given(st.lists(st.tuples(counts, counts, st.none() | st.floats(0, 1), st.booleans()), max_size=20))
def test_nothing_small_is_ever_shown_and_twice_is_as_good_as_once(figures: list[Figures]) -> None:
    once = suppress(measures(*figures))
    for row in once.to_pylist():
        for count in (row["numerator"], row["denominator"]):
            assert count is None or count == 0 or (count > 7 and count % 5 == 0)
        if row["suppressed"]:
            assert row["rate"] is None
    assert suppress(once).equals(once)


def with_intervals(*figures: tuple[int, int]) -> pa.Table:
    """Shares as linkage counts them, each with the interval of its exact counts."""
    table = measures(*((above, below, above / below, False) for above, below in figures))
    low, high = wilson([above for above, _ in figures], [below for _, below in figures])
    for name, values in (("rate_low", low), ("rate_high", high)):
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return table


shares = st.integers(1, 2000).flatmap(lambda below: st.tuples(st.integers(0, below), st.just(below)))


@settings(deadline=None)
@given(st.lists(shares, min_size=1, max_size=20))
def test_a_published_interval_holds_the_true_one_and_follows_from_the_published_counts(figures: list[tuple[int, int]]) -> None:
    measured = with_intervals(*figures)
    once = suppress(measured)
    known: dict[tuple[int, int], tuple[float, float]] = {}
    for row, true in zip(once.to_pylist(), measured.to_pylist(), strict=True):
        if row["suppressed"]:
            assert row["rate_low"] is row["rate_high"] is None
            continue
        assert row["rate_low"] <= true["rate_low"] + 1e-12
        assert row["rate_high"] >= true["rate_high"] - 1e-12
        counts = row["numerator"], row["denominator"]
        assert known.setdefault(counts, (row["rate_low"], row["rate_high"])) == (row["rate_low"], row["rate_high"])
    assert suppress(once).equals(once)


@pytest.mark.parametrize(
    ("measured", "low", "high"),
    [
        ((143, 150), 0.8913, 0.9988),  # shown as 145 of 150: from 143 of 152 to 147 of 148
        ((147, 150), 0.8913, 0.9988),  # the same counts shown, the same interval
        ((0, 100), 0.0, 0.0377),     # zero is shown and is true
        ((100, 100), 0.9035, 1.0),  # from 98 of 102
        ((3, 100), None, None),
        ((4, 5), None, None),
    ],
)  # fmt: skip
def test_intervals_as_published(measured: tuple[int, int], low: float | None, high: float | None) -> None:
    row = suppress(with_intervals(measured)).to_pylist()[0]
    assert (row["rate_low"], row["rate_high"]) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_row_without_an_interval_or_without_both_counts_gets_none() -> None:
    table = measures((40, 50, 0.8, False), (None, 52, 3.5, False))
    assert suppress(table)["rate_low"].null_count == 2
    place = table.column_names.index("rate_low")
    assert suppress(table.set_column(place, "rate_low", pa.array([None, 3.0])))["rate_low"].null_count == 2
