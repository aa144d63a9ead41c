"""People whom opt-outs keep out of the night, by group and practice: whom its lists and figures do not speak for."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.opt_outs import EVERYBODY, GROUPS, PRACTICE
from measures.report.charts.bars import Bar, bars
from measures.report.figure import Figure, Panel
from measures.report.groups import BREAKDOWNS, group_name, in_group_order
from measures.report.words import percent, whole
from measures.rows import UNKNOWN

Row = dict[str, Any]


def figures(opt_outs: pa.Table) -> list[Figure]:
    """One figure; none where the night tells nothing of opt-outs."""
    rows = opt_outs.to_pylist()
    everybody = next((row for row in rows if row["breakdown"] == EVERYBODY), None)
    if everybody is None:
        return []
    groups = {name: in_group_order(name, [row for row in rows if row["breakdown"] == name]) for name in GROUPS}
    practices = sorted((row for row in rows if row["breakdown"] == PRACTICE), key=lambda row: row["organisation"])
    return [
        Figure(
            key="opt-outs-by-group",
            title="Share of people whom opt-outs leave out, by group",
            reading=f"Opt-outs leave out {_share(everybody)} of the area's people. They are in no score, no proposal and no "
            "figure of use; their own care is not touched. Where a group's bar is long, the rest of this report says less "
            "about it. The line marks the share of all.",
            panels=[_panel(name, groups[name], everybody) for name in GROUPS if groups[name]],
            columns=("Group", "People", "Left out", "Share"),
            rows=[
                _cells("Everybody", everybody),
                *(
                    _cells(f"{BREAKDOWNS[name]}: {group_name(name, row['category'])}", row)
                    for name in GROUPS
                    for row in groups[name]
                ),
                *(_cells(f"Practice {_practice(row)}", row) for row in practices),
            ],
        )
    ]


def _panel(breakdown: str, rows: list[Row], everybody: Row) -> Panel:
    drawn = [Bar(group_name(breakdown, row["category"]), row["rate"], _share(row), mark=everybody["rate"]) for row in rows]
    words = "; ".join(f"{bar.label} {bar.text}" for bar in drawn)
    title = BREAKDOWNS[breakdown]
    return Panel(lambda width: bars(drawn, width), f"Bar chart. Left out by opt-outs, by {title.lower()}: {words}", title)


def _practice(row: Row) -> str:
    return "not known" if row["organisation"] == UNKNOWN else str(row["organisation"])


def _share(row: Row) -> str:
    return percent(row["rate"], withheld=bool(row["suppressed"]))


def _cells(label: str, row: Row) -> list[str]:
    return [label, whole(row["denominator"]), whole(row["numerator"]), _share(row)]
