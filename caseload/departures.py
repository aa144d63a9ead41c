"""Who was on the last list and is not on this one, and who should be on one but has no place: each with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from caseload.allocate import PROPOSED_TIER, is_here
from caseload.decided import ends
from caseload.lists import NightTables, by_rank
from schemas.table import Rows, Table, date, text, whole
from schemas.zones import Zone

GONE = "no longer in the area's data"
DIED = "has died"
LEFT = "no longer registered with a practice of the area"
OTHER_TEAM = "now proposed to another team"
NO_ROOM = "no professional has room any more"
OTHER_TIER = f"no longer in {PROPOSED_TIER}"
LEFT_OUT = "left out of the list by a rule or a clinician"
DECIDED = {
    "declined": "declined by a professional",
    "deferred": "put off by a professional until later",
    "closed": "the episode is closed",
}
EXIT_RULE = "a rule ends the time on this list"
REASONS = (GONE, DIED, LEFT, OTHER_TEAM, NO_ROOM, LEFT_OUT, OTHER_TIER, *DECIDED.values(), EXIT_RULE)
NO_LONGER_HERE = {"died": DIED, "moved": LEFT, "gone": GONE}


class Departure(Table):
    """One row per person of the last list who is not on this one."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("the person, under this team's own pseudonym", required=True)
    accountable_professional_id = text("whose list it was", required=True)
    reason = text("why no longer on the list", required=True, codes=frozenset(REASONS))
    left_on = date("night from which no longer on the list", required=True)


class Unplaced(Table):
    """One row per person of the locality in case management whom nobody has room for."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("the person, under this team's own pseudonym", required=True)
    gp_practice_code = text("registered practice")
    locality = text("locality of the practice")
    rank = whole("place within the locality; 1 is the highest need", minimum=1)
    why = text("why there is no place", required=True)
    since = date("without a professional since", required=True)


def departures(night: NightTables, team: str, as_at: dt.date, previous: pa.Table | None) -> Rows[Departure]:
    """People of `previous` (the team's last `CaseloadList`) who are no longer proposed to `team`, with the reason.

    The dead and those who moved stand here the same night. Somebody of whom the night knows nothing any more is given
    no closer reason: it may be an objection, which is nobody's business.
    """
    if previous is None:
        return Departure.empty()
    who = previous["pseudonym"]
    teams = {row["pseudonym"]: row["team"] for row in _only(night.proposals, who).to_pylist()}
    known = _Known(
        people=_rows(night.people, who),
        chosen=_rows(night.selection, who),
        entries={} if night.entries is None else _rows(night.entries, who),
        teams=teams,
    )
    rows = [
        {
            "pseudonym": row["pseudonym"],
            "accountable_professional_id": row["accountable_professional_id"],
            "reason": _reason(row["pseudonym"], known, as_at),
            "left_on": as_at,
        }
        for row in previous.to_pylist()
        if teams.get(row["pseudonym"]) != team
    ]
    return Departure.sort(Departure.validate(pa.Table.from_pylist(rows, schema=Departure.arrow_schema())))


def unplaced(night: NightTables, locality: str) -> Rows[Unplaced]:
    """People of `locality` who should have an accountable professional and have none."""
    without = night.proposals.filter(pc.is_null(night.proposals["accountable_professional_id"]))
    who = without["pseudonym"]
    people, chosen = _rows(night.people, who), _rows(night.selection, who)
    rows = []
    for row in without.to_pylist():
        person, choice = people.get(row["pseudonym"], {}), chosen.get(row["pseudonym"], {})
        if (choice.get("locality") or person.get("locality")) == locality:
            told = {"rank": choice.get("rank"), "gp_practice_code": person.get("gp_practice_code"), "locality": locality}
            rows.append({**row, **told})
    return by_rank(Unplaced.validate(pa.Table.from_pylist(rows, schema=Unplaced.arrow_schema())))  # type: ignore[no-any-return]


class _Known(NamedTuple):
    """What the night knows of the people of the last list, by pseudonym."""

    people: dict[str, dict[str, Any]]
    chosen: dict[str, dict[str, Any]]
    entries: dict[str, dict[str, Any]]
    teams: dict[str, str | None]


def _reason(pseudonym: str, known: _Known, as_at: dt.date) -> str:
    """Death and a move before what was decided, and that before what the night found."""
    person, entry = known.people.get(pseudonym), known.entries.get(pseudonym, {})
    if person is not None and not is_here(person, as_at):
        return LEFT if person["month_of_death"] is None else DIED
    if entry.get("left") is not None:
        return NO_LONGER_HERE[entry["left"]]
    if pseudonym in known.teams:
        return NO_ROOM if known.teams[pseudonym] is None else OTHER_TEAM
    if entry and ends(entry):
        return DECIDED[entry["state"] if entry["state"] in DECIDED else "closed"]
    if person is None:
        return GONE
    choice = known.chosen.get(pseudonym, {})
    if choice.get("exclusion") is not None:
        return LEFT_OUT
    return EXIT_RULE if entry or choice.get("tier") == PROPOSED_TIER else OTHER_TIER


def _rows(table: pa.Table, who: pa.ChunkedArray) -> dict[str, dict[str, Any]]:
    return {row["pseudonym"]: row for row in _only(table, who).to_pylist()}


def _only(table: pa.Table, who: pa.ChunkedArray) -> pa.Table:
    return table.filter(pc.is_in(table["pseudonym"], value_set=who))
