"""The Caldicott desk of the pages: what the project says of its purposes, bases, opt-outs, statements and audit log."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from governance.access.bulk import Bulk
from governance.access.guardian import GuardianQueue
from governance.access.reasons import Reasons
from governance.audit import Audit
from governance.stores import Store
from pipelines.bases import bases_report
from pipelines.config import Configuration
from pipelines.objections import in_force, list_of, national_list_age
from pipelines.project import Project
from pipelines.publish import publications, store_url
from pipelines.statement import read_statement
from pipelines.statement_facts import opt_outs_honoured
from pipelines.witness import check_log
from schemas.errors import GovernanceError


@dataclass(frozen=True)
class ServedOversight:
    """A `caseload.desk.oversight.Oversight` of one project."""

    project: Project
    configuration: Configuration
    store: Store
    audit: Audit

    @property
    def queue(self) -> GuardianQueue:
        """See `Oversight`."""
        return GuardianQueue(self.store)

    @property
    def bulk(self) -> Bulk:
        """See `Oversight`. `ConfigurationError` `E-ACCESS-LIMITS` where a figure of theirs is missing."""
        return Bulk(self.store, self.audit, self.configuration.access.bulk())

    def bases(self, day: dt.date) -> dict[str, Any]:
        """See `Oversight`."""
        return bases_report(self.configuration, day)

    def opt_outs(self, run_id: str) -> dict[str, Any]:
        """See `Oversight`. `GovernanceError` `E-STATEMENT-RUN` where the night never was."""
        row = publications(self.project, self.configuration.stores.application).published(run_id)
        if row is None:
            raise GovernanceError("E-STATEMENT-RUN", f"run {run_id} was never published.")
        folder = self.project.inbox / "opt_outs"
        lists = [list_of(path) for path in sorted(folder.glob("*.csv"))] if folder.is_dir() else []
        told = [{"kinds": each.opt_outs, "checked_on": each.checked_on} for each in in_force(lists, row.as_at)]
        return {
            "lists": told,
            "age_days": national_list_age(lists, row.as_at),
            **opt_outs_honoured(self.project.night(run_id)),
        }

    def statement(self, run_id: str) -> dict[str, Any]:
        """See `Oversight`. Every file of the night is read: it takes as long as that."""
        return read_statement(self.project, run_id)

    def chain(self) -> tuple[int, str]:
        """See `Oversight`."""
        return self.audit.last()

    def verify(self, at: dt.datetime) -> dict[str, Any]:
        """See `Oversight`. Every line is read: it takes as long as that."""
        return check_log(self.project, self.configuration, since=(), at=at)

    def reason(self, number: int) -> str | None:
        """See `Oversight`."""
        return Reasons(store_url(self.project, self.configuration.stores.vault)).text(number)
