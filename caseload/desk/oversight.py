"""What the Caldicott desk asks of the project. `pipelines` fulfils it: counts, dates, references and receipts; nobody's row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

from governance.access.bulk import Bulk
from governance.access.guardian import GuardianQueue

Facts = Mapping[str, Any]


class Oversight(Protocol):
    """One project, as its Guardian sees it."""

    @property
    def queue(self) -> GuardianQueue:
        """Her alerts."""
        ...

    @property
    def bulk(self) -> Bulk:
        """Requests for many identities at once."""
        ...

    def bases(self, day: dt.date) -> Facts:
        """Purposes and legal bases with their state on a day: `purposes`, `bases`, `refused`."""
        ...

    def opt_outs(self, run_id: str) -> Facts:
        """`lists`: kind and day of each opt-out list in force; `age_days` of the national one on the night's day; `people`, `of`:
        whom opt-outs leave out, as the night published it (None where withheld), under `policy`."""
        ...

    def statement(self, run_id: str) -> Facts:
        """The night's signed statement, checked; raises `GovernanceError` `E-STATEMENT-*`."""
        ...

    def chain(self) -> tuple[int, str]:
        """Number and hash of the audit log's last line."""
        ...

    def verify(self, at: dt.datetime) -> Facts:
        """The whole log against its checkpoints and nights; raises `GovernanceError` `E-AUDIT-*`, `E-CHECKPOINT-*`."""
        ...

    def reason(self, number: int) -> str | None:
        """The text under a number in the vault; None where there is none. Who reads one writes it down first."""
        ...
