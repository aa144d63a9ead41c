"""What is typed into a form, written into an extract or set by a configuration, followed into everything that leaves the pages.

Take-aways: the workbook, CSV with names and with codes, the practice's file of codes, the print view, the plain sheet, and the
answers of the API. No cell of a file is a formula or a link, no page for paper holds a tag of somebody's, and what is typed into
forms is in no file at all.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import re
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest

from caseload.desk.posts import Post
from caseload.desk.services import TakenCode, TeamWords
from caseload.lists import CaseloadList
from caseload.web.api.routes import API_ROUTES
from caseload.web.users import User
from caseload.workbook import FORMULA_STARTS
from governance.access.roles import COORDINATOR
from pipelines.plain_sheets import sheet_of
from schemas.table import Column
from tests.desk_web import FACT, DeskWeb, desk_web, token
from tests.hostile_pages import LEAVES, MARK, SCRIPT, Reached, filled_in, sent, walk
from tests.made_up_desk import PEOPLE, TEAM
from tests.web_site import another_signed_in, token_of

WHO_TAKES = ("cora", "beth", "pete")
WHO_TYPE = ("cora", "beth", "pete", "mia", "gwen")
SEEDS = tuple(f"/person/{token(1)}{more}" for more in ("", "/do/note", "/do/accept"))
FORMULAS = {
    "equals": f'=HYPERLINK("http://elsewhere.example","{MARK}")', "plus": f"+1+{MARK}", "minus": f"-2+3+cmd|' /C calc'!{MARK}",
    "at": f"@SUM({MARK})", "tab": f"\t={MARK}", "return": f"\r={MARK}", "wide": f"＝{MARK}", "quotes": f'"{MARK}","=1+1"',
    "line": f'{MARK}"\r\n=1+1,"', "script": SCRIPT, "address": f"http://elsewhere.example/{MARK}",
}  # fmt: skip


@dataclasses.dataclass
class Taken:
    """Everything that may be taken away. `files`: name to bytes; `papers`: name to HTML; `answers`: address to the API's text."""

    files: dict[str, bytes] = dataclasses.field(default_factory=dict)
    papers: dict[str, str] = dataclasses.field(default_factory=dict)
    answers: dict[str, str] = dataclasses.field(default_factory=dict)


