"""Two people whom linkage found to be one: their histories are read as one, and one of them goes on. Nothing is rewritten.

The entry with an open episode goes on; of two alike, the one decided on later, as `open_entries.one_each` has it between teams.
Whoever comes back under a name that was joined begins anew: what was joined stays, as nobody can say whose it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from caseload.entries.history import events_of
from caseload.entries.people import add_name, next_number, next_person, numbers_of
from caseload.entries.reading import ENTRY
from caseload.entries.states import OPEN
from caseload.entries.tables import SAME


@dataclass(frozen=True)
class Joining:
    """What linkage says of a team's people: former pseudonym to present one, and former ones whose people came back."""

    same: Mapping[str, str]
    back: Collection[str] = ()
    run_id: str = ""


@dataclass(frozen=True)
class Joined:
    """How many histories go by another name now, how many met another, of how many of those both episodes were open, and how
    many people began anew."""

    followed: int = 0
    met: int = 0
    both_open: int = 0
    begun_anew: int = 0


def join(connection: Connection, team: str, said: Joining, *, at: str) -> Joined:
    """Write down what is not written yet; again adds nothing. Whoever calls holds the store's lock."""
    counts = dict.fromkeys(Joined.__dataclass_fields__, 0)
    base = {"team": team, "run_id": said.run_id, "at": at}
    for pseudonym in sorted(said.back):
        if is_superseded(connection, pseudonym):
            _add(connection, base | {"pseudonym": pseudonym, "person": next_person(connection), "former": None})
            counts["begun_anew"] += 1
    for old, new in sorted(said.same.items()):
        numbers = numbers_of(connection, [old, new])
        if old not in numbers or numbers[old] == numbers.get(new):
            continue
        if new not in numbers:
            add_name(connection, {new: numbers[old]}, team, at)
        meet = [_rank(connection, numbers[each]) for each in (old, new) if each in numbers]
        kept = max(meet)[-1]
        former = next((each[-1] for each in meet if each[-1] != kept), None)
        _add(connection, base | {"pseudonym": new, "person": kept, "former": former})
        counts["followed"] += 1
        counts["met"] += former is not None
        counts["both_open"] += len(meet) == 2 and all(each[0] for each in meet)
    return Joined(**counts)


def is_superseded(connection: Connection, pseudonym: str) -> bool:
    """Whether her history goes by another of the pseudonyms of the same epoch."""
    return present_names(connection, [pseudonym]).get(pseudonym, pseudonym) != pseudonym


def present_names(connection: Connection, pseudonyms: Collection[str]) -> dict[str, str]:
    """Each of these pseudonyms of which linkage said something, to the one by which its history goes now."""
    heads = numbers_of(connection, sorted(pseudonyms))
    found: dict[int, dict[str, str]] = {}
    query = select(SAME.c.person, SAME.c.pseudonym).order_by(SAME.c.number)
    if connection.execute(query.limit(1)).first() is None:
        return {}
    wanted = sorted(set(heads.values()))
    for number in wanted:
        for row in connection.execute(query.where(SAME.c.person == number)):
            found.setdefault(number, {})[_tag(row.pseudonym)] = row.pseudonym
    present = {each: found.get(head, {}).get(_tag(each)) for each, head in heads.items()}
    return {each: name for each, name in present.items() if name is not None}


def _rank(connection: Connection, number: int) -> tuple[Any, ...]:
    """Whether an episode is open, then the day and number of the last decision; last the person's number."""
    rows = events_of(connection, [number], ENTRY)
    if not rows:
        return False, "", 0, number
    last = rows[-1]
    return last["state"] in OPEN, last["since"].isoformat(), last["number"], number


def _tag(pseudonym: str) -> str:
    return pseudonym.partition("-")[0]


def _add(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(SAME).values(number=next_number(connection, SAME), **row))
