"""`AuditEvent`: the audit log for a Caldicott Guardian. People are named by their pseudonyms in the audit's own domain, which no
team's list bears. That it was read is a line of the log, written first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caseload.desk.posts import Visit
from caseload.fhir.lists import audit_event, bundle
from caseload.fhir.systems import Names, Resource
from caseload.web.api.route import body
from caseload.web.api.software import NAME
from caseload.web.route import Answer, Asked, absent
from governance.audit import Act, Selection

DOMAIN = "audit"
MOST = 100  # newest lines of one answer
ACTION = "read audit"


def events(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The newest lines about one person (`patient`), or about anybody; newest first."""
    _write_down(visit, services)
    wanted = asked.query.get("patient")
    subjects = None if wanted is None else frozenset({wanted.removeprefix("Patient/")})
    rows = services.audit.select(Selection(subjects=subjects, last=MOST + 1))
    made = bundle([_event(row, asked) for row in reversed(rows[-MOST:])], _names(asked), kind="searchset")
    if len(rows) > MOST:
        made.pop("total")  # there are more, and nobody counted them
    return body(made)


def event(visit: Visit, services: Any, asked: Asked) -> Answer:
    """One line of the log."""
    _write_down(visit, services)
    number = asked.path.get("id", "").removeprefix("audit-")
    found = services.audit.line(int(number)) if number.isascii() and number.isdigit() and len(number) < 16 else None
    return body(_event(found, asked)) if found else absent()


def _event(row: Mapping[str, Any], asked: Asked) -> Resource:
    return audit_event(row, _names(asked), pseudonym=row["subject"] or None, source=NAME)


def _names(asked: Asked) -> Names:
    return Names(asked.own.settings.origin, DOMAIN)


def _write_down(visit: Visit, services: Any) -> None:
    services.audit.append(Act(visit.at, visit.account, ACTION, "by the API", run_id=visit.run_id, role=visit.post.role))
