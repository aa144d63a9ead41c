"""Colours and sizes of every chart: the NHS blues, all readable on white, none the only carrier of a meaning."""

from __future__ import annotations

from typing import Any

TEXT = "#212b32"
GREY = "#4c6272"
MID_GREY = "#84919c"
GRID = "#d8dde0"
PALE = "#e3eef9"
BLUE = "#005eb8"
DARK_BLUE = "#003087"
LIGHT_BLUE = "#5a9bd5"
PALE_BLUE = "#b3cde8"
WARM = "#ae2573"
AMBER = "#b85c00"

# A chart is drawn once for each of these widths in pixels; the page shows the one that fits.
WIDE = 1040
NARROW = 320
PANEL = 330

FONT_SIZE = 13
CHARACTER = 7.8  # mean width in pixels of a character at that size; generous, as the reader's font may be wider

CONFIG: dict[str, Any] = {
    "aria": False,  # the page says what a chart shows, once
    "background": "transparent",
    "font": "Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "padding": 2,
    "axis": {
        "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "labelColor": TEXT,
        "titleColor": TEXT,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domainColor": GREY,
        "tickColor": GREY,
        "labelLimit": 0,
    },
    "text": {"fontSize": FONT_SIZE, "color": TEXT},
}
