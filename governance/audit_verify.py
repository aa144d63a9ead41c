"""Whether an audit log is as it was written: every row, every payload, and every line that a checkpoint says was there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from governance.audit_rows import AUDIT, BEGINNING, COLUMNS, FIELDS_OF, PAYLOAD, commitment, fields_hash

BLOCK_ROWS = 10_000
BROKEN, CUT, REPLACED, PAYLOAD_LOST, PAYLOAD_CHANGED = "broken", "cut", "replaced", "payload lost", "payload changed"
PURGE = "audit purge"
NIGHT, REKEY = "night", "governance rekey"  # a night was published; one was published again under other pseudonyms
PURGED_UP_TO = re.compile(r"payloads of lines up to ([0-9]{1,18})")

# Where each field stands in a row of COLUMNS; the texts of a hash, by its version.
SEQ, VERSION, RUN, ACTION, PREVIOUS, HASH, COMMITMENT = (
    COLUMNS.index(name) for name in ("seq", "hash_version", "run_id", "action", "previous_hash", "hash", "commitment")
)
TEXTS = {version: itemgetter(*(COLUMNS.index(name) for name in fields[2:])) for version, fields in FIELDS_OF.items()}


class Fault(NamedTuple):
    """What is wrong, and the first line where it is."""

    what: str
    line: int


def first_broken(rows: Iterable[Any], heads: Mapping[int, str] | None = None, runs: set[str] | None = None) -> Fault | None:
    """The first row (tuples of COLUMNS, in the order of seq) that is missing, out of place or not as it was written.

    `heads` are hashes that checkpoints have of lines: a whole chain that differs from one was replaced, one that ends before it
    was cut off. `runs` is filled with the ids of the runs that the rows say were published.
    """
    met = set() if runs is None else runs
    wanted, previous, expected = heads or {}, BEGINNING, 1
    if wanted.get(0, BEGINNING) != BEGINNING:
        return Fault(REPLACED, 0)
    for row in rows:
        if row[SEQ] != expected or row[PREVIOUS] != previous or not _as_written(row):
            return Fault(BROKEN, expected)
        previous = row[HASH]
        if row[ACTION] in (NIGHT, REKEY):
            met.add(row[RUN])
        if wanted and wanted.get(expected, previous) != previous:
            return Fault(REPLACED, expected)
        expected += 1
    return Fault(CUT, expected) if any(seq >= expected for seq in wanted) else None


def _as_written(row: Any) -> bool:
    pick = TEXTS.get(row[VERSION])
    if pick is None or (row[VERSION] == 1 and row[COMMITMENT] != ""):
        return False
    try:
        return bool(row[HASH] == fields_hash(row[SEQ], row[VERSION], pick(row)))
    except (TypeError, ValueError):  # a value of another type
        return False


def first_bad_payload(connection: Connection) -> Fault | None:
    """The first payload that is not the one committed to, or is gone though no purge that the log knows of took it."""
    purged = _purged_up_to(connection)
    query = (
        select(AUDIT.c.seq, AUDIT.c.commitment, PAYLOAD.c.salt, PAYLOAD.c.payload)
        .outerjoin(PAYLOAD, PAYLOAD.c.seq == AUDIT.c.seq)
        .where(AUDIT.c.commitment != "")
        .order_by(AUDIT.c.seq)
    )
    for row in connection.execute(query).yield_per(BLOCK_ROWS):
        if row.payload is None and row.seq > purged:
            return Fault(PAYLOAD_LOST, row.seq)
        if row.payload is not None and commitment(row.salt, row.payload) != row.commitment:
            return Fault(PAYLOAD_CHANGED, row.seq)
    return None


def _purged_up_to(connection: Connection) -> int:
    purposes = connection.execute(select(AUDIT.c.purpose).where(AUDIT.c.action == PURGE)).scalars()
    found = (PURGED_UP_TO.fullmatch(purpose) for purpose in purposes)
    return max((int(each[1]) for each in found if each), default=0)


def stored_rows(connection: Connection) -> Iterator[Any]:
    """Every row in the order of seq, in blocks, straight from the driver: a row object for each of ten million is slow."""
    query, last = select(AUDIT).order_by(AUDIT.c.seq).limit(BLOCK_ROWS), None
    while block := _block(connection, query if last is None else query.where(AUDIT.c.seq > last)):
        yield from block
        last = block[-1][SEQ]


def _block(connection: Connection, query: Select[Any]) -> list[Any]:
    result = connection.execute(query)
    rows = result.cursor.fetchall() if result.cursor is not None else []
    result.close()
    return list(rows)
