"""Published nights as the operator's page shows them: gates, warnings, feeds, waterfall and steps. No row of any person.

What is shown is what the night wrote under the area's disclosure policy; nothing is counted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from pipelines.history import list_runs, show_run
from pipelines.night_health import damage, night_served
from pipelines.project import Project
from pipelines.publish import read_manifest
from schemas.errors import ConfigurationError

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class PublishedRuns:
    """The nights of one project."""

    project: Project

    def nights(self) -> Sequence[Mapping[str, Any]]:
        """Every publication, oldest first; the one served now with what is wrong with its files, if anything."""
        served = night_served(self.project)
        found = damage(self.project, served, every_file=False) if served else ""
        return [row | {"damage": found if row["current"] else ""} for row in list_runs(self.project)]

    def night(self, run_id: str) -> Mapping[str, Any] | None:
        """One night and its tables; None where no such night is published."""
        try:
            found = show_run(self.project, run_id)
        except ConfigurationError as error:
            if error.code != "E-RUN-UNKNOWN":
                raise
            return None
        tables = found["tables"]
        return found | {
            "tables": {
                "Gates": _gates(self.project, run_id),
                "Warnings": _warnings(read_manifest(self.project.night(run_id))),
                "Feeds": tables["feeds"],
                "Linkage waterfall": waterfall(tables["linkage-waterfall"]),
                "Steps": tables["Steps"],
            }
        }


def waterfall(rows: Iterable[Mapping[str, Any]]) -> Rows:
    """(source, step, records) as one row for each step, in the order they come, and one column for each source."""
    found: dict[str, dict[str, Any]] = {}
    sources = list(dict.fromkeys(row["source"] for row in rows))
    for row in rows:
        found.setdefault(row["step"], {"step": row["step"], **dict.fromkeys(sources)})[row["source"]] = row["records"]
    return list(found.values())


def _gates(project: Project, run_id: str) -> Rows:
    path = project.night(run_id) / "aggregate" / "gate.parquet"
    return pq.read_table(path, partitioning=None).to_pylist() if path.is_file() else []


def _warnings(manifest: Mapping[str, Any]) -> Rows:
    return [{"step": step["step"], "warning": warning} for step in manifest["steps"] for warning in step.get("warnings", ())]
