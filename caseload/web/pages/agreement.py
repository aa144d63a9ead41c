"""The user agreement: read it, and accept the version in force."""

from __future__ import annotations

from typing import Any

from caseload.desk.posts import Visit
from caseload.web.route import Answer, Asked, go_to, page
from governance.audit import Act


def show(visit: Visit, _services: Any, asked: Asked) -> Answer:
    """Its text, and whether it is accepted."""
    settings = asked.own.settings
    return page(
        version=settings.agreement_text.version,
        paragraphs=settings.agreement_text.paragraphs,
        agreed=settings.agreements.has_accepted(visit.account),
    )


def accept(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Accept the version that was shown; `E-AGREEMENT-VERSION` where another is in force by now."""
    settings = asked.own.settings
    version = asked.value("version")
    if version == settings.agreements.current:  # of another there is nothing to write down: it is refused below
        services.audit.append(
            Act(visit.at, visit.account, "accept agreement", "user agreement", run_id=visit.run_id, role=visit.post.role)
        )
    settings.agreements.accept(visit.account, version, visit.at)
    return go_to("/")
