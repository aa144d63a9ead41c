"""What a page or an XML part says: its text, scripts, comments and attributes; looks and the geometry of drawings left out."""

from __future__ import annotations

from html.parser import HTMLParser

# Of a drawing: numbers with many digits and colours, and nothing that anybody wrote.
LOOKS = frozenset(
    {"d", "points", "transform", "viewbox", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "dx", "dy", "width", "height",
     "style", "fill", "stroke"}
)  # fmt: skip


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.element = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.element = tag
        self.words += [value for name, value in attrs if value and name not in LOOKS]

    def handle_endtag(self, tag: str) -> None:
        self.element = "" if tag == self.element else self.element

    def handle_data(self, data: str) -> None:
        if self.element != "style":
            self.words += data.splitlines()

    def handle_comment(self, data: str) -> None:
        self.words += data.splitlines()


def words_of(page: str) -> list[str]:
    """Lines of everything that the page says, comments, scripts and attributes too, in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.words
