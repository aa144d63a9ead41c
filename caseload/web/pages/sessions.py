"""Sessions: where one is signed in, and out of all of it at once; an operator sees and ends everybody's."""

from __future__ import annotations

from typing import Any

from caseload.desk.posts import Visit
from caseload.web.route import Answer, Asked, absent, go_to, page
from governance.access.accounts import account
from governance.access.roles import OPERATOR
from governance.audit import Act


def show(visit: Visit, _services: Any, asked: Asked) -> Answer:
    """The user's open sessions; an operator's page has everybody's."""
    found = asked.own.sessions.open()
    return page(
        everybody=visit.post.role == OPERATOR,
        account=visit.account,
        sessions=[each for each in found if visit.post.role == OPERATOR or each.account == visit.account],
    )


def end(visit: Visit, services: Any, asked: Asked) -> Answer:
    """End every session of an account: one's own, or, for an operator, anybody's. Nobody else's is there for others."""
    name = account(asked.value("account"))
    if visit.post.role != OPERATOR and name != visit.account:
        return absent()
    services.audit.append(Act(visit.at, visit.account, "end sessions", f"account {name}", role=visit.post.role))
    asked.own.sessions.end_all(name)
    return go_to("/sessions")
