"""The night's proposals: who should be whose, before any human has said yes.

Always true, whatever the input: nobody is proposed beyond a list's length; nobody twice; the unplaced are listed with a reason;
any order of rows gives the same result; nobody is moved where nothing changed; and a human's decision outranks all of it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from caseload.coordinators import Coordinated, coordinate
from caseload.decided import Decided, decided
from caseload.needs import ORDINARILY, Needed, needed_by
from caseload.places import NOT_COVERED, OPEN, STAYS, Given, place
from caseload.professionals import ACCOUNTABLE, COORDINATOR, COVER_AFTER_DAYS, Professional, away_at
from caseload.seats import Candidate, Seat
from caseload.why import WITHOUT_COORDINATOR, Reason, why_not, why_placed
from schemas.pseudonymised import Proposal, Selection
from schemas.table import Rows

# Only this tier is proposed to an accountable professional.
PROPOSED_TIER = "case management"

HAD_BEFORE = frozenset({OPEN, STAYS, NOT_COVERED})


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


class _Person(NamedTuple):
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


def propose(
    selection: Rows[Selection],
    people: pa.Table,
    professionals: pa.Table,
    previous: Rows[Proposal] | None,
    as_at: dt.date,
    *,
    beside: Beside = NOTHING_BESIDE,
) -> Rows[Proposal]:
    """One row per person in case management or with an open episode: their professional and coordinator, or why nobody.

    `people` are `PseudonymisedPerson` rows, `professionals` rows of `caseload.professionals.Professional`, `previous`
    the last published proposals. The stages are those of `caseload.places`; the coordinator is chosen within the
    professional's team. The dead, and those who left the area, have no row, whatever was decided; somebody with an open episode
    of whom `people` does not tell (she has opted out) keeps it. `since` is the date from which a person has been with the same
    professional (or unplaced) without a break. Raises `E-TABLE-KEY` where an id or a pseudonym stands twice.
    """
    staff = Professional.validate(professionals).to_pylist()
    away = away_at(beside.absences, as_at, beside.cover_after_days)
    seats = seats_of(staff, ACCOUNTABLE, away)
    where = {one["professional_id"]: one["locality"] for one in staff}
    waiting = _people(Selection.validate(selection), people, previous, as_at, beside)
    waiting = [_in_her_place(person, seats, where) for person in waiting]
    given = _placed(waiting, seats, where)
    helped = _coordinated(waiting, given, seats, seats_of(staff, COORDINATOR, away))
    reasons = _reasons(waiting, given, seats, where)
    rows = [
        _row(person, given.get(person.pseudonym), reasons[person.pseudonym], helped.get(person.pseudonym), seats, as_at)
        for person in waiting
    ]
    return Proposal.sort(Proposal.validate(pa.Table.from_pylist(rows, schema=Proposal.arrow_schema())))


def is_here(person: Mapping[str, Any], as_at: dt.date) -> bool:
    """Whether a row of `PseudonymisedPerson` is of somebody alive and still registered at `as_at`."""
    gone = person["registered_to"]
    return person["month_of_death"] is None and (gone is None or gone > as_at)


def seats_of(staff: Iterable[Mapping[str, Any]], role: str, away: Mapping[str, str | None]) -> dict[str, Seat]:
    """Professional id to seat, in order of id."""
    return {
        one["professional_id"]: Seat(
            one["professional_id"],
            frozenset(one["practices"] or ()),
            one["capacity"],
            skills=frozenset(one["skills"] or ()),
            team=one["team"],
            is_away=one["professional_id"] in away,
            cover=away.get(one["professional_id"]),
        )
        for one in sorted(staff, key=lambda one: str(one["professional_id"]))
        if one["role"] == role
    }


def _people(selection: pa.Table, people: pa.Table, previous: pa.Table | None, as_at: dt.date, beside: Beside) -> list[_Person]:
    """Who is to be proposed, in order of priority within their locality; ties are broken by pseudonym."""
    known = {row["pseudonym"]: row for row in people.select(OF_PEOPLE).to_pylist()}
    chosen = {row["pseudonym"]: row for row in selection.select(OF_SELECTION).to_pylist()}
    needs, found = needed_by(beside.needs), decided(beside.entries, beside.events, as_at)
    last = {row["pseudonym"]: row for row in (Proposal.conform(previous).to_pylist() if previous is not None else ())}
    named = [who for who in {**chosen, **found.is_open} if _is_proposed(who, chosen, known, found, as_at)]
    here = [who for who in named if needs.get(who, ORDINARILY).exit is None]
    ranks = {who: chosen.get(who, {}).get("rank") for who in here}
    return [
        _Person(
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


def _in_her_place(person: _Person, seats: Mapping[str, Seat], where: Mapping[str, str]) -> _Person:
    """An open episode is decided where its professional works, unless the person has moved away from there: from a locality that
    is known to one where nobody's practice is hers. Where neither is known it is decided where her team works."""
    seat = seats.get(person.home or "") if person.entry else None
    if seat is not None and (person.locality is None or person.practice in seat.practices):
        return person._replace(locality=where[seat.professional_id])
    if person.entry and person.locality is None:
        team = [where[seat.professional_id] for seat in seats.values() if seat.team == person.last.get("team")]
        return person._replace(locality=team[0] if team else None)
    return person


