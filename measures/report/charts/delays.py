"""Delayed discharges by month and attribution."""

from __future__ import annotations

from typing import Any

import altair as alt
import pyarrow as pa

from measures.delays import DAYS, PEOPLE
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import AMBER, BLUE, DARK_BLUE, LIGHT_BLUE
from measures.report.words import in_order, month, name_of, plural, whole

HEIGHT = 220
ATTRIBUTIONS = {"NHS": "NHS", "SOCIAL_CARE": "social care", "BOTH": "both", "UNKNOWN": "not given"}
OWN_DEFINITION = (
    "Own definition, a midnight in a bed after the day of being ready to leave: "
    "it cannot be compared with figures published elsewhere."
)
COLOURS = dict(zip(ATTRIBUTIONS, (BLUE, AMBER, DARK_BLUE, LIGHT_BLUE), strict=True))


def figure(delays: pa.Table) -> Figure:
    """Days of delay, one column a month."""
    order = in_order(ATTRIBUTIONS, delays["category"].to_pylist())
    rows = sorted(delays.to_pylist(), key=lambda row: (row["period_start"], order.index(row["category"])))
    people = {(row["period_start"], row["category"]): row for row in rows if row["measure"] == PEOPLE}
    days = [row for row in rows if row["measure"] == DAYS]
    total = sum(row["numerator"] or 0 for row in days)
    words = "; ".join(f"{month(row['period_start'])} {_name(row)} {whole(row['numerator'])}" for row in days)
    return Figure(
        key="delayed-discharges",
        title="Days of delayed discharge each month",
        reading=_reading(total, withheld=any(row["suppressed"] for row in days)),
        panels=[Panel(lambda width: _draw(days, width), f"Stacked column chart. {words}")] if total else (),
        legend=[(COLOURS[key], name) for key, name in ATTRIBUTIONS.items() if key in {row["category"] for row in days}],
        columns=("Month", "Attributed to", "Days", "People"),
        rows=[
            [month(r["period_start"]), _name(r), whole(r["numerator"]), whole(people.get(_key(r), {}).get("numerator"))]
            for r in days
        ],
        numeric=range(2, 4),
    )


def _reading(total: int, *, withheld: bool) -> str:
    counted = f"{plural(total, 'day')} in all." if total else "Nobody was delayed, or too few people to be shown."
    missing = " Withheld figures are missing from the columns." if withheld and total else ""
    return f"{counted} {OWN_DEFINITION}{missing}"


def _key(row: dict[str, Any]) -> tuple[Any, str]:
    return row["period_start"], row["category"]


def _name(row: dict[str, Any]) -> str:
    return name_of(ATTRIBUTIONS, row["category"])


def _draw(days: list[dict[str, Any]], width: int) -> Drawing:
    months = list(dict.fromkeys(month(row["period_start"]) for row in days))
    values = [
        {
            "month": month(row["period_start"]),
            "days": row["numerator"] or 0,
            "colour": COLOURS.get(row["category"], LIGHT_BLUE),
            "place": list(ATTRIBUTIONS).index(row["category"]) if row["category"] in ATTRIBUTIONS else len(ATTRIBUTIONS),
        }
        for row in days
        if row["numerator"]
    ]
    columns = alt.X(
        "month:N", sort=months, scale=alt.Scale(domain=months), axis=alt.Axis(title=None, labelAngle=-60, ticks=False)
    )
    drawn: Drawing = (
        over(values)
        .mark_bar(stroke="white", strokeWidth=1)
        .encode(
            x=columns,
            y=alt.Y("days:Q", stack="zero", axis=alt.Axis(title=None, tickCount=4, domain=False, format=",d")),
            color=alt.Color("colour:N", scale=None),
            order=alt.Order("place:O"),
        )
        .properties(width=width - 60, height=HEIGHT)
    )
    return drawn
