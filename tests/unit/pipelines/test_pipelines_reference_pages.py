"""A generated page that no longer says what the code says fails here; `make docs` mends it."""

import pytest

from pipelines.reference_pages import PAGES, TOP


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_the_code_generates(name: str) -> None:
    assert (TOP / name).read_text(encoding="utf-8") == PAGES[name](), f"docs/reference/{name} is stale: run `make docs`"


def test_every_setting_and_command_has_words() -> None:
    for line in PAGES["commands.md"]().splitlines():
        if line.startswith("| `"):
            assert not line.endswith("|  |"), line
