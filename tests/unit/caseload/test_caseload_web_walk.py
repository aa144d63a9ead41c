"""One walk through the pages: in by the demonstration's address, home, the agreement, the runs, another role, and out."""

from __future__ import annotations

from pathlib import Path

from caseload.desk.night import PublishedNight
from caseload.desk.tables import FILE
from tests.made_up_desk import TEAM
from tests.web_site import RUN, TOKEN, Site, accept_agreement, another_signed_in, client, signed_in, token_of


def test_a_walk(tmp_path: Path) -> None:
    app = Site(tmp_path / "area").app()
    assert client(app).get("/").headers["location"] == "/sign-in"
    assert client(app).get(f"/demo/{TOKEN}").status_code == 200
    browser = signed_in(app, "operator")
    assert "27 November 2026" in browser.get("/").text
    assert browser.get(f"/runs/{RUN}").status_code == 200
    accept_agreement(browser)
    assert "You accepted this version." in browser.get("/agreement").text
    other = {"csrf": token_of(browser.get("/posts").text), "account": "analyst", "post": "analyst|||"}
    assert browser.post("/post", data=other).status_code == 303
    assert browser.get("/runs").status_code == 403
    assert browser.post("/sign-out", data={"csrf": token_of(browser.get("/").text)}).status_code == 303
    assert browser.get("/").headers["location"] == "/sign-in"


def test_the_night_is_opened_as_the_server_starts_and_not_by_the_first_visitor(tmp_path: Path) -> None:
    site = Site(tmp_path / "area")
    told: list[str] = []
    night = site.nights.served
    site.nights.served = PublishedNight(night.run_id, night.as_at, night.folder, check=lambda path: told.append(path.name))
    app = site.app()
    with client(app):
        assert told == [FILE]
        browser = another_signed_in(site, app, "care coordinator")
        accept_agreement(browser)
        assert browser.get("/list").status_code == 200
    assert told == [FILE]


def test_the_server_starts_beside_a_night_that_is_damaged(tmp_path: Path) -> None:
    site = Site(tmp_path / "area")
    (site.nights.served.folder / "out" / TEAM / FILE).unlink()
    with client(site.app()) as browser:
        assert browser.get("/sign-in").status_code == 200
