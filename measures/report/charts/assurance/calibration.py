"""Whether chances mean what they say: in each tenth of the people, the chance expected beside the share observed."""

from __future__ import annotations

import altair as alt
import pyarrow as pa

from measures.report.charts.assurance.names import Row, by_score, score_name, shares
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import BLUE, GREY
from measures.report.words import percent, whole

HEIGHT = 250
LEAST_TOP = 0.1
HOW = (
    "Each dot is a tenth of the people, from the lowest chances to the highest: to the right as many as the model expected, "
    "upwards as many as had the event. On the dashed line both agree; above it the model expects too few. Both scales are of "
    "square roots, so that low chances can be told apart."
)


def figures(table: pa.Table) -> list[Figure]:
    """A panel a model; none where no model was checked."""
    models = by_score(table, "decile")
    if not models:
        return []
    return [
        Figure(
            key="model-calibration",
            title="Expected and observed, by tenth of chance",
            reading=f"{' '.join(_said(score, rows) for score, rows in models.items())} {HOW}",
            panels=[_panel(score, rows) for score, rows in models.items()],
            legend=[(BLUE, "a tenth of the people, with its 95% interval"), (GREY, "expected and observed agree")],
            columns=("Model", "Tenth", "People", "Events", "Expected", "Observed", "95% interval"),
            rows=[_cells(row) for rows in models.values() for row in rows],
            numeric=range(2, 7),
        )
    ]


def _said(score: str, rows: list[Row]) -> str:
    known = [row for row in rows if row["observed_low"] is not None]
    out = [row for row in known if not row["observed_low"] <= row["expected"] <= row["observed_high"]]
    if not known:
        return f"{score_name(score)}: too few people to say."
    return f"{score_name(score)}: in {len(known) - len(out)} of {len(known)} tenths shown the chance lies within the interval."


def _panel(score: str, rows: list[Row]) -> Panel:
    words = "; ".join(
        f"tenth {row['decile']}: expected {percent(row['expected'])}, observed {percent(row['observed'], withheld=True)}"
        for row in rows
    )
    shown = [row for row in rows if row["observed"] is not None and row["expected"] is not None]
    return Panel(lambda width: _draw(shown, width), f"Dots beside a diagonal line. {words}", score_name(score))


def _draw(rows: list[Row], width: int) -> Drawing:
    top = max([LEAST_TOP, *(row["observed_high"] or row["observed"] for row in rows), *(row["expected"] for row in rows)])
    scale = alt.Scale(type="sqrt", domain=[0, top], nice=False)
    ticks = [tick for tick in (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0) if tick <= top]
    x = alt.X("expected:Q", scale=scale, axis=alt.Axis(title="expected", format=".0%", values=ticks, labelOverlap=True))
    y = alt.Y("observed:Q", scale=scale, axis=alt.Axis(title="observed", format=".0%", values=ticks, domain=False))
    values = [{name: row[name] for name in ("expected", "observed", "observed_low", "observed_high")} for row in rows]
    diagonal = over([{"expected": 0, "observed": 0}, {"expected": top, "observed": top}])
    line = diagonal.mark_line(color=GREY, strokeDash=[4, 3], strokeWidth=1).encode(x=x, y=y)
    whisker = over(values).mark_rule(color=BLUE, strokeWidth=2)
    dots = over(values).mark_circle(color=BLUE, size=64, opacity=1)
    return alt.layer(
        line, whisker.encode(x=x, y=alt.Y("observed_low:Q", scale=scale), y2="observed_high:Q"), dots.encode(x=x, y=y)
    ).properties(width=width - 70, height=HEIGHT)


def _cells(row: Row) -> list[str]:
    return [
        score_name(row["score"]),
        str(row["decile"]),
        whole(row["people"]),
        whole(row["events"]),
        percent(row["expected"], withheld=True),
        percent(row["observed"], withheld=True),
        shares(row["observed_low"], row["observed_high"], 1),
    ]
