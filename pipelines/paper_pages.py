"""A paper as one HTML page: opens offline, asks nobody for anything, reads on a telephone, prints on paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from measures.report.html import POLICY, Html, tag

# A browser forgets that a table is one when its style makes its rows cards; so each part says what it is.
ROLES = {
    "table_open": "table", "thead_open": "rowgroup", "tbody_open": "rowgroup", "tr_open": "row", "th_open": "columnheader",
    "td_open": "cell",
}  # fmt: skip

# A browser breaks a line after a hyphen: `2028-01-` at the end of one says nothing.
DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def paper_page(markdown: str) -> str:
    """The page of a paper that is written in Markdown. HTML in the paper is shown as text; the same paper, the same page."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("text", _text)
    tokens = reader.parse(markdown)
    _label_cells(tokens)
    body = Html(reader.renderer.render(tokens, reader.options, {}))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", _title(markdown)),
        tag("style", Html(_style())),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", tag("main", body)), lang="en-GB") + "\n"


def _text(_renderer: Any, tokens: Sequence[Token], place: int, *_rest: Any) -> str:
    """Text as HTML, each date unbroken."""
    return DATE.sub(r'<span class="date">\g<0></span>', escapeHtml(tokens[place].content))


def _title(markdown: str) -> str:
    return markdown.splitlines()[0].removeprefix("# ") if markdown else ""


@cache
def _style() -> str:
    return resources.files("pipelines").joinpath("paper.css").read_text(encoding="utf-8")


def _label_cells(tokens: Sequence[Token]) -> None:
    """Give each cell its role, and the heading of its column for screens that are too narrow for columns."""
    heads: list[str] = []
    place = 0
    for number, token in enumerate(tokens):
        if token.type in ROLES:
            token.attrSet("role", ROLES[token.type])
        if token.type == "table_open":
            heads = []
        elif token.type == "tr_open":
            place = 0
        elif token.type == "th_open":
            heads.append(tokens[number + 1].content)
        elif token.type == "td_open":
            token.attrSet("data-label", heads[place])
            place += 1
