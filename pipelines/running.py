"""`caselink run`: plan the night, hold the lock, perform every step, and say how it went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.auditing import user_at_work
from pipelines.config import Configuration, load_configuration
from pipelines.console import Console
from pipelines.epochs import check_epoch
from pipelines.hook import call_hook
from pipelines.lock import run_lock
from pipelines.night import Night, Receipt, as_planned, save_plan
from pipelines.plan import plan_night
from pipelines.project import Project
from pipelines.publish import check_whole, publications
from pipelines.small_counts import in_words
from pipelines.statement import state_night
from pipelines.tidying import tidy
from pipelines.vault_checks import check_vault
from pipelines.witness import seal_night, seal_served_night
from schemas.errors import CaselinkError, ConfigurationError, coded

PUBLISHED, WARNED = 0, 5

Conduct = Callable[[Night, Console], list[Receipt]]


@dataclass(frozen=True)
class Result:
    """How a run ended: exit code, whether anything was done, and what a person should know."""

    run_id: str
    as_at: dt.date
    exit_code: int
    published: bool
    receipts: tuple[Receipt, ...] = ()
    warnings: tuple[str, ...] = ()

    def as_dict(self, project: Project) -> dict[str, Any]:
        """For `--json` and the hook: run id, code, steps, places; never an identifier."""
        folder, policy = project.night(self.run_id), load_configuration(project).disclosure.chosen()
        return {
            "run_id": self.run_id,
            "as_at": self.as_at.isoformat(),
            "exit_code": self.exit_code,
            "published": self.published,
            "warnings": [in_words(line, policy) for line in self.warnings],
            "steps": {
                each.step: {"seconds": each.seconds, "peak_memory_mb": each.peak_memory_mb, "rows": policy.shown(each.rows)}
                for each in self.receipts
            },
            "lists": str(folder / "out"),
            "report": str(folder / "report.html"),
            "handover": str(folder / "handover.md"),
        }


def london_day(at: dt.datetime) -> dt.date:
    """The day it is in London at a moment."""
    return at.astimezone(ZoneInfo("Europe/London")).date()


def today_in_london() -> dt.date:
    """The day it is."""
    return london_day(dt.datetime.now(dt.UTC))


def choose_as_at(configuration: Configuration, given: dt.date | None) -> dt.date:
    """The reference date: the command's, else the configuration's, else today's in London."""
    return given or configuration.night.as_at or today_in_london()


def where_from(configuration: Configuration, given: dt.date | None) -> str:
    """In words, whose date `choose_as_at` took."""
    return "as you asked" if given else "the as_at of caselink.toml" if configuration.night.as_at else "today"


def run(project: Project, as_at: dt.date | None, console: Console, conduct: Conduct, *, today: dt.date | None = None) -> Result:
    """Run one night with `conduct` (direct or under Prefect) and call the hook with the outcome.

    `today`, by default the day it is in London: on that day too what the night does has to be permitted where people are real.
    """
    configuration = load_configuration(project)
    day = choose_as_at(configuration, as_at)
    try:
        result = coded(_locked, project, configuration, (day, today or today_in_london()), console, conduct)
    except CaselinkError as error:
        told = {"exit_code": error.exit_code, "published": False, "as_at": day.isoformat(), "message": str(error)}
        _tell(project, configuration, told, console)
        raise
    _tell(project, configuration, result.as_dict(project), console)
    return result


def _locked(
    project: Project, configuration: Configuration, days: tuple[dt.date, dt.date], console: Console, conduct: Conduct
) -> Result:
    """The run with the lock held; `days` are the night's date and today."""
    project.make_folders()
    day, today = days
    with run_lock(project.state, f"as-at-{day.isoformat()}") as dead:
        if dead is not None:
            console.say(f"The last run (process {dead.pid}) was cut short; this one takes over and resumes where it can.")
            seal_served_night(project, configuration, at=dt.datetime.now(dt.UTC), actor=user_at_work())
        check_vault(project, configuration)
        night = plan_night(project, configuration, day, today)
        check_epoch(night)
        tidy(night)
        if already_published(night):
            check_whole(project.night(night.run_id))
            _seal(night, console)
            return Result(night.run_id, day, PUBLISHED, published=False)
        check_not_past(night)
        night = as_planned(night)
        save_plan(night)
        receipts = conduct(night, console)
        unsealed = _seal(night, console)
    warnings = tuple(warning for receipt in receipts for warning in receipt.outcome.warnings) + unsealed
    return Result(night.run_id, day, WARNED if warnings else PUBLISHED, True, tuple(receipts), warnings)


def _seal(night: Night, console: Console) -> tuple[str, ...]:
    """The audit log's row and checkpoint of the night that is published, and its statement; a warning where one could not be."""
    sealed = seal_night(night.project, night.configuration, night.run_id, at=dt.datetime.now(dt.UTC), actor=user_at_work())
    troubles = tuple(filter(None, (sealed, state_night(night.project, night.configuration, night.run_id))))
    for trouble in troubles:
        console.say(f"Warning: {trouble}")
    return troubles


def already_published(night: Night) -> bool:
    """Whether these very inputs have been published: the same night twice is a no-op."""
    store = publications(night.project, night.configuration.stores.application)
    return any(row.run_id == night.run_id for row in store.history())


def check_not_past(night: Night) -> None:
    """Refuse a night of an earlier date than the one served now: its lists would silently take the later ones' place."""
    current = publications(night.project, night.configuration.stores.application).current()
    if current is not None and current.as_at > night.as_at:
        raise ConfigurationError(
            "E-AS-AT-PAST",
            f"the lists served now are of {current.as_at.isoformat()}, later than {night.as_at.isoformat()}.",
            cure="`caselink publish rollback` to serve an earlier night again, or give a later --as-at",
        )


def _tell(project: Project, configuration: Configuration, outcome: dict[str, Any], console: Console) -> None:
    trouble = call_hook(configuration.hook, project.root, outcome)
    if trouble:
        console.say(f"Warning: {trouble}.")


def conduct_directly(night: Night, console: Console) -> list[Receipt]:
    """Perform every step in this process, without Prefect."""
    from pipelines.analytic import one_child_a_night
    from pipelines.overnight import STORY
    from pipelines.runner import perform

    receipts = []
    with one_child_a_night():
        for step in STORY:
            with console.progress(step.title) as progress:
                receipts.append(perform(night, step, progress))
    return receipts


def list_places(project: Project, run_id: str) -> list[Path]:
    """The lists of a published night, one folder for each recipient."""
    return sorted((project.night(run_id) / "out").iterdir())
