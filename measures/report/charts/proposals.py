"""How many people are proposed to each professional, beside how many they have room for."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.report.charts.bars import Bar, bars
from measures.report.figure import Figure, Panel
from measures.report.words import percent, plural, whole
from measures.tiers import PROPOSED, UNPLACED

SHOWN = 40
ACCOUNTABLE = "accountable professional"


def figure(proposals: pa.Table) -> Figure:
    """Accountable professionals, fullest first; coordinators stand in the table."""
    rows = [row for row in proposals.to_pylist() if row["measure"] == PROPOSED]
    rows.sort(key=lambda row: (row["breakdown"], -(row["rate"] or 0), row["organisation"], row["category"]))
    accountable = [row for row in rows if row["breakdown"] == ACCOUNTABLE]
    drawn = [Bar(row["category"], row["numerator"], _text(row), mark=row["denominator"]) for row in accountable[:SHOWN]]
    words = "; ".join(f"{bar.label}: {bar.text}" for bar in drawn)
    return Figure(
        key="proposals-per-professional",
        title="People proposed to each accountable professional",
        reading=_reading(accountable, proposals),
        panels=[Panel(lambda width: bars(drawn, width), f"Bar chart with a tick at each capacity. {words}")] if drawn else (),
        columns=("Professional", "Team", "Role", "Proposed", "Capacity", "Full"),
        rows=[_cells(row) for row in rows],
        numeric=range(3, 6),
    )


def unplaced(proposals: pa.Table) -> dict[str, Any]:
    """The row of people without a professional; empty where there is none."""
    return next((row for row in proposals.to_pylist() if row["measure"] == UNPLACED), {})


def _reading(accountable: list[dict[str, Any]], proposals: pa.Table) -> str:
    without = unplaced(proposals)
    count = without.get("numerator")
    left = "" if not without else f" {'*' if count is None else plural(count, 'person', 'people')} had no place."
    more = f" The {SHOWN} fullest of {len(accountable)} lists are drawn." if len(accountable) > SHOWN else ""
    above = any((row["numerator"] or 0) > (row["denominator"] or 0) for row in accountable)
    rounded = " Counts are rounded, so a bar can end a little beyond its tick." if above else ""
    return f"The dark tick is the number of people they have room for. A proposal is not yet a decision.{left}{more}{rounded}"


def _text(row: dict[str, Any]) -> str:
    return f"{whole(row['numerator'])} of {whole(row['denominator'])}"


def _cells(row: dict[str, Any]) -> list[str]:
    counts = [whole(row["numerator"]), whole(row["denominator"]), percent(row["rate"], withheld=row["suppressed"])]
    return [row["category"], row["organisation"], row["breakdown"], *counts]
