"""NHS-number coverage: how often a source gives a number, a usable one, a verified one, and how often linkage could go by it.

The national condition asks of every service whether the NHS number is its primary identifier, and if not, by when: so the
figures come by month of contact, too.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from measures.rows import AREA, Figure, Period, measure_rows, month_of, together, whole_months
from schemas.aggregate import Measure
from schemas.nhs_number import NhsNumberKind, is_usable
from schemas.table import Rows

COMPLETENESS = "nhs_number_completeness"
VALIDITY = "nhs_number_validity"
VERIFIED = "nhs_number_verified"
LINKED = "nhs_number_linked"

BY_SOURCE, BY_MONTH = "source", "source and month"

# NHS NUMBER STATUS INDICATOR CODE 01, "Number present and verified" (NHS Data Dictionary).
VERIFIED_STATUS = "01"
# Steps of the cascade that rest on the number.
STEPS_BY_NUMBER = pa.array(["cross_check", "confirmed_number"])
# No contact: a row for everybody registered, every time the extract is taken.
SNAPSHOT = "gp_snapshot"

PERSON = ("source", "local_patient_id")
SAID = ("nhs_number_kind", "nhs_number_status", "step")


def nhs_number_coverage(records: pa.Table, as_at: dt.date, *, synthetic: bool = False) -> Rows[Measure]:
    """Completeness, validity, verification and use of NHS numbers, by source, and by source and month where there is a month.

    `records` has one row per person record or activity row with `source`, `nhs_number_kind` (a name of
    `NhsNumberKind`; null counts as missing), `nhs_number_status` (null where the source has none) and, where wanted,
    `step` (of the cascade that decided the record), `month` (date, first of the month) and `rows` (how many the row stands for).

    - completeness: rows in which any value stands, of all rows;
    - validity: rows whose value may be used as an NHS number, of those in which any value stands;
    - verified: rows with status 01, of those with a status; the rate is null where a source gives no status;
    - linked: rows that cross-check or confirmed number linked, of all rows; no figure for the register, which is linked to.

    Numbers from the test range are usable only where `synthetic`.
    """
    flags = _flags(records, synthetic)
    snapshot = _coverage(flags, BY_SOURCE, Period(as_at, as_at))
    return together(snapshot, *_monthly(flags)) if "month" in flags.column_names else snapshot


def nhs_number_coverage_by_month(
    activity: nw.LazyFrame[Any], records: nw.LazyFrame[Any], as_at: dt.date, *, months: int = 12, synthetic: bool = False
) -> Rows[Measure]:
    """The same four measures by source and month of contact, over the last whole `months` before `as_at`.

    `activity` has columns source, local_patient_id, activity_type, start_date; `records` source, local_patient_id,
    nhs_number_kind, nhs_number_status, step. Counted are people as a source knows them, once in every month in which a contact
    of theirs began; a registered patient's monthly snapshot is no contact. What is said of a number is what the source knew on
    `as_at`, so a number found since counts for the earlier months too. Somebody without a record has no number.
    """
    periods = whole_months(as_at, months)
    start = nw.col("start_date")
    seen = activity.filter(
        (nw.col("activity_type") != SNAPSHOT) & (start >= nw.lit(periods[-1].start)) & (start <= nw.lit(periods[0].end))
    )
    people = seen.select(*PERSON, month=start.dt.truncate("1mo").cast(nw.Date)).unique()
    known = people.join(records.select(*PERSON, *SAID), on=list(PERSON), how="left")
    counted = known.group_by("source", "month", *SAID).agg(rows=nw.len().cast(nw.Int64))
    return together(*_monthly(_flags(counted.collect("pyarrow").to_native(), synthetic)))


def _monthly(flags: pa.Table) -> list[Rows[Measure]]:
    months = sorted(month for month in pc.unique(flags["month"]).to_pylist() if month is not None)
    return [_coverage(flags.filter(pc.equal(flags["month"], month)), BY_MONTH, month_of(month)) for month in months]


def _flags(records: pa.Table, synthetic: bool) -> pa.Table:
    """Per row, how many: rows, values present, usable numbers, statuses given, verified ones, links by number."""
    usable = pa.array([kind.value for kind in NhsNumberKind if is_usable(kind, synthetic=synthetic)], pa.string())
    kind = pc.fill_null(records["nhs_number_kind"].cast(pa.string()), NhsNumberKind.MISSING.value)
    status = records["nhs_number_status"].cast(pa.string())
    flags = {
        "present": pc.not_equal(kind, NhsNumberKind.MISSING.value),
        "usable": pc.is_in(kind, value_set=usable),
        "stated": pc.is_valid(status),
        "verified": pc.fill_null(pc.equal(status, VERIFIED_STATUS), False),
    }
    if "step" in records.column_names:
        flags["linked"] = pc.is_in(records["step"].cast(pa.string()), value_set=STEPS_BY_NUMBER)
    ones = pa.repeat(pa.scalar(1), records.num_rows)
    rows = records["rows"] if "rows" in records.column_names else ones
    counts = {name: pc.multiply(flag.cast(pa.int64()), rows) for name, flag in flags.items()}
    months = {"month": records["month"]} if "month" in records.column_names else {}
    return pa.table({"source": records["source"].cast(pa.string()), "rows": rows, **counts, **months})


def _coverage(flags: pa.Table, breakdown: str, period: Period) -> Rows[Measure]:
    names = [name for name in flags.column_names if name not in ("source", "month")]
    counted = flags.group_by("source").aggregate([(name, "sum") for name in names])
    counts = [{key.removesuffix("_sum"): value for key, value in row.items()} for row in counted.to_pylist()]

    def measure(name: str, above: str, below: str, *left_out: str) -> Rows[Measure]:
        figures = (Figure(c["source"], AREA, c[above], c[below]) for c in counts if above in c and c["source"] not in left_out)
        return measure_rows(name, breakdown, figures, period)

    return together(
        measure(COMPLETENESS, "present", "rows"),
        measure(VALIDITY, "usable", "present"),
        measure(VERIFIED, "verified", "stated"),
        measure(LINKED, "linked", "rows", "register"),
    )
