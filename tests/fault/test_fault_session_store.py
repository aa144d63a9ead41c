"""The store of the sessions cannot be read, or not be written: 503 in plain words, nothing cached, no value in the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

import governance.stores
from caseload.web.api.routes import API_ROUTES
from caseload.web.gate import COOKIE
from caseload.web.routes import ROUTES
from caseload.web.sessions import csrf_token, hashed
from governance.store_reach import in_reach
from schemas.errors import GovernanceError
from tests.hostile_pages import address
from tests.made_up_desk import listed, token
from tests.web_site import TOKEN, Site, another_signed_in, client

SAID = "One of Caselink&#39;s databases cannot be used now"
WAYS: dict[str, Callable[[Path], Any]] = {
    "away": lambda store: store.unlink(),
    "cut": lambda store: store.write_bytes(store.read_bytes()[:2000]),
    "no database": lambda store: store.write_bytes(b"x" * 9000),
    "a folder": lambda store: (store.unlink(), store.mkdir()),
}


def made(folder: Path) -> tuple[Site, Any]:
    """A site whose server has started, and not answered anybody yet."""
    site = Site(folder, lists={"caseload": [listed(number) for number in (1, 2, 3)]})
    for account in site.users:
        site.agreements.accept(account, site.version, site.clock())
    return site, site.app(requests_a_minute=100_000, sign_ins_a_minute=100_000)


def spoilt(site: Site, how: str) -> None:
    """One file of everything that was written, and then what is done to it."""
    with closing(sqlite3.connect(site.store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    WAYS[how](site.store)


def said_by_us(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(each.getMessage() for each in caplog.records if not each.name.startswith("httpx"))


@pytest.mark.parametrize("how", WAYS)
def test_a_store_that_cannot_be_read_is_said_by_every_page(tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture) -> None:
    site, app = made(tmp_path / "area")
    browser = another_signed_in(site, app)
    id_ = browser.cookies.get(COOKIE)
    spoilt(site, how)
    for route in ROUTES:
        method, path = route.methods[0], address(route, pseudonym=token(1), step="accept")
        more = {"data": {"csrf": csrf_token(id_)}} if method == "POST" else {}
        answer = browser.request(method, path, **more)
        assert (answer.status_code, SAID in answer.text) == (503, True), route.name
        assert (answer.headers["cache-control"], "set-cookie" in answer.headers) == ("no-store", False), route.name
    for api in API_ROUTES:
        answer = browser.get(address(api, id="1", pseudonym=token(1)))
        assert answer.status_code == (200 if api.everybody else 503), api.name
        assert answer.headers["cache-control"] == "no-store", api.name
    assert [browser.get(path).status_code for path in ("/sign-in", "/nowhere", "/api/nowhere")] == [503, 404, 404]
    log = said_by_us(caplog)
    assert "E-STORE-REACH" in log
    assert not [each for each in (id_, hashed(id_), csrf_token(id_), "care coordinator", token(1), "web_session") if each in log]


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Site, Any, Any]]:
    """A site whose store can be read and not be written: somebody else holds it, and nobody waits long."""
    monkeypatch.setattr(governance.stores, "BUSY_SECONDS", 0.01)
    site, app = made(tmp_path / "area")
    browser = another_signed_in(site, app)
    with closing(sqlite3.connect(site.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield site, app, browser
        other.execute("ROLLBACK")
    form = {"csrf": csrf_token(browser.cookies.get(COOKIE))}
    assert browser.post("/sign-out", data=form).status_code == 303, "it works again once it can"


def test_what_would_change_it_is_not_done_and_is_said(held: tuple[Site, Any, Any], caplog: pytest.LogCaptureFixture) -> None:
    site, _, browser = held
    id_ = browser.cookies.get(COOKIE)
    form = {"csrf": csrf_token(id_)}
    post = {"post": site.users["care coordinator"].posts[0].key, "account": "care coordinator"}
    changes = [("/sign-out", {}), ("/post", post), ("/sessions", {"account": "care coordinator"})]
    answers = [browser.post(path, data=form | more) for path, more in changes]
    assert [(each.status_code, SAID in each.text) for each in answers] == [(503, True)] * len(changes)
    assert not [each for each in answers if "set-cookie" in each.headers]
    assert browser.get("/list").status_code == 200, "nobody was signed out, and she may still read"
    assert not [each for each in (id_, hashed(id_), "UPDATE") if each in said_by_us(caplog)]


def test_nobody_signs_in_and_the_demonstrations_address_is_not_used_up(held: tuple[Site, Any, Any]) -> None:
    _, app, _ = held
    stranger = client(app)
    answer = stranger.post(f"/demo/{TOKEN}", data={"account": "care coordinator"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)
    assert stranger.get(f"/demo/{TOKEN}").status_code == 200


def test_a_use_that_is_not_written_down_ends_the_session_the_earlier(held: tuple[Site, Any, Any]) -> None:
    site, _, browser = held
    site.clock.pass_by(minutes=14)
    assert browser.get("/list").status_code == 200
    site.clock.pass_by(minutes=2)
    assert browser.get("/list").headers["location"] == "/sign-in"
    site.clock.pass_by(minutes=-16)


def test_only_what_passes_is_out_of_reach() -> None:
    def raising(error: Exception) -> Callable[[], None]:
        def work() -> None:
            raise error

        return work

    class TakenAwayError(Exception):
        sqlstate = "42501"

    for cause in (OperationalError("a value", {}, Exception("a value")), ProgrammingError("a value", {}, TakenAwayError()),
                  sqlite3.DatabaseError("a value")):  # fmt: skip
        with pytest.raises(GovernanceError, match="E-STORE-REACH") as caught:
            in_reach(raising(cause))
        assert "value" not in str(caught.value)
        assert caught.value.__context__ is None
    for defect in (IntegrityError("", {}, Exception()), ProgrammingError("", {}, Exception())):
        with pytest.raises(DBAPIError):
            in_reach(raising(defect))
