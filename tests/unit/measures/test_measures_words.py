"""How the report says numbers, dates and names."""

from __future__ import annotations

import datetime as dt

import pytest

from measures.report.charts.bars import Bar, bars, pixels_per_unit
from measures.report.figure import inline, over
from measures.report.html import Html, join, tag
from measures.report.words import (
    SERVICES,
    day,
    in_lines,
    in_order,
    listed,
    month,
    name_of,
    percent,
    place_name,
    plural,
    pounds,
    whole,
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (whole(12345), "12,345"),
        (whole(None), "*"),
        (percent(0.973), "97.3%"),
        (percent(None), "–"),
        (percent(None, withheld=True), "*"),
        (pounds(None), "*"),
        (pounds(8_950), "£90"),
        (pounds(999_900), "£9,999"),
        (pounds(1_000_000), "£10k"),
        (pounds(99_949_999), "£999k"),
        (pounds(99_950_000), "£1.0m"),
        (pounds(123_456_700_000), "£1,234.6m"),
        (day(dt.date(2026, 3, 1)), "1 March 2026"),
        (day(None), "–"),
        (month(dt.date(2005, 12, 1)), "Dec 05"),
        (plural(1, "person", "people"), "1 person"),
        (plural(2000, "row"), "2,000 rows"),
        (listed([]), "none"),
        (listed(["a"]), "a"),
        (listed(["a", "b", "c"]), "a, b and c"),
        (name_of(SERVICES, "primary_care"), "General practice"),
        (name_of(SERVICES, "new_service"), "new service"),
        (place_name("area"), "Whole area"),
        (place_name("North"), "North"),
        (in_lines("a long label in lines", 8), "a long\nlabel…"),
    ],
)
def test_words(said, expected):
    assert said == expected


def test_unknown_keys_come_last():
    assert in_order(SERVICES, ["zz", "social_care", "aa", "outpatient", "outpatient"]) == [
        "outpatient",
        "social_care",
        "aa",
        "zz",
    ]


def test_tags_escape_text_and_attributes_once():
    inner = tag("b", "<i>", title='"x"')
    assert tag("p", inner, "&", class_="a", data_x=None) == '<p class="a"><b title="&quot;x&quot;">&lt;i&gt;</b>&amp;</p>'
    assert join(["<", Html("<br>")], ", ") == "&lt;, <br>"


def test_every_text_fits_behind_its_bar():
    ends = [(100.0, "100"), (90.0, "a rather long text"), (0.0, "nothing")]
    scale = pixels_per_unit(ends, 400, 100)
    assert all(end * scale + 7.8 * len(text) <= 400 for end, text in ends)
    assert pixels_per_unit([(100.0, "x" * 500)], 400, 100) == 1.0  # never shorter than a quarter of the plot


def test_a_drawing_keeps_its_size_and_its_ids_to_itself():
    rows = [Bar("one", 1.0, "1"), Bar("one", None, "*")]
    one, two = (inline(bars(rows, 300), name, "words") for name in ("a", "b"))
    assert one.replace('"a-', '"b-').replace("#a-", "#b-") == two
    assert 'viewBox="0 0 296.6 72" width="296.6" height="72"' in one
    assert 'role="img" aria-label="words"' in one


def test_ids_of_a_clipped_drawing_carry_its_name():
    chart = over([{"x": 1}]).mark_bar(clip=True).encode(x="x:Q")
    assert inline(chart, "mine", "words") == inline(chart, "mine", "words")
    assert 'clip-path="url(#mine-0)"' in inline(chart, "mine", "words")
    assert 'id="mine-0"' in inline(chart, "mine", "words")
