"""Tiers by locality, lists by professional."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from measures.selection import selection_measures
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


def test_the_national_condition_and_why_people_are_where_they_are(figures):
    """Of four people of the North one is led and one supports herself; without a place nobody is led."""
    rows = [
        ("a", "North", "case management", "by rank", None, None),
        ("b", "North", "case management", "stays", None, None),
        ("c", "North", "supported self-management", "waits", None, 1),
        ("d", "North", "none", "excluded", "child", None),
        ("e", None, "none", "no locality", None, None),
    ]
    names = ("pseudonym", "locality", "tier", "reason", "exclusion", "rising_place")
    selection = pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
    proposals = pa.table({"pseudonym": ["a", "b"], "accountable_professional_id": ["nurse-1", None]})
    measured = selection_measures(selection, proposals, AS_AT)
    led = "case management with an accountable professional"
    assert figures(measured, "national_condition") == {
        (led, "area"): (1, 5), (led, "North"): (1, 4), (led, "unknown"): (0, 1),
        ("supported self-management", "area"): (1, 5), ("supported self-management", "North"): (1, 4),
        ("supported self-management", "unknown"): (0, 1),
    }  # fmt: skip
    reasons = figures(measured, "people_by_tier_reason")
    assert sum(numerator for numerator, _ in reasons.values()) == 5
    assert (reasons["stays", "area"], reasons["waits", "area"], reasons["minimum stay", "area"]) == ((1, 5), (1, 5), (0, 5))
    assert figures(measured, "people_excluded") == {("child", "area"): (1, 5)}
    assert figures(measured, "people_of_rising_risk")["rising risk", "North"] == (1, 4)
