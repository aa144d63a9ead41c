"""Who can be given a place, and who has places: what every stage of the allocation works on.

Loads are whole numbers, so that no sum depends on an order: an ordinary person counts `ORDINARY`, one who counts as one and a
half people half as much again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

# Load of an ordinary person. A list's length is given in ordinary people; weights have one decimal.
ORDINARY = 20


class Candidate(NamedTuple):
    """A person who should have a professional, with whom she has one already."""

    pseudonym: str
    practice: str | None
    home: str | None = None
    load: int = ORDINARY
    skills: frozenset[str] = frozenset()
    is_open: bool = False
    covered_by: str | None = None


@dataclass
class Seat:
    """One professional: practices, skills, the length of her list, and how much of it is taken by now."""

    professional_id: str
    practices: frozenset[str]
    capacity: int
    held: int = 0
    skills: frozenset[str] = frozenset()
    team: str = ""
    is_away: bool = False
    cover: str | None = None

    @property
    def room(self) -> int:
        """Load that she has room for; never below zero, also where open episodes are more than her list holds."""
        return max(0, self.capacity * ORDINARY - self.held)

    def takes(self, person: Candidate) -> bool:
        """Whether she has the skills and the room."""
        return person.skills <= self.skills and person.load <= self.room
