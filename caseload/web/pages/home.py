"""Home: what you can do here, as what you work as."""

from __future__ import annotations

from typing import Any

from caseload.desk.posts import Visit
from caseload.web.permissions import ABOUT_NOBODY
from caseload.web.route import Answer, Asked, page
from governance.access.roles import find_role


def show(visit: Visit, _services: Any, asked: Asked) -> Answer:
    """The pages open to the role, what it is kept from, and whether the agreement is accepted."""
    return page(
        never=find_role(visit.post.role).never,
        to_accept=bool(find_role(visit.post.role).may - ABOUT_NOBODY)
        and not asked.own.settings.agreements.has_accepted(visit.account),
        sees_people="identity" in find_role(visit.post.role).may,
    )
