"""One rate by group: a panel of dots and whiskers for each breakdown, and which groups lie clearly below the rate of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from measures.report.charts.whiskers import Against, Whisker, scale_start, whiskers
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


def against_rate(groups: Groups) -> Against:
    """The rate of all, taken to be known: for shares of all records, of which each group is a small part."""
    rate = of_all(groups).get("rate")
    return Against(rate, rate, rate)


def against_interval(groups: Groups) -> Against:
    """The rate of all with its interval, for estimates: from few judgements the rate of all is not sure either."""
    everybody = of_all(groups)
    return Against(everybody.get("rate"), everybody.get("rate_low"), everybody.get("rate_high"))


def panels(groups: Groups, what: str, against: Against) -> list[Panel]:
    """A panel a breakdown, all on one scale. `what` says what the rate is of: `Linked`."""
    start = scale_start([row["rate"] for rows in groups.values() for row in rows if row["rate"] is not None])
    return [_panel(name, groups[name], what, against, start) for name in BREAKDOWNS if name in groups]


def _panel(breakdown: str, rows: list[Row], what: str, against: Against, start: float) -> Panel:
    drawn = [_whisker(breakdown, row, against) for row in rows]
    words = "; ".join(f"{row.label} {said(rate)}" for row, rate in zip(drawn, rows, strict=True))
    title = BREAKDOWNS[breakdown]
    alt = f"Dots with whiskers. {what}, by {title.lower()}. Rate of all: {percent(against.rate, withheld=True)}. {words}"
    return Panel(lambda width: whiskers(drawn, width, against=against, start=start), alt, title)


def _whisker(breakdown: str, row: Row, against: Against) -> Whisker:
    colour = WARM if is_below(row, against) else BLUE if is_above(row, against) else MID_GREY
    label = group_name(breakdown, row["category"])
    return Whisker(label, row["rate"], row["rate_low"], row["rate_high"], percent(row["rate"], withheld=True), colour)


def is_below(row: Row, against: Against) -> bool:
    """Whether the whole interval lies below what the group is compared with."""
    return against.low is not None and row["rate_high"] is not None and row["rate_high"] < against.low


def is_above(row: Row, against: Against) -> bool:
    """Whether the whole interval lies above it."""
    return against.high is not None and row["rate_low"] is not None and row["rate_low"] > against.high


def lowest_group(groups: Groups, against: Against) -> tuple[str, Row] | None:
    """Breakdown and row of the group of people with the lowest rate of those clearly below that of all; None where none is."""
    return _lowest(groups, lambda row: is_below(row, against))


def lower_still(groups: Groups, than: Row) -> tuple[str, Row] | None:
    """The same of a group with a lower rate than that one, which is not clearly below all: its records are few."""
    return _lowest(groups, lambda row: row.get("rate") is not None and row["rate"] < than["rate"])


def _lowest(groups: Groups, counts: Callable[[Row], bool]) -> tuple[str, Row] | None:
    found = [
        (row["rate"], name, row["category"], row)
        for name in OF_PEOPLE
        for row in groups.get(name, [])
        if row["category"] not in SAYS_NOTHING and counts(row)
    ]
    return (min(found)[1], min(found)[3]) if found else None


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
