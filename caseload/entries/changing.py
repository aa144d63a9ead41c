"""The one way to change the history: may she, does policy allow it, then the row and its audit row in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from caseload.entries.permissions import may, permitted
from governance.access.decision import Request
from governance.access.refusals import refused
from governance.audit import Act, Audit
from governance.reidentify import Door
from schemas.errors import GovernanceError

UNWRITABLE = "E-AUDIT-STORE"

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Change:
    """What is to be done: a step's name as the roles' table and the audit log have it, why in a coded word, and to whom.

    check: raises `GovernanceError` where policy does not allow it.
    """

    step: str
    reason: str
    people: Sequence[str] = ()
    check: Callable[[], None] = lambda: None


def change(
    audit: Audit,
    request: Request,
    door: Door,
    asked: Change,
    work: Callable[[Connection, int], Answer],
    *,
    teams: Collection[str],
) -> Answer:
    """Do `work` with its audit rows in one transaction, and give what it answers.

    Raises `GovernanceError` `E-ENTRY-TEAM`, `E-ENTRY-ROLE`, the door's `E-ACCESS-*`, what check and `work` raise, and
    `E-AUDIT-STORE`. A refusal leaves a line in the audit log, and nothing else.
    """
    action, failure = "caseload change", GovernanceError("E-ENTRY-ROLE", "this role does not do that.")
    try:
        if request.team not in teams:
            failure = GovernanceError("E-ENTRY-TEAM", "this user works in no team that is known.")
        elif may(request.role, asked.step):
            action = f"caseload {asked.step}"
            asked.check()
            subjects = [permitted(request, each, door).subject for each in asked.people]
            purpose = f"{request.purpose}: {asked.reason}" if asked.reason else request.purpose
            act = Act(request.at, request.actor, action, purpose, run_id=request.run_id, role=request.role)
            return audit.together(act, subjects or ("",), work)
    except GovernanceError as refusal:
        failure = refusal
    raise failure if failure.code == UNWRITABLE else refused(audit, request, action, failure)
