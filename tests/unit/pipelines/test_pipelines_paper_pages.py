"""Papers as pages: whole, closed to the outside, and readable where a screen is narrow."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest

from governance.hazards import hazards
from governance.papers.facts import table
from governance.papers.safety import safety_case
from pipelines.page_words import words_of
from pipelines.paper_pages import paper_page

PAPER = "# A paper: of ours\n\nText with `tests/a.py::test_b`.\n\n" + table(["what", "how long"], [("a | b", 1), ("c", 2)]) + "\n"


class Elements(HTMLParser):
    """Every element's name and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_each_cell_has_the_heading_of_its_column_and_each_part_its_role() -> None:
    elements = Elements(paper_page(PAPER)).found
    assert [said["data-label"] for name, said in elements if name == "td"] == ["what", "how long"] * 2
    roles = {name: said["role"] for name, said in elements if "role" in said}
    assert roles == {
        "table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "th": "columnheader", "td": "cell",
    }  # fmt: skip
    words = words_of(paper_page(PAPER))
    assert "a | b" in words
    assert words.count("A paper: of ours") == 2  # its title, and its heading


def test_a_page_asks_nobody_for_anything() -> None:
    page = paper_page(safety_case(hazards()))
    assert "default-src 'none'" in html.unescape(page)
    names = {name for name, _ in Elements(page).found}
    assert names.isdisjoint({"script", "link", "img", "iframe", "form", "object"})
    assert not re.search(r"https?:|url\(|@import", page)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a <img src=x onerror=y> b", "<!-- hidden -->"])
def test_what_looks_like_html_is_text(text: str) -> None:
    page = paper_page(f"# T\n\n{text}\n\n" + table(["x"], [(text,)]))
    assert text not in page
    assert page.count("&lt;") >= 2


def test_a_date_is_not_broken_over_two_lines_and_text_beside_it_stays_text() -> None:
    page = paper_page("# T\n\nfrom 2026-01-05 to <2028-01-04>, in 12026-01-05\n")
    dates = [said for name, said in Elements(page).found if name == "span"]
    assert dates == [{"class": "date"}] * 2
    assert ".date { white-space: nowrap; }" in page
    assert "from 2026-01-05 to <2028-01-04>, in 12026-01-05" in html.unescape(re.sub(r"</?\w[^>]*>", "", page))


def test_long_test_ids_wrap_and_narrow_screens_get_cards() -> None:
    """The style is what does it; it was looked at in a browser at 375 pixels."""
    page = paper_page(PAPER)
    assert re.search(r"code \{[^}]*overflow-wrap: anywhere", page)
    assert re.search(r"max-width: 50rem\) \{.*td::before \{ content: attr\(data-label\)", page, re.DOTALL)
    assert "@media print" in page
    assert 'name="viewport"' in page


def test_the_same_paper_gives_the_same_page() -> None:
    assert paper_page(PAPER) == paper_page(PAPER)
    assert paper_page("").startswith("<!DOCTYPE html>")
