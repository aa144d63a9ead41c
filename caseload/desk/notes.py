"""Notes about one's own people: the text lies in the vault; who reads one was let in by the door first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from caseload.desk.night import PublishedNight
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.permissions import may, permitted
from caseload.entries.states import REVIEW
from governance.audit import Act
from governance.notes import Note, Notes
from schemas.errors import GovernanceError

WROTE = "caseload note"  # in the audit log
T = TypeVar("T")


class Named(Protocol):
    """Who a pseudonym's notes are kept under."""

    def person_id(self, pseudonym: str) -> str | None: ...  # noqa: D102


@dataclass(frozen=True)
class NoteBook:
    """The notes of a vault, by one team's pseudonyms on one night.

    Raises `GovernanceError` `E-ACCESS-VAULT` where the vault cannot be used, and what `Notes` raises.
    """

    notes: Callable[[], Notes]
    people: Named

    def add(self, pseudonym: str, text: str, *, author: str, at: dt.datetime) -> int:
        """Keep a note, and give its number."""
        return _or(lambda: self.notes().add(self.people.person_id(pseudonym) or "", text, author=author, at=at))

    def about(self, pseudonym: str) -> list[Note]:
        """Her notes, newest first; none for nobody."""
        person_id = _or(lambda: self.people.person_id(pseudonym))
        return list(reversed(_or(lambda: self.notes().about(person_id)))) if person_id else []


def may_write(role: str) -> bool:
    """Whether a role writes and reads notes: those who look after people do."""
    return may(role, REVIEW)


def notes_about(visit: Visit, services: Services, night: PublishedNight, pseudonym: str) -> list[Note]:
    """The notes about somebody whom the door has just shown to this visit; none for a role that reads none."""
    book = services.notes(visit.post.team, night) if may_write(visit.post.role) else None
    return [] if book is None else book.about(pseudonym)


def write_note(visit: Visit, services: Services, night: PublishedNight, pseudonym: str, text: str) -> int:
    """Keep a note about one of the visitor's own people, written down first; its number.

    Raises `GovernanceError` `E-ENTRY-ROLE`, the door's `E-ACCESS-*` for somebody who is not hers, `E-NOTE-TEXT`,
    `E-AUDIT-STORE`, `E-ACCESS-VAULT`.
    """
    book = services.notes(visit.post.team, night)
    if book is None or not may_write(visit.post.role):
        raise GovernanceError("E-ENTRY-ROLE", "this role does not do that.")
    request = visit.request()
    subject = permitted(request, pseudonym, services.doors[visit.post.team](night)).subject
    act = Act(visit.at, visit.account, WROTE, request.purpose, run_id=visit.run_id, role=visit.post.role)
    services.audit.append(act, [subject])
    return book.add(pseudonym, text, author=visit.account, at=visit.at)


def _or(work: Callable[[], T]) -> T:
    """What `work` gives; raised outside the `except` block, as a driver's text may hold a value."""
    try:
        return work()
    except (SQLAlchemyError, OSError) as trouble:
        name = type(trouble).__name__
    raise GovernanceError("E-ACCESS-VAULT", f"the vault cannot be used ({name}).", cure="try again; then tell operations")
