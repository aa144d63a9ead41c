"""Who is to be proposed tonight, with what is known of each: by tier, by what humans have decided, and never the dead.

A human's decision outranks the tier: an open episode is there whatever the score, somebody declined is not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from caseload.decided import Decided, decided
from caseload.needs import ORDINARILY, Needed, needed_by
from caseload.professionals import COVER_AFTER_DAYS
from caseload.seats import Candidate, Seat
from schemas.pseudonymised import Proposal

# Only this tier is proposed to an accountable professional.
PROPOSED_TIER = "case management"


@dataclass(frozen=True)
class Beside:
    """What the allocation goes by beside tonight's selection; whatever is absent has no say.

    `entries` are OpenEntry rows (what humans have decided), `events` has `pseudonym` and `event_date` (what may bring somebody
    declined back), `needs` are Need rows, `absences` Absence rows.
    """

    entries: pa.Table | None = None
    events: pa.Table | None = None
    needs: pa.Table | None = None
    absences: pa.Table | None = None
    cover_after_days: int = COVER_AFTER_DAYS


NOTHING_BESIDE = Beside()


class Person(NamedTuple):
    """Somebody to be proposed: what is known of her, what the last list said, and her open episode."""

    pseudonym: str
    locality: str | None
    practice: str | None
    needed: Needed
    last: Mapping[str, Any]
    entry: Mapping[str, Any] | None

    @property
    def home(self) -> str | None:
        """Whose she is: of her open episode, else of the last list."""
        given: str | None = self.entry["accountable_professional_id"] if self.entry else None
        return given or self.last.get("usual_professional_id") or self.last.get("accountable_professional_id")

    def candidate(self) -> Candidate:
        """The same as the stages take it."""
        covered_by = self.last.get("accountable_professional_id") if self.last.get("usual_professional_id") else None
        is_open = bool(self.entry and self.entry["accountable_professional_id"])
        return Candidate(
            self.pseudonym, self.practice, self.home, self.needed.load, self.needed.skills, is_open, covered_by
        )  # fmt: skip


def is_here(person: Mapping[str, Any], as_at: dt.date) -> bool:
    """Whether a row of `PseudonymisedPerson` is of somebody alive and still registered at `as_at`."""
    gone = person["registered_to"]
    return person["month_of_death"] is None and (gone is None or gone > as_at)


def people_of(selection: pa.Table, people: pa.Table, previous: pa.Table | None, as_at: dt.date, beside: Beside) -> list[Person]:
    """Who is to be proposed, in order of priority within their locality; ties are broken by pseudonym."""
    known = {row["pseudonym"]: row for row in people.select(OF_PEOPLE).to_pylist()}
    chosen = {row["pseudonym"]: row for row in selection.select(OF_SELECTION).to_pylist()}
    needs, found = needed_by(beside.needs), decided(beside.entries, beside.events, as_at)
    last = {row["pseudonym"]: row for row in (Proposal.conform(previous).to_pylist() if previous is not None else ())}
    named = [who for who in {**chosen, **found.is_open} if _is_proposed(who, chosen, known, found, as_at)]
    here = [who for who in named if needs.get(who, ORDINARILY).exit is None]
    ranks = {who: chosen.get(who, {}).get("rank") for who in here}
    return [
        Person(
            who,
            chosen.get(who, {}).get("locality") or known.get(who, {}).get("locality"),
            known.get(who, {}).get("gp_practice_code"),
            needs.get(who, ORDINARILY),
            last.get(who, {}),
            found.is_open.get(who),
        )
        for who in sorted(here, key=lambda who: (ranks[who] is None, ranks[who] or 0, who))
    ]


OF_PEOPLE = ["pseudonym", "locality", "gp_practice_code", "registered_to", "month_of_death"]
OF_SELECTION = ["pseudonym", "locality", "tier", "rank"]


def _is_proposed(who: str, chosen: Mapping[str, Any], known: Mapping[str, Any], found: Decided, as_at: dt.date) -> bool:
    """Whether she is on a list tonight: by her open episode, else by her tier; never when she is no longer here."""
    if who in known and not is_here(known[who], as_at):
        return False
    if who in found.is_open:
        return True
    return who in known and chosen[who]["tier"] == PROPOSED_TIER and who not in found.kept_out


def in_her_place(person: Person, seats: Mapping[str, Seat], where: Mapping[str, str]) -> Person:
    """An open episode is decided where its professional works, unless the person has moved away from there: from a locality that
    is known to one where nobody's practice is hers. Where neither is known it is decided where her team works."""
    seat = seats.get(person.home or "") if person.entry else None
    if seat is not None and (person.locality is None or person.practice in seat.practices):
        return person._replace(locality=where[seat.professional_id])
    if person.entry and person.locality is None:
        team = [where[seat.professional_id] for seat in seats.values() if seat.team == person.last.get("team")]
        return person._replace(locality=team[0] if team else None)
    return person
