"""Disclosure control, drawn: a measure in, the measure as published."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.disclosure import NHSE_HES, policy_named, suppress, suppressed_count
from schemas.aggregate import Measure
from schemas.errors import ConfigurationError

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


def test_an_unknown_policy_is_refused() -> None:
    assert policy_named("nhse-hes") is NHSE_HES
    with pytest.raises(ConfigurationError, match=r"^E-DISCLOSURE-POLICY: .*nhse-hes"):
        suppress(measures(), "ours")


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
