"""Who was on the last list and is not on this one, and who should be on one but has no place: each with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caseload.allocate import PROPOSED_TIER
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
REASONS = (GONE, DIED, LEFT, OTHER_TEAM, NO_ROOM, LEFT_OUT, OTHER_TIER)


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
    people = {row["pseudonym"]: row for row in _only(night.people, previous["pseudonym"]).to_pylist()}
    excluded = night.selection.filter(night.selection["exclusion"].is_valid())
    left_out = set(_only(excluded, previous["pseudonym"])["pseudonym"].to_pylist())
    teams = {row["pseudonym"]: row["team"] for row in _only(night.proposals, previous["pseudonym"]).to_pylist()}
    rows = [
        {
            "pseudonym": row["pseudonym"],
            "accountable_professional_id": row["accountable_professional_id"],
            "reason": LEFT_OUT
            if row["pseudonym"] in left_out
            else _reason(row["pseudonym"], people.get(row["pseudonym"]), teams, as_at),
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
    people = {row["pseudonym"]: row for row in _only(night.people, who).to_pylist()}
    chosen = {row["pseudonym"]: row for row in _only(night.selection, who).to_pylist()}
    rows = [
        {**row, "rank": chosen[row["pseudonym"]]["rank"], "gp_practice_code": people[row["pseudonym"]]["gp_practice_code"]}
        | {"locality": locality}
        for row in without.to_pylist()
        if (chosen[row["pseudonym"]]["locality"] or people[row["pseudonym"]]["locality"]) == locality
    ]
    return by_rank(Unplaced.validate(pa.Table.from_pylist(rows, schema=Unplaced.arrow_schema())))  # type: ignore[no-any-return]


def _reason(pseudonym: str, person: dict[str, Any] | None, teams: dict[str, str | None], as_at: dt.date) -> str:
    if person is None:
        return GONE
    if person["month_of_death"] is not None:
        return DIED
    if person["registered_to"] is not None and person["registered_to"] <= as_at:
        return LEFT
    if pseudonym in teams:
        return NO_ROOM if teams[pseudonym] is None else OTHER_TEAM
    return OTHER_TIER


def _only(table: pa.Table, who: pa.ChunkedArray) -> pa.Table:
    return table.filter(pc.is_in(table["pseudonym"], value_set=who))
