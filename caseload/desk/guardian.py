"""*Caldicott desk*: what waits for the Guardian, and what she decides. Aggregates, dates and receipts; no name and no person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from caseload.desk.guardian_bases import bases, oversight
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from governance.access.break_glass import NOT_JUSTIFIED, OVERDUE, REASON_CODES, STATES, WAITING, BreakGlass, Opening
from governance.access.bulk import ASKED, BulkRequest
from governance.access.guardian import LIMIT_ALERT, Alert
from governance.audit import Act
from governance.legal_basis import HOLDS
from schemas.errors import GovernanceError

REVIEWING = "break-glass review"  # the purpose for which she reviews
DECIDING = "bulk request"
READ_REASON = "break-glass reason read"
LATELY = dt.timedelta(days=30)  # for so long an alert of a limit stays on the page
TO_DO = (OVERDUE, WAITING)


@dataclass(frozen=True)
class Reviews:
    """The queue. `to_do`: openings to review, overdue ones first. `blocked`: whose makers open nobody until she lifts it."""

    to_do: Sequence[Opening]
    blocked: Sequence[Opening]
    others: Sequence[Opening]
    alerts: Sequence[Alert]


def reviews(visit: Visit, services: Services) -> Reviews:
    """Everything that was opened, and every limit that was reached in the last 30 days."""
    found = _glass(services).openings(visit.at)
    to_do = sorted((each for each in found if each.state in TO_DO), key=lambda each: (TO_DO.index(each.state), each.review_by))
    blocked = [each for each in found if each.state == NOT_JUSTIFIED]
    others = [each for each in reversed(found) if each.state not in (*TO_DO, NOT_JUSTIFIED)]
    alerts = [each for each in oversight(services).queue.alerts() if each.kind == LIMIT_ALERT and each.at >= visit.at - LATELY]
    return Reviews(to_do, blocked, others, alerts[::-1])


@dataclass(frozen=True)
class OpeningPage:
    """One opening with what its maker wrote, and the verdicts that may be given."""

    opening: Opening
    reason: str
    text: str
    verdicts: Sequence[str]
    own: bool


def opening_page(visit: Visit, services: Services, number: int) -> OpeningPage | None:
    """One opening; None where there is none. That its text is read is written down first."""
    found = next((each for each in _glass(services).openings(visit.at) if each.number == number), None)
    if found is None:
        return None
    _write_down(visit, services, READ_REASON, f"{REVIEWING}: opening {number}")
    text = oversight(services).reason(found.reason) or ""
    verdicts = [
        each for each in STATES[found.state] if found.state in (*TO_DO, NOT_JUSTIFIED) and each.startswith("the Guardian")
    ]
    reason = REASON_CODES.get(found.code, found.code)
    return OpeningPage(found, reason, text, verdicts, found.actor == visit.request().actor)


def review(visit: Visit, services: Services, number: int, verdict: str) -> None:
    """Give a verdict, or lift a block; raises what `BreakGlass.review` raises."""
    _glass(services).review(number, visit.request(REVIEWING), verdict)


def bulk_requests(visit: Visit, services: Services) -> tuple[list[BulkRequest], list[BulkRequest]]:
    """Requests that wait for somebody's decision, and the others, newest first."""
    found = oversight(services).bulk.requests(visit.at)
    return [each for each in found if each.state == ASKED], [each for each in reversed(found) if each.state != ASKED]


def decide_bulk(visit: Visit, services: Services, number: int, event: str) -> None:
    """Approve or refuse; raises what `Bulk.decide` raises, one's own request among it."""
    oversight(services).bulk.decide(number, visit.request(DECIDING), event)


@dataclass(frozen=True)
class ToDo:
    """How much waits, for the first page of the desk."""

    overdue: int
    waiting: int
    blocked: int
    alerts: int
    bulk: int
    ending: int
    purposes: int


def to_do(visit: Visit, services: Services) -> ToDo:
    """Counts of what waits."""
    queue, said = reviews(visit, services), bases(visit, services)
    overdue = sum(each.state == OVERDUE for each in queue.to_do)
    return ToDo(
        overdue=overdue,
        waiting=len(queue.to_do) - overdue,
        blocked=len(queue.blocked),
        alerts=len(queue.alerts),
        bulk=len(bulk_requests(visit, services)[0]),
        ending=len(said.ending) + len(said.ended),
        purposes=sum(each["state"] != HOLDS for each in said.purposes),
    )


def _glass(services: Services) -> BreakGlass:
    """Openings of every team: which one's domain is asked makes no difference to a review."""
    if services.break_glass is None:
        raise GovernanceError("E-ACCESS-ROLE", "these services open nobody.")
    return services.break_glass(next(iter(services.teams)))


def _write_down(visit: Visit, services: Services, action: str, purpose: str) -> None:
    services.audit.append(Act(visit.at, visit.account, action, purpose, run_id=visit.run_id, role=visit.post.role))
