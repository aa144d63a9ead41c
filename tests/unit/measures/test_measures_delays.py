"""Days of delay: midnights between ready and gone, shared out over the months."""

from __future__ import annotations

import datetime as dt

import pytest

from measures.delays import delayed_discharges

AS_AT = dt.date(2026, 3, 15)


def by_month(table, measure="delayed_days_own_definition"):
    rows = (row for row in table.to_pylist() if row["measure"] == measure)
    return {(row["period_start"].isoformat()[:7], row["category"]): (row["numerator"], row["denominator"]) for row in rows}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-10", "2026-01-12", {"2026-01": 2}),
        ("2026-01-10", "2026-01-10", {}),  # left the day she was ready
        ("2026-01-31", "2026-02-01", {"2026-01": 1}),  # the midnight belongs to the day that ends
        ("2026-01-30", "2026-02-03", {"2026-01": 2, "2026-02": 2}),
        ("2026-02-27", None, {"2026-02": 2}),  # still waiting: counted to the last whole month
        ("2026-02-27", "2027-01-01", {"2026-02": 2}),
        ("2025-01-01", "2025-02-01", {}),  # longer ago than a year
        ("2026-03-10", None, {}),  # this month is not whole yet
    ],
)
def test_days_fall_into_months(drawn, start, end, expected):
    event = ("ann", "delayed_discharge", start, end, None, {"delay_attribution": "NHS"})
    measured = by_month(delayed_discharges(drawn.events(event), AS_AT))
    assert measured == {(month, "NHS"): (days, 1) for month, days in expected.items()}


def test_by_attribution_and_people(drawn):
    events = drawn.events(
        ("ann", "delayed_discharge", "2026-01-01", "2026-01-05", None, {"delay_attribution": "SOCIAL_CARE"}),
        ("ann", "delayed_discharge", "2026-01-11", "2026-01-12", None, {"delay_attribution": "SOCIAL_CARE"}),
        ("ben", "delayed_discharge", "2026-01-01", "2026-01-03", None, {"delay_attribution": "SOCIAL_CARE"}),
        ("cat", "delayed_discharge", "2026-01-01", "2026-01-03", None, None),
        ("cat", "outpatient", "2026-01-01", "2026-01-03", None, None),
    )
    measured = delayed_discharges(events, AS_AT, months=2)
    assert by_month(measured) == {("2026-01", "SOCIAL_CARE"): (7, 2), ("2026-01", "UNKNOWN"): (2, 1)}
    people = by_month(measured, "delayed_people_own_definition")
    assert people == {("2026-01", "SOCIAL_CARE"): (2, None), ("2026-01", "UNKNOWN"): (1, None)}


def test_nobody_delayed(drawn):
    assert delayed_discharges(drawn.events(), AS_AT).num_rows == 0
