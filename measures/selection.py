"""What selection came to: the national condition, why people are in a tier or in none, and how many are of rising risk."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pyarrow as pa

from measures.rows import AREA, UNKNOWN, Figure, Period, measure_rows, together
from schemas.aggregate import Measure
from schemas.pseudonymised import TIER_REASONS, TIERS
from schemas.table import Rows

# The Better Care Fund's condition as the seed papers have it: the share of the population in case management with an
# accountable professional, and the share in supported self-management.
NATIONAL, SUPPORTED = "national_condition", TIERS[2]
WITH_PROFESSIONAL = "case management with an accountable professional"
REASONS, EXCLUDED, RISING = "people_by_tier_reason", "people_excluded", "people_of_rising_risk"
BREAKDOWNS = ("national condition", "tier reason", "exclusion", "rising risk")


def selection_measures(selection: pa.Table, proposals: pa.Table, as_at: dt.date) -> Rows[Measure]:
    """Four measures of one night, over all people of the selection.

    `national_condition`, by locality and for the area: people in case management who are proposed to an accountable
    professional, and people in supported self-management, of all people. `people_by_tier_reason` and `people_excluded` for the
    area: why people are where they are, and which rule left them out. `people_of_rising_risk` by locality and for the area.
    `proposals` are Proposal rows; a row without an accountable professional counts as none.
    """
    rows = selection.select(["pseudonym", "locality", "tier", "reason", "exclusion", "rising_place"]).to_pylist()
    placed = proposals.filter(proposals["accountable_professional_id"].is_valid())
    led = set(placed["pseudonym"].to_pylist())
    population, counts = Counter[str](), Counter[tuple[str, str]]()
    for row in rows:
        for place in (row["locality"] or UNKNOWN, AREA):
            population[place] += 1
            counts[WITH_PROFESSIONAL, place] += row["tier"] == TIERS[0] and row["pseudonym"] in led
            counts[SUPPORTED, place] += row["tier"] == SUPPORTED
            counts[RISING, place] += row["rising_place"] is not None
    reasons = Counter(row["reason"] for row in rows)
    excluded = Counter(row["exclusion"] for row in rows if row["exclusion"])
    of, now = population[AREA], Period(as_at, as_at)
    places = sorted(population)
    national = (
        Figure(each, place, counts[each, place], population[place]) for each in (WITH_PROFESSIONAL, SUPPORTED) for place in places
    )
    return together(
        measure_rows(NATIONAL, BREAKDOWNS[0], national, now),
        measure_rows(REASONS, BREAKDOWNS[1], (Figure(each, AREA, reasons[each], of) for each in TIER_REASONS), now),
        measure_rows(EXCLUDED, BREAKDOWNS[2], (Figure(each, AREA, excluded[each], of) for each in sorted(excluded)), now),
        measure_rows(
            RISING,
            BREAKDOWNS[3],
            (Figure("rising risk", place, counts[RISING, place], population[place]) for place in places),
            now,
        ),
    )
