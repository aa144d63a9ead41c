"""Documentation that can be found: every page is in the index, every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGES = sorted([*(TOP / "docs").rglob("*.md"), *TOP.glob("*.md")])
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]+)(?:#[^)\s]*)?\)")


def targets(page: Path) -> list[Path]:
    return [(page.parent / found).resolve() for found in LINK.findall(page.read_text(encoding="utf-8"))]


def test_every_page_is_in_the_index() -> None:
    listed = set(targets(TOP / "docs" / "README.md"))
    missing = set((TOP / "docs").rglob("*.md")) - listed - {TOP / "docs" / "README.md"}
    assert sorted(path.name for path in missing) == []
    assert TOP / "docs" / "README.md" in targets(TOP / "README.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [str(path.relative_to(TOP)) for path in targets(page) if not path.exists()] == []
