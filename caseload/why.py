"""Why a person is with this professional, or with nobody: one sentence for each, and the same as a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from caseload.places import COVERED, NOT_COVERED, OPEN, PLACED, RETURNS, STAYS, Given
from caseload.seats import ORDINARY, Candidate, Seat

WITH_PRACTICE = "works with this person's practice"
IN_LOCALITY = "works in this person's locality; nobody who works with the practice has room"
WITHOUT_PRACTICE = "works in this person's locality; nobody there works with the practice"
WITHOUT_COORDINATOR = "; no coordinator of the team has room"

# By stage; what stands for the others is found below.
WORDS = {
    OPEN: "an open episode stays with its professional",
    RETURNS: "this person's own professional is back",
    COVERED: "covers while this person's own professional is away",
    NOT_COVERED: "has this person already; is away, and nobody of the team who can cover has room",
}
KEEPS = "has this person already; "
STAYS_WITH_PRACTICE = KEEPS + WITH_PRACTICE
STAYS_IN_LOCALITY = KEEPS + "works in this person's locality"

# Why not with the professional of the last list.
HAS_LEFT = "the last professional no longer works here; "
HAS_MOVED = "this person has moved to another locality; "
NEEDS_OTHERS = "the last professional cannot do what this person needs now; "
LAST_IS_FULL = "the last professional has no room any more; "

# Which skills is not said: a need may be of a kind that not everybody who opens a list may see.
WITH_SKILLS = "; has the skills needed"
LACKS_SKILLS = "; lacks a skill that this person needs now"

NO_LOCALITY = "no place: no locality is known for this person's practice"
NO_PROFESSIONAL = "no place: no accountable professional works in this locality"
NO_SKILL = "no place: no accountable professional of this locality has the skills needed"
ALL_AWAY = "no place: every accountable professional of this locality who could is away"
NO_ROOM = "no place: every accountable professional of this locality has a full list"
NO_ROOM_WITH_SKILL = "no place: every accountable professional of this locality with the skills needed has a full list"
TOO_LITTLE_ROOM = "no place: nobody has enough room left for a person who counts as more than one"
OTHERS_STAY = "; people already on a list keep their place"
REASONS_UNPLACED = (NO_LOCALITY, NO_PROFESSIONAL, NO_SKILL, ALL_AWAY, NO_ROOM, NO_ROOM_WITH_SKILL, TOO_LITTLE_ROOM)


class Reason(NamedTuple):
    """A code of `PLACE_REASONS`, and words."""

    code: str
    words: str


def why_placed(person: Candidate, given: Given, seats: Mapping[str, Seat], locality: Sequence[Seat]) -> Reason:
    """`seats` are those of the whole area by id, `locality` those of the person's own."""
    seat = seats[given.professional_id]
    words = WORDS.get(given.stage)
    if given.stage == STAYS:
        words = STAYS_WITH_PRACTICE if person.practice in seat.practices else STAYS_IN_LOCALITY
    if words is None:
        words = _no_longer(person, seats, locality) + _practice(person, seat, locality)
    return Reason(given.stage, words + _skills(person, seat))


def _practice(person: Candidate, seat: Seat, locality: Sequence[Seat]) -> str:
    if person.practice in seat.practices:
        return WITH_PRACTICE
    return IN_LOCALITY if any(person.practice in other.practices for other in locality) else WITHOUT_PRACTICE


def _no_longer(person: Candidate, seats: Mapping[str, Seat], locality: Sequence[Seat]) -> str:
    """Why not the professional she had; nothing where she had none."""
    if person.home is None:
        return ""
    last = seats.get(person.home)
    if last is None:
        return HAS_LEFT
    if last not in locality:
        return HAS_MOVED
    return LAST_IS_FULL if person.skills <= last.skills else NEEDS_OTHERS


def _skills(person: Candidate, seat: Seat) -> str:
    if not person.skills:
        return ""
    return WITH_SKILLS if person.skills <= seat.skills else LACKS_SKILLS


def why_not(person: Candidate, locality: Sequence[Seat], *, is_known: bool, others_stay: bool) -> Reason:
    """Why nobody; `is_known`: whether her locality is, `others_stay`: whether somebody kept a place there."""
    able = [seat for seat in locality if person.skills <= seat.skills]
    if not is_known:
        return Reason("no locality", NO_LOCALITY)
    if not locality:
        return Reason("no professional", NO_PROFESSIONAL)
    if not able:
        return Reason("no skill", NO_SKILL)
    here = [seat for seat in able if not seat.is_away]
    if not here:
        return Reason("all away", ALL_AWAY)
    more = OTHERS_STAY if others_stay else ""
    if person.load > ORDINARY and any(seat.room >= ORDINARY for seat in here):
        return Reason("no room", TOO_LITTLE_ROOM + more)
    if person.skills:
        return Reason("no room", NO_ROOM_WITH_SKILL + more)
    return Reason("no room", NO_ROOM + more)


__all__ = ["PLACED", "REASONS_UNPLACED", "Reason", "why_not", "why_placed"]
