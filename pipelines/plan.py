"""What tonight is a function of, and so its name."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from governance.keys import key_check_value
from pipelines.config import Configuration
from pipelines.entries_tonight import decisions_position
from pipelines.fields import FIELDS_FILE
from pipelines.judging import judged_since, judgement_log
from pipelines.keys import root_key
from pipelines.linkage_model import model_digest
from pipelines.night import Night, code_version, run_id_of
from pipelines.prices import site_costs_digest
from pipelines.project import Project
from pipelines.publish import publications
from pipelines.shelf import digest
from schemas.errors import CaselinkError, ConfigurationError

# Libraries whose versions can change a figure.
LIBRARIES = ("duckdb", "narwhals", "numpy", "pandas", "pyarrow", "rapidfuzz", "recordlinkage", "scikit-learn", "scipy")


def plan_night(project: Project, configuration: Configuration, as_at: dt.date, today: dt.date | None = None) -> Night:
    """The night of `as_at`. Same inbox, configuration, code, key, releases, judgements, decisions and parent: same run id.

    `today` is the day on which purposes, bases and the opt-out list have to hold too, in a project of real people.
    Raises `GovernanceError` where the key is missing, unsafe or not the one the configuration names.
    """
    published = publications(project, configuration.stores.application)
    parent = published.latest_before(as_at)
    inbox = fingerprint(project.inbox)
    key = key_check_value(root_key(project, configuration))
    judgements, decisions = judgement_log(project, configuration).position(), decisions_position(project, configuration)
    same_date = [row.run_id for row in published.standing() if row.as_at == as_at]
    earlier = judged_since(project, same_date, judgements)
    parts: dict[str, object] = {
        "as_at": as_at,
        "configuration": configuration.digest(),
        "code": code_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "inbox": inbox,
        "mappings": fingerprint(project.mappings),
        "fields": digest(project.root / FIELDS_FILE) if (project.root / FIELDS_FILE).is_file() else None,
        "released": sorted(released(project)),
        "key": key,
        "judgements": judgements,
        "decisions": decisions,
        "linkage_model": model_digest(project, configuration),
        "site_costs": site_costs_digest(project, configuration),
        "parent": parent.run_id if parent else None,
        "earlier": earlier,
    }
    before, inputs = parent.run_id if parent else None, frozenset(inbox.values())
    return Night(
        project, configuration, as_at, run_id_of(parts), before, inputs, judgements, earlier, key,
        checked_on=check_day(configuration, today), decisions=decisions,
    )  # fmt: skip


def check_day(configuration: Configuration, today: dt.date | None) -> dt.date | None:
    """`today` where people are real; made-up people may be looked at on any date."""
    return None if configuration.area.synthetic else today


def fingerprint(folder: Path) -> dict[str, str]:
    """Relative path to digest of every file in a folder. Names count: they carry a file's period."""
    return {str(path.relative_to(folder)): digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def released(project: Project) -> frozenset[str]:
    """Digests of files that were held and that a person has let in."""
    return frozenset(_read(project.state / "released.json", []))


def held(project: Project) -> dict[str, list[str]]:
    """Source to digests of its files that the last night held back."""
    return dict(_read(project.state / "held.json", {}))


def remember_held(project: Project, files: dict[str, list[str]]) -> None:
    """Write down which files were held back, for `caselink publish release`."""
    (project.state / "held.json").write_text(json.dumps(files, indent=1, sort_keys=True))


def release(project: Project, source: str) -> int:
    """Let a source's held files in from the next night on; how many there were."""
    digests = held(project).get(source, [])
    every = sorted(released(project) | set(digests))
    (project.state / "released.json").write_text(json.dumps(every, indent=1))
    return len(digests)


def _read(path: Path, nothing: Any) -> Any:
    if not path.is_file():
        return nothing
    try:
        found = json.loads(path.read_text())
    except ValueError:
        found = None
    if type(found) is not type(nothing):
        raise ConfigurationError("E-STATE", f"state/{path.name} is damaged.", cure="delete it, and release held files again")
    return found


def check_planned(night: Night, digests: Iterable[str]) -> None:
    """Refuse files that the night's name does not speak of: they came, or changed, after it was planned."""
    strange = set(digests) - night.inputs
    if strange:
        raise CaselinkError("E-INBOX-CHANGED", f"{len(strange)} files changed while the night began.", cure="run it again")
