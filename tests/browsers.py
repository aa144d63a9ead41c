"""The browser of the tests: which one, how it is started, how wide it is.

Chromium is looked for in the environment variable CASELINK_CHROMIUM and on the path; `make browser` installs Debian's.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

AXE = Path(__file__).parent / "integration" / "browser" / "vendor" / "axe.min.js"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
WIDTHS = {"desktop": 1280, "phone": 375, "smallest": 320}


def chromium() -> str:
    """The browser's program; the tests fail, and say so, where there is none."""
    found = os.environ.get("CASELINK_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.fail("No Chromium: run `make browser` (Debian's, by apt-get, as root), or name one in CASELINK_CHROMIUM.")
    return found


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
