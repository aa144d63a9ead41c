"""What is refused is written down, too: whoever tries a door that is shut is seen trying."""

from __future__ import annotations

from governance.access.decision import Request
from governance.audit import DENIED, Act, Audit
from schemas.errors import GovernanceError


def refused(audit: Audit, request: Request, action: str, failure: GovernanceError) -> GovernanceError:
    """The failure to raise, after an audit row says that the act was denied and for which code."""
    purpose = f"{request.purpose}: refused {failure.code}"
    audit.append(Act(request.at, request.actor, action, purpose, run_id=request.run_id, role=request.role, decision=DENIED))
    return failure
