"""Whether purposes and legal bases let a night of a day run, and which sources it would not read: asked as the night asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from governance.purpose_flows import contradictions
from pipelines.bases import troubles_of_purposes
from pipelines.config import Configuration
from pipelines.extracts.landed import LandedSource
from pipelines.feeds import load_landed
from pipelines.night import Night
from pipelines.objections import check_national_list, list_of, stale_opt_outs
from pipelines.permission import barred
from pipelines.project import Project
from pipelines.publish import publications
from pipelines.settings.purposes import POPULATION_ANALYSIS, RISK_STRATIFICATION
from schemas.errors import GovernanceError

STOPPED, WARNED = GovernanceError.exit_code, 5


@dataclass(frozen=True)
class Outlook:
    """`stopped_by`: why no night may run; empty where one may. `not_read`: sources with files that it would not read, and why.

    `warnings`: what else it would warn of.
    """

    stopped_by: tuple[GovernanceError, ...]
    not_read: Mapping[str, GovernanceError]
    warnings: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """With which a night would end on these grounds alone."""
        return STOPPED if self.stopped_by else WARNED if self.not_read or self.warnings else 0

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "stopped_by": [str(refusal) for refusal in self.stopped_by],
            "not_read": {source: str(refusal) for source, refusal in self.not_read.items()},
            "would_warn": list(self.warnings),
            "exit_code": self.exit_code,
        }


def outlook(project: Project, configuration: Configuration, days: Sequence[dt.date]) -> Outlook:
    """What a night would say of purposes and bases, which have to hold on all of these days, its date first.

    Of the inbox only the files' names are read.
    """
    refused = barred(project, configuration, days, _earlier(project, configuration, days[0]))
    troubles: dict[str, GovernanceError] = {}
    for day in days:
        troubles = troubles_of_purposes(configuration, day) | troubles
    stopping = [*troubles.values(), *([refused["register"]] if "register" in refused else [])]
    return Outlook(tuple(stopping), refused, tuple(contradictions(configuration.purpose, configuration.basis, days[0])))


def with_national_list(ahead: Outlook, project: Project, configuration: Configuration, days: Sequence[dt.date]) -> Outlook:
    """The same, and what the night would say of how fresh the national opt-out list in the inbox is."""
    if ahead.stopped_by:
        return ahead
    night = Night(project, configuration, days[0], "", None, checked_on=days[-1])
    lists = [list_of(path) for path in (project.inbox / "opt_outs").glob("*.csv")]
    try:
        warnings = check_national_list(night, lists, RISK_STRATIFICATION)
    except GovernanceError as refusal:
        return replace(ahead, stopped_by=(refusal,))
    stale = stale_opt_outs(night, lists, POPULATION_ANALYSIS)
    withheld = [f"{stale}: the analysts' tables would be withheld."] if stale else []
    return replace(ahead, warnings=(*ahead.warnings, *warnings, *withheld))


def _earlier(project: Project, configuration: Configuration, as_at: dt.date) -> list[LandedSource]:
    parent = publications(project, configuration.stores.application).latest_before(as_at)
    return load_landed(project, parent.run_id) if parent else []
