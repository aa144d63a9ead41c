"""Tiers by locality, lists by professional."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from measures.tiers import proposals_per_professional, tiers_by_locality

AS_AT = dt.date(2026, 1, 31)


def test_every_tier_of_every_locality_and_of_the_area(figures):
    selection = pa.table(
        {
            "locality": ["North", "North", "South", None],
            "tier": ["case management", "none", "none", "care navigation"],
        }
    )
    counted = figures(tiers_by_locality(selection, AS_AT), "people_in_tier")
    assert len(counted) == 4 * 4
    assert counted["case management", "area"] == (1, 4)
    assert counted["case management", "North"] == (1, 2)
    assert counted["case management", "South"] == (0, 1)
    assert counted["care navigation", "unknown"] == (1, 1)


def test_how_full_each_list_is(figures):
    proposals = pa.table(
        {
            "accountable_professional_id": ["nurse-1", "nurse-1", None],
            "coordinator_id": ["coord-1", None, None],
        }
    )
    professionals = pa.table(
        {
            "professional_id": ["nurse-1", "nurse-2", "coord-1"],
            "team": ["north", "north", "north"],
            "role": ["accountable professional", "accountable professional", "coordinator"],
            "capacity": [50, 0, 100],
        }
    )
    measured = proposals_per_professional(proposals, professionals, AS_AT)
    assert figures(measured, "proposed_people") == {
        ("nurse-1", "north"): (2, 50), ("nurse-2", "north"): (0, 0), ("coord-1", "north"): (1, 100),
    }  # fmt: skip
    assert figures(measured, "people_without_professional") == {("no accountable professional", "area"): (1, 3)}
    assert {row["breakdown"] for row in measured.to_pylist()} == {"accountable professional", "coordinator", "proposal"}
    assert next(row["rate"] for row in measured.to_pylist() if row["category"] == "nurse-2") is None
