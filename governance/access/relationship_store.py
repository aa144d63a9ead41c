"""Relationships that people make: a row for each, and a row for each end. No row is ever changed.

A person is named by her pseudonym in the team's domain, never by an identifier.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Column, Connection, Date, Integer, String, Table, exists, insert, select

from governance.access.accounts import account
from governance.access.decision import LONDON
from governance.access.relationships import HOLDERS, RELATIONSHIP, STORED, USER
from governance.access.tables import METADATA, check_plain, written
from governance.append_only import append_only
from governance.keys import Domain
from governance.pseudonyms import parse_pseudonym
from governance.stores import Store
from schemas.errors import GovernanceError

BLOCK = 5_000  # pseudonyms in one query

RELATION = Table(
    "relationship",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("pseudonym", String(80), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("holder_kind", String(10), nullable=False),
    Column("holder", String(80), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("replaces", Integer, unique=True),  # the row whose end this one says
    Column("recorded_at", String(40), nullable=False),
    Column("recorded_by", String(80), nullable=False),
)
append_only(RELATION)


@dataclass(frozen=True)
class Tie:
    """One relationship to record. `holder_kind`: user, team or practice. It holds from its first day up to, not on, its last."""

    pseudonym: str
    kind: str
    holder_kind: str
    holder: str
    valid_from: dt.date
    valid_to: dt.date | None = None


class Relationships:
    """The rows of one team's domain, in the access store."""

    def __init__(self, store: Store, domain: Domain) -> None:
        self._store = store
        self._domain = domain

    def add(self, ties: Sequence[Tie], *, at: dt.datetime, by: str) -> list[int]:
        """Record relationships, all or none, and give their numbers.

        Raises `GovernanceError`: `E-PSEUDONYM-*` for a person not named by this domain's pseudonym, `E-RELATIONSHIP-KIND`,
        `E-RELATIONSHIP-DATES` where it ends before it begins, `E-ACCESS-TEXT` for a holder that looks like an identifier.
        """
        by = account(by)
        check_plain(by)
        rows = [self._row(tie) | {"recorded_at": written(at), "recorded_by": by} for tie in ties]
        with self._store.write() as connection:
            return [_insert(connection, row) for row in rows]

    def end(self, number: int, on: dt.date, *, at: dt.datetime, by: str) -> int:
        """Record the day from which a relationship no longer holds, and give the number of the row that says so.

        Raises `GovernanceError` `E-RELATIONSHIP-UNKNOWN` where no current row has the number, `E-RELATIONSHIP-DATES`.
        """
        by = account(by)
        check_plain(by)
        newer = select(RELATION.c.replaces).where(RELATION.c.replaces.is_not(None))
        query = select(RELATION).where(RELATION.c.number == number, RELATION.c.number.not_in(newer))
        with self._store.write() as connection:
            found = connection.execute(query).mappings().one_or_none()
            if found is None or not found["pseudonym"].startswith(f"{self._domain.tag}-"):
                raise GovernanceError("E-RELATIONSHIP-UNKNOWN", f"there is no current relationship {number}.")
            _check_dates(found["valid_from"], on)
            said = {name: found[name] for name in (*RELATIONSHIP.names[:-1],)}
            row = said | {"valid_to": on, "replaces": number, "recorded_at": written(at), "recorded_by": by}
            return _insert(connection, row)

    @property
    def domain(self) -> Domain:
        """Whose pseudonyms name the people."""
        return self._domain

    def settle(
        self, pseudonyms: Sequence[str], kinds: Collection[str], wanted: Callable[[], Sequence[Tie]], *, at: dt.datetime, by: str
    ) -> int:
        """Make what stands of these people and kinds into what is wanted, and say how many rows that took.

        What is wanted is asked for once nobody else can write, so that of two who settle at once the later one knows the more.
        A tie that stands and is wanted with another last day gets that; one that is not wanted and has not ended ends on the day
        of `at`, or on its first day where that is later. Again adds nothing. Raises as `add` does.
        """
        by = account(by)
        check_plain(by)
        added = {"recorded_at": written(at), "recorded_by": by}
        with self._store.write() as connection:
            standing = [row for row in _standing(connection, self._own(pseudonyms)) if row["kind"] in kinds]
            named = _by_person([self._row(tie) for tie in wanted()])
            stand, day = _by_person(standing), at.astimezone(LONDON).date()
            rows = [row for who in sorted({*stand, *named}) for row in _changes(stand.get(who, []), named.get(who, []), day)]
            for row in rows:
                _insert(connection, row | added)
        return len(rows)

    def of(self, pseudonyms: Sequence[str]) -> pa.Table:
        """RELATIONSHIP rows of these people, whatever the day."""
        with self._store.read() as connection:
            rows = _standing(connection, self._own(pseudonyms))
        return pa.Table.from_pylist(rows, schema=RELATIONSHIP)

    def carry_over(
        self, former: Relationships, words: pa.Table, *, at: dt.datetime, by: str, kinds: Collection[str] = STORED
    ) -> int:
        """Record what stands under a former domain's pseudonyms under this one's, and say how many rows that were.

        `words`: a former pseudonym (`working`) and this domain's (`recipient`). The former rows stay; again adds none.
        """
        new = dict(zip(words["working"].to_pylist(), words["recipient"].to_pylist(), strict=True))
        known = {tuple(row.values()) for row in self.of(list(new.values())).to_pylist()}
        stands = former.of(list(new)).to_pylist()
        rows = [row | {"pseudonym": new[row["pseudonym"]]} for row in stands if row["kind"] in kinds]
        fresh = [row for row in rows if tuple(row.values()) not in known]
        return len(self.add([Tie(**row) for row in fresh], at=at, by=by))

    def _own(self, pseudonyms: Sequence[str]) -> list[str]:
        return sorted({each for each in pseudonyms if each.startswith(f"{self._domain.tag}-")})

    def _row(self, tie: Tie) -> dict[str, Any]:
        if tie.kind not in STORED or tie.holder_kind not in HOLDERS:
            raise GovernanceError("E-RELATIONSHIP-KIND", "a relationship is of no kind that is recorded, or has no such holder.")
        holder = account(tie.holder) if tie.holder_kind == USER else tie.holder
        check_plain(holder)
        _check_dates(tie.valid_from, tie.valid_to)
        return {
            "pseudonym": parse_pseudonym(tie.pseudonym, self._domain), "kind": tie.kind, "holder_kind": tie.holder_kind,
            "holder": holder, "valid_from": tie.valid_from, "valid_to": tie.valid_to, "replaces": None,
        }  # fmt: skip


