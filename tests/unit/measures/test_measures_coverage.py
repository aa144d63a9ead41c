"""Completeness, validity and verification, each with its own denominator."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from measures.coverage import nhs_number_coverage

AS_AT = dt.date(2026, 1, 31)
JANUARY, FEBRUARY = dt.date(2026, 1, 1), dt.date(2024, 2, 1)

RECORDS = pa.Table.from_pylist(
    [
        {"source": "ecds", "nhs_number_kind": "valid", "nhs_number_status": "01", "month": JANUARY},
        {"source": "ecds", "nhs_number_kind": "placeholder", "nhs_number_status": "03", "month": JANUARY},
        {"source": "ecds", "nhs_number_kind": "missing", "nhs_number_status": "07", "month": FEBRUARY},
        {"source": "ecds", "nhs_number_kind": None, "nhs_number_status": None, "month": None},
        {"source": "gp", "nhs_number_kind": "test_range", "nhs_number_status": None, "month": FEBRUARY},
    ]
)


def rates(table: pa.Table, breakdown: str = "source") -> dict[tuple[str, str], object]:
    rows = (row for row in table.to_pylist() if row["breakdown"] == breakdown)
    return {(row["measure"].removeprefix("nhs_number_"), row["category"]): row["rate"] for row in rows}


def test_each_rate_has_its_own_denominator():
    assert rates(nhs_number_coverage(RECORDS.drop_columns("month"), AS_AT)) == {
        ("completeness", "ecds"): 2 / 4,  # valid and placeholder are values; missing and null are not
        ("validity", "ecds"): 1 / 2,  # of the two values
        ("verified", "ecds"): 1 / 3,  # of the three records with a status
        ("completeness", "gp"): 1.0,
        ("validity", "gp"): 0.0,  # a test number is not a person's
        ("verified", "gp"): None,  # the source has no status
    }


def test_test_numbers_are_usable_among_made_up_people():
    assert rates(nhs_number_coverage(RECORDS, AS_AT, synthetic=True))["validity", "gp"] == 1.0


def test_months_come_beside_the_snapshot():
    measured = nhs_number_coverage(RECORDS, AS_AT)
    monthly = [row for row in measured.to_pylist() if row["breakdown"] == "source and month"]
    assert {(row["period_start"], row["period_end"]) for row in monthly} == {
        (JANUARY, AS_AT),
        (FEBRUARY, dt.date(2024, 2, 29)),
    }
    complete = {(r["category"], r["period_start"]): r["rate"] for r in monthly if r["measure"] == "nhs_number_completeness"}
    assert complete == {("ecds", JANUARY): 1.0, ("ecds", FEBRUARY): 0.0, ("gp", FEBRUARY): 1.0}
    assert rates(measured) == rates(nhs_number_coverage(RECORDS.drop_columns("month"), AS_AT))


def test_dictionary_columns_and_any_order_give_the_same():
    encoded = pa.table({name: RECORDS[name].combine_chunks() for name in RECORDS.column_names})
    encoded = encoded.set_column(1, "nhs_number_kind", encoded["nhs_number_kind"].dictionary_encode())
    backwards = encoded.take(list(reversed(range(encoded.num_rows))))
    assert nhs_number_coverage(backwards, AS_AT) == nhs_number_coverage(RECORDS, AS_AT)


def test_no_records_no_rows():
    assert nhs_number_coverage(RECORDS.slice(0, 0), AS_AT).num_rows == 0
