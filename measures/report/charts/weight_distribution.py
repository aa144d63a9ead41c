"""Records that were weighed, by the match weight of their best candidate, with both thresholds in their place."""

from __future__ import annotations

from typing import Any

import altair as alt
import pyarrow as pa

from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import AMBER, BLUE, TEXT, WARM
from measures.report.words import WITHHELD, percent, plural, whole

HEIGHT = 240
OUTCOMES = {"linked": (BLUE, "linked"), "review": (AMBER, "waiting for a clerk"), "unlinked": (WARM, "not linked")}
REVIEW_TOP, ACCEPT_TOP = 1.22**2, 1.12**2  # where the thresholds' lines end, in counts of the highest column
NEAR_BITS = 1.0  # how far from the upper threshold a record is called near it

Row = dict[str, Any]


def figure(weights: pa.Table) -> Figure:
    """A column a bit; above it a star where a part is withheld."""
    rows = sorted(weights.to_pylist(), key=lambda row: row["bin_from"])
    return Figure(
        key="weight-distribution",
        title="Records weighed, by the match weight of their best candidate",
        reading=_reading(rows),
        panels=[Panel(lambda width: _draw(rows, width), _alt(rows))] if rows else (),
        legend=[OUTCOMES[outcome] for outcome in OUTCOMES if any(row[outcome] != 0 for row in rows)],
        columns=("Bits", *(label for _, label in OUTCOMES.values())),
        rows=[[_bits(row), *(whole(row[outcome]) for outcome in OUTCOMES)] for row in rows],
    )


def _reading(rows: list[Row]) -> str:
    if not rows:
        return "No record had to be weighed: every link stands on a number or on equal names, birth date and address."
    review, accept = rows[0]["review_weight"], rows[0]["accept_weight"]
    linked, weighed = _known(rows, "linked"), sum(_known(rows, outcome) for outcome in OUTCOMES)
    near = sum(_known([row], outcome) for row in rows if _is_near(row, accept) for outcome in OUTCOMES)
    share = percent(near / weighed if weighed else None)
    return (
        f"From {_number(accept)} bits (odds of {_odds(accept)}) a record links, unless something speaks against it; from "
        f"{_number(review)} bits a clerk looks at it. Of {plural(weighed, 'record')} shown, {whole(linked)} were linked; {share} "
        "lie within a bit of the upper threshold. Where many do, moving it a little moves many links. "
        "The scale is of square roots, so that low columns can be seen: twice the height is four times the records."
    )


def _known(rows: list[Row], outcome: str) -> int:
    """The sum of the counts that are shown."""
    return sum(row[outcome] or 0 for row in rows)


def _is_near(row: Row, threshold: float) -> bool:
    return bool(threshold - NEAR_BITS < row["bin_to"] and row["bin_from"] < threshold + NEAR_BITS)


def _odds(bits: float) -> str:
    return f"{2**bits:,.0f} to 1" if bits >= 0 else f"1 to {2**-bits:,.0f}"


def _number(bits: float) -> str:
    return f"{bits:g}"


def _bits(row: Row) -> str:
    return f"{_number(row['bin_from'])} to {_number(row['bin_to'])}"


def _alt(rows: list[Row]) -> str:
    words = [
        f"{_bits(row)} bits: " + ", ".join(f"{label} {whole(row[outcome])}" for outcome, (_, label) in OUTCOMES.items())
        for row in rows
        if any(row[outcome] != 0 for outcome in OUTCOMES)
    ]
    marks = f"Thresholds at {_number(rows[0]['review_weight'])} and {_number(rows[0]['accept_weight'])} bits."
    return f"Histogram of match weights. {marks} " + "; ".join(words)


def _draw(rows: list[Row], width: int) -> Drawing:
    tops = max(sum(_known([row], outcome) for outcome in OUTCOMES) for row in rows) or 1
    scale = alt.Scale(domain=[rows[0]["bin_from"], rows[-1]["bin_to"]], nice=False)
    x = alt.X("from:Q", scale=scale, axis=alt.Axis(title="match weight in bits", tickCount=8, grid=False))
    y = alt.Axis(title=None, tickCount=4, domain=False, format=",d")
    columns = (
        over(_parts(rows))
        .mark_bar(stroke="white", strokeWidth=1)
        .encode(
            x=x,
            x2="to:Q",
            y=alt.Y("bottom:Q", axis=y, scale=alt.Scale(type="sqrt", domain=[0, tops * REVIEW_TOP], nice=False)),
            y2="top:Q",
            color=alt.Color("colour:N", scale=None),
        )
    )
    stars = over(_stars(rows)).mark_text(baseline="bottom", dy=4, fontSize=16, fontWeight="bold", color=TEXT)
    return alt.layer(columns, stars.encode(x="middle:Q", y="top:Q", text="star:N"), *_thresholds(rows, tops)).properties(
        width=width - 70, height=HEIGHT
    )


def _parts(rows: list[Row]) -> list[dict[str, object]]:
    """The parts of each column, one upon the other."""
    parts = []
    for row in rows:
        top = 0
        for outcome, (colour, _) in OUTCOMES.items():
            count = row[outcome] or 0
            if count:
                parts.append({"from": row["bin_from"], "to": row["bin_to"], "bottom": top, "top": top + count, "colour": colour})
            top += count
    return parts


def _stars(rows: list[Row]) -> list[dict[str, object]]:
    return [
        {
            "middle": (row["bin_from"] + row["bin_to"]) / 2,
            "top": sum(_known([row], outcome) for outcome in OUTCOMES),
            "star": WITHHELD,
        }
        for row in rows
        if any(row[outcome] is None for outcome in OUTCOMES)
    ]


def _thresholds(rows: list[Row], tops: float) -> list[alt.Chart]:
    """Dashed lines, each as high as the words at its top."""
    marks = [
        {"at": rows[0]["review_weight"], "foot": 0, "top": tops * REVIEW_TOP, "text": "review from here"},
        {"at": rows[0]["accept_weight"], "foot": 0, "top": tops * ACCEPT_TOP, "text": "link from here"},
    ]
    base = over(marks).encode(x="at:Q", y="top:Q")
    return [
        base.mark_rule(color=TEXT, strokeDash=[4, 3]).encode(y2="foot:Q"),
        base.mark_text(align="left", dx=5, baseline="top", color=TEXT).encode(text="text:N"),
    ]
