"""The relationships that follow from the history: an episode, a referral, a place on an agenda."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from caseload.entries.states import CLOSED, DECLINED, OPEN, REFER
from governance.access.decision import LONDON
from governance.access.relationship_store import Tie
from governance.access.relationships import EPISODE, MEETING, REFERRAL, TEAM, USER

FOLLOW = frozenset({EPISODE, REFERRAL, MEETING})  # kinds that the history alone makes, in a team's domain

WITHDRAWN, CANCELLED = "withdrawn", "cancelled"  # states of an item and of a meeting in `strands`

Accounts = Mapping[str, Sequence[str]]  # a professional's accounts, by id


def ties_of_entry(rows: Sequence[Mapping[str, Any]], pseudonym: str, accounts: Accounts) -> list[Tie]:
    """The ties of one person's entry, from all its rows in order.

    While an episode runs the team holds one, and each account of the accountable professional and the coordinator. While a
    referral is undecided, or put off, the team holds that, and each account of the professional referred to.
    """
    ties: list[Tie] = []
    held: dict[tuple[str, str, str], dt.date] = {}
    referred = False
    for row in rows:
        day = _day(row)
        referred = row["event"] == REFER or (referred and row["state"] not in {*OPEN, DECLINED, CLOSED})
        kind = EPISODE if row["state"] in OPEN else REFERRAL if referred else ""
        now = _holders(kind, row, accounts)
        ties += [_tie(pseudonym, key, first, day) for key, first in held.items() if key not in now]
        held = {key: held.get(key, day) for key in now}
    return ties + [_tie(pseudonym, key, first, None) for key, first in held.items()]


def ties_of_agenda(items: Sequence[Mapping[str, Any]], meetings: Mapping[int, Mapping[str, Any]], pseudonym: str) -> list[Tie]:
    """The ties of one person's places on agendas, from all rows of her items in order.

    `meetings`: thread to its last row, with `accounts` of those invited now. Each of them holds one for the meeting's window. A
    place that is given up, or a meeting that is cancelled, ends it on that day: an open window shuts, one to come never opens.
    """
    ties = []
    places: dict[int, tuple[int, dt.date | None]] = {}
    for row in items:
        before = places.get(row["thread"])
        if before and (before[0] != row["other"] or row["state"] == WITHDRAWN):
            ties += _window(pseudonym, meetings[before[0]], _day(row))
        places[row["thread"]] = (row["other"], None if row["state"] != WITHDRAWN else _day(row))
    for meeting, gone in places.values():
        if gone is None:
            ties += _window(pseudonym, meetings[meeting], None)
    return ties


def _window(pseudonym: str, meeting: Mapping[str, Any], gone: dt.date | None) -> list[Tie]:
    if meeting["state"] == CANCELLED:
        gone = min(_day(meeting), gone or _day(meeting))
    first, end = meeting["since"], meeting["until"] + dt.timedelta(days=1)
    end = end if gone is None else max(first, min(end, gone))
    return [Tie(pseudonym, MEETING, USER, each, first, end) for each in meeting["accounts"]]


def _holders(kind: str, row: Mapping[str, Any], accounts: Accounts) -> list[tuple[str, str, str]]:
    if not kind:
        return []
    people = sorted({each for name in ("professional", "coordinator") for each in accounts.get(row[name], ())})
    return [(kind, TEAM, row["team"]), *((kind, USER, each) for each in people)]


def _tie(pseudonym: str, key: tuple[str, str, str], first: dt.date, end: dt.date | None) -> Tie:
    kind, holder_kind, holder = key
    return Tie(pseudonym, kind, holder_kind, holder, first, end)


def _day(row: Mapping[str, Any]) -> dt.date:
    return dt.datetime.fromisoformat(row["at"]).astimezone(LONDON).date()
