"""A Prefect server of the project's own, while the schedule is served.

Without one Prefect falls back on an ephemeral server, on which no schedule ever fires (found by trying 3.8.8).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.errors import CaselinkError

STARTUP_SECONDS = 120
HOST = "127.0.0.1"  # never reachable from another machine: its pages ask nobody who they are


@contextmanager
def prefect_server() -> Iterator[str]:
    """Start a server on this machine, yield its API's address, and end it; one named by `PREFECT_API_URL` is used as it is.

    Call after `pipelines.prefect_settings.apply` and before `import prefect`. Raises `CaselinkError` where it does not
    come up in time.
    """
    named = os.environ.get("PREFECT_API_URL")
    if named:
        yield named
        return
    port = free_port()
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    address = f"http://{HOST}:{port}/api"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # noqa: S603 - no data in it
        try:
            wait_for(f"{address}/health", server)
            os.environ["PREFECT_API_URL"] = address
            yield address
        finally:
            os.environ.pop("PREFECT_API_URL", None)
            server.terminate()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, server: subprocess.Popen[bytes], *, seconds: float = STARTUP_SECONDS) -> None:
    """Wait until the server answers; `E-PREFECT-SERVER` where it ends or stays silent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address on this machine
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise CaselinkError("E-PREFECT-SERVER", "the Prefect server did not come up.", cure="`caselink doctor --flow`, or use cron")
