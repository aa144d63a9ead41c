"""Single point of access: one of one's own people by what a caller says, who has her already, and a referral.

What the caller says comes by POST and stands in no address. Nobody found is answered alike, whoever she is.
"""

from __future__ import annotations

from typing import Any

from caseload.desk.filled import day_of, parts_of
from caseload.desk.posts import Visit
from caseload.desk.search import Terms, search
from caseload.web.route import Answer, Asked, page
from governance.access.roles import can

LONGEST = 80  # letters of a name
FIELDS = ("number", "family", "given", *parts_of("born"))


def show(visit: Visit, _services: Any, _asked: Asked) -> Answer:
    """The form, with nothing filled in."""
    return page(typed={}, errors={}, found=None, may_break=can(visit.post.role, "break glass"))


def find(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Who fits, among one's own people."""
    typed = {name: asked.value(name)[:LONGEST] for name in FIELDS}
    terms, errors = _terms(typed)
    found = None if errors else search(visit, services, asked.night, terms)
    status = 400 if errors else 200
    return page("", status, typed=typed, errors=errors, found=found, may_break=can(visit.post.role, "break glass"))


def _terms(typed: dict[str, str]) -> tuple[Terms, dict[str, str]]:
    try:
        born = day_of([typed[part] for part in parts_of("born")])
    except ValueError as wrong:
        return Terms(), {"born": str(wrong)}
    terms = Terms(typed["number"], typed["family"], typed["given"], born)
    if not terms.problem:
        return terms, {}
    field = "number" if terms.number or not (terms.family or born) else "family" if born else "born"
    return terms, {field: terms.problem.rstrip(".")}
