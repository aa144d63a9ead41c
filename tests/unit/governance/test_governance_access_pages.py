"""The page in words shows the states as the code has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.access import break_glass, bulk
from governance.access.reference_page import diagram

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("page", ["explanation/who-may-see-a-name.md", "reference/access.md"])
@pytest.mark.parametrize("drawn", [diagram(break_glass.STATES, break_glass.OPEN), diagram(bulk.STATES, bulk.ASKED)])
def test_the_diagrams_are_the_dicts(page: str, drawn: str) -> None:
    assert drawn in (DOCS / page).read_text(encoding="utf-8")


def test_a_diagram_has_every_state_and_every_event() -> None:
    drawn = diagram({"a": {"go": "b"}, "b": {}}, "a")
    assert "[*] --> s0" in drawn
    assert "s0 --> s1: go" in drawn
    assert "s1 --> [*]" in drawn
