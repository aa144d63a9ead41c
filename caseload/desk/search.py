"""*Single point of access*: find one of one's own people by what a caller says of her.

Who is not there, who is not one's own and who is protected are answered alike: with nobody. A search is written down before
anything is looked up, and it counts as a request of the door whether it finds somebody or not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from caseload.desk.forms import forms
from caseload.desk.names import FOR_ALL, WORDS, names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import Visit
from caseload.desk.services import Directory, Services
from caseload.entries.history import Entry
from caseload.entries.states import OPEN, REFER
from governance.access.decision import ROLE
from governance.access.limits import LIMIT
from governance.access.roles import can
from governance.audit import Act
from schemas.errors import GovernanceError

ACTION = "search"
NOBODY = ""  # asked of the door where nothing is found, so that it takes the same steps
NUMBER_DIGITS = 10
NONE_FOUND = "Nobody was found among your own people. Check what was entered, or who looks after this person."


@dataclass(frozen=True)
class Terms:
    """What the caller says: an NHS number; or a family name and a date of birth, and perhaps the beginning of a given name."""

    number: str = ""
    family: str = ""
    given: str = ""
    born: dt.date | None = None

    @property
    def digits(self) -> str:
        """The number without blanks and hyphens."""
        return "".join(letter for letter in self.number if letter.isascii() and letter.isdigit())

    @property
    def problem(self) -> str:
        """What is missing, in words; empty where a search can be made."""
        if self.number:
            return "" if len(self.digits) == NUMBER_DIGITS else "An NHS number has ten digits."
        return "" if self.family.strip() and self.born else "Give an NHS number, or a family name and a date of birth."


@dataclass(frozen=True)
class Found:
    """One of the visitor's own people. `desk`: her DeskPerson row; None for somebody whom the night did not score or list.
    `refer`: whether the visitor may put her forward now."""

    pseudonym: str
    who: Row
    desk: Row | None
    entry: Entry
    refer: bool = False

    @property
    def professional(self) -> str:
        """Who has her already: as decided, else as the night proposes; empty where nobody has."""
        return self.entry.professional or (self.desk or {}).get("accountable_professional_id") or ""

    @property
    def coordinator(self) -> str:
        """Who arranges, likewise."""
        return self.entry.coordinator or (self.desk or {}).get("coordinator_id") or ""

    @property
    def running(self) -> bool:
        """Whether an episode runs: a named human accepted her."""
        return self.entry.state in OPEN

    @property
    def standing(self) -> str:
        """The state in words: proposed is only whom the night or a referral put forward."""
        nobody = not self.entry.last and not (self.desk or {}).get("accountable_professional_id")
        return "not on a list" if nobody else self.entry.state


@dataclass(frozen=True)
class SearchPage:
    """The page. `words`: what to say where nobody is found, or the search cannot be made."""

    found: Sequence[Found] = ()
    words: str = ""


def search(visit: Visit, services: Services, night: PublishedNight, terms: Terms) -> SearchPage:
    """Look for a person. Raises `GovernanceError` `E-ACCESS-ROLE` for a role that does not search, `E-AUDIT-STORE` where the
    search cannot be written down, and what the door raises."""
    if not can(visit.post.role, "search"):
        raise GovernanceError(ROLE, "what you work as does not search for people.")
    if terms.problem:
        return SearchPage(words=terms.problem)
    by = "by number" if terms.number else "by name and date of birth"
    request = visit.request()
    services.audit.append(
        Act(visit.at, visit.account, ACTION, f"{request.purpose}: {by}", run_id=night.run_id, role=visit.post.role)
    )
    people = look_up(services.directories[visit.post.team](night), terms)
    names = names_of(visit, services, night, people or [NOBODY])
    found = [
        _found(visit, services, night, pseudonym, names.shown[pseudonym]) for pseudonym in people if pseudonym in names.shown
    ]
    stopped = [WORDS[code] for code in (*FOR_ALL, LIMIT) if code in names.refused.values()]
    return SearchPage(found, "" if found else f"Nobody is shown: {stopped[0]}." if stopped else NONE_FOUND)


def _found(visit: Visit, services: Services, night: PublishedNight, pseudonym: str, who: Row) -> Found:
    team, day = visit.post.team, visit.request().day
    entry, desk = services.entries.entry(team, pseudonym, day), night.person(team, pseudonym)
    refer = any(each.step == REFER for each in forms(visit.post.role, entry, [], []))
    return Found(pseudonym, who, desk, entry, refer)


def look_up(directory: Directory, terms: Terms) -> list[str]:
    """Pseudonyms of the people whom the terms mean, whoever's they are: to be asked of the door, and not to be shown."""
    if terms.number:
        return directory.by_number(terms.digits)
    return directory.by_birth(terms.born, terms.family, terms.given) if terms.born else []
