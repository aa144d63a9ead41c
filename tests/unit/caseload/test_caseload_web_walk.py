"""One walk through the pages: in by the demonstration's address, home, the agreement, the runs, another role, and out."""

from __future__ import annotations

from pathlib import Path

from tests.web_site import RUN, TOKEN, Site, accept_agreement, client, signed_in, token_of


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
