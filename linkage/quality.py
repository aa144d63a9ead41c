"""Linkage quality as counts: how each group's records were linked, so that an under-linked group does not read as a low user."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.aggregate import Measure
from schemas.identifiable import Match, PersonRecord
from schemas.pseudonymised import AGE_BANDS
from schemas.table import Rows

# Which steps each measure counts.
MEASURES: dict[str, tuple[str, ...]] = {
    "records_linked": (
        "cross_check", "confirmed_number", "alphanumeric", "unique_demographic", "probabilistic", "same_local_id"
    ),
    "records_linked_by_number": ("cross_check", "confirmed_number"),
    "records_linked_by_demographics": ("alphanumeric", "unique_demographic"),
    "records_linked_by_weight": ("probabilistic",),
    "records_linked_by_local_id": ("same_local_id",),
    "records_in_review": ("review",),
    "records_unlinked": ("unlinked",),
}  # fmt: skip
# Linked by number where no given name could gainsay it: a twin holding her sister's number is not seen here.
NAMELESS_MEASURE = "records_linked_by_number_unseen_name"

NOT_KNOWN = "not known"
BAND_YEARS = 5
DAYS_IN_A_YEAR = 365.2425


def link_quality(records: Rows[PersonRecord], matches: Rows[Match], as_at: datetime.date) -> Rows[Measure]:
    """Measure rows for the sources' records, by source, age band, gender, ethnic category and whether a number is present.

    `records` counts them; each name in `MEASURES` counts those that its steps decided, over all records of the group.

    Age, gender and ethnic category are what the record itself says (`not known` where it says nothing), as an unlinked record
    has nothing else. The register's own records are left out. Raw counts: `governance.disclosure` suppresses small numbers.
    """
    records = records.filter(pc.not_equal(records["source"], "register"))
    decided = _in_order_of(records, matches)
    nameless = _numbered(decided["step"], MEASURES["records_linked_by_number"])
    nameless = pc.and_(nameless, pc.fill_null(pc.match_substring(decided["evidence"], " given=missing"), False))
    flags = {name: _numbered(decided["step"], steps) for name, steps in MEASURES.items()} | {NAMELESS_MEASURE: nameless}
    rows = []
    for breakdown, values in _breakdowns(records, as_at).items():
        table = pa.table({"category": pc.fill_null(values, NOT_KNOWN), **flags})
        counts = table.group_by("category").aggregate([(name, "sum") for name in flags] + [([], "count_all")])
        for row in counts.sort_by("category").to_pylist():
            total = row["count_all"]
            counted = [("records", total, None), *((name, row[f"{name}_sum"], total) for name in flags)]
            rows += [_measure(breakdown, row["category"], figure, as_at) for figure in counted]
    return Measure.sort(Measure.validate(pa.Table.from_pylist(rows, schema=Measure.arrow_schema())))


def age_bands(dates_of_birth: Any, as_at: datetime.date) -> pa.Array:
    """Five-year band at `as_at` of an Arrow column of dates of birth; null where missing or after `as_at`."""
    days = pc.subtract(pa.scalar(as_at, pa.date32()).cast(pa.int32()), dates_of_birth.cast(pa.int32()))
    age = np.floor(pc.fill_null(days, -1).to_numpy() / DAYS_IN_A_YEAR)
    band = np.clip(age // BAND_YEARS, -1, len(AGE_BANDS) - 1).astype(np.int64)
    return pa.array(AGE_BANDS, pa.string()).take(pa.array(band, mask=band < 0))


def _breakdowns(records: pa.Table, as_at: datetime.date) -> dict[str, Any]:
    has_number = pc.if_else(pc.is_valid(records["nhs_number"]), "present", "not present")
    return {
        "source": records["source"],
        "age_band": age_bands(records["date_of_birth"], as_at),
        "gender": records["gender"],
        "ethnic_category": records["ethnic_category"],
        "nhs_number": has_number,
    }


def _in_order_of(records: pa.Table, matches: pa.Table) -> pa.Table:
    """Step and evidence of each record."""
    keys = records.select(["source", "local_patient_id"]).append_column("row", pa.array(np.arange(records.num_rows)))
    found = keys.join(matches.select([*Match.key, "step", "evidence"]), list(Match.key), join_type="left outer")
    return found.sort_by("row")


def _numbered(steps: Any, wanted: tuple[str, ...]) -> Any:
    return pc.is_in(steps, value_set=pa.array(wanted, pa.string()))


def _measure(breakdown: str, category: str, figure: tuple[str, int, int | None], as_at: datetime.date) -> dict[str, Any]:
    """A measure row from (name, numerator, denominator)."""
    name, count, total = figure
    return {
        "measure": name, "breakdown": breakdown, "category": category, "organisation": "area",
        "period_start": as_at, "period_end": as_at, "numerator": count, "denominator": total,
        "rate": None if total is None else count / total, "suppressed": False,
    }  # fmt: skip
