"""People known to four sectors, and who of them is led by none: counted from flags drawn by hand."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from measures.leading import led_by_none
from measures.report.charts.combinations import figure
from measures.rows import AREA, Figure, measure_rows, together, year_before
from measures.sectors import COMBINATION, PEOPLE

AS_AT = dt.date(2026, 11, 28)
FLAGGED, LED = "known to four, led by none", "known to four, led"


def flags(*rows: tuple[float | None, str | None]) -> pa.Table:
    return pa.table({"value": pa.array([v for v, _ in rows], pa.float64()), "band": pa.array([b for _, b in rows], pa.string())})


def test_of_five_people_three_are_known_to_four_and_two_of_them_led_by_none(figures):
    measured = led_by_none(flags((1.0, FLAGGED), (0.0, None), (1.0, FLAGGED), (0.0, LED), (0.0, None)), AS_AT)
    assert figures(measured, "people_known_to_four") == {("led by none", "area"): (2, 3), ("led", "area"): (1, 3)}
    assert {(row["period_start"], row["period_end"]) for row in measured.to_pylist()} == {
        (dt.date(2025, 11, 28), dt.date(2026, 11, 27))
    }


def test_nobody_known_to_four_is_a_nought_with_no_rate(figures):
    measured = led_by_none(flags((0.0, None)), AS_AT)
    assert figures(measured, "people_known_to_four") == {("led by none", "area"): (0, 0), ("led", "area"): (0, 0)}
    assert measured["rate"].null_count == 2


@pytest.mark.parametrize("rows", [[], [(None, None)], [(1.0, FLAGGED), (None, None)]])
def test_a_missing_feed_that_leaves_it_open_for_anybody_leaves_the_figure_out(rows):
    assert led_by_none(flags(*rows), AS_AT).num_rows == 0


def test_the_report_says_how_many_are_led_by_none_beside_the_combinations() -> None:
    everybody = Figure("acute + community + primary_care + social_care", AREA, 3, 5)
    combinations = measure_rows(PEOPLE, COMBINATION, [everybody], year_before(AS_AT))
    led = led_by_none(flags((1.0, FLAGGED), (0.0, None), (1.0, FLAGGED), (0.0, LED), (0.0, None)), AS_AT)
    withheld = led.set_column(led.column_names.index("numerator"), "numerator", pa.array([None, None], pa.int64()))
    assert "Nobody is seen to lead the care of 2 people of them." in figure(together(combinations, led)).reading
    assert "is withheld" in figure(pa.concat_tables([combinations, withheld])).reading
    assert "lead" not in figure(combinations).reading
