"""Runs: published nights, and one of them with its gates, waterfall and feeds. Aggregates and receipts, no row."""

from __future__ import annotations

import re
from typing import Any

from caseload.desk.posts import Visit
from caseload.web.route import Answer, Asked, absent, page

RUN_ID = re.compile("[0-9a-f]{16,64}")


def nights(_visit: Visit, _services: Any, asked: Asked) -> Answer:
    """Every published night, newest first."""
    return page(nights=list(reversed(asked.own.settings.runs.nights())))


def night(_visit: Visit, _services: Any, asked: Asked) -> Answer:
    """One published night; absent where there is none with that id."""
    run = asked.path.get("run", "")
    found = asked.own.settings.runs.night(run) if RUN_ID.fullmatch(run) else None
    return page(run=found) if found else absent()
