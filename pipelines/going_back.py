"""An earlier night's tables served once more: what analysts had then they may have now only if it is permitted still.

The teams' lists are direct care and are served whatever has ended. Analysts' tables are not where their purpose is overdue, a
source they rest on has lost its basis, or the national opt-out list they went by is too old.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from governance.audit import Act
from governance.legal_basis import check_purposes
from governance.publications import Publication
from pipelines.auditing import audit_log, user_at_work
from pipelines.config import Configuration, load_configuration
from pipelines.covered_people import rests_on_referrals
from pipelines.night import Night, Receipt
from pipelines.objections import NATIONAL_LIST_AGE, too_old
from pipelines.permission import sources_for
from pipelines.plan import check_day
from pipelines.project import Project
from pipelines.publish import MANIFEST, WITHDRAWN, earlier_night, rollback
from pipelines.settings.purposes import POPULATION_ANALYSIS
from pipelines.shelf import write_whole
from schemas.errors import GovernanceError
from schemas.identifiable import REFERRALS

ACTION, PURPOSE = "publish rollback", "analysts' tables withdrawn"


def go_back(project: Project, run_id: str | None, *, without_analysts: bool, at: dt.datetime, today: dt.date) -> Publication:
    """Serve an earlier night again: the one named, or the one before the current.

    Raises `GovernanceError` `E-ANALYSTS-ENDED` where analysts may no longer have their tables of it; `without_analysts` takes
    these away, which is audited first, and goes back all the same. See also `earlier_night`.
    """
    configuration = load_configuration(project)
    place = configuration.stores.application
    chosen = earlier_night(project, place, run_id)
    reason = why_ended(published_night(project, configuration, chosen, today))
    if reason and not without_analysts:
        raise ended(reason)
    if reason:
        audit_log(project, configuration).append(Act(at, user_at_work(), ACTION, PURPOSE, run_id=chosen.run_id))
        _withdraw(project.night(chosen.run_id), configuration.analysts.id, reason)
    return rollback(project, place, chosen.run_id)


def ended(reason: str) -> GovernanceError:
    """The refusal to serve analysts' tables again."""
    return GovernanceError(
        "E-ANALYSTS-ENDED",
        f"the analysts may no longer have their tables of that night: {reason}",
        cure="`caselink publish rollback RUN_ID --without-analysts` takes these away and serves the lists, which are direct care",
    )


def published_night(project: Project, configuration: Configuration, row: Publication, today: dt.date) -> Night:
    """A published night as one whose permissions are asked for today."""
    return Night(project, configuration, row.as_at, row.run_id, None, checked_on=check_day(configuration, today))


def why_ended(night: Night) -> str:
    """Why analysts may not have a published night's tables any more; empty where they may, or where it holds none for them."""
    folder = night.project.night(night.run_id)
    if not any((folder / "out" / night.configuration.analysts.id).rglob("*.parquet")):
        return ""
    return _purpose(night) or _bases(night, folder) or _opt_outs(night, folder)


def why_withdrawn(folder: Path) -> str:
    """Why a published night's analysts' tables were taken away; empty where they were not."""
    path = folder / WITHDRAWN
    return str(json.loads(path.read_text())["reason"]) if path.is_file() else ""


def _purpose(night: Night) -> str:
    for day in night.days:
        try:
            check_purposes(night.configuration.purpose, [POPULATION_ANALYSIS], day)
        except GovernanceError as refusal:
            return refusal.message
    return ""


def _bases(night: Night, folder: Path) -> str:
    covered = sources_for(night.configuration, POPULATION_ANALYSIS, night.days)
    lost = sorted(_rests_on(folder) - covered)
    return f"there is no basis any more for {POPULATION_ANALYSIS} of {lost[0]}." if lost else ""


def _rests_on(folder: Path) -> frozenset[str]:
    """Sources that the analysts' tables of a published night may say anything of; of a night that did not write it down, all."""
    feeds = pq.read_table(folder / "aggregate" / "feed_age.parquet", partitioning=None).to_pylist()
    read = frozenset(feed["source"] for feed in feeds if feed["files"]) | ({REFERRALS} if rests_on_referrals(folder) else set())
    return read & frozenset(json.loads((folder / MANIFEST).read_text()).get("analysts_sources", read))


def _opt_outs(night: Night, folder: Path) -> str:
    """By the age that the list had on the night's date: a newer list says nothing of tables that are made already."""
    receipt = Receipt.read(night.project, folder.name, "opt_outs")
    age = receipt.outcome.figures.get(NATIONAL_LIST_AGE) if receipt is not None else None
    ages: Iterable[int | None] = (None if age is None else int(age) + (day - night.as_at).days for day in night.days)
    reason = too_old(night, list(ages), POPULATION_ANALYSIS)
    return f"{reason}." if reason else ""


def _withdraw(folder: Path, analysts: str, reason: str) -> None:
    """Take the analysts' folder away; what is gone stands beside the manifest before it goes."""
    gone = folder / "out" / analysts
    files = sorted(str(path.relative_to(folder)) for path in gone.rglob("*") if path.is_file())
    write_whole(folder / WITHDRAWN, json.dumps({"files": files, "reason": reason}, indent=1))
    shutil.rmtree(gone)
