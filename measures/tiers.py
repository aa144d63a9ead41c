"""Tiers by locality, and how full each professional's list is."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pyarrow as pa

from measures.rows import AREA, UNKNOWN, Figure, Period, measure_rows, together
from schemas.aggregate import Measure
from schemas.pseudonymised import TIERS
from schemas.table import Rows

IN_TIER = "people_in_tier"
PROPOSED = "proposed_people"
UNPLACED = "people_without_professional"


def tiers_by_locality(selection: pa.Table, as_at: dt.date) -> Rows[Measure]:
    """People in each tier, of all people of the locality, and of the area.

    `selection` has `tier` and `locality` (null is `unknown`) and one row per person. The rate of `case management` is
    the share of the population in case management. Every tier has a row, also with nobody in it.
    """
    localities = [place or UNKNOWN for place in selection["locality"].to_pylist()]
    tiers = selection["tier"].to_pylist()
    counts = Counter(zip(localities, tiers, strict=True)) + Counter((AREA, tier) for tier in tiers)
    population = Counter(localities) + Counter({AREA: len(tiers)})
    figures = (Figure(tier, place, counts[place, tier], population[place]) for place in population for tier in TIERS)
    return measure_rows(IN_TIER, "tier", figures, Period(as_at, as_at))


def proposals_per_professional(proposals: pa.Table, professionals: pa.Table, as_at: dt.date) -> Rows[Measure]:
    """People proposed to each professional, of the people they have room for; and people nobody had room for.

    `professionals` has `professional_id`, `team`, `role` and `capacity`. The breakdown is their role, the category their
    id and the organisation their team; `people_without_professional` counts the unplaced of the area, of all the people
    who should have had one.
    """
    held = Counter(proposals["accountable_professional_id"].to_pylist() + proposals["coordinator_id"].to_pylist())
    now = Period(as_at, as_at)
    tables = []
    everyone = professionals.to_pylist()
    for role in sorted({person["role"] for person in everyone}):
        ones = (person for person in everyone if person["role"] == role)
        full = (Figure(p["professional_id"], p["team"], held[p["professional_id"]], p["capacity"]) for p in ones)
        tables.append(measure_rows(PROPOSED, role, full, now))
    unplaced = proposals["accountable_professional_id"].null_count
    nobody = [Figure("no accountable professional", AREA, unplaced, proposals.num_rows)]
    return together(*tables, measure_rows(UNPLACED, "proposal", nobody, now))
