"""Dots with whiskers: a rate and its interval for every group, beside the rate of all as a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import altair as alt

from measures.report.charts.bars import GAP, row_axis, row_key
from measures.report.figure import Drawing, over
from measures.report.theme import CHARACTER, GREY, PALE, TEXT

ROW, ROW_OF_TWO_LINES = 26, 34
LABEL_SHARE = 0.4  # of the width, whatever the labels, so that panels of one scale line up
DOT = 9
WHISKER = 3
FIGURE = 52  # pixels at the right for the figure: `100.0%`
# The scale ends at 1 and begins at a multiple of this, a little below the lowest rate; a whisker that is longer is cut there.
STEP = 0.1


class Against(NamedTuple):
    """What the groups are compared with: the rate of all as a line, and the band within which a difference is not clear."""

    rate: float | None
    low: float | None
    high: float | None


class Whisker(NamedTuple):
    """One group. Without a value there is only the text (`*`)."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    colour: str


def scale_start(rates: Sequence[float]) -> float:
    """Where the scale of these rates begins: at .9 or below."""
    steps = math.floor(round((min(rates, default=1.0) - STEP / 2) / STEP, 6))  # rounded first: .9 is 8.99... steps of .1
    return max(0.0, round(min(steps * STEP, 1 - STEP), 2))


def whiskers(rows: Sequence[Whisker], width: int, *, against: Against, start: float) -> Drawing:
    """The groups from top to bottom as given, in `width` pixels, on a scale from `start` to 1."""
    label_width = LABEL_SHARE * width
    plot = width - label_width - FIGURE - 2 * GAP
    x = alt.Scale(domain=[start, 1], nice=False)
    axis = alt.Axis(format=".0%", title=None, values=[start, (start + 1) / 2, 1], domain=False)
    values = _values(rows, start, int(label_width / CHARACTER))
    base = over(values).encode(y=row_axis(label_width))
    colour = alt.Color("colour:N", scale=None)
    # The figure comes first: every group has one, so that it sets the order of the rows.
    figure = base.mark_text(align="left", color=TEXT).encode(x=alt.value(plot + GAP), text="text:N")
    whisker = base.mark_rule(strokeWidth=WHISKER).encode(x=alt.X("low:Q", scale=x, axis=axis), x2="high:Q", color=colour)
    dot = base.mark_circle(size=DOT**2, opacity=1).encode(x=alt.X("value:Q", scale=x), color=colour)
    marks = (
        [] if against.rate is None else [{"line": against.rate, "low": max(against.low or start, start), "high": against.high}]
    )
    band = over(marks).mark_rect(color=PALE).encode(x=alt.X("low:Q", scale=x), x2="high:Q")
    every = over(marks).mark_rule(color=GREY, strokeDash=[4, 3]).encode(x=alt.X("line:Q", scale=x))
    row = ROW_OF_TWO_LINES if any("\n" in str(value["row"]) for value in values) else ROW
    return alt.layer(figure, band, every, whisker, dot).properties(width=plot, height=alt.Step(row))


def _values(rows: Sequence[Whisker], start: float, characters: int) -> list[dict[str, object]]:
    return [
        {
            "row": row_key(place, row.label, characters),
            "value": None if row.value is None else max(row.value, start),
            "low": None if row.low is None else max(row.low, start),
            "high": row.high,
            "text": row.text,
            "colour": row.colour,
        }
        for place, row in enumerate(rows)
    ]
