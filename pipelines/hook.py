"""Tell the outside how the night went: one command, given the outcome as JSON on standard input."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from pipelines.config import Hook


def call_hook(hook: Hook, folder: Path, outcome: dict[str, Any]) -> str | None:
    """Run the configured command in `folder`; a warning in words where it fails, None where all is well or none is set.

    `outcome` holds run id, exit code, messages and the handover's path: never an identifier. The command gets an
    environment without any of Caselink's own settings.
    """
    if not hook.command:
        return None
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CASELINK_", "PREFECT_"))}
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, as an argument list, without a shell
            list(hook.command),
            cwd=folder,
            env=environment,
            input=json.dumps(outcome).encode(),
            timeout=hook.timeout_seconds,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return "the hook command could not be started"
    except subprocess.TimeoutExpired:
        return f"the hook command did not end within {hook.timeout_seconds} seconds"
    return f"the hook command ended with code {done.returncode}" if done.returncode else None
