"""The vault's tables: which person each source's own key stands for, since which night, and what changed on the way."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
)

STORE_VERSION = 1
METADATA = MetaData()
BLOCK_ROWS = 50_000
SEPARATOR = "\x1f"  # between source and local id in a key: no extract holds it

PENDING, CONFIRMED = "pending", "confirmed"

# One row per night that assigned ids. `place` counts confirmed nights; `base` is the place the night was built on.
RUN = Table(
    "run",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(64), nullable=False, unique=True),
    Column("state", String(9), nullable=False),
    Column("base", Integer, nullable=False),
    Column("place", Integer, unique=True),
)
# One row per source's key and night that changed its person. A night's crosswalk: the newest row of each key among the
# nights confirmed up to it, and its own.
CROSSWALK = Table(
    "crosswalk",
    METADATA,
    Column("run", Integer, ForeignKey("run.number"), primary_key=True),
    Column("source", String(20), primary_key=True),
    Column("local_patient_id", String(200), primary_key=True),
    Column("person_id", String(32), nullable=False),
    sqlite_with_rowid=False,
)
# One row per key that went from one person to another. kind: `merge` (the register joined two numbers), `link` (nobody
# holds the old id any longer: what was kept under it follows to the new), `split` (others still hold the old id).
PERSON_EVENT = Table(
    "person_event",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("run", Integer, ForeignKey("run.number"), nullable=False, index=True),
    Column("kind", String(5), nullable=False),
    Column("source", String(20), nullable=False),
    Column("local_patient_id", String(200), nullable=False),
    Column("old_person_id", String(32), nullable=False),
    Column("new_person_id", String(32), nullable=False),
)
# The check value of the root key of each epoch: never the key.
KEY_CHECK = Table(
    "key_check",
    METADATA,
    Column("epoch", Integer, primary_key=True),
    Column("check_value", String(8), nullable=False),
)

KEY = ["source", "local_patient_id"]
CHANGED = pa.schema([("source", pa.string()), ("local_patient_id", pa.string()), ("person_id", pa.string())])
KNOWN = pa.schema([("source", pa.string()), ("local_patient_id", pa.string()), ("person_id", pa.string()), ("run", pa.int64())])
EVENTS = pa.schema([(name, pa.string()) for name in ("kind", "source", "local_patient_id", "old_person_id", "new_person_id")])


def keys(table: pa.Table) -> Any:
    """Source and local id as one text."""
    return pc.binary_join_element_wise(table["source"], table["local_patient_id"], SEPARATOR)


def begin_run(connection: Connection, run_id: str) -> Any:
    """The row of this run, made where it is missing.

    A pending run that other nights have overtaken since it was written starts again: its rows were built on an older base.
    """
    newest = latest_place(connection)
    row = find_run(connection, run_id)
    if row is not None and row.state == PENDING and row.base != newest:
        remove_run(connection, row.number)
        row = None
    if row is None:
        connection.execute(insert(RUN).values(run_id=run_id, state=PENDING, base=newest))
        row = find_run(connection, run_id)
    return row


def find_run(connection: Connection, run_id: str) -> Any:
    """The row of this run, or None."""
    return connection.execute(select(RUN).where(RUN.c.run_id == run_id)).one_or_none()


def latest_place(connection: Connection) -> int:
    """How many nights are confirmed."""
    return int(connection.execute(select(func.coalesce(func.max(RUN.c.place), 0))).scalar_one())


def remove_run(connection: Connection, number: int) -> None:
    """Delete a pending run and all it wrote."""
    connection.execute(delete(CROSSWALK).where(CROSSWALK.c.run == number))
    connection.execute(delete(PERSON_EVENT).where(PERSON_EVENT.c.run == number))
    connection.execute(delete(RUN).where(RUN.c.number == number))


def known_to(connection: Connection, run: Any) -> pa.Table:
    """The crosswalk as this run sees it: schema KNOWN, one row per key, in no order."""
    query = (
        select(CROSSWALK.c.source, CROSSWALK.c.local_patient_id, CROSSWALK.c.person_id, CROSSWALK.c.run, _age(run).label("age"))
        .join(RUN, RUN.c.number == CROSSWALK.c.run)
        .where(_seen_by(run))
    )
    rows = _to_arrow(connection.execute(query), KNOWN.append(pa.field("age", pa.int64())))
    return _newest(rows).drop_columns(["age"])


def _newest(rows: pa.Table) -> pa.Table:
    """The row of greatest age for each key."""
    if pc.count_distinct(rows["age"]).as_py() < 2:
        return rows
    rows = rows.take(pc.sort_indices(rows["age"]))
    rows = rows.append_column("row", pa.array(range(rows.num_rows), pa.int64()))
    last = rows.group_by(KEY).aggregate([("row", "max")])["row_max"]
    return rows.take(last).drop_columns(["row"])


def _seen_by(run: Any) -> Any:
    """Rows of the run itself and of nights confirmed up to it; of no night that is pending, whatever its age."""
    horizon = run.base if run.place is None else run.place
    return or_(RUN.c.number == run.number, and_(RUN.c.place.is_not(None), RUN.c.place <= horizon))


def _age(run: Any) -> Any:
    """Order of confirmed nights; the run itself, pending, comes last."""
    return func.coalesce(RUN.c.place, run.base + 1)


def every_person_id(connection: Connection) -> set[str]:
    """Ids ever given, to anybody, in any night: a new id must be none of them."""
    return set(connection.execute(select(CROSSWALK.c.person_id).distinct()).scalars())


def events_of(connection: Connection, run: Any) -> pa.Table:
    """Events of one run, in key order: schema EVENTS."""
    columns = [PERSON_EVENT.c[name] for name in EVENTS.names]
    query = select(*columns).where(PERSON_EVENT.c.run == run.number).order_by(PERSON_EVENT.c.number)
    return _to_arrow(connection.execute(query), EVENTS)


def before_mergers(connection: Connection, run: Any) -> dict[str, str]:
    """The id each superseded number of the register had before its last merger, as this run sees it."""
    query = (
        select(PERSON_EVENT.c.local_patient_id, PERSON_EVENT.c.old_person_id)
        .join(RUN, RUN.c.number == PERSON_EVENT.c.run)
        .where(_seen_by(run), PERSON_EVENT.c.kind == "merge", PERSON_EVENT.c.source == "register")
        .order_by(_age(run), PERSON_EVENT.c.number)
    )
    return {row.local_patient_id: row.old_person_id for row in connection.execute(query)}


def moves_of(connection: Connection, run: Any) -> list[tuple[int, str, str]]:
    """Age of the night, old and new id of every merger and new link, as this run sees them."""
    age = _age(run).label("age")
    query = (
        select(age, PERSON_EVENT.c.old_person_id, PERSON_EVENT.c.new_person_id)
        .join(RUN, RUN.c.number == PERSON_EVENT.c.run)
        .where(_seen_by(run), PERSON_EVENT.c.kind != "split")
        .distinct()
    )
    return [(row.age, row.old_person_id, row.new_person_id) for row in connection.execute(query)]


def with_former_ids(connection: Connection, person_ids: set[str]) -> set[str]:
    """These ids and, over all confirmed nights, those that a merger or a new link joined into them."""
    query = (
        select(PERSON_EVENT.c.old_person_id, PERSON_EVENT.c.new_person_id)
        .join(RUN, RUN.c.number == PERSON_EVENT.c.run)
        .where(RUN.c.place.is_not(None), PERSON_EVENT.c.kind.in_(("merge", "link")))
    )
    joined = connection.execute(query).all()
    found: set[str] = set()
    newest = set(person_ids)
    while newest - found:
        found |= newest
        newest = {row.old_person_id for row in joined if row.new_person_id in found}
    return found


def joined(connection: Connection, run_id: str) -> list[tuple[str, str]]:
    """Old and new id of every merger and new link, over all confirmed nights and this run, in order."""
    query = (
        select(PERSON_EVENT.c.old_person_id, PERSON_EVENT.c.new_person_id)
        .join(RUN, RUN.c.number == PERSON_EVENT.c.run)
        .where(or_(RUN.c.place.is_not(None), RUN.c.run_id == run_id), PERSON_EVENT.c.kind.in_(("merge", "link")))
        .order_by(PERSON_EVENT.c.number)
    )
    return [(row.old_person_id, row.new_person_id) for row in connection.execute(query)]


def write(connection: Connection, run: Any, crosswalk: pa.Table, events: pa.Table) -> None:
    """Write a night's changed keys and its events, pending under its run."""
    for table, rows in ((CROSSWALK, crosswalk), (PERSON_EVENT, events)):
        if rows.num_rows:
            numbered = rows.append_column("run", pa.array([run.number] * rows.num_rows, pa.int64()))
            connection.execute(insert(table), numbered.to_pylist())


def _to_arrow(result: CursorResult[Any], schema: pa.Schema) -> pa.Table:
    """All rows of a query, straight from the driver in blocks: a row object for each of a million keys is slow."""
    cursor = result.cursor
    batches = []
    while cursor is not None and (rows := cursor.fetchmany(BLOCK_ROWS)):
        columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)]
        batches.append(pa.record_batch(columns, schema=schema))
    result.close()
    return pa.Table.from_batches(batches, schema=schema)
