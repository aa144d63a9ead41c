"""What the pages are given: the night served, the door of each team, the entries, and what the configuration says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from caseload.desk.night import PublishedNight
from caseload.entries.entries import Entries
from governance.access.identity import IdentitySource
from governance.audit import Audit
from governance.reidentify import Door

if TYPE_CHECKING:
    from caseload.desk.notes import NoteBook


class Nights(Protocol):
    """The nights of a project. Who opens a page asks once, and keeps what it is given until the page is shown."""

    def current(self) -> PublishedNight | None:
        """The night that is served now; None where none is published."""
        ...


class Directory(IdentitySource, Protocol):
    """The people of a night, found by what a caller says of them; answers are pseudonyms of one team's domain."""

    def by_number(self, number: str) -> list[str]: ...  # noqa: D102
    def by_birth(self, born: dt.date, family: str, given: str = "") -> list[str]: ...  # noqa: D102


@dataclass(frozen=True)
class TeamWords:
    """A team as pages name it. `practices`: those it serves tonight are the night's to say."""

    id: str
    name: str
    locality: str


@dataclass(frozen=True)
class ProfessionalWords:
    """A professional as pages name her. `role`: accountable professional or coordinator."""

    id: str
    team: str
    role: str
    capacity: int


@dataclass(frozen=True)
class Services:
    """Made once for a project. Raises nothing itself; what it is asked for raises as it says.

    doors, directories: by team; each for the night that the page is pinned to. notes: of a team on a night. sees: `[access.sees]` of the configuration.
    """

    area: str
    synthetic: bool
    clock: Callable[[], dt.datetime]
    nights: Nights
    doors: Mapping[str, Callable[[PublishedNight], Door]]
    directories: Mapping[str, Callable[[PublishedNight], Directory]]
    entries: Entries
    audit: Audit
    teams: Mapping[str, TeamWords]
    professionals: Mapping[str, ProfessionalWords]
    sees: Mapping[str, Collection[str]] = field(default_factory=dict)
    notes: Callable[[str, PublishedNight], NoteBook | None] = lambda _team, _night: None
