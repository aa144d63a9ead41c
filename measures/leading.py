"""People known to four of the five sectors or to all, and how many of them nobody is seen to lead."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from measures.rows import AREA, Figure, measure_rows, together, year_before
from schemas.aggregate import Measure
from schemas.table import Rows

KNOWN_TO_FOUR, LEADING = "people_known_to_four", "leading"
BY_NONE, BY_SOMEBODY = "led by none", "led"


def led_by_none(flags: pa.Table, as_at: dt.date) -> Rows[Measure]:
    """People of the area by whether somebody leads their care, of all who used four sectors or five in the year before `as_at`.

    `flags` has a row per person: `value` 1 where nobody leads, 0 for others, null where a missing feed leaves it open; `band`,
    given of those known to four sectors alone. No rows where it is open for anybody: a count of the rest would look like an
    answer.
    """
    values, bands = flags["value"].to_pylist(), flags["band"].to_pylist()
    if not values or None in values:
        return together()
    known = [value for value, band in zip(values, bands, strict=True) if band is not None]
    none = sum(value == 1 for value in known)
    counts = ((BY_NONE, none), (BY_SOMEBODY, len(known) - none))
    figures = (Figure(category, AREA, count, len(known)) for category, count in counts)
    return measure_rows(KNOWN_TO_FOUR, LEADING, figures, year_before(as_at))
