"""Virtual wards: who of a team's people is proposed to a bed at home, how long she keeps it, and why she leaves it.

Step-down: discharged from hospital within the ward's days, home sooner with its help. Step-up: attended A&E within the ward's
days and is in no hospital bed. Who has a bed keeps it until the length of stay is reached, she is admitted, or she is no longer
a person of the team. Free beds go to discharges before attendances, then by priority. The same event never brings anybody back.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from schemas.pseudonymised import Proposal, WardPlace
from schemas.table import Rows, Table, date, flag, text, whole
from schemas.zones import Zone

STEP_UP, STEP_DOWN = "step-up", "step-down"

IN_WARD = {
    STEP_DOWN: "discharged from hospital a short while ago; a bed is free",
    STEP_UP: "attended A&E a short while ago and is in no hospital bed; a bed is free",
}
KEEPS_BED = "in this ward already; its length of stay is not reached"
WAITS = "waits: every bed of the ward is taken"
REACHED = "left: the ward's length of stay is reached"
ADMITTED = "left: admitted to hospital"
NOT_OURS = "left: no longer on this team's list"
NO_BED_LEFT = "left: the ward is closed, or has fewer beds than people"

# Days for which the ward remembers who left it, so that the event that brought her does not bring her again.
REMEMBERED_DAYS = 90


class Ward(Table):
    """One row per virtual ward."""

    zone = Zone.PSEUDONYMISED
    key = ("ward_id",)

    ward_id = text("its id in the project's configuration", required=True)
    team = text("the team that runs it", required=True)
    beds = whole("people it can look after at once", required=True, minimum=0)
    length_of_stay_days = whole("days after which somebody leaves", required=True, minimum=1)
    step_up_days = whole("days since an attendance at A&E, at most; null: it takes nobody so", minimum=0)
    step_down_days = whole("days since a discharge, at most; null: it takes nobody so", minimum=0)


class WardSign(Table):
    """One row per person with a sign that a virtual ward looks at."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("whose", required=True)
    in_hospital = flag("in a hospital bed, as far as is known")
    attended = date("last attendance at A&E")
    discharged = date("last discharge from hospital")


class _Claim(NamedTuple):
    route: str
    event: dt.date


def ward_places(
    proposals: Rows[Proposal],
    signs: pa.Table,
    wards: pa.Table,
    previous: pa.Table | None,
    as_at: dt.date,
    *,
    order: Sequence[str],
) -> Rows[WardPlace]:
    """One row per person in a ward, waiting for a bed, or lately gone from one.

    `signs` are WardSign rows, `wards` Ward rows, `previous` the last night's WardPlace rows; `order`: pseudonyms by priority, for
    those without one the pseudonym decides. A team's people are offered its own wards, in order of id.
    """
    team_of = {row["pseudonym"]: row["team"] for row in proposals.to_pylist() if row["team"] is not None}
    shown = {row["pseudonym"]: row for row in WardSign.validate(signs).to_pylist()}
    place_of = {who: place for place, who in enumerate(order)}
    before = {row["pseudonym"]: row for row in (WardPlace.conform(previous).to_pylist() if previous is not None else ())}
    by_team = defaultdict[str, list[dict[str, Any]]](list)
    for ward in sorted(Ward.validate(wards).to_pylist(), key=lambda ward: str(ward["ward_id"])):
        by_team[ward["team"]].append(ward)
    ordered = sorted({*team_of, *before}, key=lambda who: (place_of.get(who, len(place_of)), who))
    rows = _staying(ordered, before, team_of, shown, by_team, as_at)
    taken = {who for who, row in rows.items() if row["left_on"] is None}
    for team, beds in sorted(by_team.items()):
        mine = [who for who in ordered if team_of.get(who) == team and who not in taken]
        rows |= _entering(mine, beds, rows, shown, before, as_at)
    return WardPlace.sort(WardPlace.validate(pa.Table.from_pylist(list(rows.values()), schema=WardPlace.arrow_schema())))


