"""What a team decided of proposals in a quarter: agreed, declined with why, put off, unread. Counts only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.feedback import BY, EVERYBODY, answers, feedback

# Of people as the feedback reads them; what a page does not break down is not asked for.
PERSON = pa.schema([(name, pa.string()) for name in ("pseudonym", "age_band", "gender", "ethnic_category")])
PERSON = PERSON.append(pa.field("deprivation_decile", pa.int64()))


@dataclass(frozen=True)
class DecidedPage:
    """The page. `rows`: everybody, and by who put them forward; `reasons`: why declined. Withheld counts are null."""

    first: dt.date
    last: dt.date
    rows: Sequence[Row]
    reasons: Sequence[Row]


def decided_page(visit: Visit, services: Services, night: PublishedNight) -> DecidedPage | None:
    """The quarter of the night served, up to that night, of the visitor's team; None where no disclosure policy is set.

    Small counts are withheld under it. Raises `GovernanceError` `E-ENTRY-STORE`, `E-DISCLOSURE-*`.
    """
    if services.policy is None:
        return None
    team, last = visit.post.team, night.as_at
    first = dt.date(last.year, 3 * ((last.month - 1) // 3) + 1, 1)
    found = feedback(answers(services.entries, [team], first, last), PERSON.empty_table(), services.policy)
    rows = [row for row in found.decisions.to_pylist() if row["team"] == team and row["breakdown"] in (EVERYBODY, BY)]
    reasons = [row for row in found.reasons.to_pylist() if row["team"] == team]
    return DecidedPage(first, last, rows, reasons)
