"""Taking a list away and printing it, in a real browser: every width, accessibility, the file, and what prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caseload.desk.services import TakenCode
from pipelines.plain_sheets import sheet_of
from tests.browsers import WIDTHS, free_port
from tests.desk_web import desk_web, token
from tests.web_site import TOKEN

PAGES = ("/take-away", "/list/print", f"/person/{token(1)}/sheet")
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def pete(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Any, int], None], browser: Any) -> Any:
    """A practice user's browser over a made-up night."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    web = desk_web(tmp_path_factory.mktemp("site"), plain_sheet=sheet_of, codes=TakenCode("XaKUL", "Case management started"))
    serve(web.app(origin=origin, requests_a_minute=1000, sign_ins_a_minute=1000), port)
    context = browser.new_context(base_url=origin, accept_downloads=True)
    page = context.new_page()
    page.goto(f"/demo/{TOKEN}")
    page.select_option("#account", "pete")
    page.click("main button")
    page.wait_for_selector("h1")
    yield page
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_has_no_serious_finding(pete: Any, axe: str, path: str, width: str) -> None:
    pete.set_viewport_size({"width": WIDTHS[width], "height": 900})
    pete.goto(path)
    assert "Not found" not in pete.inner_text("h1")
    assert pete.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
    pete.evaluate(axe)
    found = pete.evaluate("async () => (await axe.run()).violations.map(each => [each.impact, each.id, each.nodes[0].html])")
    assert [each for each in found if each[0] in SERIOUS] == []


def test_the_file_comes_with_a_neutral_name(pete: Any) -> None:
    pete.goto("/take-away")
    with pete.expect_download() as coming:
        pete.click("main form button")
    assert coming.value.suggested_filename.startswith("list-0123456789abcdef-")


def test_paper_has_no_menu_and_says_who_printed_it(pete: Any) -> None:
    pete.goto("/list/print")
    pete.emulate_media(media="print")
    assert not pete.is_visible(".caselink-paper__back")
    assert pete.is_visible("text=pete; night of 30 September 2026")
    pete.emulate_media(media="screen")
