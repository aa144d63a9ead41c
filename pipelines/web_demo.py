"""The clock of a demonstration: the morning after the night that is served, however long ago that night was.

An example's night has a date of its own. By today's clock its register would soon be too old to say whose patient anybody is, and
no name would be shown; by this one the demonstration is what a coordinator finds at nine in the morning. Sessions keep real time.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from governance.publications import utc_now
from pipelines.config import Configuration
from pipelines.project import Project
from pipelines.publish import publications

LONDON = ZoneInfo("Europe/London")
NINE = dt.time(9)


def demo_clock(
    project: Project, configuration: Configuration, *, timer: Callable[[], float] = time.monotonic
) -> Callable[[], dt.datetime]:
    """A clock that begins at nine in London on the day after the night served, now; today's where no night is published."""
    row = publications(project, configuration.stores.application).current()
    if row is None:
        return utc_now
    begins, since = dt.datetime.combine(row.as_at + dt.timedelta(days=1), NINE, LONDON).astimezone(dt.UTC), timer()
    return lambda: begins + dt.timedelta(seconds=timer() - since)
