"""What is handed to a user through the API or as a file is in her answer alone: the canary's search over what is left.

Every route of the API and every download is driven over people whose identifiers are marked. The answers hold the
marks, or the search would prove nothing; the stores, the night, the log and the folder of temporary files hold none.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from caseload.desk.services import TakenCode
from caseload.web.api.routes import API_ROUTES
from pipelines.plain_sheets import sheet_of
from tests.canary.marks import DATE, NHS_NUMBER, TEXT, Canary
from tests.canary.matching import Matcher
from tests.canary.searching import Search
from tests.desk_web import DeskWeb, desk_web, token
from tests.governance_drawings import nhs_number
from tests.made_up_desk import PEOPLE
from tests.web_site import token_of

MARKED: dict[str, dict[int, Any]] = {
    "family_name": {n: f"Zwölfelein{n}berger" for n in range(1, PEOPLE + 1)},
    "given_name": {n: f"Quintessa{n}lind" for n in range(1, PEOPLE + 1)},
    "address": {n: f"{n}7 Marzipanhof Crescent" for n in range(1, PEOPLE + 1)},
    "postcode": {n: f"ZZ99 {n}QX" for n in range(1, PEOPLE + 1)},
    "date_of_birth": {n: dt.date(1931, 3, n) for n in range(1, PEOPLE + 1)},
}
KINDS = {"family_name": TEXT, "given_name": TEXT, "address": TEXT, "postcode": TEXT, "date_of_birth": DATE}
PATHS = ("/list", "/list/print", "/take-away", f"/person/{token(1)}", f"/person/{token(1)}/sheet")


def canaries() -> list[Canary]:
    made = [
        Canary(f"{column} {n}", KINDS[column], str(value)) for column, values in MARKED.items() for n, value in values.items()
    ]
    made += [Canary(f"number {n}", NHS_NUMBER, nhs_number(n * 1000)) for n in range(1, PEOPLE + 1)]
    return [*made, Canary("telephone", TEXT, "01632 960001")]


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskWeb:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    made = desk_web(tmp_path, plain_sheet=sheet_of, codes=TakenCode("XaKUL", "Case management started"))
    made.desk.marked = MARKED
    return made


def driven(web: DeskWeb) -> list[Any]:
    """Every answer of every address: the API's to a coordinator and a Guardian, files and pages to whoever takes them; refused
    ones too."""
    answers = []
    for account in ("cora", "gwen"):
        browser = web.browser(account)
        for route in API_ROUTES if account == "cora" else API_ROUTES[-2:]:
            people = (token(1), f"risk-{token(1)}", nhs_number(1000)) if "{" in route.path else ("",)
            answers += [browser.get(re.sub(r"\{[a-z]+\}", person, route.path)) for person in people]
    browser = web.browser("cora")
    answers += [browser.get("/api/list?names=yes"), browser.get(f"/fhir/Patient?identifier={nhs_number(1000)}")]
    answers += [browser.get(path) for path in PATHS]
    for account, forms in (("cora", ("xlsx", "csv", nhs_number(1000))), ("pete", ("codes",)), ("beth", ("csv", "codes"))):
        browser = web.browser(account)
        csrf = token_of(browser.get("/").text)
        answers += [browser.post("/take-away", data={"csrf": csrf, "form": form, "names": "yes"}) for form in forms]
    return answers


def said_by_us(caplog: pytest.LogCaptureFixture) -> str:
    """The log without what the tests' own client says of its requests."""
    said = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert any(record.name == "caselink.web" for record in said)
    return "\n".join(record.getMessage() for record in said)


def test_nothing_that_was_handed_over_is_left_behind(web: DeskWeb, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answers = driven(web)
    assert {each.status_code for each in answers} == {200, 400, 403, 404}
    given, left = (Search(Matcher(canaries())) for _ in range(2))
    files = [each.content for each in answers if each.content.startswith(b"PK")]
    given.blob(files[0], "a workbook")
    given.blob(b"\n".join(sorted({each.content for each in answers} - set(files))), "pages, answers and CSV files")
    left.blob(b"\n".join(sorted({each.content for each in answers if each.status_code >= 400})), "refusals")
    left.blob(
        "\n".join(sorted({f"{name}: {value}" for each in answers for name, value in each.headers.items()})).encode(), "headers"
    )
    found = {leak.canary for leak in given.leaks}
    assert {name for name in found if name.endswith(" 1")} == {f"{column} 1" for column in (*MARKED, "number")}
    assert "telephone" in found
    out = [web.site.folder / "identities.db", web.site.folder / "vault"]  # where identities lie, by design
    left.folder(web.site.folder, name="area", leave_out=out)
    left.folder(tmp_path / "temporary", name="temporary")
    left.blob(said_by_us(caplog).encode(), "log")
    left.blob(str(web.site.audit.rows()).encode(), "audit")
    assert (sorted(map(str, left.leaks)), left.unread) == ([], [])
    assert left.places >= 7  # three stores and four blobs
    assert out[0].is_file()
    assert list((tmp_path / "temporary").iterdir()) == [], "no temporary file was made and forgotten"


def test_no_file_is_made_with_a_temporary_one(web: DeskWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for a moment: there is no folder that one could lie in."""
    browser = web.browser("cora")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    csrf = token_of(browser.get("/").text)
    for form in ("xlsx", "csv"):
        assert browser.post("/take-away", data={"csrf": csrf, "form": form, "names": "yes"}).status_code == 200
    assert browser.get("/fhir/Patient").status_code == 200


def test_the_search_would_find_what_is_left(web: DeskWeb, tmp_path: Path) -> None:
    """The control: a workbook that was left in the folder of temporary files is found."""
    browser = web.browser("cora")
    csrf = token_of(browser.get("/").text)
    taken = browser.post("/take-away", data={"csrf": csrf, "form": "xlsx", "names": "yes"})
    (tmp_path / "temporary" / "tmp1").write_bytes(taken.content)
    left = Search(Matcher(canaries()))
    left.folder(tmp_path / "temporary", name="temporary")
    assert len({leak.canary for leak in left.leaks}) >= 4 * len(MARKED)
