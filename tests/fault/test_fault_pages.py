"""Pages beside a vault that is locked, an audit log that is full, and no published night: nobody is shown, and the rest works."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from caseload.web.api.routes import API_ROUTES
from caseload.web.routes import ROUTES
from tests.hostile_pages import address, allowed_to
from tests.made_up_desk import listed, token
from tests.web_site import Site, another_signed_in

GETS = [route for route in (*ROUTES, *API_ROUTES) if route.methods == ("GET",)]
NAMED = ("/list", f"/person/{token(1)}")  # pages with names on them
UNNAMED = ("/", "/posts", "/sessions", "/agreement")
# The API's: the same people, the same door.
CALLED = ("/api/list?names=yes", f"/api/person/{token(1)}", "/fhir/Patient", f"/fhir/Patient/{token(1)}")
ANSWERED = ("/api/me", "/api/openapi.json", "/fhir/metadata")
FAMILY = "Family1"


def made(folder: Path) -> Site:
    site = Site(folder, lists={"caseload": [listed(number) for number in (1, 2, 3)]})
    for account in site.users:
        site.agreements.accept(account, site.version, site.clock())
    return site


def statuses(site: Site, app: Any) -> dict[str, int]:
    """Of every page that is read and address of the API: the status for a role that may open it. No answer shows a name."""
    found = {}
    for route in GETS:
        browser = another_signed_in(site, app, allowed_to(route))
        said = {"names": "yes"} if route.path == "/api/list" else {}
        answer = browser.get(address(route, pseudonym=token(1), step="accept", id=token(1)), params=said)
        assert FAMILY not in answer.text, route.name
        assert answer.headers["cache-control"] == "no-store", route.name
        found[route.name] = answer.status_code
    return found


@pytest.mark.parametrize("how", ["away", "no database", "cut"])
def test_a_locked_vault_shows_nobody_and_the_rest_works(tmp_path: Path, how: str) -> None:
    site = made(tmp_path / "area")
    identities = site.folder / "identities.db"
    kept = identities.read_bytes()
    identities.chmod(0o600)
    if how == "away":
        identities.unlink()
    else:
        identities.write_bytes(b"x" * 10_000 if how == "no database" else kept[:4096])
    app = site.app(requests_a_minute=100_000, sign_ins_a_minute=100_000)
    found = statuses(site, app)
    assert set(found.values()) <= {200, 303, 404, 503}
    assert (found["GET /list"], found["GET /person/{pseudonym}"]) == (503, 503)
    people = ("/api/list", "/api/person/{pseudonym}", "/fhir/Patient", "/fhir/Patient/{id}")
    assert [found[f"GET {path}"] for path in people] == [503] * len(people)
    assert [found[f"GET {path}"] for path in (*UNNAMED, *ANSWERED)] == [200] * len((*UNNAMED, *ANSWERED))
    assert site.audit.verify() is None
    identities.write_bytes(kept)
    browser = another_signed_in(site, site.app())  # as a server that is started once the vault is open
    assert all(FAMILY in browser.get(path).text for path in (*NAMED, *CALLED))


def test_without_a_published_night_every_page_that_needs_one_says_so(tmp_path: Path) -> None:
    site = made(tmp_path / "area")
    site.nights.served = None
    found = statuses(site, site.app(requests_a_minute=100_000, sign_ins_a_minute=100_000))
    needs = {route.name for route in GETS if route.needs_night}
    assert {name for name, status in found.items() if status == 503} >= needs
    assert [found[f"GET {path}"] for path in (*UNNAMED, *ANSWERED)] == [200] * len((*UNNAMED, *ANSWERED))


# A server on a disk that gets full: no file can grow any more. What is read of the stores is there still.
FULL = """
import json, resource, signal, sys
from pathlib import Path
from caseload.web.gate import COOKIE
from caseload.web.sessions import csrf_token
from tests.fault.test_fault_pages import ANSWERED, CALLED, FAMILY, NAMED, UNNAMED, made
from tests.web_site import another_signed_in
site = made(Path(sys.argv[1]))
site.audit.store.keep_connections()  # as whoever serves does
app = site.app()
browser = another_signed_in(site, app)
form = {"csrf": csrf_token(browser.cookies.get(COOKIE)), "text": "Given"}
def told():
    pages = [browser.get(path) for path in (*NAMED, *CALLED)]
    searched = browser.post("/list", data=form)
    return {
        "named": [page.status_code for page in pages], "names": [FAMILY in page.text for page in pages],
        "unnamed": [browser.get(path).status_code for path in (*UNNAMED, *ANSWERED)], "searched": searched.status_code,
        "found": FAMILY in searched.text, "codes": ["E-ACCESS-AUDIT" in page.text for page in pages],
    }
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for path in (*NAMED, *CALLED, *UNNAMED, *ANSWERED):
    browser.get(path)
lines = site.audit.last()[0]
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
full = told() | {"lines": site.audit.last()[0] - lines}
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
after = told()
print(json.dumps({"full": full, "after": after, "verified": site.audit.verify() is None}))
"""


def test_a_full_audit_store_shows_nobody_and_the_rest_works(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "area")], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    coded = [not path.startswith("/fhir/") for path in (*NAMED, *CALLED)]  # FHIR's own answer says it in words alone
    unnamed, named = [200] * len((*UNNAMED, *ANSWERED)), len((*NAMED, *CALLED))
    assert told["full"] == {
        "named": [503] * named, "names": [False] * named, "unnamed": unnamed, "searched": 503, "found": False,
        "codes": coded, "lines": 0,
    }  # fmt: skip
    assert told["after"] == {
        "named": [200] * named, "names": [True] * named, "unnamed": unnamed, "searched": 200, "found": True,
        "codes": [False] * named,
    }  # fmt: skip
    assert told["verified"]