def _staying(
    ordered: Iterable[str],
    before: Mapping[str, Any],
    team_of: Mapping[str, str],
    shown: Mapping[str, Any],
    by_team: Mapping[str, list[dict[str, Any]]],
    as_at: dt.date,
) -> dict[str, dict[str, Any]]:
    """Last night's people of the wards: who stays, who leaves and why, who left and is still remembered."""
    free = {ward["ward_id"]: ward["beds"] for wards in by_team.values() for ward in wards}
    rows = dict[str, dict[str, Any]]()
    for who in sorted((who for who in ordered if who in before), key=lambda who: before[who]["since"]):  # the longest there first
        row = dict(before[who])
        if row["ward_id"] is None:
            continue  # waited: asked again below
        if row["left_on"] is None:
            why = _why_left(row, team_of.get(who), shown.get(who, {}), free, as_at)
            free[row["ward_id"]] = free.get(row["ward_id"], 0) - (why is None)
            row |= {"why": KEEPS_BED} if why is None else {"why": why, "left_on": as_at}
        if row["left_on"] is None or (as_at - row["left_on"]).days <= REMEMBERED_DAYS:
            rows[who] = row
    return rows


def _why_left(
    row: Mapping[str, Any], team: str | None, sign: Mapping[str, Any], free: Mapping[str, int], as_at: dt.date
) -> str | None:
    if team != row["team"]:
        return NOT_OURS
    if sign.get("in_hospital"):
        return ADMITTED
    if row["due"] <= as_at:
        return REACHED
    return None if free.get(row["ward_id"], 0) > 0 else NO_BED_LEFT


def _entering(
    people: Sequence[str],
    wards: Sequence[Mapping[str, Any]],
    rows: Mapping[str, Mapping[str, Any]],
    shown: Mapping[str, Any],
    before: Mapping[str, Any],
    as_at: dt.date,
) -> dict[str, dict[str, Any]]:
    """Free beds of one team's wards: discharges first, then by priority; who finds none waits."""
    held = defaultdict[str, int](int)
    for row in rows.values():
        held[row["ward_id"]] += row["left_on"] is None
    entering = dict[str, dict[str, Any]]()
    for route in (STEP_DOWN, STEP_UP):
        for who in people:
            able = [(ward, claim) for ward in wards if (claim := _claim(route, ward, shown.get(who, {}), rows.get(who), as_at))]
            if who in entering or not able:
                continue
            ward, claim = next(((w, c) for w, c in able if held[w["ward_id"]] < w["beds"]), (None, able[0][1]))
            if ward is not None:
                held[ward["ward_id"]] += 1
            waited = before.get(who, {})
            waits = ward is None and waited.get("ward_id", "") is None and waited.get("event_date") == claim.event
            entering[who] = _place(who, ward, claim, wards[0]["team"], waited["since"] if waits else as_at)
    return entering


def _place(who: str, ward: Mapping[str, Any] | None, claim: _Claim, team: str, since: dt.date) -> dict[str, Any]:
    return {
        "pseudonym": who,
        "ward_id": ward["ward_id"] if ward else None,
        "team": team,
        "route": claim.route,
        "event_date": claim.event,
        "since": since,
        "due": since + dt.timedelta(days=ward["length_of_stay_days"]) if ward else None,
        "left_on": None,
        "why": IN_WARD[claim.route] if ward else WAITS,
    }


def _claim(
    route: str, ward: Mapping[str, Any], sign: Mapping[str, Any], last: Mapping[str, Any] | None, as_at: dt.date
) -> _Claim | None:
    """What speaks for the ward; nothing where the event is too long ago, or has brought her there before."""
    event = sign.get("discharged" if route == STEP_DOWN else "attended")
    days = ward["step_down_days" if route == STEP_DOWN else "step_up_days"]
    if event is None or days is None or sign.get("in_hospital") or not 0 <= (as_at - event).days <= days:
        return None
    return (
        None
        if last is not None and event <= max(last["event_date"], last["left_on"] or last["event_date"])
        else _Claim(route, event)
    )
