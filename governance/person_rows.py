"""What crosses the wall of a person's records: which record speaks for her, and how coarse it becomes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.identifiable import Link
from schemas.pseudonymised import AGE_BANDS
from schemas.table import Rows

# Whose word counts first. The register; then sources that meet the person and keep her record; then returns of activity.
RECORD_ORDER = ("register", "gp", "asc_person", "cld", "csds", "mhsds", "sus_apc", "ecds", "sus_op")

# Taken from the next best record where the best is silent; practice and registration are the best record's own or nobody's:
# a proposal opens identity to the team of that practice.
FALL_BACK = ("date_of_birth", "gender", "ethnic_category", "lsoa_code", "date_of_death")
OWN = ("gp_practice_code", "registered_from", "registered_to")
NOT_KNOWN = {"gender": ("X", "0"), "ethnic_category": ("99",)}  # codes that say no more than an empty field, and give way

# Weakest last. One word for a person is the weakest of her links: need must not look lower where links are missing.
QUALITY_OF_STEP = {
    "register": "number",
    "judged": "demographic",  # clerks see the number too, but what brings a pair before them is that it was not enough
    "cross_check": "number",
    "confirmed_number": "number",
    "alphanumeric": "demographic",
    "unique_demographic": "demographic",
    "same_local_id": "demographic",
    "token_number": "number",
    "token_demographic": "demographic",
    "supplier_pseudonym": "number",  # the supplier made it of the number
    "probabilistic": "probabilistic",
    "review": "unlinked",
    "unlinked": "unlinked",
}
QUALITIES = ("number", "demographic", "probabilistic", "unlinked")


def best_records(people: pa.Table) -> pa.Table:
    """One row per person_id: columns person_id, FALL_BACK and OWN. `people` are PersonRecord rows with a person_id.

    Of a person's two register records (a superseded number's may still be there) the one that ends last speaks.
    """
    ordered = in_order(people)
    for name, codes in NOT_KNOWN.items():
        known = pc.if_else(pc.is_in(ordered[name], value_set=pa.array(codes)), None, ordered[name])
        ordered = ordered.append_column(f"known_{name}", known)
    falling = [f"known_{name}" if name in NOT_KNOWN else name for name in FALL_BACK]
    first = pc.ScalarAggregateOptions(skip_nulls=True, min_count=0)
    own = pc.ScalarAggregateOptions(skip_nulls=False, min_count=0)
    wanted = [(name, "first", first) for name in falling] + [(name, "first", own) for name in (*OWN, *NOT_KNOWN)]
    rows = ordered.group_by("person_id", use_threads=False).aggregate(wanted)
    columns = {name: rows[f"{name}_first"] for name in (*FALL_BACK, *OWN)}
    for name in NOT_KNOWN:
        columns[name] = pc.coalesce(rows[f"known_{name}_first"], rows[f"{name}_first"])
    return pa.table({"person_id": rows["person_id"], **columns})


def in_order(people: pa.Table) -> pa.Table:
    """The record that speaks first comes first."""
    columns = {
        "order": pc.index_in(people["source"], value_set=pa.array(RECORD_ORDER)),
        "until": pc.fill_null(people["registered_to"], dt.date.max),
        "from": pc.fill_null(people["registered_from"], dt.date.min),
        "id": people["local_patient_id"],
    }
    by = [("order", "ascending"), ("until", "descending"), ("from", "descending"), ("id", "ascending")]
    return people.take(pc.sort_indices(pa.table(columns), sort_keys=by))


def link_qualities(links: Rows[Link]) -> tuple[Any, Any]:
    """Person ids, and the word for each: the weakest of her links."""
    steps = pa.array(QUALITY_OF_STEP)
    weakness = pa.array([QUALITIES.index(word) for word in QUALITY_OF_STEP.values()], pa.int8())
    table = pa.table({"person_id": links["person_id"], "weakness": weakness.take(pc.index_in(links["step"], value_set=steps))})
    rows = table.group_by("person_id").aggregate([("weakness", "max")])
    return rows["person_id"], pa.array(QUALITIES).take(rows["weakness_max"].combine_chunks())


def age_bands(births: Any, as_at: dt.date) -> Any:
    """Five-year band of the age at `as_at`, 90+ at the top; null for an unknown or later date of birth."""
    day = pc.add(pc.multiply(pc.month(births), 100), pc.day(births))
    had_birthday = pc.less_equal(day, as_at.month * 100 + as_at.day)
    age = pc.subtract(pc.subtract(as_at.year, pc.year(births)), pc.if_else(had_birthday, 0, 1))
    band = pc.min_element_wise(pc.divide(age, 5), len(AGE_BANDS) - 1, skip_nulls=False)
    return pa.array(AGE_BANDS).take(_array(pc.if_else(pc.greater_equal(age, 0), band, None)))


def first_of_month(dates: Any) -> Any:
    """The first day of each date's month."""
    return pc.floor_temporal(dates, unit="month").cast(pa.date32())


def _array(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