def _standing(connection: Connection, pseudonyms: Sequence[str]) -> list[dict[str, Any]]:
    """Rows that no later row ends, each with its number; in their order."""
    newer = RELATION.alias()  # asked for row by row, by the index of what is replaced: there may be many ends in all
    ended = exists().where(newer.c.replaces == RELATION.c.number)
    columns = [RELATION.c[name] for name in ("number", *RELATIONSHIP.names)]
    rows: list[dict[str, Any]] = []
    for start in range(0, len(pseudonyms), BLOCK):
        named = RELATION.c.pseudonym.in_(pseudonyms[start : start + BLOCK])
        query = select(*columns).where(named, ~ended)
        rows += [dict(row) for row in connection.execute(query.order_by(RELATION.c.number)).mappings()]
    return rows


def _by_person(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["pseudonym"], []).append(row)
    return found


def _changes(standing: list[dict[str, Any]], wanted: list[dict[str, Any]], day: dt.date) -> list[dict[str, Any]]:
    """The rows to add for one person: a new tie, or the end of one that stands. Two ties that are alike in all things are two."""
    left = list(standing)
    missing = [row for row in wanted if not _take(left, row, RELATIONSHIP.names)]
    rows = []
    for row in missing:
        stands = _take(left, row, RELATIONSHIP.names[:-1])  # all but its last day
        rows.append(row | {"replaces": stands[0]["number"] if stands else None})
    for row in left:
        end = max(day, row["valid_from"])
        if row["valid_to"] is None or row["valid_to"] > end:
            rows.append({name: row[name] for name in RELATIONSHIP.names} | {"valid_to": end, "replaces": row["number"]})
    return rows


def _take(left: list[dict[str, Any]], row: dict[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """Take the last row that is like this one out of `left`: an open one before one that has ended. None is an empty list."""
    alike = [each for each in left if all(each[name] == row[name] for name in names)]
    if not alike:
        return []
    found = max(alike, key=lambda each: (each["valid_to"] is None, each["number"]))
    left.remove(found)
    return [found]


def _insert(connection: Connection, row: dict[str, Any]) -> int:
    done = connection.execute(insert(RELATION).values(**row))
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def _check_dates(valid_from: dt.date, valid_to: dt.date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise GovernanceError("E-RELATIONSHIP-DATES", "a relationship would end before it began.")
