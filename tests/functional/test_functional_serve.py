"""`caselink serve` on a published night: the pages of a demonstration, what it refuses, and sessions ended from outside."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import caselink, process_environment

HERE = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HERE, 0))
        return int(found.getsockname()[1])


class Served:
    """A demonstration that is running; a browser of sorts that keeps the cookie as a browser on this machine does."""

    def __init__(self, project: Path) -> None:
        self.project, self.port = project, free_port()
        self.origin = f"http://{HERE}:{self.port}"
        command = [sys.executable, "-m", "pipelines.cli", "serve", "--demo", "--port", str(self.port), "--project", str(project)]
        self.server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=process_environment(measured=False)
        )
        self.address = self._address()
        self.cookie = ""

    def _address(self) -> str:
        said = ""
        for stream in (self.server.stdout, self.server.stderr):
            if stream is not None and not said:
                said = stream.readline()
        found = re.search(r"http://\S+/demo/\S+", said)
        assert found, said
        return found[0]

    def ask(self, path: str, form: dict[str, str] | None = None) -> httpx.Response:
        headers = {"cookie": self.cookie, "origin": self.origin} if self.cookie else {"origin": self.origin}
        with httpx.Client(trust_env=False) as client:
            answer = client.request("POST" if form else "GET", self.origin + path, data=form, headers=headers)
        given = answer.headers.get("set-cookie", "")
        self.cookie = given.split(";")[0] if given.startswith("__Host-caselink=") else self.cookie
        return answer

    def wait(self) -> None:
        for _ in range(100):
            with socket.socket() as found:
                if found.connect_ex((HERE, self.port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail("the server does not listen")


@pytest.fixture
def served(published: Path) -> Iterator[Served]:
    running = Served(published)
    running.wait()
    yield running
    running.server.terminate()
    running.server.communicate(timeout=20)


def test_the_second_command_shows_the_example_areas_pages(served: Served) -> None:
    assert served.address.startswith(f"{served.origin}/demo/")
    assert served.ask("/").headers["location"] == "/sign-in"
    assert served.ask(served.address.removeprefix(served.origin), {"account": "demo operator"}).status_code == 303
    assert "A made-up care area" in served.ask("/").text
    runs = served.ask("/runs").text
    found = re.search(r'href="(/runs/[0-9a-f]+)"', runs)
    assert found
    night = served.ask(found[1]).text
    assert all(f'<h2 class="nhsuk-heading-m">{name}</h2>' in night for name in ("Gates", "Feeds", "Linkage waterfall", "Steps"))
    listed = caselink("caseload", "sessions", "--json", "--quiet", "--project", str(served.project), measured=False)
    assert [each["account"] for each in json.loads(listed.stdout)["sessions"]] == ["demo operator"]
    ended = caselink("caseload", "sessions", "--end", "demo operator", "--json", "--quiet", "--project", str(served.project))
    assert json.loads(ended.stdout) == {"ended": 1}
    assert served.ask("/").headers["location"] == "/sign-in"


def test_a_demonstration_of_real_people_is_refused(example: Path, tmp_path: Path) -> None:
    area = tmp_path / "area"
    area.mkdir(mode=0o700)
    text = (example / "caselink.toml").read_text().replace("synthetic = true", "synthetic = false")
    (area / "caselink.toml").write_text(text)
    refused = caselink("serve", "--demo", "--project", str(area))
    assert (refused.returncode, refused.stderr.startswith("E-WEB-DEMO")) == (4, True)
    nobody = caselink("serve", "--project", str(area))
    assert (nobody.returncode, nobody.stderr.startswith("E-WEB-")) == (4, True)
    elsewhere = caselink("serve", "--demo", "--host", "0.0.0.0", "--project", str(example))  # noqa: S104
    assert (elsewhere.returncode, elsewhere.stderr.startswith("E-SERVE-HOST")) == (2, True)
