"""The nightly schedule: 02:30 in London, one night at a time.

02:30 and not 01:30: on the last Sunday of March 01:30 does not exist, and in October it comes twice.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from pipelines.project import Project

CRON = "30 2 * * *"
TIMEZONE = "Europe/London"

SYSTEMD = """\
# /etc/systemd/system/caselink.service
[Service]
Type=oneshot
ExecStart={command}
# 5: published with warnings
SuccessExitStatus=5
# /etc/systemd/system/caselink.timer
[Timer]
OnCalendar=*-*-* 02:30:00 Europe/London
Persistent=true
[Install]
WantedBy=timers.target
"""


def serve(project: Project) -> None:
    """Serve the night on its schedule until stopped. Telemetry is off and Prefect's home is the project's own."""
    from pipelines import prefect_settings
    from pipelines.prefect_server import prefect_server

    prefect_settings.apply(project.state / "prefect")
    with prefect_server():
        from pipelines.deployment import serve_night

        serve_night(project)


def systemd_unit(project: Project) -> str:
    """A systemd service and timer that run the night without Prefect."""
    return SYSTEMD.format(command=_command(project))


def cron_line(project: Project) -> str:
    """A crontab line that runs the night without Prefect (cron's own time zone must be London's)."""
    return f"CRON_TZ={TIMEZONE}\n{CRON} {_command(project)}"


def _command(project: Project) -> str:
    return shlex.join([str(Path(sys.executable).parent / "caselink"), "run", "--direct", "--project", str(project.root)])
