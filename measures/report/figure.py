"""A figure of the report: a title, a sentence that says what to read in it, charts, and the figures as a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import vl_convert
from altair.typing import ChartType
from altair.utils import schemapi

from measures.report.html import Html, table, tag
from measures.report.theme import CONFIG, NARROW, PANEL, WIDE

Drawing = ChartType
Draw = Callable[[int], Drawing]

TAGS = re.compile(r"<[^>]*>")
LONG_DECIMALS = re.compile(r"-?\d+\.\d{3,}")
ROLES = re.compile(r' (?:role|aria-[a-z]+|class|pointer-events)="[^"]*"')
OWN_IDS = re.compile(r'(?<=id=")[^"]+(?=")')
OUTER = re.compile(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"[^>]*>(.*)</svg>', re.DOTALL)


@dataclass(frozen=True)
class Panel:
    """One chart. `alt` says in words what it shows; a titled panel stands beside others, an untitled one fills the width."""

    draw: Draw
    alt: str
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """Title, reading sentence, legend as (colour, label), panels, and the table under the chart."""

    key: str
    title: str
    reading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    panels: Sequence[Panel] = ()
    legend: Sequence[tuple[str, str]] = ()
    numeric: range | None = None

    def html(self) -> Html:
        """The figure; without panels its table lies open, with them under *The figures*; without columns there is none."""
        figures = table(self.title, self.columns, self.rows, numeric=self.numeric) if self.columns else Html("")
        if self.panels:
            figures = tag("details", tag("summary", "The figures: ", self.title), figures)
        heading = tag("h3", self.title, id=self.key)
        parts = [heading, tag("p", self.reading, class_="reading"), self._legend(), self._charts(), figures]
        return tag("section", *parts, class_="figure", aria_labelledby=self.key)

    def _legend(self) -> Html:
        if not self.legend:
            return Html("")
        items = [tag("li", tag("span", class_="swatch", style=f"background:{colour}"), label) for colour, label in self.legend]
        return tag("ul", *items, class_="legend")

    def _charts(self) -> Html:
        """Beside one another where titled; else one drawing for a wide screen and one for a narrow one."""
        drawn = []
        for number, panel in enumerate(self.panels):
            name = f"{self.key}-{number}"
            if panel.title:
                chart = inline(panel.draw(PANEL), name, panel.alt)
                drawn.append(tag("div", tag("h4", panel.title), chart, class_="panel"))
            else:
                for width, kind in ((WIDE, "wide"), (NARROW, "narrow")):
                    drawn.append(tag("div", inline(panel.draw(width), f"{name}-{kind}", panel.alt), class_=kind))
        return tag("div", *drawn, class_="charts") if drawn else Html("")


def inline(chart: Drawing, name: str, alt_text: str) -> Html:
    """The chart as an SVG element that scales; the same chart always gives the same text.

    Ids get `name` in front, as many drawings stand on one page. No data, font or image is fetched from anywhere.
    """
    spec = chart.configure(**CONFIG).to_dict(validate=schemapi.DEBUG_MODE)
    svg = vl_convert.vegalite_to_svg(spec, vl_version=_version(), allowed_base_urls=[])
    found = OUTER.match(svg)
    if found is None:  # pragma: no cover - a version of the renderer that writes otherwise
        raise ValueError("the renderer wrote no SVG")
    width, height, drawing = found.groups()
    body = _renamed(TAGS.sub(lambda match: _shorter(match.group()), drawing), name)
    return tag("svg", Html(body), role="img", aria_label=alt_text, viewBox=f"0 0 {width} {height}", width=width, height=height)


@contextmanager
def unchecked() -> Iterator[None]:
    """Charts made within are not held against the schema: that takes longer than to draw them, and their tests do it."""
    with schemapi.debug_mode(False):
        yield


def over(values: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """A chart over rows that are written into it."""
    return alt.Chart(alt.InlineData(values=[dict(row) for row in values]))


@cache
def _version() -> str:
    """The release of Vega-Lite that this altair writes, as the renderer names it."""
    wanted = alt.SCHEMA_VERSION.removeprefix("v")
    return next((known for known in vl_convert.get_vegalite_versions() if wanted.startswith(known)), "6.1")


def _shorter(element: str) -> str:
    return LONG_DECIMALS.sub(lambda number: f"{float(number.group()):.2f}", ROLES.sub("", element))


def _renamed(svg: str, name: str) -> str:
    for number, known in enumerate(dict.fromkeys(OWN_IDS.findall(svg))):
        new = f"{name}-{number}"
        svg = svg.replace(f'id="{known}"', f'id="{new}"').replace(f"url(#{known})", f"url(#{new})")
    return svg
