"""How old each feed is."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.report.charts.bars import Bar, bars
from measures.report.figure import Figure, Panel
from measures.report.theme import AMBER, BLUE
from measures.report.words import NO_FIGURE, SOURCES, day, listed, name_of, plural, whole

CURRENT = "current"


def figure(feeds: pa.Table) -> Figure:
    """Age in days of each source's data, and what the night used instead where a source did not come."""
    rows = sorted(feeds.to_pylist(), key=lambda row: (-1 if row["age_days"] is None else row["age_days"], row["source"]))
    late = [name_of(SOURCES, row["source"]) for row in rows if row["state"] != CURRENT]
    reading = (
        f"Not current: {listed(late)}. A long bar means that recent events are not in tonight's lists."
        if late
        else "Every feed is as fresh as it should be. A long bar means that recent events are not in tonight's lists."
    )
    drawn = [Bar(name_of(SOURCES, row["source"]), row["age_days"], _age(row), _colour(row)) for row in rows]
    return Figure(
        key="feed-age",
        title="Days since the last date each feed speaks of",
        reading=reading,
        panels=[Panel(lambda width: bars(drawn, width), "Bar chart. " + "; ".join(f"{bar.label}: {bar.text}" for bar in drawn))],
        legend=[(BLUE, "current"), (AMBER, "not current")] if late else (),
        columns=("Feed", "State", "Data to", "Age in days", "Files", "Rows", "In quarantine", "What the night did"),
        rows=[_cells(row) for row in rows],
        numeric=range(3, 7),
    )


def _age(row: dict[str, Any]) -> str:
    if row["age_days"] is None:
        return str(row["state"])
    age = plural(row["age_days"], "day")
    return age if row["state"] == CURRENT else f"{age}, {row['state']}"


def _colour(row: dict[str, Any]) -> str:
    return BLUE if row["state"] == CURRENT else AMBER


def _cells(row: dict[str, Any]) -> list[str]:
    age = NO_FIGURE if row["age_days"] is None else str(row["age_days"])
    counts = [whole(row[name]) for name in ("files", "rows", "rejected")]
    name = name_of(SOURCES, row["source"])
    return [name, row["state"], day(row["data_to"]), age, *counts, row["message"] or NO_FIGURE]
