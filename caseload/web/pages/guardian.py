"""The Caldicott desk: what waits, purposes and bases, reviews, bulk requests, and the audit log's state."""

from __future__ import annotations

from typing import Any

from caseload.desk import guardian, guardian_bases
from caseload.desk.guardian_bases import oversight
from caseload.desk.posts import Visit
from caseload.web.route import Answer, Asked, absent, go_to, page
from governance.access.break_glass import JUSTIFY, LIFT, REASON_CODES, REJECT
from governance.access.bulk import APPROVE, REFUSE
from schemas.errors import CaselinkError, GovernanceError

VERDICTS = {"justified": JUSTIFY, "not-justified": REJECT, "lift": LIFT}  # as forms say them
ANSWERS = {"approve": APPROVE, "refuse": REFUSE}
NOT_NOW = ("E-BREAK-GLASS-STATE", "E-BREAK-GLASS-REVIEWER", "E-BULK-STATE", "E-BULK-APPROVER")


def show(visit: Visit, services: Any, _asked: Asked) -> Answer:
    """How much of what waits."""
    return page(waits=guardian.to_do(visit, services))


def bases(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Purposes, legal bases, opt-outs."""
    desk = oversight(services)
    opt_outs = desk.opt_outs(asked.night.run_id) if asked.night else None
    return page(found=guardian_bases.bases(visit, services), opt_outs=opt_outs)


def reviews(visit: Visit, services: Any, _asked: Asked) -> Answer:
    """Openings to review, blocks to lift, limits that were reached."""
    return page(found=guardian.reviews(visit, services), reasons=REASON_CODES)


def opening(visit: Visit, services: Any, asked: Asked) -> Answer:
    """One opening with what its maker wrote."""
    return _opening(visit, services, asked, "")


def review(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Give a verdict."""
    verdict = VERDICTS.get(asked.value("verdict"), "")
    problem = _refused(lambda: guardian.review(visit, services, _number(asked.path.get("number", "")), verdict))
    return _opening(visit, services, asked, problem) if problem else go_to("/guardian/reviews")


def bulk(visit: Visit, services: Any, _asked: Asked) -> Answer:
    """Requests for many identities at once."""
    return _bulk(visit, services, "")


def decide_bulk(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Approve or refuse one."""
    answer = ANSWERS.get(asked.value("answer"), "")
    problem = _refused(lambda: guardian.decide_bulk(visit, services, _number(asked.value("number")), answer))
    return _bulk(visit, services, problem) if problem else go_to("/guardian/bulk")


def audit(_visit: Visit, services: Any, asked: Asked) -> Answer:
    """The log's last line, and the night's statement."""
    return _audit(services, asked, None, "")


def verify(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Check the whole log now."""
    try:
        return _audit(services, asked, oversight(services).verify(visit.at), "")
    except CaselinkError as trouble:
        return _audit(services, asked, None, f"{trouble.code}: {trouble.message}")


def _audit(services: Any, asked: Asked, checked: Any, fault: str) -> Answer:
    desk = oversight(services)
    lines, head = desk.chain()
    said, trouble = None, ""
    if asked.night:
        try:
            said = desk.statement(asked.night.run_id)
        except GovernanceError as error:
            trouble = f"{error.code}: {error.message}"
    return page(lines=lines, head=head, checked=checked, fault=fault, said=said, trouble=trouble)


def _opening(visit: Visit, services: Any, asked: Asked, problem: str) -> Answer:
    found = guardian.opening_page(visit, services, _number(asked.path.get("number", "")))
    if found is None:
        return absent()
    forms = {name: verdict for name, verdict in VERDICTS.items() if verdict in found.verdicts}
    return page(status=409 if problem else 200, found=found, verdicts=forms, problem=problem)


def _bulk(visit: Visit, services: Any, problem: str) -> Answer:
    waiting, others = guardian.bulk_requests(visit, services)
    own = visit.request().actor
    return page(status=409 if problem else 200, waiting=waiting, others=others, own=own, problem=problem)


def _refused(work: Any) -> str:
    """What a decision was refused for, in words; empty where it was taken."""
    try:
        work()
    except GovernanceError as refusal:
        if refusal.code not in NOT_NOW:
            raise
        return f"{refusal.message[:1].upper()}{refusal.message[1:]}"
    return ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
