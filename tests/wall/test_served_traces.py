"""What `caselink serve` leaves behind: its output, the stores of its state, and every address that a browser was given or used.

A real server over a published night of made-up people. Every page and every address of the API is asked for as each role, every
form is sent with the identifiers of people in its fields, and identifiers are put where nobody asks for them; then all of it is
searched for the identifiers of everybody whom a browser was shown and of those that were typed.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from caseload.web.api.routes import API_ROUTES
from caseload.web.routes import ROUTES
from governance.access.identity_file import FILE
from governance.access.roles import ROLES
from pipelines.history import resolve
from pipelines.project import Project
from tests.canary.marks import DATE, NHS_NUMBER, SHORTEST, TEXT, Canary, folded, letters_and_digits
from tests.canary.matching import Matcher
from tests.canary.searching import Search
from tests.conftest import process_environment
from tests.functional.test_functional_serve import HERE, free_port
from tests.hostile_pages import Form, address, read_page, route_of

LEAVES = ("/sign-out", "/sessions", "/post")
COLUMNS = {
    "nhs_number": NHS_NUMBER,
    "date_of_birth": DATE,
    "given_name": TEXT,
    "family_name": TEXT,
    "postcode": TEXT,
    "address": TEXT,
}
PLACES = (
    "/", "/person/", "/list?practice=", "/demo/", "/review/", "/guardian/reviews/", "/api/person/", "/fhir/Patient/",
    "/fhir/Patient?identifier=",
)  # fmt: skip
MOST_PAGES = 12  # of one role, by following links; every route is asked for besides


def identities(text: str) -> list[dict[str, Any]]:
    """Whom an answer of the API names; nobody in a page."""
    found = json.loads(text) if text.startswith("{") else {}
    people = [found, *found.get("people", [])]
    return [each["identity"] for each in people if isinstance(each.get("identity"), dict)]


class Browser:
    """A browser at the running server that notes every address that it asked for or was given."""

    def __init__(self, origin: str) -> None:
        self.origin, self.cookie, self.asked, self.texts = origin, "", [], []
        self.role, self.headers = "", list[str]()
        self.by_role: dict[str, list[str]] = {}
        self.statuses: dict[str, set[int]] = {}
        self.client = httpx.Client(trust_env=False, timeout=60)

    def ask(self, path: str, form: dict[str, str] | None = None, *, noted: bool = True, method: str = "") -> httpx.Response:
        headers = {"cookie": self.cookie, "origin": self.origin, "sec-fetch-site": "same-origin"}
        verb = method or ("GET" if form is None else "POST")
        answer = self.client.request(verb, self.origin + path, data=form, headers=headers)
        given = answer.headers.get("set-cookie", "")
        self.cookie = given.split(";")[0] if given.startswith("__Host-caselink=") else self.cookie
        self.asked += [path, answer.headers.get("location", "")] if noted else []
        kind = answer.headers.get("content-type", "")
        self.texts.append(answer.text if "html" in kind or "json" in kind else "")
        self.headers += [f"{name}: {value}" for name, value in answer.headers.items()]
        self.by_role.setdefault(self.role, []).append(self.texts[-1])
        route = route_of(verb, path)
        self.statuses.setdefault(route.name if route else path, set()).add(answer.status_code)
        return answer

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.ask("/").text)
        assert found
        return found[1]


class Area:
    """A project, who is in it, and the server over it."""

    def __init__(self, project: Path, folder: Path) -> None:
        self.project, self.output = project, [folder / "stdout", folder / "stderr"]
        self.run = resolve(Project.at(project), "current")
        self.vault = Project.at(project).vault_night(self.run)
        with closing(sqlite3.connect(self.vault / FILE)) as identities:
            rows = identities.execute(f"SELECT {', '.join(COLUMNS)} FROM person WHERE nhs_number IS NOT NULL LIMIT 5")  # noqa: S608
            self.people = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        for each in self.people:
            each["date_of_birth"] = (dt.date(1970, 1, 1) + dt.timedelta(days=each["date_of_birth"])).isoformat()
        port = free_port()
        self.origin = f"http://{HERE}:{port}"
        command = [sys.executable, "-m", "pipelines.cli", "serve", "--demo", "--port", str(port), "--project", str(project)]
        with self.output[0].open("w") as out, self.output[1].open("w") as err:
            environment = process_environment(measured=False) | {"PYTHONUNBUFFERED": "1"}
            self.server = subprocess.Popen(command, stdout=out, stderr=err, env=environment)

    def canaries(self, texts: list[str], *, typed: bool = True) -> list[Canary]:
        """Of everybody whom the API gave to a browser, and of those whose identifiers were typed, or without them."""
        numbers = {each["nhs_number"] for each in self.people}
        shown = [each for text in texts for each in identities(text) if each.get("nhs_number") not in numbers]
        people = [*self.people, *shown] if typed else shown
        made = []
        for column, kind in COLUMNS.items():
            values = sorted({str(each[column]) for each in people if each.get(column)})
            long = [each for each in values if kind != TEXT or len(letters_and_digits(folded(each))) >= SHORTEST]
            made += [Canary(f"{column} {number}", kind, value) for number, value in enumerate(long)]
        return made

    def address(self) -> str:
        for _ in range(300):
            found = re.search(r"(/demo/\S+)", "".join(path.read_text() for path in self.output))
            if found and self._listens():
                return found[1]
            try:
                self.server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        pytest.fail("the server did not start")

    def _listens(self) -> bool:
        try:
            return httpx.get(self.origin + "/sign-in", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def area(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Area]:
    folder = tmp_path_factory.mktemp("served")
    made = Area(Path(shutil.copytree(first_night, folder / "area")), folder)
    yield made
    made.server.terminate()
    made.server.wait(20)


def accounts(page: str) -> dict[str, str]:
    """One user of every role among those whom the demonstration offers, with the key of her post."""
    offered = re.findall(r'value="(demo [^"]+)"', page)
    found = {}
    for role in ROLES:
        found[role.name] = next(each for each in offered if each.startswith(f"demo {role.name}"))
    return found


def typed(form: Form, person: dict[str, str], csrf: str) -> dict[str, str]:
    """A form as somebody fills it in who writes identifiers wherever there is room."""
    born = dt.date.fromisoformat(str(person["date_of_birth"]))
    number, family, given = (person[name] for name in ("nhs_number", "family_name", "given_name"))
    parts = {"number": number, "carer": number, "family": family, "given": given}
    parts |= {"day": str(born.day), "month": str(born.month), "year": str(born.year)}
    everything = f"{given} {family}, born {born}, {number}, {person['postcode']}"
    said = {name: everything if name in form.texts else value for name, value in form.fields.items()}
    return said | {name: value for name, value in parts.items() if name in form.fields} | {"csrf": csrf}


def drive(browser: Browser, area: Area, pseudonyms: list[str]) -> None:
    """Every page that links lead to, every form on them, and every route, as whoever is signed in."""
    csrf, waiting, seen, forms = browser.csrf, ["/", *(f"/person/{each}" for each in pseudonyms[:2])], set(), {}
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if path in seen or path.startswith(("/static", "#")):
            continue
        seen.add(path)
        page = read_page(browser.ask(path).text)
        browser.asked += page.links + [form.action for form in page.forms]
        waiting += [link for link in page.links if link.startswith("/") and not link.startswith("//")]
        for form in page.forms:
            form.action = form.action or path
            forms.setdefault((form.method, re.sub("[0-9]+|[a-z]+[0-9]-[0-9A-Z]+", "0", form.action), *sorted(form.fields)), form)
    person = area.people[0]
    for form in forms.values():
        if form.action in LEAVES:
            continue
        said = typed(form, person, csrf)
        if form.method == "GET":
            said.pop("csrf")
            browser.ask(f"{form.action.partition('?')[0]}?{urlencode(said)}")
        else:
            answer = browser.ask(form.action, said)
            browser.ask(answer.headers["location"]) if answer.status_code == 303 else None
    for route in (*ROUTES, *API_ROUTES):
        if route.path in LEAVES:
            continue
        path = address(
            route, pseudonym=pseudonyms[0], id=pseudonyms[0], run=area.run, step="note", look="first", meeting="1", number="1"
        )
        if route.methods == ("GET",):
            browser.ask(f"{path}?names=yes" if path == "/api/list" else path)
        else:
            form = Form(
                "POST",
                path,
                dict.fromkeys(("text", "note", "number", "family", "day", "month", "year", "given"), ""),
                {"text", "note"},
            )
            browser.ask(path, typed(form, person, csrf) | {"last": "0", "thread": "0", "code": "clinical emergency"})


def misuse(browser: Browser, area: Area) -> None:
    """Identifiers where nobody is asked for them: in addresses, queries, headers, cookies, and what is no form at all."""
    person = area.people[1]
    for value in (person["nhs_number"], person["family_name"], person["postcode"], str(person["date_of_birth"])):
        for place in PLACES:
            path = place + value
            browser.ask(path, noted=False)
            browser.ask(path, {"x": value}, noted=False)
        headers = {"cookie": f"__Host-caselink={value}", "authorization": f"Bearer {value}", "user-agent": value, "host": value}
        browser.client.get(f"{browser.origin}/api/list", headers=headers)
        browser.client.request(value[:4].upper() if value[:4].isalpha() else "BREW", f"{browser.origin}/{value}")
        browser.client.post(f"{browser.origin}/list", content=value.encode("utf-16"), headers={"content-type": f"text/{value}"})


@pytest.fixture(scope="module")
def driven(area: Area) -> Iterator[Browser]:
    browser = Browser(area.origin)
    with browser.client:
        drive_all(browser, area)
        yield browser


def drive_all(browser: Browser, area: Area) -> None:
    """As every role, and then as nobody should."""
    demo = area.address()
    who = accounts(browser.ask(demo, noted=False).text)
    browser.ask(demo, {"account": who["care coordinator"]}, noted=False)
    for role, account in who.items():
        become(browser, account)
        agree(browser)
        people = re.findall(r"/person/([a-z0-9]+-[0-9A-Z]+)", browser.ask("/list").text + browser.ask("/practice").text)
        drive(browser, area, people or [f"{role[:3]}1-0000"])
    for role in ("care coordinator", "caldicott guardian"):
        become(browser, who[role])
        misuse(browser, area)


def become(browser: Browser, account: str) -> None:
    page = browser.ask("/posts").text
    form = next(each for each in read_page(page).forms if each.action == "/post" and account in page)
    post = re.search(rf'name="account" value="{re.escape(account)}".*?name="post" value="([^"]+)"', page, re.DOTALL)
    assert form
    assert post, page
    answer = browser.ask("/post", {"csrf": browser.csrf, "account": account, "post": post[1].replace("&#124;", "|")})
    assert answer.status_code == 303, answer.text[-500:]
    browser.role = next(role.name for role in ROLES if account.startswith(f"demo {role.name}"))


def agree(browser: Browser) -> None:
    page = browser.ask("/agreement").text
    version = re.search(r'name="version" value="([^"]+)"', page)
    if version:
        browser.ask("/agreement", {"csrf": browser.csrf, "version": version[1]})


def test_every_route_was_asked_for_and_answered(driven: Browser) -> None:
    missing = {route.name for route in ROUTES if route.path not in LEAVES} - set(driven.statuses)
    assert not missing
    shown = {name for name, statuses in driven.statuses.items() if statuses & {200, 303}}
    assert len([route for route in ROUTES if route.name in shown]) > len(ROUTES) * 0.7, sorted({r.name for r in ROUTES} - shown)
    assert not {name for name, statuses in driven.statuses.items() if 500 in statuses}


def test_identifiers_are_on_pages_alone(driven: Browser, area: Area) -> None:
    matcher = Matcher(area.canaries(driven.texts))
    pages = matcher.in_text("\n".join(text for text in driven.texts if text.startswith("{")))
    assert {each.split()[0] for each in pages} == set(COLUMNS), "names were shown, or the search would prove nothing"
    left = Search(matcher)
    for path in area.output:
        left.file(path, path.name)
    assert " at POST /" in area.output[1].read_text(), "there is a log, and refusals are in it"
    left.blob("\n".join(sorted(set(driven.asked))).encode(), "addresses")
    state = area.project / "state"
    for store in state.glob("*.db"):
        with closing(sqlite3.connect(store)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a log of its own is searched page by page: slowly
    left.folder(state, name="state", leave_out=state.glob("*-shm"))  # of the log's pages an index, and no text
    logs = [path for path in area.project.rglob("*") if path.is_file() and "log" in path.name and "vault" not in path.parts]
    for path in logs:
        left.file(path, path.name)
    assert (sorted(map(str, left.leaks)), left.unread) == ([], [])


def test_no_answer_has_an_identifier_in_a_header_and_none_to_a_role_that_opens_nobody_has_one_at_all(
    driven: Browser, area: Area
) -> None:
    """Of people whom others were shown; what somebody types herself may stand on her own form again."""
    others = Matcher(area.canaries(driven.texts, typed=False))
    assert others.in_text("\n".join(driven.by_role["care coordinator"])), "names were shown, or the search would prove nothing"
    blind = [role.name for role in ROLES if not role.opens and "review pairs" not in role.may]
    assert len(blind) > 1
    assert {role: others.in_text("\n".join(driven.by_role[role])) for role in blind} == {role: set() for role in blind}
    assert Matcher(area.canaries(driven.texts)).in_text("\n".join(sorted(set(driven.headers)))) == set()


def test_the_search_would_find_them_there(driven: Browser, area: Area) -> None:
    """The control: an address with a number in it, and a line of a log with a name and a date."""
    person = area.people[1]
    matcher = Matcher(area.canaries(driven.texts))
    assert driven.asked
    for said in (f"/person/{person['nhs_number']}", f"GET /list?text={person['family_name']}+{person['date_of_birth']}"):
        assert matcher.in_text(said)
