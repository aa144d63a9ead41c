"""A person's number in the caseload, and her pseudonyms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select

from caseload.entries.tables import NAME

BLOCK = 5_000  # pseudonyms in one query


def next_number(connection: Connection, table: Any) -> int:
    """The number of the next row: one more than the last. Writers hold the store's lock, so nobody else takes it."""
    return int(connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()) + 1


def numbers_of(connection: Connection, pseudonyms: Sequence[str]) -> dict[str, int]:
    """Pseudonym to number, of those who have one."""
    found: dict[str, int] = {}
    wanted = sorted(set(pseudonyms))
    for start in range(0, len(wanted), BLOCK):
        query = select(NAME.c.pseudonym, NAME.c.person).where(NAME.c.pseudonym.in_(wanted[start : start + BLOCK]))
        found |= {row.pseudonym: row.person for row in connection.execute(query)}
    return found


def number_for(connection: Connection, pseudonym: str, *, team: str, at: str) -> int:
    """A person's number; given now where she has none yet."""
    found = numbers_of(connection, [pseudonym]).get(pseudonym)
    if found is not None:
        return found
    number = next_number(connection, NAME)
    connection.execute(insert(NAME).values(number=number, person=number, team=team, pseudonym=pseudonym, at=at))
    return number


def names_of(connection: Connection, team: str, tag: str) -> dict[int, str]:
    """Number to pseudonym of a team's people, under the pseudonyms of one epoch."""
    query = select(NAME.c.person, NAME.c.pseudonym).where(NAME.c.team == team, NAME.c.pseudonym.startswith(f"{tag}-"))
    return {row.person: row.pseudonym for row in connection.execute(query.order_by(NAME.c.number))}


def rename(connection: Connection, team: str, words: Mapping[str, str], *, at: str) -> int:
    """Give people of former pseudonyms their new ones too, and say how many got one. `words`: former to new."""
    known = numbers_of(connection, [*words, *words.values()])
    fresh = [(known[old], new) for old, new in sorted(words.items()) if old in known and new not in known]
    first = next_number(connection, NAME)
    rows = [
        {"number": first + place, "person": person, "team": team, "pseudonym": new, "at": at}
        for place, (person, new) in enumerate(fresh)
    ]
    if rows:
        connection.execute(insert(NAME), rows)
    return len(rows)
