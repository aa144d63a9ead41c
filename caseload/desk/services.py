"""What the pages are given: the night served, the door of each team, the entries, and what the configuration says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from caseload.desk.night import PublishedNight, Row
from caseload.desk.oversight import Oversight
from caseload.entries.entries import Entries
from caseload.review.desk import ReviewDesk
from governance.access.break_glass import BreakGlass
from governance.access.identity import IdentitySource
from governance.audit import Audit
from governance.policies import Policy
from governance.reidentify import Door

if TYPE_CHECKING:
    from caseload.desk.notes import NoteBook


class Nights(Protocol):
    """The nights of a project. Who opens a page asks once, and keeps what it is given until the page is shown."""

    def current(self) -> PublishedNight | None:
        """The night that is served now; None where none is published."""
        ...

    def missed(self, night: PublishedNight, looked: str) -> Sequence[PublishedNight]:
        """The nights after the run that a reader looked at and before this one, newest first; not more than are kept."""
        ...


class Directory(IdentitySource, Protocol):
    """The people of a night, found by what a caller says of them; answers are pseudonyms of one team's domain."""

    def by_number(self, number: str) -> list[str]: ...  # noqa: D102
    def by_birth(self, born: dt.date, family: str, given: str = "") -> list[str]: ...  # noqa: D102
    def subjects(self, pseudonym: str) -> frozenset[str]: ...  # noqa: D102
    def subjects_of_number(self, number: str) -> frozenset[str]: ...  # noqa: D102


@dataclass(frozen=True)
class TeamWords:
    """A team as pages name it. `practices`: those it serves tonight are the night's to say."""

    id: str
    name: str
    locality: str


@dataclass(frozen=True)
class Away:
    """Days on which a professional is away, both counted. `last`: none where it is not known. `cover`: who covers, by id."""

    first: dt.date
    last: dt.date | None = None
    cover: str = ""


@dataclass(frozen=True)
class ProfessionalWords:
    """A professional as pages name her. `role`: accountable professional or coordinator."""

    id: str
    team: str
    role: str
    capacity: int
    absences: Sequence[Away] = ()

    def away_on(self, day: dt.date) -> Away | None:
        """The absence that holds on a day; the one that began last, where there are two."""
        found = [each for each in self.absences if each.first <= day and (each.last is None or day <= each.last)]
        return max(found, key=lambda each: each.first, default=None)


@dataclass(frozen=True)
class WardWords:
    """A virtual ward as pages name it. `days`: after how many somebody is to leave."""

    id: str
    team: str
    beds: int
    days: int


@dataclass(frozen=True)
class Use:
    """One purpose for which a source may be used, and on what legal basis. `controller`: whose data they are."""

    purpose: str
    description: str
    source: str
    controller: str
    reference: str
    first: dt.date
    last: dt.date


# Fact rows of one person, FEED rows and the night's day, to the sheet that she may be given: headings and bullets in Markdown.
PlainSheet = Callable[[Sequence[Row], Sequence[Row], dt.date], str]


@dataclass(frozen=True)
class TakenCode:
    """What a practice's own system is told of somebody in an episode: a code of its own coding and its words."""

    code: str
    term: str


@dataclass(frozen=True)
class Services:
    """Made once for a project. Raises nothing itself; what it is asked for raises as it says.

    doors, directories: by team; each for the night that the page is pinned to. sees: `[access.sees]` of the configuration.
    notes: of a team on a night.
    break_glass: openings in a team's domain. review: the clerk's desk. oversight: the Guardian's.
    plain_sheet: makes the sheet of reasons for a person; None: there is none. codes: what a practice's file of codes holds; None
    while nobody has decided.
    wards: virtual wards by id. uses: what the project may use which source for. policy: of disclosure, for counts of decisions.
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
    break_glass: Callable[[str], BreakGlass] | None = None
    review: ReviewDesk | None = None
    oversight: Oversight | None = None
    plain_sheet: PlainSheet | None = None
    codes: TakenCode | None = None
    wards: Mapping[str, WardWords] = field(default_factory=dict)
    uses: Sequence[Use] = ()
    policy: Policy | None = None
    notes: Callable[[str, PublishedNight], NoteBook | None] = lambda _team, _night: None
