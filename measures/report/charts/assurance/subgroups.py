"""Events expected over observed in every group of people: for whom the model expects too much or too little."""

from __future__ import annotations

import math

import altair as alt
import pyarrow as pa

from measures.report.charts.assurance.names import (
    BREAKDOWNS,
    NOT_KNOWN,
    Row,
    between,
    by_score,
    category_name,
    decimal,
    score_name,
)
from measures.report.charts.bars import GAP, row_axis, row_key
from measures.report.charts.whiskers import DOT, FIGURE, LABEL_SHARE, ROW, ROW_OF_TWO_LINES, WHISKER
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import AMBER, BLUE, CHARACTER, GREY, MID_GREY, PALE, TEXT
from measures.report.words import WITHHELD, listed, plural, whole

EVERYBODY = "all"
COLOURS = {"green": BLUE, "amber": AMBER}
WITHIN = (0.80, 1.25)
# With more groups in a breakdown (practices) those furthest off are drawn, the judged ones first; the table has all.
MOST_DRAWN = 20
ENDS = (0.5, 2.0)  # of the scale, which is one of ratios: half as many and twice as many lie as far from the middle
TICKS = (0.5, 0.8, 1.0, 1.25, 2.0)
LEGEND = [
    (BLUE, "100 events or more, within 0.80 to 1.25"),
    (AMBER, "100 events or more, outside"),
    (MID_GREY, "too few events to judge"),
]
HOW = (
    "Above 1 the model expects more events than happened, below 1 fewer: there its people get too little of the list. The pale "
    "band is 0.80 to 1.25, whiskers are 95% intervals, cut off at the ends of the scale."
)


def figures(table: pa.Table) -> list[Figure]:
    """A figure a model with a panel a breakdown; none where no model was checked."""
    return [_figure(score, rows) for score, rows in by_score(table).items()]


def _figure(score: str, rows: list[Row]) -> Figure:
    everybody = [row for row in rows if row["breakdown"] == EVERYBODY]
    groups = {name: _in_order([row for row in rows if row["breakdown"] == name]) for name in BREAKDOWNS}
    return Figure(
        key=f"model-groups-{score.replace('_', '-')}",
        title=f"{score_name(score)}: expected over observed, by group",
        reading=f"{_said(rows)} {HOW}",
        panels=[_panel(name, _furthest(found), len(found)) for name, found in groups.items() if found],
        legend=LEGEND,
        columns=("Group", "People", "Events", "Expected", "Expected over observed", "95% interval", "Judged"),
        rows=[_cells(row) for found in (everybody, *groups.values()) for row in found],
        numeric=range(1, 6),
    )


def _in_order(rows: list[Row]) -> list[Row]:
    """Groups by their codes, which are in the order of age and deprivation; those that are not known last."""
    return sorted(rows, key=lambda row: (row["category"] == NOT_KNOWN, row["category"]))


def _furthest(rows: list[Row]) -> list[Row]:
    """At most `MOST_DRAWN` rows, in the order given."""
    if len(rows) <= MOST_DRAWN:
        return rows
    off = sorted(
        rows, key=lambda row: (row["state"] not in COLOURS, -abs(math.log(row["expected_observed"] or 1)), row["category"])
    )
    kept = {row["category"] for row in off[:MOST_DRAWN]}
    return [row for row in rows if row["category"] in kept]


def _said(rows: list[Row]) -> str:
    judged = [row for row in rows if row["breakdown"] != EVERYBODY and row["state"] in COLOURS]
    out = [row for row in judged if row["state"] == "amber"]
    whole_area = next((row for row in rows if row["breakdown"] == EVERYBODY), None)
    every = f"Everybody: {decimal(whole_area['expected_observed'], 2, withheld=True)}. " if whole_area else ""
    if not out:
        return f"{every}Of {plural(len(judged), 'group')} with 100 events or more none lies outside 0.80 to 1.25."
    names = [f"{_name(row)} ({decimal(row['expected_observed'], 2)})" for row in out]
    return f"{every}Outside 0.80 to 1.25, of {plural(len(judged), 'group')} with 100 events or more: {listed(names)}."


def _name(row: Row) -> str:
    if row["breakdown"] == EVERYBODY:
        return "Everybody"
    return f"{BREAKDOWNS.get(row['breakdown'], row['breakdown'])}: {category_name(row['breakdown'], row['category'])}"


def _panel(breakdown: str, rows: list[Row], of: int) -> Panel:
    words = "; ".join(
        f"{category_name(breakdown, row['category'])} {_text(row)} ({between(row['low'], row['high'], 2)})" for row in rows
    )
    title = BREAKDOWNS[breakdown] + (f" ({len(rows)} furthest off of {of})" if of > len(rows) else "")
    return Panel(lambda width: _draw(breakdown, rows, width), f"Dots with whiskers. By {title.lower()}: {words}", title)


def _text(row: Row) -> str:
    return WITHHELD if row["suppressed"] else decimal(row["expected_observed"], 2)


def _draw(breakdown: str, rows: list[Row], width: int) -> Drawing:
    label_width = LABEL_SHARE * width
    plot = width - label_width - FIGURE - 2 * GAP
    scale = alt.Scale(type="log", domain=list(ENDS), nice=False)
    axis = alt.Axis(title=None, values=list(TICKS), format="~g", domain=False, grid=False, labelOverlap=True)
    values = [_value(breakdown, place, row, int(label_width / CHARACTER)) for place, row in enumerate(rows)]
    base, colour = over(values).encode(y=row_axis(label_width)), alt.Color("colour:N", scale=None)
    figure = base.mark_text(align="left", color=TEXT).encode(x=alt.value(plot + GAP), text="text:N")
    band = over([{"low": WITHIN[0], "high": WITHIN[1]}]).mark_rect(color=PALE)
    middle = over([{"line": 1.0}]).mark_rule(color=GREY, strokeDash=[4, 3])
    whisker = base.mark_rule(strokeWidth=WHISKER).encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", color=colour)
    dot = base.mark_circle(size=DOT**2, opacity=1).encode(x=alt.X("value:Q", scale=scale), color=colour)
    row = ROW_OF_TWO_LINES if any("\n" in str(value["row"]) for value in values) else ROW
    return alt.layer(
        figure,
        band.encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        middle.encode(x=alt.X("line:Q", scale=scale)),
        whisker,
        dot,
    ).properties(width=plot, height=alt.Step(row))


def _value(breakdown: str, place: int, row: Row, characters: int) -> dict[str, object]:
    return {
        "row": row_key(place, category_name(breakdown, row["category"]), characters),
        "value": _on_scale(row["expected_observed"]),
        "low": _on_scale(row["low"]),
        "high": _on_scale(row["high"]),
        "text": _text(row),
        "colour": COLOURS.get(row["state"], MID_GREY),
    }


def _on_scale(value: float | None) -> float | None:
    return None if value is None else min(max(value, ENDS[0]), ENDS[1])


def _cells(row: Row) -> list[str]:
    return [
        _name(row),
        whole(row["people"]),
        whole(row["events"]),
        whole(row["expected"]),
        _text(row),
        between(row["low"], row["high"], 2),
        {"green": "within", "amber": "outside"}.get(row["state"]) or str(row["state"]),
    ]
