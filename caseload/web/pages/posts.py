"""What you work as: the posts you hold, and the one you work in now."""

from __future__ import annotations

from typing import Any

from caseload.desk.posts import Visit
from caseload.web.route import Answer, Asked, page


def show(visit: Visit, _services: Any, asked: Asked) -> Answer:
    """The user's posts; in the demonstration everybody's."""
    user = asked.own.user(visit.account)
    return page(
        choices=asked.own.choices(user) if user else [],
        account=visit.account,
        demonstration=bool(asked.own.settings.demo_token),
    )
