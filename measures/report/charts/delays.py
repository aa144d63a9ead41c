"""Delayed discharges by month and attribution."""

from __future__ import annotations

import datetime as dt
from typing import Any

import altair as alt
import pyarrow as pa

from measures.delays import DAYS, PEOPLE
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import AMBER, BLUE, DARK_BLUE, MID_GREY, TEXT
from measures.report.words import WITHHELD, in_order, month, name_of, plural, whole

HEIGHT = 220
ATTRIBUTIONS = {"NHS": "NHS", "SOCIAL_CARE": "social care", "BOTH": "both", "UNKNOWN": "not given"}
OWN_DEFINITION = (
    "Own definition, a midnight in a bed after the day of being ready to leave: "
    "it cannot be compared with figures published elsewhere."
)
COLOURS = dict(zip(ATTRIBUTIONS, (BLUE, AMBER, DARK_BLUE, MID_GREY), strict=True))


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
        legend=_legend(days),
        columns=("Month", "Attributed to", "Days", "People"),
        rows=[
            [month(r["period_start"]), _name(r), whole(r["numerator"]), whole(people.get(_key(r), {}).get("numerator"))]
            for r in days
        ],
        numeric=range(2, 4),
    )


def _reading(total: int, *, withheld: bool) -> str:
    if not total:
        return f"Nobody was delayed, or too few people to be shown. {OWN_DEFINITION}"
    if not withheld:
        return f"{plural(total, 'day')} in all. {OWN_DEFINITION}"
    missing = f"{WITHHELD} stands above a month of which a small figure is withheld: its column is too short, or missing."
    return f"At least {plural(total, 'day')} shown. {missing} {OWN_DEFINITION}"


def _legend(days: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The attributions that have a part of some column."""
    drawn = in_order(ATTRIBUTIONS, (row["category"] for row in days if row["numerator"]))
    return [(COLOURS.get(key, MID_GREY), name_of(ATTRIBUTIONS, key)) for key in drawn]


def _key(row: dict[str, Any]) -> tuple[Any, str]:
    return row["period_start"], row["category"]


def _name(row: dict[str, Any]) -> str:
    return name_of(ATTRIBUTIONS, row["category"])


def _draw(days: list[dict[str, Any]], width: int) -> Drawing:
    months = [month(start) for start in _months(days)]
    values = [
        {
            "month": month(row["period_start"]),
            "days": row["numerator"] or 0,
            "colour": COLOURS.get(row["category"], MID_GREY),
            "place": list(ATTRIBUTIONS).index(row["category"]) if row["category"] in ATTRIBUTIONS else len(ATTRIBUTIONS),
        }
        for row in days
        if row["numerator"]
    ]
    columns = alt.X(
        "month:N", sort=months, scale=alt.Scale(domain=months), axis=alt.Axis(title=None, labelAngle=-60, ticks=False)
    )
    drawn = (
        over(values)
        .mark_bar(stroke="white", strokeWidth=1)
        .encode(
            x=columns,
            y=alt.Y("days:Q", stack="zero", axis=alt.Axis(title=None, tickCount=4, domain=False, format=",d")),
            color=alt.Color("colour:N", scale=None),
            order=alt.Order("place:O"),
        )
    )
    stars = (
        over(_stars(days))
        .mark_text(baseline="bottom", dy=2, fontSize=18, fontWeight="bold", color=TEXT)
        .encode(x=columns, y="days:Q", text="star:N")
    )
    return alt.layer(drawn, stars).properties(width=width - 60, height=HEIGHT)


def _months(days: list[dict[str, Any]]) -> list[dt.date]:
    """Every month from the first to the last, also one in which nobody was delayed."""
    starts = [row["period_start"] for row in days]
    found, last = [min(starts)], max(starts)
    while found[-1] < last:
        found.append((found[-1] + dt.timedelta(days=31)).replace(day=1))
    return found


def _stars(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A star at the top of the column of every month of which something is withheld."""
    withheld = dict.fromkeys(row["period_start"] for row in days if row["suppressed"])
    tops = {start: sum(row["numerator"] or 0 for row in days if row["period_start"] == start) for start in withheld}
    return [{"month": month(start), "days": top, "star": WITHHELD} for start, top in tops.items()]
