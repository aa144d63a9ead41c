"""Published nights as the operator's page shows them: `caselink runs`, without its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.history import list_runs, show_run
from pipelines.project import Project
from schemas.errors import ConfigurationError

WORDS = {"feeds": "Feeds", "linkage-waterfall": "Linkage waterfall"}


@dataclass(frozen=True)
class PublishedRuns:
    """The nights of one project."""

    project: Project

    def nights(self) -> Sequence[Mapping[str, Any]]:
        """Every publication, oldest first."""
        return list_runs(self.project)

    def night(self, run_id: str) -> Mapping[str, Any] | None:
        """Steps, waterfall and feeds of one night; None where no such night is published."""
        try:
            found = show_run(self.project, run_id)
        except ConfigurationError as error:
            if error.code != "E-RUN-UNKNOWN":
                raise
            return None
        return found | {"tables": {WORDS.get(name, name): rows for name, rows in found["tables"].items()}}
