"""Horizontal bars with the label at the left and the figure at the end: the plainest chart, used by most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import altair as alt

from measures.report.figure import Drawing, over
from measures.report.theme import BLUE, CHARACTER, TEXT
from measures.report.words import in_lines

ROW = 34
THICK = 18
GAP = 8
LABEL_SHARE = 0.45  # of the width, at most


class Bar(NamedTuple):
    """One bar. Without a value there is only the text (`*`, `missing`); `mark` is a tick to compare the bar with."""

    label: str
    value: float | None
    text: str
    colour: str = BLUE
    mark: float | None = None


def bars(rows: Sequence[Bar], width: int, *, full: float | None = None) -> Drawing:
    """The bars from top to bottom as given, in `width` pixels. `full` is the length of the longest possible bar."""
    label_width = min(LABEL_SHARE * width, max((len(bar.label) for bar in rows), default=0) * CHARACTER + GAP)
    plot = width - label_width - GAP
    longest = full or max(map(_reach, rows), default=0) or 1
    domain = (0, plot / pixels_per_unit(((_reach(bar), bar.text) for bar in rows), plot, longest))
    base = over(_values(rows, int(label_width / CHARACTER))).encode(y=row_axis(label_width))
    x = alt.X("value:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=None)
    bar = base.mark_bar(height=THICK).encode(x=x, color=alt.Color("colour:N", scale=None))
    text = base.mark_text(align="left", dx=6).encode(x=alt.X("end:Q"), text="text:N")
    tick = base.mark_tick(color=TEXT, thickness=2, size=THICK + 8).encode(x="mark:Q")
    drawn = alt.layer(bar, tick, text) if any(row.mark is not None for row in rows) else alt.layer(bar, text)
    return drawn.properties(width=plot, height=alt.Step(ROW))


def _reach(bar: Bar) -> float:
    return max(bar.value or 0, bar.mark or 0)


def pixels_per_unit(ends: Iterable[tuple[float, str]], plot: float, longest: float) -> float:
    """As long as bars can be in `plot` pixels while every text still fits behind the end of its bar.

    `ends` are where each bar ends and what stands behind it; `longest` is what must fit in any case.
    """
    room = [(plot - len(text) * CHARACTER - GAP) / end for end, text in ends if end]
    return max(min([plot / longest, *room]), plot / (4 * longest))


def _values(rows: Sequence[Bar], characters: int) -> list[dict[str, object]]:
    return [
        {
            "row": row_key(place, bar.label, characters),
            "value": bar.value or 0,
            "end": _reach(bar),
            "text": bar.text,
            "colour": bar.colour,
            "mark": bar.mark,
        }
        for place, bar in enumerate(rows)
    ]


def row_key(place: int, label: str, characters: int) -> str:
    """A row's key: its place, so that two rows may have one label and the order holds, and the label in lines."""
    return f"{place:04d}|" + in_lines(label, max(characters, 8))


# The axis shows the label of the key; one of two lines is moved up by half a line.
LABEL_OF_KEY = "split(slice(datum.label, 5), '\\n')"
HALF_A_LINE_UP = "indexof(datum.value, '\\n') > 0 ? -7.5 : 0"


def row_axis(width: float) -> alt.Y:
    """The rows in the order of their keys, their labels in `width` pixels at the left."""
    axis = alt.Axis(
        title=None, ticks=False, domain=False, minExtent=width, maxExtent=width, labelPadding=GAP, labelLineHeight=15,
        labelExpr=LABEL_OF_KEY, labelOffset=alt.ExprRef(HALF_A_LINE_UP),
    )  # fmt: skip
    return alt.Y("row:N", sort=None, axis=axis)
