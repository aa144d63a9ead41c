"""What is followed of the models from night to night: whether people look alike, and whether as many had the event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import altair as alt
import pyarrow as pa

from measures.report.charts.assurance.names import SCORES, Row, decimal, score_name
from measures.report.figure import Drawing, Figure, Panel, over
from measures.report.theme import AMBER, BLUE, DARK_BLUE, GREY, PALE, WARM
from measures.report.words import day, in_order

HEIGHT = 180
SCORE_STABILITY, FEATURE_STABILITY, CALIBRATION = "score stability", "feature stability", "expected over observed"
PUBLISHED = "expected over observed of published scores"
EVERY, MOST = "every", "the feature that moved most"
COLOURS = (BLUE, WARM, DARK_BLUE)
LOOK, MOVED = 0.10, 0.25
WITHIN = (0.90, 1.10)
FIRST_NIGHT = "There is no night before this one to compare with."
STABLE = (
    "A stability index of 0 says that a score or feature is spread over the people as it was the night before; from 0.10 look at "
    "it, from 0.25 much has moved. It can be small though a model is wrong, so the next figure is followed, too."
)
OVER_TIME = (
    "Each night checks its models on people scored a year or a month before, whose outcomes are known by now. Outside the pale "
    "band, 0.90 to 1.10, the night warns."
)
AS_PUBLISHED = (
    "Once a month the chances of a night are set aside, and held against what happened once their window is over. Care given to "
    "people on the lists is in it: where it prevents events, the model seems to have expected too many."
)

Series = Mapping[str, Sequence[Row]]


class Scale(NamedTuple):
    """Where the vertical scale begins and ends, and what is drawn behind the lines: a pale band, and dashed lines."""

    domain: tuple[float, float]
    band: tuple[float, float] | None
    marks: tuple[float, ...]


def figures(table: pa.Table) -> list[Figure]:
    """Stability, expected over observed of each night's check and of scores as they were published; none without a model."""
    rows = table.to_pylist()
    return [_stability(rows), _calibration(rows), *_published(rows)] if rows else []


def _stability(rows: list[Row]) -> Figure:
    series = {**_series(rows, SCORE_STABILITY), MOST: _largest([row for row in rows if row["kind"] == FEATURE_STABILITY])}
    series = {name: found for name, found in series.items() if found}
    nights = sorted((row for row in rows if row["kind"] in (SCORE_STABILITY, FEATURE_STABILITY)), key=_newest_first)
    return Figure(
        key="model-stability",
        title="Whether people look as they did the night before",
        reading=f"{_latest(series) or FIRST_NIGHT} {STABLE}",
        panels=_panels(series, Scale((0.0, _top(series, MOVED * 1.2)), None, (LOOK, MOVED)), "stability index"),
        legend=_legend(series),
        columns=("Night", "What", "Stability index") if nights else (),
        rows=[[day(row["as_at"]), _what(row), decimal(row["value"], 3)] for row in nights],
        numeric=range(2, 3),
    )


def _calibration(rows: list[Row]) -> Figure:
    series = _series(rows, CALIBRATION)
    shown = sorted((row for found in series.values() for row in found), key=_newest_first)
    return Figure(
        key="model-over-time",
        title="Expected over observed, night after night",
        reading=f"{_latest(series)} {OVER_TIME}".strip(),
        panels=_panels(series, Scale(_ends(shown), WITHIN, (1.0,)), "expected over observed"),
        legend=_legend(series),
        columns=("Night", "Model", "Scored on", "Expected over observed"),
        rows=[
            [day(row["as_at"]), score_name(row["score"]), day(row["index_date"]), decimal(row["value"], 2, withheld=True)]
            for row in shown
        ],
        numeric=range(3, 4),
    )


def _published(rows: list[Row]) -> list[Figure]:
    """By the day the scores were given; none until the first window of published scores is over."""
    series = {
        score: [{**row, "as_at": row["index_date"]} for row in sorted(found, key=lambda row: row["index_date"])]
        for score, found in _series(rows, PUBLISHED).items()
    }
    if not series:
        return []
    shown = sorted((row for found in series.values() for row in found), key=_newest_first)
    return [
        Figure(
            key="model-published",
            title="Expected over observed of scores as they were published",
            reading=f"{_latest(series).replace('Tonight', 'The last whose window is over')} {AS_PUBLISHED}",
            panels=_panels(series, Scale(_ends(shown), WITHIN, (1.0,)), "expected over observed"),
            legend=_legend(series),
            columns=("Scored on", "Model", "Expected over observed"),
            rows=[[day(row["as_at"]), score_name(row["score"]), decimal(row["value"], 2, withheld=True)] for row in shown],
            numeric=range(2, 3),
        )
    ]


