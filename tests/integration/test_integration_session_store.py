"""Sessions in a real PostgreSQL that is taken away while pages are served: 503 in plain words, and pages once it is back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caseload.web.gate import COOKIE
from caseload.web.sessions import csrf_token, hashed
from governance.stores import Store
from tests.integration.test_integration_postgres import Server, name_of, server  # noqa: F401 - a fixture
from tests.web_site import Site, another_signed_in

SAID = "One of Caselink&#39;s databases cannot be used now"
LOST = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()"
AWAY = {
    "shut": ("ALTER DATABASE {} ALLOW_CONNECTIONS false", "ALTER DATABASE {} ALLOW_CONNECTIONS true"),
    "without its tables": ("ALTER TABLE web_session RENAME TO other", "ALTER TABLE other RENAME TO web_session"),
    "without rights": ("REVOKE ALL ON web_session FROM pages", "GRANT ALL ON ALL TABLES IN SCHEMA public TO pages"),
    "read-only": ("ALTER DATABASE {} SET default_transaction_read_only = on",
                  "ALTER DATABASE {} SET default_transaction_read_only = off"),
}  # fmt: skip


@pytest.fixture
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connections that a server keeps are closed at the end."""
    kept: list[Store] = []
    keep = Store.keep_connections
    monkeypatch.setattr(Store, "keep_connections", lambda self: (keep(self), kept.append(self)))
    yield
    for store in kept:
        store.engine.dispose()


@pytest.mark.usefixtures("_closed")
@pytest.mark.parametrize("how", AWAY)
def test_a_database_that_is_away_is_said_and_nobody_is_signed_out(
    request: pytest.FixtureRequest, tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    running: Server = request.getfixturevalue("server")
    url = running.database()
    name = name_of(url)
    Site(tmp_path / "owners", store=url).app()  # its tables, made by their owner
    running.execute(name, "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pages') "
                         "THEN CREATE ROLE pages LOGIN; END IF; END $$", AWAY["without rights"][1])  # fmt: skip
    own = Site(tmp_path / "served", store=running.url(name, user="pages"))
    app = own.app(requests_a_minute=1000, sign_ins_a_minute=1000)
    browser = another_signed_in(own, app)
    id_ = browser.cookies.get(COOKIE)
    assert browser.get("/sessions").status_code == 200
    run_in = name if how.startswith("without") else "postgres"
    running.execute(run_in, AWAY[how][0].format(name), LOST.format(name))
    if how == "read-only":
        answers = [browser.post("/sign-out", data={"csrf": csrf_token(id_)})]
    else:
        answers = [browser.get("/sessions"), browser.get("/api/me"), browser.get("/sign-in")]
    assert [each.status_code for each in answers] == [503] * len(answers)
    assert SAID in answers[0].text
    assert {(each.headers["cache-control"], each.headers.get("set-cookie")) for each in answers} == {("no-store", None)}
    log = "\n".join(each.getMessage() for each in caplog.records if not each.name.startswith("httpx"))
    assert "E-STORE-REACH" in log
    assert not [each for each in (id_, hashed(id_), "SELECT", "postgres") if each in log]
    running.execute(run_in, AWAY[how][1].format(name), LOST.format(name))
    assert browser.get("/sessions").status_code == 200
