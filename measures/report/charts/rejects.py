"""Rows in quarantine, by source and rule."""

from __future__ import annotations

import pyarrow as pa

from measures.report.charts.bars import Bar, bars
from measures.report.figure import Figure, Panel
from measures.report.words import SOURCES, name_of, plural, whole

SHOWN = 15


def figure(rejects: pa.Table) -> Figure:
    """The rules that refused most rows; all of them in the table."""
    rows = sorted(rejects.to_pylist(), key=lambda row: (-(row["count"] or 0), row["source"], row["rule"]))
    drawn = [Bar(f"{name_of(SOURCES, row['source'])}: {row['rule']}", row["count"], whole(row["count"])) for row in rows[:SHOWN]]
    total = sum(row["count"] or 0 for row in rows)
    reading = (
        f"{plural(total, 'row')} broke a rule and stayed out of the night. The longest bars are worth a call to the supplier."
        if rows
        else "No row broke a rule."
    )
    words = "; ".join(f"{bar.label}: {bar.text}" for bar in drawn)
    return Figure(
        key="quarantine",
        title="Rows put in quarantine, by the rule they broke",
        reading=reading,
        panels=[Panel(lambda width: bars(drawn, width), f"Bar chart. {words}")] if drawn else (),
        columns=("Source", "Rule", "Rows"),
        rows=[[name_of(SOURCES, row["source"]), row["rule"], whole(row["count"])] for row in rows],
        numeric=range(2, 3),
    )