def _placed(waiting: Iterable[_Person], seats: Mapping[str, Seat], where: Mapping[str, str]) -> dict[str, Given]:
    groups = defaultdict[str | None, list[Candidate]](list)
    for person in waiting:
        groups[person.locality].append(person.candidate())
    placed = dict[str, Given]()
    for locality, group in groups.items():
        placed |= place(group, [seat for seat in seats.values() if where[seat.professional_id] == locality])
    return placed


def _coordinated(
    waiting: Iterable[_Person], given: Mapping[str, Given], seats: Mapping[str, Seat], coordinators: Mapping[str, Seat]
) -> dict[str, Given]:
    groups = defaultdict[str, list[Coordinated]](list)
    for person in waiting:
        if person.pseudonym in given:
            team = seats[given[person.pseudonym].professional_id].team
            chosen = person.entry["coordinator_id"] if person.entry else None
            groups[team].append(Coordinated(person.candidate(), chosen, person.last))
    found = dict[str, Given]()
    for team, group in groups.items():
        found |= coordinate(group, [seat for seat in coordinators.values() if seat.team == team])
    return found


def _reasons(
    waiting: Iterable[_Person], given: Mapping[str, Given], seats: Mapping[str, Seat], where: Mapping[str, str]
) -> dict[str, Reason]:
    by_locality = defaultdict[str | None, list[Seat]](list)
    for seat in seats.values():
        by_locality[where[seat.professional_id]].append(seat)
    kept = {person.locality for person in waiting if person.pseudonym in given and given[person.pseudonym].stage in HAD_BEFORE}
    found = dict[str, Reason]()
    for person in waiting:
        mine, hers = by_locality[person.locality], given.get(person.pseudonym)
        if hers is not None:
            found[person.pseudonym] = why_placed(person.candidate(), hers, seats, mine)
        else:
            stays = person.locality in kept
            found[person.pseudonym] = why_not(
                person.candidate(), mine, is_known=person.locality is not None, others_stay=stays
            )  # fmt: skip
    return found


def _row(
    person: _Person, given: Given | None, reason: Reason, helped: Given | None, seats: Mapping[str, Seat], as_at: dt.date
) -> dict[str, Any]:
    professional = given.professional_id if given else None
    same = person.last and person.last["accountable_professional_id"] == professional
    return {
        "pseudonym": person.pseudonym,
        "accountable_professional_id": professional,
        "coordinator_id": helped.professional_id if helped else None,
        "team": seats[professional].team if professional else None,
        "why": reason.words + (WITHOUT_COORDINATOR if professional and not helped else ""),
        "since": person.last["since"] if same else as_at,
        "reason": reason.code,
        "usual_professional_id": given.home if given else None,
        "usual_coordinator_id": helped.home if helped else None,
        "skills": sorted(person.needed.skills),
    }
