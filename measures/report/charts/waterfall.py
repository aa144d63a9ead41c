"""The linkage waterfall: what each step of the cascade linked, and what was left for the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import altair as alt
import pyarrow as pa

from measures.report.charts.bars import GAP, LABEL_SHARE, ROW, THICK, pixels_per_unit, row_axis, row_key
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import AMBER, BLUE, CHARACTER, GREY, WARM
from measures.report.words import STEPS, WITHHELD, in_order, name_of, percent, whole

REGISTER, UNLINKED = "register", "unlinked"
COLOURS = {"review": AMBER, UNLINKED: WARM}


class Fall(NamedTuple):
    """One bar: from what was left before to what was left after."""

    label: str
    records: Count
    start: int
    end: int
    colour: str


class Count(NamedTuple):
    """What is known of a count, and whether some of it is withheld."""

    known: int
    withheld: bool

    def words(self) -> str:
        """`595`, `595 + *` or `*`."""
        if not self.withheld:
            return whole(self.known)
        return f"{whole(self.known)} + {WITHHELD}" if self.known else WITHHELD


def counts_by_step(waterfall: pa.Table) -> dict[str, Count]:
    """Records of all sources but the register, by step in the order of the cascade."""
    counts: dict[str, Count] = defaultdict(lambda: Count(0, False))
    for row in waterfall.to_pylist():
        if row["source"] != REGISTER:
            known, withheld = counts[row["step"]]
            counts[row["step"]] = Count(known + (row["records"] or 0), withheld or row["records"] is None)
    return {step: counts[step] for step in in_order(STEPS, counts)}


def figure(waterfall: pa.Table) -> Figure:
    """Records of every source but the register, step by step."""
    counts = counts_by_step(waterfall)
    everything = sum(count.known for count in counts.values())
    falls = _falls(counts, everything)
    left = percent(sum(counts[step].known for step in COLOURS if step in counts) / everything if everything else None)
    return Figure(
        key="linkage-waterfall",
        title="Person records linked by each step",
        reading=f"Every step takes what it can link from what the steps above left over; {left} of records have no link "
        "and count as people of their own. Records of the register itself are not in the chart.",
        panels=[Panel(lambda width: _draw(falls, everything, width), _alt(falls))],
        legend=[(GREY, "all records"), (BLUE, "linked"), (AMBER, "waiting for a clerk"), (WARM, "not linked")],
        columns=("Step", "Records", "Share of all"),
        rows=[[fall.label, fall.records.words(), _share(fall, everything)] for fall in falls],
    )


def _falls(counts: dict[str, Count], everything: int) -> list[Fall]:
    falls, left = [Fall("All records", Count(everything, False), 0, everything, GREY)], everything
    for step, count in counts.items():
        falls.append(Fall(name_of(STEPS, step), count, left - count.known, left, COLOURS.get(step, BLUE)))
        left -= count.known
    return falls


def _share(fall: Fall, everything: int) -> str:
    """`*` where nothing of the count is known."""
    if fall.records.withheld and not fall.records.known:
        return WITHHELD
    return percent(fall.records.known / everything if everything else None)


def _has_bar(fall: Fall) -> bool:
    """A count of zero has none."""
    return fall.records.withheld or fall.records.known > 0


def _alt(falls: Sequence[Fall]) -> str:
    return "Waterfall chart. " + "; ".join(f"{fall.label}: {fall.records.words()}" for fall in falls)


def _draw(falls: Sequence[Fall], everything: int, width: int) -> Drawing:
    label_width = min(LABEL_SHARE * width, max(len(fall.label) for fall in falls) * CHARACTER + GAP)
    plot = width - label_width - GAP
    texts = [fall.records.words() for fall in falls]
    per_pixel = 1 / pixels_per_unit(zip((fall.end for fall in falls), texts, strict=True), plot, everything or 1)
    rows = [
        {
            "row": row_key(place, fall.label, int(label_width / CHARACTER)),
            "start": fall.start,
            "end": max(fall.end, fall.start + per_pixel) if _has_bar(fall) else fall.end,  # at least a pixel wide
            "colour": fall.colour,
            "text": text,
        }
        for place, (fall, text) in enumerate(zip(falls, texts, strict=True))
    ]
    scale = alt.Scale(domain=[0, per_pixel * plot], nice=False)
    base = over(rows).encode(y=row_axis(label_width))
    bar = base.mark_bar(height=THICK).encode(
        x=alt.X("start:Q", scale=scale, axis=None), x2="end:Q", color=alt.Color("colour:N", scale=None)
    )
    text = base.mark_text(align="left", dx=6).encode(x="end:Q", text="text:N")
    return alt.layer(bar, text).properties(width=plot, height=alt.Step(ROW))
