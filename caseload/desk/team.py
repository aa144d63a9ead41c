"""*Team*: who has how many people, who is away, and who should be on a list and has no place. No names."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from caseload.desk.night import PublishedNight, Row
from caseload.desk.own_rows import Listed, team_rows
from caseload.desk.posts import Visit
from caseload.desk.services import Away, ProfessionalWords, Services
from caseload.entries.states import OPEN
from caseload.needs import TENTHS

SHOWN = 50  # people without a place, or gone, that are shown


@dataclass(frozen=True)
class Load:
    """One professional of the team: people proposed to her, people whose episode she leads or arranges, and her room.

    tenths: what they count as together, in tenths of an ordinary person. away: an absence of today. covers: ids of those whom she
    covers for today.
    """

    professional: ProfessionalWords
    proposed: int
    in_episode: int
    tenths: int
    away: Away | None = None
    covers: Sequence[str] = ()

    @property
    def room(self) -> int:
        """Ordinary people whom she has room for; below 0 where she has more than her capacity."""
        return (self.professional.capacity * TENTHS - self.tenths) // TENTHS

    @property
    def share(self) -> int:
        """How much of her capacity is taken, in percent; 0 where she has none."""
        capacity = self.professional.capacity
        return round(100 * self.tenths / (capacity * TENTHS)) if capacity else 0


@dataclass(frozen=True)
class TeamPage:
    """The page. `without_place`: why, and how many; `to_come`: absences that begin later, the next first."""

    loads: Sequence[Load]
    unplaced: Sequence[Row]
    without_place: Sequence[tuple[str, int]]
    rising: Sequence[Row]
    departures: Sequence[tuple[str, int]]
    to_come: Sequence[tuple[ProfessionalWords, Away]]
    more: int


def team_page(visit: Visit, services: Services, night: PublishedNight) -> TeamPage:
    """The visitor's team."""
    team, today = visit.post.team, visit.request().day
    rows = team_rows(visit, services, night)
    weights = night.weights(team)
    staff = [each for each in services.professionals.values() if each.team == team]
    unplaced = night.unplaced(team)
    return TeamPage(
        loads=[_load(each, rows, weights, staff, today) for each in staff],
        unplaced=unplaced[:SHOWN],
        without_place=_counted(row["why"] for row in unplaced),
        rising=night.rising(team)[:SHOWN],
        departures=_counted(row["reason"] for row in night.departures(team)),
        to_come=sorted(
            ((who, away) for who in staff for away in who.absences if away.first > today), key=lambda each: each[1].first
        ),
        more=max(0, len(unplaced) - SHOWN),
    )


def _load(
    who: ProfessionalWords,
    rows: Sequence[Listed],
    weights: Mapping[str, int],
    staff: Sequence[ProfessionalWords],
    today: dt.date,
) -> Load:
    theirs = [row for row in rows if who.id in (row.professional, row.coordinator)]
    running = sum(row.state in OPEN for row in theirs)
    away = {each.id: each.away_on(today) for each in staff}
    covers = [name for name, absence in away.items() if absence is not None and absence.cover == who.id]
    tenths = sum(weights.get(row.pseudonym, TENTHS) for row in theirs)
    return Load(who, len(theirs) - running, running, tenths, away[who.id], covers)


def _counted(words: Iterable[str]) -> list[tuple[str, int]]:
    """Each text and how often it stands, most often first."""
    return sorted(Counter(words).items(), key=lambda each: (-each[1], each[0]))
