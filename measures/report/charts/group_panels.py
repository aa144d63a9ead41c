"""One rate by group: a panel of dots and whiskers for each breakdown, and which groups lie clearly below the rate of all."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.report.charts.whiskers import Whisker, scale_start, whiskers
from measures.report.figure import Panel
from measures.report.groups import BREAKDOWNS, EVERYBODY, OF_PEOPLE, SAYS_NOTHING, group_name, in_group_order
from measures.report.theme import BLUE, MID_GREY, WARM
from measures.report.words import WITHHELD, percent

LEGEND = [
    (WARM, "clearly below the rate of all"),
    (BLUE, "clearly above it"),
    (MID_GREY, "no clear difference"),
]

Row = dict[str, Any]
Groups = dict[str, list[Row]]


def groups_of(measures: pa.Table, measure: str, apart: str = "") -> Groups:
    """Rows of one measure by breakdown, in the report's order; `apart` is the end of the breakdowns' names, taken off."""
    wanted = {f"{name}{apart}": name for name in (EVERYBODY, *BREAKDOWNS)}
    rows = [row for row in measures.to_pylist() if row["measure"] == measure and row["breakdown"] in wanted]
    found = {name: [row for row in rows if wanted[row["breakdown"]] == name] for name in wanted.values()}
    return {name: in_group_order(name, found[name]) for name in found if found[name]}


def of_all(groups: Groups) -> Row:
    """The row of everybody; empty where there is none."""
    return groups[EVERYBODY][0] if EVERYBODY in groups else {}


def panels(groups: Groups, what: str) -> list[Panel]:
    """A panel a breakdown, all on one scale. `what` says what the rate is of: `Linked`."""
    line = of_all(groups).get("rate")
    start = scale_start([row["rate"] for rows in groups.values() for row in rows if row["rate"] is not None])
    return [_panel(name, groups[name], what, line, start) for name in BREAKDOWNS if name in groups]


def _panel(breakdown: str, rows: list[Row], what: str, line: float | None, start: float) -> Panel:
    drawn = [_whisker(breakdown, row, line) for row in rows]
    words = "; ".join(f"{row.label} {said(rate)}" for row, rate in zip(drawn, rows, strict=True))
    title = BREAKDOWNS[breakdown]
    alt = f"Dots with whiskers. {what}, by {title.lower()}. Rate of all: {percent(line, withheld=True)}. {words}"
    return Panel(lambda width: whiskers(drawn, width, line=line, start=start), alt, title)


def _whisker(breakdown: str, row: Row, line: float | None) -> Whisker:
    colour = WARM if is_below(row, line) else BLUE if is_above(row, line) else MID_GREY
    label = group_name(breakdown, row["category"])
    return Whisker(label, row["rate"], row["rate_low"], row["rate_high"], percent(row["rate"], withheld=True), colour)


def is_below(row: Row, line: float | None) -> bool:
    """Whether the whole interval lies below the line."""
    return line is not None and row["rate_high"] is not None and row["rate_high"] < line


def is_above(row: Row, line: float | None) -> bool:
    """Whether the whole interval lies above the line."""
    return line is not None and row["rate_low"] is not None and row["rate_low"] > line


def lowest_group(groups: Groups) -> tuple[str, Row] | None:
    """Breakdown and row of the group of people with the lowest rate of those clearly below that of all; None where none is."""
    line = of_all(groups).get("rate")
    below = [
        (row["rate"], name, row["category"], row)
        for name in OF_PEOPLE
        for row in groups.get(name, [])
        if row["category"] not in SAYS_NOTHING and is_below(row, line)
    ]
    return (min(below)[1], min(below)[3]) if below else None


def said(row: Row) -> str:
    """`98.1% (96.0% to 99.2%)`; `*` where withheld."""
    if row.get("rate") is None:
        return WITHHELD if row.get("suppressed") else percent(None)
    if row["rate_low"] is None:
        return percent(row["rate"])
    return f"{percent(row['rate'])} ({percent(row['rate_low'])} to {percent(row['rate_high'])})"


def interval(row: Row) -> str:
    """`96.0% to 99.2%` for a table; `*` where withheld, a dash where there is none."""
    if row.get("rate_low") is None:
        return WITHHELD if row.get("suppressed") else percent(None)
    return f"{percent(row['rate_low'])} to {percent(row['rate_high'])}"
