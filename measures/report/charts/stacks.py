"""Horizontal stacked bars of shares, one row per organisation or source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt

from measures.report.charts.bars import GAP, LABEL_SHARE, ROW, THICK, row_axis, row_key
from measures.report.figure import Drawing, over
from measures.report.theme import CHARACTER


class Part(NamedTuple):
    """One part of one row's bar: a share between 0 and 1."""

    row: str
    share: float
    colour: str


def stacks(parts: Sequence[Part], width: int, *, full: float) -> Drawing:
    """The rows in the order in which they first appear, their parts likewise; `full` is where the scale ends."""
    rows = list(dict.fromkeys(part.row for part in parts))
    label_width = min(LABEL_SHARE * width, max((len(row) for row in rows), default=0) * CHARACTER + GAP)
    characters = int(label_width / CHARACTER)
    keys = {row: row_key(place, row, characters) for place, row in enumerate(rows)}
    values, ends = [], dict.fromkeys(rows, 0.0)
    for part in parts:
        start = ends[part.row]
        ends[part.row] += part.share
        values.append({"row": keys[part.row], "start": start, "end": ends[part.row], "colour": part.colour})
    scale = alt.Scale(domain=[0, full], nice=False)
    drawn: Drawing = (
        over(values)
        .mark_bar(height=THICK, stroke="white", strokeWidth=1)
        .encode(
            y=row_axis(label_width),
            x=alt.X("start:Q", scale=scale, axis=alt.Axis(format="%", title=None, tickCount=5, domain=False)),
            x2="end:Q",
            color=alt.Color("colour:N", scale=None),
        )
        .properties(width=width - label_width - 3 * GAP, height=alt.Step(ROW))
    )
    return drawn
