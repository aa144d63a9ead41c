"""*Team*: who has how many people, and who should be on a list and has no place. No names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caseload.desk.night import PublishedNight, Row
from caseload.desk.own_rows import team_rows
from caseload.desk.posts import Visit
from caseload.desk.services import ProfessionalWords, Services
from caseload.entries.states import OPEN


@dataclass(frozen=True)
class Load:
    """One professional of the team: people proposed to her, people whose episode she leads or arranges, and her room."""

    professional: ProfessionalWords
    proposed: int
    in_episode: int

    @property
    def room(self) -> int:
        """Places left; below 0 where she has more than her capacity."""
        return self.professional.capacity - self.proposed - self.in_episode


@dataclass(frozen=True)
class TeamPage:
    """The page."""

    loads: Sequence[Load]
    unplaced: Sequence[Row]
    rising: Sequence[Row]


def team_page(visit: Visit, services: Services, night: PublishedNight) -> TeamPage:
    """The visitor's team."""
    team = visit.post.team
    rows = team_rows(visit, services, night)
    loads = []
    for each in services.professionals.values():
        if each.team == team:
            theirs = [row for row in rows if each.id in (row.professional, row.coordinator)]
            running = sum(row.state in OPEN for row in theirs)
            loads.append(Load(each, len(theirs) - running, running))
    return TeamPage(loads, night.unplaced(team), night.rising(team))
