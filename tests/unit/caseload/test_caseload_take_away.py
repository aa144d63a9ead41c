"""Take-away over a made-up night: what is in a file, who may take which, what is written down first, and paper."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from caseload.desk.printed import parts_of
from caseload.desk.services import TakenCode
from caseload.entries.policies import Decision
from caseload.entries.states import ACCEPT
from caseload.workbook import ABOUT
from governance.audit import Act
from pipelines.plain_sheets import sheet_of
from schemas.errors import GovernanceError
from tests.access_drawings import FREE
from tests.desk_web import NOON, POSTS, DeskWeb, desk_web, token
from tests.made_up_desk import LEAD, RUN, TEAM
from tests.web_site import token_of

MARK = "{}; night of 30 September 2026 (0123456789abcdef); case-management; audit row {}"


@pytest.fixture
def web(tmp_path: Path) -> DeskWeb:
    return desk_web(tmp_path, plain_sheet=sheet_of, codes=TakenCode("XaKUL", "Case management started"))


def take(browser: Any, **form: str) -> Any:
    return browser.post("/take-away", data={"csrf": token_of(browser.get("/take-away").text), **form})


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def identities(web: DeskWeb) -> list[dict[str, Any]]:
    return [row for row in web.site.audit.rows("reidentify") if row["decision"] == "allowed"]


def taken(web: DeskWeb) -> dict[str, Any]:
    (row,) = web.site.audit.rows("take away")
    return row


def accept(web: DeskWeb, number: int) -> None:
    from caseload.desk.posts import Visit

    services = web.site.services
    request = Visit("beth", POSTS["beth"], NOON - dt.timedelta(days=2), RUN).request()
    door = services.doors[TEAM](services.nights.current())
    services.entries.decide(request, token(number), Decision(ACCEPT, "clinical judgement", 0, professional=LEAD), door)


def test_a_workbook_bears_who_took_it_on_every_sheet_and_in_the_audit_log(web: DeskWeb) -> None:
    browser = web.browser("cora")
    answer = take(browser, form="xlsx", names="yes")
    row = taken(web)
    mark = MARK.format("cora", row["seq"])
    assert answer.headers["content-disposition"] == f'attachment; filename="list-{RUN}-{row["seq"]}.xlsx"'
    assert answer.headers["cache-control"] == "no-store"
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    about = {cells[0].value: cells[1].value for cells in book[ABOUT].iter_rows()}
    assert (about["Taken away"], about["Names"]) == (mark, "all of them")
    for sheet in book:
        assert sheet.oddHeader.left.text == mark
        assert sheet.oddFooter.left.text == mark
    sheet = book["My list"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:8] == [
        "nhs number",
        "given name",
        "family name",
        "date of birth",
        "address",
        "postcode",
        "no name because",
        "person",
    ]
    assert "reasons restricted" not in heads
    assert sheet.max_row == 5
    assert all(cells[0].value for cells in sheet.iter_rows(min_row=2))
    assert len(identities(web)) == 4
    assert row["purpose"] == "case-management: xlsx, 4 people, names"
    assert all(each["seq"] > row["seq"] for each in identities(web)), "the take-away is written down before anybody is shown"


def test_a_csv_has_the_mark_in_every_row_and_codes_where_nobody_asked_for_names(web: DeskWeb) -> None:
    web.desk.lists["caseload"][0] |= {"reasons": "=cmd()", "why_placed": "+1"}
    rows = rows_of(take(web.browser("beth"), form="csv"))
    assert [row["person"] for row in rows] == [token(1), token(2), token(3)]
    assert {row["taken_away"] for row in rows} == {MARK.format("beth", taken(web)["seq"])}
    assert (rows[0]["reasons"], rows[0]["why_placed"]) == ("'=cmd()", "'+1")
    assert "nhs_number" not in rows[0]
    assert identities(web) == []


def test_a_role_that_may_not_ask_for_many_takes_no_names(web: DeskWeb) -> None:
    browser = web.browser("beth")
    assert 'name="names"' not in browser.get("/take-away").text
    assert take(browser, form="xlsx", names="yes").status_code == 403
    assert web.site.audit.rows("take away") == []
    assert identities(web) == []


def test_whom_the_door_does_not_show_stands_without_a_name_and_the_file_says_so(web: DeskWeb) -> None:
    web.desk.limits = dataclasses.replace(FREE, most_rows=2)
    rows = rows_of(take(web.browser("cora"), form="csv", names="yes"))
    assert [bool(row["nhs_number"]) for row in rows] == [True, True, False, False]
    assert rows[2]["no_name_because"] == "more people than one page may name"
    answer = take(web.browser("cora"), form="xlsx", names="yes")
    about = {cells[0].value: cells[1].value for cells in openpyxl.load_workbook(io.BytesIO(answer.content))[ABOUT].iter_rows()}
    assert about["Names"].startswith("Names are shown for 2 of 4 people here.")


def test_the_file_of_codes_is_of_the_practices_own_people_in_an_episode(web: DeskWeb) -> None:
    web.desk.lists["caseload"][1]["since"] = dt.date(2026, 9, 1)
    browser = web.browser("pete")
    assert rows_of(take(browser, form="codes")) == [], "a proposal is nobody's record"
    accept(web, 2)
    answer = take(browser, form="codes")
    (row,) = rows_of(answer)
    assert set(row) == {"NHS number", "code", "term", "date"}
    assert re.fullmatch("[0-9]{10}", row["NHS number"])
    assert (row["code"], row["term"], row["date"]) == ("XaKUL", "Case management started", "2026-09-28")
    assert len(identities(web)) == 1
    assert answer.content.startswith(b'"NHS number"'), "no byte-order mark: a machine reads it"


@pytest.mark.parametrize("account", ["cora", "beth"])
def test_only_a_practice_takes_its_codes(web: DeskWeb, account: str) -> None:
    browser = web.browser(account)
    assert "File of codes" not in browser.get("/take-away").text
    assert take(browser, form="codes").status_code == 403


def test_no_codes_while_nobody_has_decided_which(tmp_path: Path) -> None:
    browser = desk_web(tmp_path).browser("pete")
    assert "File of codes" not in browser.get("/take-away").text
    assert take(browser, form="codes").status_code == 403


@pytest.mark.parametrize("form", ["", "exe", "XLSX", "<script>"])
def test_what_is_no_kind_of_file_shows_the_choices_again(web: DeskWeb, form: str) -> None:
    answer = take(web.browser("beth"), form=form)
    assert (answer.status_code, "Choose a kind of file." in answer.text) == (400, True)
    assert web.site.audit.rows("take away") == []


def test_nothing_is_taken_that_cannot_be_written_down(web: DeskWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = web.browser("cora")
    page = browser.get("/take-away").text

    def full(_act: Act, _subjects: Any = ("",)) -> int:
        raise GovernanceError("E-AUDIT-STORE", "the audit log cannot be written.")

    monkeypatch.setattr(web.site.audit, "append", full)
    for path in ("/list/print", f"/person/{token(1)}/sheet"):
        assert browser.get(path).status_code == 503
    assert browser.post("/take-away", data={"csrf": token_of(page), "form": "csv"}).status_code == 503


def test_a_page_of_the_list_for_paper(web: DeskWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseload.desk.printed.PAGE_ROWS", 2)
    browser = web.browser("beth")
    text = browser.get("/list/print?sort=risk").text
    (row,) = web.site.audit.rows("print list")
    assert MARK.format("beth", row["seq"]) in text
    assert text.count("NHS number") == 2
    assert len(identities(web)) == 2
    assert 'href="/list/print?sort=risk&amp;page=2"' in text
    assert "nhsuk-header" not in text
    assert "page 2 of 2" in browser.get("/list/print?sort=risk&page=9").text
    from caseload.desk.posts import Visit

    other_night = Visit("beth", POSTS["beth"], NOON, "fedcba9876543210").request()
    assert web.site.services.entries.last_look(other_night) is None, "paper is no look"


def test_a_sheet_for_the_person_has_her_facts_and_no_name(web: DeskWeb) -> None:
    web.desk.facts[0]["plain_words"] = "<script>alert(1)</script> You were in hospital."
    browser = web.browser("beth")
    text = browser.get(f"/person/{token(1)}/sheet").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; You were in hospital." in text
    assert "Hospital (what we knew up to 24 September)" in text
    assert "crisis" not in text, "a sheet lies about at home"
    assert token(1) not in text.replace(f'href="/person/{token(1)}"', "")
    assert identities(web) == []
    (row,) = web.site.audit.rows("plain sheet")
    assert (row["actor"], row["decision"], row["subject"][:7]) == ("beth", "allowed", "audit1-")


def test_a_sheet_of_nobody_and_of_somebody_elses_person_are_answered_alike(web: DeskWeb) -> None:
    browser = web.browser("beth")
    answers = [browser.get(f"/person/{each}/sheet") for each in (token(4), "nobody", token(8), token(2))]
    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}
    rows = web.site.audit.rows("plain sheet")
    assert [row["decision"] for row in rows] == ["denied"] * 3 + ["allowed"], (
        "the last is hers, and the night says nothing of her"
    )


def test_the_blocks_of_a_sheet() -> None:
    text = "# Why\n\nOne line.\n\n## What\n\n### A&E (up to 1 May)\n\n- one\n- two\n"
    assert parts_of(text) == [
        ("title", ["Why"]), ("text", ["One line."]), ("heading", ["What"]), ("source", ["A&E (up to 1 May)"]),
        ("points", ["one", "two"]),
    ]  # fmt: skip
    assert parts_of("") == []


def test_a_sheet_says_which_feeds_are_late() -> None:
    as_at = dt.date(2026, 9, 30)
    feeds = [
        {"source": "gp", "state": "current", "data_to": as_at},
        {"source": "ecds", "state": "missing", "data_to": None},
        {"source": "csds", "state": "stale", "data_to": dt.date(2026, 8, 1)},
        {"source": "register", "state": "stale", "data_to": None},
    ]
    text = sheet_of([{"plain_words": None, "category": "ordinary", "fact": "x"}], feeds, as_at)
    assert "- A&E data are missing: nothing of them is counted.\n- Community health data stop at 1 August" in text
    assert "register" not in text
