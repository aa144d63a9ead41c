"""A person's number in the caseload, and her pseudonyms.

Numbers that linkage found to be one person form a tree in SAME: each leads to the one whose history goes on, the head.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select

from caseload.entries.tables import NAME, SAME

BLOCK = 5_000  # pseudonyms, or numbers, in one query


def next_number(connection: Connection, table: Any) -> int:
    """The number of the next row: one more than the last. Writers hold the store's lock, so nobody else takes it."""
    return int(connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()) + 1


def next_person(connection: Connection) -> int:
    """The number of a person who has none yet."""
    last = [connection.execute(select(func.coalesce(func.max(table.c.person), 0))).scalar_one() for table in (NAME, SAME)]
    return int(max(last)) + 1


def numbers_of(connection: Connection, pseudonyms: Sequence[str]) -> dict[str, int]:
    """Pseudonym to the number of the head, of those who have one."""
    found: dict[str, int] = {}
    for table in (NAME, SAME):  # what SAME says of a pseudonym is the later word
        for block in _blocks(set(pseudonyms)):
            query = select(table.c.pseudonym, table.c.person).where(table.c.pseudonym.in_(block)).order_by(table.c.number)
            found |= {row.pseudonym: row.person for row in connection.execute(query)}
    heads = heads_of(connection, set(found.values()))
    return {pseudonym: heads[number] for pseudonym, number in found.items()}


def heads_of(connection: Connection, numbers: Collection[int]) -> dict[int, int]:
    """Each of these numbers, and the number whose history goes on for it: itself, where nothing was joined."""
    heads = {number: number for number in numbers}
    while moved := joined(connection, set(heads.values())):
        heads = {number: moved.get(head, head) for number, head in heads.items()}
    return heads


def together(connection: Connection, numbers: Collection[int]) -> dict[int, int]:
    """Every number whose history is read with one of these heads, themselves too, to its head."""
    found = {number: number for number in numbers}
    newest = set(numbers)
    while newest:
        met: dict[int, int] = {}
        for block in _blocks(newest):
            query = select(SAME.c.former, SAME.c.person).where(SAME.c.person.in_(block), SAME.c.former.is_not(None))
            met |= {row.former: found[row.person] for row in connection.execute(query)}
        newest = set(met) - set(found)
        found |= met
    return found


def number_for(connection: Connection, pseudonym: str, *, team: str, at: str) -> int:
    """The number of a person's head; given now where she has none yet."""
    found = numbers_of(connection, [pseudonym]).get(pseudonym)
    if found is not None:
        return found
    person = next_person(connection)
    add_name(connection, {pseudonym: person}, team, at)
    return person


def names_of(connection: Connection, team: str, tag: str) -> dict[int, str]:
    """Number to present pseudonym of a team's people, under the pseudonyms of one epoch; of joined numbers that of their head."""
    names: dict[int, str] = {}
    for table in (NAME, SAME):
        query = select(table.c.person, table.c.pseudonym).where(table.c.team == team, table.c.pseudonym.startswith(f"{tag}-"))
        names |= {row.person: row.pseudonym for row in connection.execute(query.order_by(table.c.number))}
    heads = heads_of(connection, set(names)) if hasjoined(connection) else {}
    return {number: names.get(heads.get(number, number), name) for number, name in names.items()}


def hasjoined(connection: Connection) -> bool:
    """Whether anybody's history ever met another's."""
    return connection.execute(select(SAME.c.number).limit(1)).first() is not None


def rename(connection: Connection, team: str, words: Mapping[str, str], *, at: str) -> int:
    """Give people of former pseudonyms their new ones too, and say how many got one. `words`: former to new."""
    known = numbers_of(connection, [*words, *words.values()])
    fresh = {new: known[old] for old, new in sorted(words.items()) if old in known and new not in known}
    add_name(connection, fresh, team, at)
    return len(fresh)


def add_name(connection: Connection, people: Mapping[str, int], team: str, at: str) -> None:
    """Let people of these pseudonyms be known by their numbers; none of the pseudonyms is known yet."""
    first = next_number(connection, NAME)
    rows = [
        {"number": first + place, "person": person, "team": team, "pseudonym": pseudonym, "at": at}
        for place, (pseudonym, person) in enumerate(people.items())
    ]
    if rows:
        connection.execute(insert(NAME), rows)


def joined(connection: Connection, numbers: Collection[int]) -> dict[int, int]:
    """Of these numbers those that were joined into another, to that."""
    found: dict[int, int] = {}
    for block in _blocks(numbers):
        query = select(SAME.c.former, SAME.c.person).where(SAME.c.former.in_(block))
        found |= {row.former: row.person for row in connection.execute(query)}
    return found


def _blocks(values: Collection[Any]) -> Iterator[list[Any]]:
    wanted = sorted(values)
    for start in range(0, len(wanted), BLOCK):
        yield wanted[start : start + BLOCK]
