"""NHS-number coverage: how often a source gives a number, gives a usable one, and says it was verified."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc

from measures.rows import AREA, Figure, Period, measure_rows, together
from schemas.aggregate import Measure
from schemas.nhs_number import NhsNumberKind, is_usable
from schemas.table import Rows

COMPLETENESS = "nhs_number_completeness"
VALIDITY = "nhs_number_validity"
VERIFIED = "nhs_number_verified"

# NHS NUMBER STATUS INDICATOR CODE 01, "Number present and verified" (NHS Data Dictionary).
VERIFIED_STATUS = "01"


def nhs_number_coverage(records: pa.Table, as_at: dt.date, *, synthetic: bool = False) -> Rows[Measure]:
    """Completeness, validity and verification of NHS numbers, by source, and by source and month where there is a month.

    `records` has one row per person record or activity row with `source`, `nhs_number_kind` (a name of
    `NhsNumberKind`; null counts as missing), `nhs_number_status` (null where the source has none) and, where wanted,
    `month` (date, first of the month).

    - completeness: rows in which any value stands, of all rows;
    - validity: rows whose value may be used as an NHS number, of those in which any value stands;
    - verified: rows with status 01, of those with a status; the rate is null where a source gives no status.

    Numbers from the test range are usable only where `synthetic`.
    """
    flags = _flags(records, synthetic)
    snapshot = _coverage(flags, "source", Period(as_at, as_at))
    if "month" not in flags.column_names:
        return snapshot
    months = sorted(month for month in pc.unique(flags["month"]).to_pylist() if month is not None)
    monthly = [_coverage(flags.filter(pc.equal(flags["month"], m)), "source and month", _month(m)) for m in months]
    return together(snapshot, *monthly)


def _flags(records: pa.Table, synthetic: bool) -> pa.Table:
    """Per row, as 0 or 1: a value present, a usable number, a status given, the status verified."""
    usable = pa.array([kind.value for kind in NhsNumberKind if is_usable(kind, synthetic=synthetic)], pa.string())
    kind = pc.fill_null(records["nhs_number_kind"].cast(pa.string()), NhsNumberKind.MISSING.value)
    status = records["nhs_number_status"].cast(pa.string())
    columns = {
        "source": records["source"].cast(pa.string()),
        "present": pc.not_equal(kind, NhsNumberKind.MISSING.value).cast(pa.int64()),
        "usable": pc.is_in(kind, value_set=usable).cast(pa.int64()),
        "stated": pc.is_valid(status).cast(pa.int64()),
        "verified": pc.fill_null(pc.equal(status, VERIFIED_STATUS), False).cast(pa.int64()),
    }
    if "month" in records.column_names:
        columns["month"] = records["month"]
    return pa.table(columns)


def _coverage(flags: pa.Table, breakdown: str, period: Period) -> Rows[Measure]:
    counted = flags.group_by("source").aggregate([("source", "count"), *((name, "sum") for name in FLAGS)])
    counts = [{key.removesuffix("_sum"): value for key, value in row.items()} for row in counted.to_pylist()]

    def measure(name: str, above: str, below: str) -> Rows[Measure]:
        return measure_rows(name, breakdown, (Figure(c["source"], AREA, c[above], c[below]) for c in counts), period)

    return together(
        measure(COMPLETENESS, "present", "source_count"),
        measure(VALIDITY, "usable", "present"),
        measure(VERIFIED, "verified", "stated"),
    )


FLAGS = ("present", "usable", "stated", "verified")


def _month(first: dt.date) -> Period:
    return Period(first, (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1))