def _ends(rows: list[Row]) -> tuple[float, float]:
    every: list[float] = [row["value"] for row in rows if row["value"] is not None]
    return min([0.8, *every]) - 0.05, max([1.2, *every]) + 0.05


def _series(rows: list[Row], kind: str) -> dict[str, list[Row]]:
    """Rows of each score by date."""
    found = [row for row in rows if row["kind"] == kind and row["score"] != EVERY]
    scores = in_order(SCORES, {row["score"] for row in found})
    return {score: sorted((row for row in found if row["score"] == score), key=lambda row: row["as_at"]) for score in scores}


def _largest(rows: list[Row]) -> list[Row]:
    """Of each night the feature that moved most, by date."""
    best: dict[dt.date, Row] = {}
    for row in sorted(rows, key=lambda row: (row["as_at"], -(row["value"] or 0), row["of"])):
        best.setdefault(row["as_at"], row)
    return list(best.values())


def _newest_first(row: Row) -> tuple[int, str, float, str]:
    return -row["as_at"].toordinal(), row["kind"], -(row["value"] or 0), f"{row['score']} {row['of']}"


def _latest(series: Series) -> str:
    said = [f"{_name(name)} {decimal(found[-1]['value'], 2, withheld=True)}" for name, found in series.items() if found]
    return f"Tonight: {'; '.join(said)}." if said else ""


def _name(series: str) -> str:
    return MOST if series == MOST else score_name(series)


def _what(row: Row) -> str:
    return score_name(row["score"]) if row["kind"] == SCORE_STABILITY else row["of"].replace("_", " ")


def _colours(series: Series) -> dict[str, str]:
    scores = dict(zip([name for name in series if name != MOST], COLOURS, strict=False))
    return {name: scores.get(name, AMBER) for name in series}


def _legend(series: Series) -> list[tuple[str, str]]:
    """None beside a single night, which is a sentence and a row."""
    if not _is_drawn(series):
        return []
    return [(colour, _name(name)) for name, colour in _colours(series).items()]


def _is_drawn(series: Series) -> bool:
    return len({row["as_at"] for found in series.values() for row in found}) > 1


def _top(series: Series, least: float) -> float:
    values: list[float] = [row["value"] for found in series.values() for row in found if row["value"] is not None]
    return max([least, *(value * 1.1 for value in values)])


def _panels(series: Series, scale: Scale, title: str) -> list[Panel]:
    """A chart where there is more than one night; one night is a sentence."""
    if not _is_drawn(series):
        return []
    words = "; ".join(
        f"{_name(name)}: " + ", ".join(f"{day(row['as_at'])} {decimal(row['value'], 2, withheld=True)}" for row in found)
        for name, found in series.items()
    )
    return [Panel(lambda width: _draw(series, scale, title, width), f"Lines over nights. {words}")]


def _draw(series: Series, scale: Scale, title: str, width: int) -> Drawing:
    colours = _colours(series)
    values = [
        {"night": row["as_at"].isoformat(), "value": row["value"], "colour": colours[name], "line": name}
        for name, found in series.items()
        for row in found
        if row["value"] is not None
    ]
    y = alt.Scale(domain=list(scale.domain), nice=False, zero=False)
    lines = (
        over(values)
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X(
                "night:T",
                scale=alt.Scale(type="utc"),
                axis=alt.Axis(title=None, format="%-d %b %y", tickCount=4, labelOverlap=True, grid=False),
            ),
            y=alt.Y("value:Q", scale=y, axis=alt.Axis(title=title, tickCount=5, domain=False)),
            color=alt.Color("colour:N", scale=None),
            detail="line:N",
        )
    )
    band = over([{"low": scale.band[0], "high": scale.band[1]}] if scale.band else []).mark_rect(color=PALE)
    marks = over([{"at": at} for at in scale.marks]).mark_rule(color=GREY, strokeDash=[4, 3])
    drawn: Drawing = alt.layer(
        band.encode(y=alt.Y("low:Q", scale=y), y2="high:Q"), marks.encode(y=alt.Y("at:Q", scale=y)), lines
    ).properties(width=width - 70, height=HEIGHT)
    return drawn
