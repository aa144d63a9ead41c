"""Whether purposes and legal bases let a night of a day run, and which sources it would leave unread: asked as the night asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.legal_basis import purpose_troubles
from pipelines.config import Configuration
from pipelines.extracts.landed import LandedSource
from pipelines.feeds import load_landed
from pipelines.permission import barred
from pipelines.project import Project
from pipelines.publish import publications
from pipelines.settings.purposes import NIGHT_PURPOSES
from schemas.errors import GovernanceError

STOPPED, WARNED = GovernanceError.exit_code, 5


@dataclass(frozen=True)
class Outlook:
    """`stopped_by`: why no night may run; empty where one may. `not_read`: sources with files that it would not read, and why."""

    stopped_by: tuple[GovernanceError, ...]
    not_read: Mapping[str, GovernanceError]

    @property
    def exit_code(self) -> int:
        """With which a night would end on these grounds alone."""
        return STOPPED if self.stopped_by else WARNED if self.not_read else 0

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "stopped_by": [str(refusal) for refusal in self.stopped_by],
            "not_read": {source: str(refusal) for source, refusal in self.not_read.items()},
            "exit_code": self.exit_code,
        }


def outlook(project: Project, configuration: Configuration, as_at: dt.date) -> Outlook:
    """What `preflight` would say of purposes and bases in a night of this day. Of the inbox only the files' names are read."""
    refused = barred(project, configuration, as_at, _earlier(project, configuration, as_at))
    stopping = list(purpose_troubles(configuration.purpose, NIGHT_PURPOSES, as_at).values())
    stopping += [refused["register"]] if "register" in refused else []
    return Outlook(tuple(stopping), refused)


def _earlier(project: Project, configuration: Configuration, as_at: dt.date) -> list[LandedSource]:
    parent = publications(project, configuration.stores.application).latest_before(as_at)
    return load_landed(project, parent.run_id) if parent else []
