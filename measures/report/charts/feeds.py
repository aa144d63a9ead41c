"""How old each feed is."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.report.charts.bars import Bar, bars
from measures.report.figure import Figure, Panel
from measures.report.theme import AMBER, BLUE
from measures.report.words import NO_FIGURE, SOURCES, day, listed, name_of, plural, whole

CURRENT, MISSING = "current", "missing"
IN_WORDS = {MISSING: "not delivered", "barred": "not read: no legal basis"}


def figure(feeds: pa.Table) -> Figure:
    """Age in days of each source's data, and what the night used instead where a source did not come."""
    rows = sorted(feeds.to_pylist(), key=lambda row: (-1 if row["age_days"] is None else row["age_days"], row["source"]))
    late = in_words(rows) or "Every feed is as fresh as it should be."
    amber = any(row["age_days"] and row["state"] != CURRENT for row in rows)
    drawn = [Bar(name_of(SOURCES, row["source"]), row["age_days"], _age(row), _colour(row)) for row in rows]
    return Figure(
        key="feed-age",
        title="Days since the last date each feed speaks of",
        reading=f"{late} A long bar means that recent events are not in tonight's lists.",
        panels=[Panel(lambda width: bars(drawn, width), "Bar chart. " + "; ".join(f"{bar.label}: {bar.text}" for bar in drawn))],
        legend=[(BLUE, "current"), (AMBER, "not current")] if amber else (),
        columns=("Feed", "State", "Data to", "Age in days", "Files", "Rows", "In quarantine", "What the night did"),
        rows=[_cells(row) for row in rows],
        numeric=range(3, 7),
    )


def in_words(rows: list[dict[str, Any]]) -> str:
    """Which feeds did not come, and which came and are not current, in the order of the rows; empty where all are."""
    missing = [name_of(SOURCES, row["source"]) for row in rows if row["state"] == MISSING]
    late = [f"{name_of(SOURCES, row['source'])} ({_state(row)})" for row in rows if row["state"] not in (CURRENT, MISSING)]
    told = [("Not delivered", missing), ("Not current", late)]
    return " ".join(f"{label}: {listed(names)}." for label, names in told if names)


def _state(row: dict[str, Any]) -> str:
    return IN_WORDS.get(row["state"], str(row["state"]))


def _age(row: dict[str, Any]) -> str:
    if row["age_days"] is None:
        return _state(row)
    age = plural(row["age_days"], "day")
    return age if row["state"] == CURRENT else f"{age}, {_state(row)}"


def _colour(row: dict[str, Any]) -> str:
    return BLUE if row["state"] == CURRENT else AMBER


def _cells(row: dict[str, Any]) -> list[str]:
    age = NO_FIGURE if row["age_days"] is None else str(row["age_days"])
    counts = [whole(row[name]) for name in ("files", "rows", "rejected")]
    name = name_of(SOURCES, row["source"])
    return [name, _state(row), day(row["data_to"]), age, *counts, row["message"] or NO_FIGURE]
