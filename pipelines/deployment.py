"""The Prefect deployment of the nightly schedule. Import only after `pipelines.prefect_settings.apply`."""

from __future__ import annotations

from typing import Any

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.schedules import Cron, Schedule

from pipelines.flow import caselink_night
from pipelines.project import Project
from pipelines.schedule import CRON, TIMEZONE


def nightly() -> Schedule:
    """02:30 every day in London's time, summer and winter."""
    return Cron(CRON, timezone=TIMEZONE)


def deployment_options(project: Project) -> dict[str, Any]:
    """What `serve` is told: the schedule, one run at a time (a second is cancelled), and to stay unpaused when stopped."""
    return {
        "name": "nightly",
        "schedule": nightly(),
        "parameters": {"project": str(project.root)},
        "global_limit": ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        "pause_on_shutdown": False,
    }


def serve_night(project: Project) -> None:
    """Serve the flow until the process is stopped."""
    caselink_night.serve(**deployment_options(project))
