"""A real browser for the pages: Debian's Chromium, driven by playwright, and servers on 127.0.0.1."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

from tests.browsers import AXE, FLAGS, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser of this process."""
    program = chromium()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from playwright.sync_api import sync_playwright

        with sync_playwright() as driver:
            made = driver.chromium.launch(executable_path=program, args=list(FLAGS))
            yield made
            made.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's script."""
    if not AXE.is_file():
        pytest.fail("No axe-core: run `make setup`, or `python -m caseload.web.assets --axe tests/integration/browser/vendor`.")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Any, int], None]]:
    """Serve an application on a port of 127.0.0.1 until the tests end."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Any, port: int) -> None:
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False, ws="none"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        for _ in range(200):
            if server.started:
                return
            time.sleep(0.05)
        pytest.fail("the server did not start")

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(timeout=10)
