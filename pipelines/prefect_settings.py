"""What Prefect must be told before it is imported: where its home is, and to send nothing anywhere."""

from __future__ import annotations

import os
from pathlib import Path

FIXED = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_LOGGING_LOG_PRINTS": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",  # what went wrong is one coded line of ours, not a traceback
    "PREFECT_CLI_PROMPT": "false",
}


def apply(home: Path) -> None:
    """Set Prefect's environment for this process; `home` gets mode 0700. Call before `import prefect`."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.update(FIXED)
    os.environ["PREFECT_HOME"] = str(home)
