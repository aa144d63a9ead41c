"""HTML from Python, escaped unless already HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

# Nothing may be fetched, run or sent: the browser is told so, too.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"

VOID = frozenset({"meta", "br", "hr"})


class Html(str):
    """Text that is already HTML. Every other string is escaped on its way into a tag."""

    __slots__ = ()


def escaped(part: str) -> Html:
    """The part as HTML: itself where it is `Html`, escaped where it is plain text."""
    return part if isinstance(part, Html) else Html(html.escape(part))


def join(parts: Iterable[str], between: str = "") -> Html:
    """Parts one after another."""
    return Html(between.join(escaped(part) for part in parts))


def tag(name: str, /, *parts: str, **attributes: str | None) -> Html:
    """One element. `class_` becomes `class`, underscores become hyphens; an attribute of None is left out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"' for key, value in attributes.items() if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{join(parts)}</{name}>")


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: range | None = None) -> Html:
    """A table whose rows become small cards on a narrow screen.

    Columns at the places of `numeric` are right-aligned; by default all but the first. The roles stand there because a
    browser forgets that a table is one when its style makes it a stack of cards.
    """
    right = range(1, len(columns)) if numeric is None else numeric
    kinds = ["number" if place in right else None for place in range(len(columns))]
    heads = [
        tag("th", column, scope="col", role="columnheader", class_=kind) for column, kind in zip(columns, kinds, strict=True)
    ]
    body = [tag("tr", *_cells(row, columns, kinds), role="row") for row in rows]
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *heads, role="row"), role="rowgroup"),
        tag("tbody", *body, role="rowgroup"),
        role="table",
    )


def _cells(row: Sequence[str], columns: Sequence[str], kinds: Sequence[str | None]) -> list[Html]:
    cells = []
    for place, (value, column, kind) in enumerate(zip(row, columns, kinds, strict=True)):
        label = tag("span", column, class_="label", aria_hidden="true")
        if place == 0:
            cells.append(tag("th", label, tag("span", value), scope="row", role="rowheader"))
        else:
            cells.append(tag("td", label, tag("span", value), role="cell", class_=kind))
    return cells
