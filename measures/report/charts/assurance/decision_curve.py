"""What a list cut at a chance is worth, beside listing everybody and nobody."""

from __future__ import annotations

import altair as alt
import pyarrow as pa

from measures.report.charts.assurance.names import Row, by_score, decimal, score_name
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import AMBER, BLUE, GREY
from measures.report.words import whole

HEIGHT = 210
A_THOUSAND = 1000
BELOW_ZERO = 0.25  # of the highest value, how far below nothing the scale reaches: listing everybody soon falls out of sight
LINES = {"net_benefit": (BLUE, "the model's list"), "everybody": (AMBER, "listing everybody"), "nobody": (GREY, "listing nobody")}
HOW = (
    "At a chance of 20%, who lists people holds a missed event to be as bad as four false alarms. Net benefit is people rightly "
    "listed, of 1,000, less that price of the others. A model is worth having at the chances where its line is the highest."
)


def figures(table: pa.Table) -> list[Figure]:
    """A panel a model; none where no model was checked."""
    models = by_score(table, "threshold")
    if not models:
        return []
    return [
        Figure(
            key="decision-curve",
            title="Net benefit of a list, by the chance at which it is cut",
            reading=f"{' '.join(_said(score, rows) for score, rows in models.items())} {HOW}",
            panels=[_panel(score, rows) for score, rows in models.items() if _known(rows)],
            legend=list(LINES.values()),
            columns=("Model", "Cut at", "Listed", "With the event", "Net benefit of 1,000", "Of listing everybody"),
            rows=[_cells(row) for rows in models.values() for row in rows],
            numeric=range(1, 6),
        )
    ]


def _said(score: str, rows: list[Row]) -> str:
    known = _known(rows)
    if not known:
        return f"{score_name(score)}: withheld, too few people had the event."
    better = [row["threshold"] for row in known if row["net_benefit"] > max(row["everybody"], 0)]
    if not better:
        return f"{score_name(score)}: at no chance shown is the list worth more than listing everybody or nobody."
    return f"{score_name(score)}: worth more than both from a chance of {min(better):.0%} to {max(better):.0%}."


def _known(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["net_benefit"] is not None and row["everybody"] is not None]


def _panel(score: str, rows: list[Row]) -> Panel:
    words = "; ".join(
        f"at {row['threshold']:g}: {_of_thousand(row['net_benefit'])}, everybody {_of_thousand(row['everybody'])}" for row in rows
    )
    return Panel(lambda width: _draw(rows, width), f"Three lines of net benefit of 1,000 people. {words}", score_name(score))


def _draw(rows: list[Row], width: int) -> Drawing:
    values = [
        {"threshold": row["threshold"], "worth": worth * A_THOUSAND, "colour": LINES[name][0], "line": name}
        for row in rows
        for name, worth in (*((each, row[each]) for each in ("net_benefit", "everybody")), ("nobody", 0.0))
        if worth is not None
    ]
    top = max([1.0, *(value["worth"] for value in values)])
    scale = alt.Scale(domain=[-BELOW_ZERO * top, top * 1.05], nice=False)
    drawn: Drawing = (
        over(values)
        .mark_line(strokeWidth=2, clip=True)
        .encode(
            x=alt.X("threshold:Q", axis=alt.Axis(title="listed from a chance of", format=".0%", tickCount=5)),
            y=alt.Y("worth:Q", scale=scale, axis=alt.Axis(title="of 1,000 people", tickCount=5, domain=False)),
            color=alt.Color("colour:N", scale=None),
            detail="line:N",
        )
        .properties(width=width - 70, height=HEIGHT)
    )
    return drawn


def _of_thousand(worth: float | None) -> str:
    return decimal(None if worth is None else worth * A_THOUSAND, 1, withheld=True)


def _cells(row: Row) -> list[str]:
    cut = f"{row['threshold']:.1%}"
    counts = [whole(row["chosen"]), whole(row["found"])]
    return [score_name(row["score"]), cut, *counts, _of_thousand(row["net_benefit"]), _of_thousand(row["everybody"])]
