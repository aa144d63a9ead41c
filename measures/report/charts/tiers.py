"""Tiers of need by locality."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.report.charts.stacks import Part, stacks
from measures.report.figure import Figure, Panel
from measures.report.theme import BLUE, DARK_BLUE, PALE_BLUE
from measures.report.words import percent, place_name, whole
from measures.rows import AREA
from measures.tiers import IN_TIER
from schemas.pseudonymised import TIERS

COLOURS = dict(zip(TIERS, (DARK_BLUE, BLUE, PALE_BLUE), strict=False))
TOP_TIER = TIERS[0]


def figure(tiers: pa.Table) -> Figure:
    """Share of each locality's people in each tier; people in no tier fill what is left of 100%."""
    found = {(row["organisation"], row["category"]): row for row in tiers.to_pylist() if row["measure"] == IN_TIER}
    places = [AREA, *sorted({place for place, _ in found} - {AREA})]
    drawn = [place for place in places if any(place == known for known, _ in found)]
    parts = [Part(place_name(place), _rate(found, place, tier), colour) for place in drawn for tier, colour in COLOURS.items()]
    longest = max((sum(_rate(found, place, tier) for tier in COLOURS) for place in drawn), default=0) or 1
    area = found.get((AREA, TOP_TIER), {})
    share = percent(area.get("rate"), withheld=bool(area.get("suppressed")))
    words = [f"{place_name(place)}: {_words(found, place)}" for place in drawn]
    return Figure(
        key="tiers-by-locality",
        title="Share of people in each tier, by locality",
        reading=f"Tiers are cut by capacity within each locality, so the bars are alike unless capacity is not. "
        f"{share} of all people are in case management.",
        panels=[Panel(lambda width: stacks(parts, width, full=longest * 1.05), "Stacked bar chart. " + "; ".join(words))],
        legend=[(colour, tier) for tier, colour in COLOURS.items()],
        columns=("Place", "Tier", "People", "Share of people"),
        rows=[_cells(found[place, tier]) for place in places for tier in TIERS if (place, tier) in found],
        numeric=range(2, 4),
    )


def _rate(found: dict[tuple[str, str], dict[str, Any]], place: str, tier: str) -> float:
    return float(found.get((place, tier), {}).get("rate") or 0)


def _words(found: dict[tuple[str, str], dict[str, Any]], place: str) -> str:
    return ", ".join(f"{tier} {percent(_rate(found, place, tier))}" for tier in COLOURS)


def _cells(row: dict[str, Any]) -> list[str]:
    share = percent(row["rate"], withheld=row["suppressed"])
    return [place_name(row["organisation"]), row["category"], whole(row["numerator"]), share]
