"""`docs/reference/requirements.md` and the pages for the Guardian name only tests, commands and pages that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from pipelines.cli import app
from tests.named_tests import ROOT, is_test

PAGES = ["docs/reference/requirements.md", "docs/explanation/for-the-caldicott-guardian.md", "docs/explanation/the-wall.md"]


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    named = re.findall(r"`(tests/[^`\s]+)`", text_of(page))
    assert [name for name in named if not is_test(name)] == []


def test_every_requirement_has_its_row_with_a_test_or_a_reason() -> None:
    rows = dict(re.findall(r"(?m)^\| (G\d\d) \|(.*)$", text_of(PAGES[0])))
    assert sorted(rows) == [f"G{number:02d}" for number in range(1, 21)]
    assert all("`tests/" in row or "*Not held" in row for row in rows.values())
    assert len(re.findall(r"(?m)^\| [1-8] ", text_of(PAGES[0]))) == 8


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", text_of(page)) if "://" not in link]
    assert [link for link in links if not ((ROOT / page).parent / link).resolve().exists()] == []


def commands(group: typer.core.TyperGroup, path: str) -> set[str]:
    found = set()
    for name, inner in group.commands.items():
        found |= commands(inner, f"{path} {name}") if isinstance(inner, typer.core.TyperGroup) else {f"{path} {name}"}
    return found


def test_every_command_that_the_guardian_is_told_of_is_there() -> None:
    known = commands(typer.main.get_command(app), "caselink")  # type: ignore[arg-type]
    named = re.findall(r"`(caselink [a-z -]+?)(?: --[^`]*)?`", text_of(PAGES[1]))
    assert named
    assert [name for name in named if name not in known] == []


def leaf(command: str) -> typer.core.TyperCommand:
    """The command that a line of words names: `caselink governance papers`."""
    found: Any = typer.main.get_command(app)
    for word in command.split()[1:]:
        found = found.commands[word]
    return found  # type: ignore[no-any-return]


def missing_options(line: str) -> list[str]:
    """Options that a command needs and the line lacks."""
    command = re.match(r"[a-z -]+?(?= --|$)", line)
    assert command, line
    needed = [param for param in leaf(command.group()).params if param.required and param.param_type_name == "option"]
    return [param.opts[0] for param in needed if not set(param.opts) & set(line.split())]


def test_what_the_guardian_is_told_to_type_can_be_typed() -> None:
    typed = re.findall(r"`(caselink [^`]+)`", text_of(PAGES[1]))
    assert len(typed) > 5
    assert [(line, missing_options(line)) for line in typed if missing_options(line)] == []
    assert missing_options("caselink governance papers") == ["--out"]


def test_the_guardians_page_can_be_read_in_ten_minutes() -> None:
    assert len(text_of(PAGES[1]).split()) < 2000
    assert Path(ROOT / PAGES[1]).is_file()