def taken(web: DeskWeb, app: Any, accounts: tuple[str, ...] = WHO_TAKES) -> Taken:
    """What each of them is given."""
    found = Taken()
    for account in accounts:
        browser = another_signed_in(web.site, app, account)
        csrf = token_of(browser.get("/").text)
        for form, names in (("xlsx", "yes"), ("xlsx", "no"), ("csv", "yes"), ("csv", "no"), ("codes", "yes")):
            answer = browser.post("/take-away", data={"csrf": csrf, "form": form, "names": names})
            if answer.status_code == 200:
                found.files[f"{account} {form} {names}"] = answer.content
        for path in ("/list/print", "/list/print?whose=team", *(f"/person/{token(number)}/sheet" for number in (1, 2, 3))):
            answer = browser.get(path)
            if answer.status_code == 200:
                found.papers[f"{account} {path}"] = answer.text
        for route in API_ROUTES if account == "cora" else ():
            answer = browser.get(
                re.sub(r"\{[a-z]+\}", token(1), route.path), params={"names": "yes"} if "list" in route.path else {}
            )
            assert answer.headers["content-type"].split(";")[0].endswith("json")
            found.answers[f"{account} {route.path}"] = answer.text
    kinds = {name.partition(" ")[2] for name in found.files}
    assert kinds == {"xlsx yes", "xlsx no", "csv yes", "csv no", "codes yes"}, "every kind of file was taken by somebody"
    assert {name.partition(" ")[2].rpartition("/")[2].partition("?")[0] for name in found.papers} == {"print", "sheet"}
    return found


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def rows_of(content: bytes) -> list[list[str]]:
    """A CSV file as a spreadsheet reads it: a quote inside a field is two."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def check(found: Taken) -> None:
    """Nothing of it does anything wherever it is opened."""
    for name, content in found.files.items():
        if "xlsx" in name:
            book = openpyxl.load_workbook(io.BytesIO(content))
            cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
            assert {cell.data_type for cell in cells} <= {"s", "n"}, name
            assert not any(cell.hyperlink for cell in cells), name
            assert not book.defined_names, name
            heads = [part.text or "" for sheet in book.worksheets for part in (sheet.oddHeader.left, sheet.oddFooter.left)]
            assert all("\n" not in head and "\r" not in head for head in heads), name
            continue
        rows = rows_of(content)
        assert {len(row) for row in rows} == {len(rows[0])}, "no field leaves its place"
        for cell in (cell for row in rows for cell in row):
            number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?", cell)
            assert number or not cell.startswith(FORMULA_STARTS), (name, cell[:20])
    for name, text in found.papers.items():
        tags = Tags(text).found
        assert not [tag for tag, _ in tags if tag in ("script", "img", "iframe", "object", "form")], name
        assert not [each for _, attributes in tags for each in attributes if each.startswith("on")], name
        links = [value or "" for _, attributes in tags for each, value in attributes.items() if each in ("href", "src")]
        assert all(link.startswith("/") and not link.startswith("//") for link in links), name
        assert f"<script>{MARK}" not in text


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[DeskWeb, Any, dict[str, Reached]]:
    """A site into whose forms everything was typed, by every role, and what each role reached."""
    web = desk_web(tmp_path_factory.mktemp("typed"), plain_sheet=sheet_of, codes=TakenCode("XaKUL", "Case management started"))
    app = web.app(requests_a_minute=100_000, sign_ins_a_minute=100_000)
    reached = {account: walk(web.site, app, account, SEEDS) for account in WHO_TYPE}
    for each in reached.values():
        for form in each.forms.values():
            if form.action in LEAVES or form.method == "GET" or form.action.startswith("/take-away"):
                continue
            for payload, everywhere in ((FORMULAS["equals"], False), (SCRIPT, False), (SCRIPT, True)):
                assert all(answer.status_code < 500 for answer in sent(each, form, payload, everywhere=everywhere))
    return web, app, reached


def test_every_text_field_was_typed_into_and_some_of_it_was_kept(typed: tuple[DeskWeb, Any, dict[str, Reached]]) -> None:
    web, app, reached = typed
    fields = {(form.action.split("?")[0].replace(token(1), "{}"), name) for each in reached.values()
              for form in each.forms.values() for name in form.texts}  # fmt: skip
    assert {name for _, name in fields} >= {"note", "text", "family", "given", "number"}
    form = next(form for form in reached["beth"].forms.values() if form.action.endswith("/do/note"))
    assert filled_in(form, SCRIPT, everywhere=False)["note"] == SCRIPT
    page = another_signed_in(web.site, app, "beth").get(f"/person/{token(1)}").text
    assert f"&lt;script&gt;{MARK}" in page, "a note was kept, and is shown as it was typed"
    assert f"<script>{MARK}" not in page


def test_what_was_typed_into_forms_is_in_nothing_that_leaves(typed: tuple[DeskWeb, Any, dict[str, Reached]]) -> None:
    web, app, _ = typed
    found = taken(web, app)
    check(found)
    for name, content in found.files.items():
        parts = [content]
        if "xlsx" in name:
            book = openpyxl.load_workbook(io.BytesIO(content))
            parts = [str(cell.value).encode() for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
        assert not any(MARK.encode() in part for part in parts), name
    assert not [name for name, text in {**found.papers, **found.answers}.items() if MARK in text]


def texts_of(kind: type[CaseloadList]) -> list[str]:
    """The text columns of a list whose words are free: not ids of ours, and no code list."""
    columns: dict[str, Column] = kind.columns()
    return [
        name for name, column in columns.items() if str(column.type) == "string" and not column.codes and name != "pseudonym"
    ]  # fmt: skip


def hostile(tmp: Any, payloads: list[str]) -> DeskWeb:
    """A night and a configuration all of whose free texts are payloads, each the next one of a round."""
    turn = itertools.cycle(payloads)
    typed = [name for name in texts_of(CaseloadList) if not name.endswith("_id") and name != "gp_practice_code"]
    told = "\n\n".join(("", next(turn), f"# {next(turn)}", f"- {next(turn)}"))
    web = desk_web(
        tmp, plain_sheet=lambda *facts: sheet_of(*facts) + told, codes=TakenCode(next(turn), next(turn)),
        teams={TEAM: TeamWords(TEAM, next(turn), next(turn))}, area=next(turn),
    )  # fmt: skip
    web.desk.marked = {
        column: {number: next(turn) for number in range(1, PEOPLE + 1)}
        for column in ("family_name", "given_name", "address", "postcode")
    }
    for row in web.desk.lists["caseload"]:
        row |= {name: next(turn) for name in typed}
    words = ("words", "plain_words", "told_by")
    web.desk.facts = [{"number": number, **FACT} | {name: next(turn) for name in words} for number in (1, 2)]
    web.site.users["=hostile+1"] = User("=hostile+1", (Post(COORDINATOR, TEAM),), name=next(turn))
    return web


@pytest.mark.parametrize("payloads", [[FORMULAS["equals"]], [FORMULAS["script"]], list(FORMULAS.values())])
def test_what_an_extract_or_a_configuration_says_does_nothing_anywhere(tmp_path: Any, payloads: list[str]) -> None:
    web = hostile(tmp_path, payloads)
    app = web.app(requests_a_minute=100_000, sign_ins_a_minute=100_000)
    accept_all(web, app)
    found = taken(web, app, (*WHO_TAKES, "=hostile+1"))
    check(found)
    assert any(MARK.encode() in content for name, content in found.files.items() if "csv yes" in name), "it was there"
    assert any(MARK.encode() in content for name, content in found.files.items() if "codes" in name)
    assert all(MARK in text for name, text in found.papers.items() if "print" in name and not name.startswith("="))


def accept_all(web: DeskWeb, app: Any) -> None:
    """Episodes run, so that a file of codes has somebody in it."""
    browser = another_signed_in(web.site, app, "beth")
    path = f"/person/{token(1)}/do/accept"
    page = browser.get(path).text
    last = re.search(r'name="last" value="([0-9]+)"', page)
    assert last
    said = {"csrf": token_of(page), "last": last[1], "thread": "0", "professional": "north-ap1"}
    reason = re.search(r'name="reason"[^>]*value="([^"]+)"', page)
    answer = browser.post(path, data=said | ({"reason": reason[1]} if reason else {}))
    assert answer.status_code == 303, answer.text[-1500:]
