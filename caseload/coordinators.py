"""Which coordinator of the accountable professional's team looks after a person: by the same stages as the professional.

A coordinator arranges and does not treat: skills do not count, load and practice do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from caseload.places import Given, place
from caseload.seats import Candidate, Seat


class Coordinated(NamedTuple):
    """A person with an accountable professional, the coordinator chosen for her open episode, and her row of the last list."""

    person: Candidate
    chosen: str | None
    last: Mapping[str, Any]


def coordinate(people: Sequence[Coordinated], seats: Sequence[Seat]) -> dict[str, Given]:
    """Pseudonym to coordinator for everybody who gets one; `people` in order of priority, `seats` of one team by id."""
    return place([_candidate(*each) for each in people], seats)


def _candidate(person: Candidate, chosen: str | None, last: Mapping[str, Any]) -> Candidate:
    usual = last.get("usual_coordinator_id")
    return person._replace(
        home=chosen or usual or last.get("coordinator_id"),
        skills=frozenset(),
        is_open=chosen is not None,
        covered_by=last.get("coordinator_id") if usual else None,
    )
