"""One night: what it is a function of, the name that follows from it, and the receipts of its steps."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path

from pipelines.config import Configuration, load_configuration
from pipelines.project import Project
from pipelines.shelf import Shelf, digest
from schemas.errors import ROOMS
from schemas.table import TableRef
from schemas.zones import Zone

PLAN = "plan.json"
Progress = Callable[[int, int], None]

CHECK_HOLDS = dt.timedelta(days=1)  # a night that begins before midnight is resumed after it


def silent(done: int, total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Night:
    """A pure function's arguments: project, configuration, as-at date and parent; `run_id` is their hash.

    `inputs` are the digests of the inbox's files when the night was planned, `judgements` the position of the judgement log then;
    `earlier` is a run of the same date that the night takes the place of, as clerks have judged since. `key` is the check value
    of the root key it was planned with, `rekeyed_from` the run that it is, under other pseudonyms. `checked_on` is the day
    of the check of what may be done: decided once, when the night is planned, and written down; none where people are made up.
    `decisions` is the number of the last decision on the caseload when it was planned.
    """

    project: Project
    configuration: Configuration
    as_at: dt.date
    run_id: str
    parent: str | None
    inputs: frozenset[str] = frozenset()
    judgements: int = 0
    earlier: str | None = None
    key: str | None = None
    rekeyed_from: str | None = None
    checked_on: dt.date | None = None
    decisions: int = 0

    @property
    def days(self) -> tuple[dt.date, ...]:
        """The days on which purposes, bases and the opt-out list have to hold: the night's date, and where there is one the day
        of the check. An earlier date must not bring back what has ended since."""
        return (self.as_at,) if self.checked_on in (None, self.as_at) else (self.as_at, self.checked_on)

    @property
    def vault_shelf(self) -> Shelf:
        """Identifiable tables of this night."""
        return Shelf(self.project.vault_night(self.run_id), self.run_id, identifiable=True)

    @property
    def shelf(self) -> Shelf:
        """Everything else of this night, until it is published."""
        return Shelf(self.project.staging(self.run_id), self.run_id, identifiable=False)

    @property
    def parent_folder(self) -> Path | None:
        """The night before this one, as published."""
        return self.project.night(self.parent) if self.parent else None


@dataclass(frozen=True)
class Outcome:
    """What a step leaves behind: tables by reference, words without values, figures by name.

    A warning makes the night end with exit code 5 (a fallback, a stale feed); a note is only written down.
    """

    tables: tuple[TableRef, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step of the night. `retries` counts further tries after an input or output error.

    Publishing keeps no receipt: it can always be done again, and there is no staging folder left to keep one in.
    """

    name: str
    title: str
    work: Callable[[Night, Progress], Outcome]
    retries: int = 0
    keeps_receipt: bool = True


@dataclass(frozen=True)
class Receipt:
    """That a step is done, what it made and what it cost. A resumed night skips steps whose receipts still hold.

    It says to the row how large identifiable tables are (pairs in review, people who opted out), so it lies in the vault.
    """

    step: str
    outcome: Outcome
    seconds: float
    peak_memory_mb: float

    @property
    def rows(self) -> int:
        """Rows in all the tables the step made."""
        return sum(ref.rows for ref in self.outcome.tables)

    def save(self, night: Night) -> None:
        """Write the receipt beside the night's identifiable tables."""
        path = receipts_folder(night.project, night.run_id) / f"{self.step}.json"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), indent=1, sort_keys=True))
        os.replace(part, path)

    @classmethod
    def load(cls, night: Night, step: str) -> Receipt | None:
        """The receipt of a step, or None where there is none or one of its tables is no longer as committed."""
        receipt = cls.read(night.project, night.run_id, step)
        if receipt is None or not all(_shelf(night, ref).intact(ref) for ref in receipt.outcome.tables):
            return None
        return receipt

    @classmethod
    def read(cls, project: Project, run_id: str, step: str) -> Receipt | None:
        """The receipt of a step of a staged or published night, as written; None where there is none."""
        path = receipts_folder(project, run_id) / f"{step}.json"
        if not path.is_file():
            return None
        said = json.loads(path.read_text())
        outcome = said.pop("outcome")
        tables = tuple(TableRef(**ref) for ref in outcome["tables"])
        return cls(outcome=Outcome(tables, tuple(outcome["warnings"]), tuple(outcome["notes"]), outcome["figures"]), **said)


def _shelf(night: Night, ref: TableRef) -> Shelf:
    return night.vault_shelf if Zone(ref.zone) is Zone.IDENTIFIABLE else night.shelf


def receipts_folder(project: Project, run_id: str) -> Path:
    """Where the receipts of a night's steps lie."""
    return project.vault_night(run_id) / "receipts"


def save_plan(night: Night) -> None:
    """Write what a process that knows only project and run id needs to perform this night.

    Receipts of a night whose staging folder is gone hold no more: the files that they speak of went with it.
    """
    folder = night.project.staging(night.run_id)
    if not folder.is_dir():
        shutil.rmtree(receipts_folder(night.project, night.run_id), ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    plan = {
        "as_at": night.as_at.isoformat(),
        "parent": night.parent,
        "inputs": sorted(night.inputs),
        "judgements": night.judgements,
        "earlier": night.earlier,
        "key": night.key,
        "rekeyed_from": night.rekeyed_from,
        "checked_on": night.checked_on.isoformat() if night.checked_on else None,
        "decisions": night.decisions,
    }
    (folder / PLAN).write_text(json.dumps(plan))


def load_night(project: Project, run_id: str) -> Night:
    """The night that `save_plan` wrote."""
    plan = json.loads((project.staging(run_id) / PLAN).read_text())
    as_at, checked_on = dt.date.fromisoformat(plan["as_at"]), _day(plan["checked_on"])
    inputs, judgements = frozenset(plan["inputs"]), plan["judgements"]
    return Night(
        project, load_configuration(project), as_at, run_id, plan["parent"], inputs, judgements, plan["earlier"], plan["key"],
        plan["rekeyed_from"], checked_on, plan["decisions"],
    )  # fmt: skip


def as_planned(night: Night) -> Night:
    """The night with the day of its check as it was written down when it was first planned, so that a resume decides the same.

    A check holds until the day after it. What was left by a night that was checked earlier is thrown away: it begins anew.
    """
    folder = night.project.staging(night.run_id)
    if night.checked_on is None or not (folder / "plan.json").is_file():
        return night
    before = _day(json.loads((folder / "plan.json").read_text())["checked_on"])
    if before is not None and dt.timedelta() <= night.checked_on - before <= CHECK_HOLDS:
        return replace(night, checked_on=before)
    shutil.rmtree(folder)
    return night


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def run_id_of(parts: dict[str, object]) -> str:
    """Sixteen hex digits of the hash of everything that the night is a function of."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


@cache
def code_version() -> str:
    """Twelve hex digits of the hash of every line of code and reference data in the rooms."""
    top = Path(__file__).resolve().parent.parent
    whole = hashlib.sha256()
    for path in sorted(_sources(top)):
        whole.update(f"{path.relative_to(top)}\0{digest(path)}\n".encode())
    return whole.hexdigest()[:12]


def _sources(top: Path) -> Iterable[Path]:
    for room in ROOMS:
        for pattern in ("*.py", "*.csv", "*.json", "*.toml", "*.sql", "*.css"):
            yield from (top / room).rglob(pattern)
