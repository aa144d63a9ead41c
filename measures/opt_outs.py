"""The share of people whom opt-outs keep out, of all and by group: whom the night's lists and figures do not speak for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from measures.rows import AREA, UNKNOWN, Figure, Period, measure_rows, together
from schemas.aggregate import Measure
from schemas.table import Rows

OPTED_OUT = "opted_out"
EVERYBODY = "all"
# Groups of people, as columns of PseudonymisedPerson; the practice stands as the organisation of its rows.
GROUPS = ("age_band", "gender", "ethnic_category", "deprivation_decile")
PRACTICE = "gp_practice"
NOT_KNOWN = "not known"  # as linkage's groups are named


def opt_out_shares(people: pa.Table, as_at: dt.date) -> Rows[Measure]:
    """People left out over all, of the whole area, by group and by practice. Nothing is suppressed yet.

    `people`: PseudonymisedPerson rows of those registered with a practice at `as_at`, or not, with the flag `left_out`. Those who
    have died or left by then are not counted.
    """
    gone = pc.or_(pc.is_valid(people["month_of_death"]), pc.is_valid(people["registered_to"]))
    here = people.filter(pc.invert(gone))
    whole = Period(as_at, as_at)
    flags = here["left_out"].cast(pa.int64())
    rows = [measure_rows(OPTED_OUT, EVERYBODY, [Figure(EVERYBODY, AREA, pc.sum(flags).as_py() or 0, here.num_rows)], whole)]
    rows += [
        measure_rows(
            OPTED_OUT, group, (Figure(name, AREA, out, of) for name, out, of in _counts(here[group], flags, NOT_KNOWN)), whole
        )
        for group in GROUPS
    ]
    practices = (Figure(EVERYBODY, name, out, of) for name, out, of in _counts(here["gp_practice_code"], flags, UNKNOWN))
    return together(*rows, measure_rows(OPTED_OUT, PRACTICE, practices, whole))


def _counts(values: Any, flags: Any, nothing: str) -> list[tuple[str, int, int]]:
    table = pa.table({"group": pc.fill_null(values.cast(pa.string()), nothing), "out": flags})
    rows = table.group_by("group").aggregate([("out", "sum"), ("out", "count")]).sort_by("group").to_pylist()
    return [(row["group"], row["out_sum"], row["out_count"]) for row in rows]
