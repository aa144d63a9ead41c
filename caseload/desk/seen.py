"""*Who saw this record*: every line of the audit log about one person, in words. Reading it is a line of the log, too.

A member of her care team asks for somebody she may open; the Guardian by an NHS number that somebody gave her. The Guardian's
page says nothing of who the person is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseload.desk.names import WORDS, names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from governance.access.roles import can
from governance.audit import ALLOWED, Act, Selection
from schemas.errors import GovernanceError
from schemas.nhs_number import read_nhs_number

ACTION, PURPOSE = "who saw", "who saw one person's record"
MOST_ROWS = 500  # newest first; the page says how many there are
REFUSED = ": refused "
# What was done, in words; an action that is not here stands as the log has it.
ACTIONS = {
    "reidentify": "looked up who this is",
    "break-glass open": "opened by break-glass",
    "review pair": "compared two records, to link them",
    "review decision": "judged whether two records are one person's",
    "link review export": "took records out for clerical review",
    "link review import": "brought back judgements on records",
    "audit export": "took out lines of the audit log",
    ACTION: "read this report",
}


@dataclass(frozen=True)
class Line:
    """One line of the log. `refused`: why it was not allowed, in words; empty where it was."""

    seq: int
    at: dt.datetime
    actor: str
    role: str
    what: str
    purpose: str
    basis: str
    refused: str


@dataclass(frozen=True)
class SeenPage:
    """The report. `lines`: the newest of `total`. `who`: her identity, on the care team's page alone."""

    lines: Sequence[Line]
    total: int
    pseudonym: str = ""
    who: Row | None = None


def seen_of(visit: Visit, services: Services, night: PublishedNight, pseudonym: str) -> SeenPage | None:
    """The report on one of the visitor's own people; None for anybody else, there or not. Raises what the door raises."""
    names = names_of(visit, services, night, [pseudonym])
    if pseudonym not in names.shown:
        return None
    subjects = services.directories[visit.post.team](night).subjects(pseudonym)
    lines = _report(visit, services, subjects)
    return SeenPage(lines[:MOST_ROWS], len(lines), pseudonym, names.shown[pseudonym])


def seen_by_number(visit: Visit, services: Services, night: PublishedNight, number: str) -> SeenPage | None:
    """The report on whoever has this NHS number; None where nobody in the night served has.

    Raises `GovernanceError` `E-ACCESS-ROLE` for a role that does not read the log, `E-AUDIT-NUMBER` for what is no NHS number.
    """
    if not can(visit.post.role, "audit"):
        raise GovernanceError("E-ACCESS-ROLE", "what you work as does not read the audit log.")
    found = read_nhs_number(number).number
    if found is None:
        raise GovernanceError("E-AUDIT-NUMBER", "what was given is no NHS number.")
    directory = next(iter(services.directories.values()))
    subjects = directory(night).subjects_of_number(found.ten_digits())
    if not subjects:
        services.audit.append(_act(visit))
        return None
    lines = _report(visit, services, subjects)
    return SeenPage(lines[:MOST_ROWS], len(lines))


def _report(visit: Visit, services: Services, subjects: frozenset[str]) -> list[Line]:
    services.audit.append(_act(visit), sorted(subjects))
    return [_line(row) for row in reversed(services.audit.select(Selection(subjects=subjects)))]


def _act(visit: Visit) -> Act:
    return Act(visit.at, visit.account, ACTION, PURPOSE, run_id=visit.run_id, role=visit.post.role)


def _line(row: Mapping[str, Any]) -> Line:
    purpose, _, code = row["purpose"].partition(REFUSED)
    refused = "" if row["decision"] == ALLOWED else WORDS.get(code, code or "not allowed")
    return Line(
        row["seq"], dt.datetime.fromisoformat(row["at"]), row["actor"], row["role"], ACTIONS.get(row["action"], row["action"]),
        purpose, row["basis"], refused,
    )  # fmt: skip
