"""NHS numbers by source and month of contact, and when each source will have them if it goes on so."""

from __future__ import annotations

import datetime as dt
from typing import Any

import altair as alt
import pyarrow as pa
import pyarrow.compute as pc

from measures.coverage import BY_MONTH, COMPLETENESS, LINKED, VALIDITY, VERIFIED
from measures.report.charts.coverage import NOT_GIVEN
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import AMBER, BLUE
from measures.report.words import NO_FIGURE, SOURCES, in_order, listed, month, name_of, percent, plural, whole
from measures.trend import FEWEST_MONTHS, Trend, steady_trend

HEIGHT = 150
LINES = {COMPLETENESS: ("number given", BLUE), LINKED: ("linked by number", AMBER)}
SHARES = (COMPLETENESS, VALIDITY, VERIFIED, LINKED)
# The furthest that a year of months can speak of.
MONTHS_AHEAD = 12
NEARLY_ALL = 0.995  # shown as 100% or so: there is nothing left to wait for
LATELY = 3  # months
AS_KNOWN = "Lately is the last three months shown; a month's figure is what the source knows tonight of the people seen then."

Rows = dict[tuple[str, str, dt.date], dict[str, Any]]


def figures(coverage: pa.Table) -> list[Figure]:
    """The figure, where there are monthly rows."""
    monthly = coverage.filter(pc.equal(coverage["breakdown"], BY_MONTH))
    return [_figure(monthly)] if monthly.num_rows else []


def _figure(monthly: pa.Table) -> Figure:
    rows: Rows = {(row["measure"], row["category"], row["period_start"]): row for row in monthly.to_pylist()}
    sources = in_order(SOURCES, {source for _, source, _ in rows})
    months = _months({start for _, _, start in rows})
    return Figure(
        key="nhs-number-by-month",
        title="NHS numbers by month of contact",
        reading=f"{_outlooks(rows, sources, months)} {AS_KNOWN}",
        panels=[_panel(rows, source, months) for source in sources],
        legend=[(colour, words) for words, colour in LINES.values()],
        columns=("Source", "Month", "People seen", "Number given", "Valid, of those given", "Verified", "Linked by number"),
        rows=[_cells(rows, source, start) for source in sources for start in months if (COMPLETENESS, source, start) in rows],
        numeric=range(2, 7),
    )


def _outlooks(rows: Rows, sources: list[str], months: list[dt.date]) -> str:
    """What is to be said of each source: those that have nearly all numbers share a sentence, those of too few people another."""
    full, few, unsteady, sentences = [], [], [], []
    for source in sources:
        found = [rows.get((COMPLETENESS, source, start), {}) for start in months]
        lately = _lately([row for row in found if row.get("rate") is not None])
        if lately is None:
            few.append(name_of(SOURCES, source))
        elif lately >= NEARLY_ALL:
            full.append(name_of(SOURCES, source))
        else:
            trend = steady_trend([row.get("rate") for row in found])
            said = f"{name_of(SOURCES, source)}: {percent(lately)} lately"
            if trend is None:
                unsteady.append(said)
            else:
                sentences.append(f"{said}, {_outlook(trend, months)}")
    if unsteady:
        sentences.append(f"{'; '.join(unsteady)}: no steady change over {plural(len(months), 'month')}, so no projection.")
    if full:
        sentences.insert(0, f"Nearly everybody has a number in {listed(full)}.")
    if few:
        sentences.append(f"Too few people a month to say more of {listed(few)}.")
    return " ".join(sentences)


def _lately(shown: list[dict[str, Any]]) -> float | None:
    """The share over the last three months shown; None where so few are shown that they may not stand for the others."""
    last = shown[-LATELY:]
    if len(shown) < FEWEST_MONTHS:
        return None
    return float(sum(row["numerator"] for row in last) / sum(row["denominator"] for row in last))


def _outlook(trend: Trend, months: list[dt.date]) -> str:
    """Not beyond a year."""
    full = trend.months_until_full()
    if full is not None and full <= MONTHS_AHEAD:
        return f"rising; at this rate everybody by {month(_later(months[-1], full))}."
    direction = "rising" if trend.per_month > 0 else "falling"
    return f"{direction}; at this rate {trend.after(MONTHS_AHEAD):.0%} by {month(_later(months[-1], MONTHS_AHEAD))}."


def _panel(rows: Rows, source: str, months: list[dt.date]) -> Panel:
    shown = [
        (measure, start, rows[measure, source, start])
        for measure in LINES
        for start in months
        if (measure, source, start) in rows
    ]
    values = [
        {"month": month(start), "share": row["rate"], "colour": LINES[measure][1], "what": measure}
        for measure, start, row in shown
        if row["rate"] is not None
    ]
    words = "; ".join(
        f"{month(start)} {LINES[measure][0]} {percent(row['rate'], withheld=row['suppressed'])}" for measure, start, row in shown
    )
    names = [month(start) for start in months]
    return Panel(lambda width: _draw(values, names, width), f"Line chart. {words}", name_of(SOURCES, source))


def _draw(values: list[dict[str, Any]], months: list[str], width: int) -> Drawing:
    axis = alt.Axis(title=None, labelAngle=-60, ticks=False, values=months[:: max(1, len(months) // FEWEST_MONTHS)])
    drawn: Drawing = (
        over(values)
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X("month:N", sort=months, scale=alt.Scale(domain=months), axis=axis),
            y=alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=None, tickCount=5, domain=False, format="%")),
            color=alt.Color("colour:N", scale=None),
            detail="what:N",
        )
        .properties(width=width - 60, height=HEIGHT)
    )
    return drawn


def _cells(rows: Rows, source: str, start: dt.date) -> list[str]:
    found = [rows.get((measure, source, start)) for measure in SHARES]
    people = whole(rows[COMPLETENESS, source, start]["denominator"])
    return [name_of(SOURCES, source), month(start), people, *map(_share, found)]


def _share(row: dict[str, Any] | None) -> str:
    if row is None:
        return NO_FIGURE
    return NOT_GIVEN if row["rate"] is None and not row["suppressed"] else percent(row["rate"], withheld=True)


def _months(starts: set[dt.date]) -> list[dt.date]:
    """Every month from the first to the last, also one in which a source saw nobody."""
    found, last = [min(starts)], max(starts)
    while found[-1] < last:
        found.append(_later(found[-1], 1))
    return found


def _later(start: dt.date, months: int) -> dt.date:
    years, place = divmod(start.month - 1 + months, 12)
    return dt.date(start.year + years, place + 1, 1)
