"""A landed source to people and activity: one row per person as the source knows her, one per event."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import narwhals as nw
import pyarrow as pa

from pipelines.engine import Engine
from pipelines.extracts import asc_person, register
from pipelines.extracts.border import LEAVE_OUT, PROTECT, marked_people
from pipelines.extracts.conversion import MARKS
from pipelines.extracts.costs import WEEKLY, with_costs
from pipelines.extracts.delivered import stem_of
from pipelines.extracts.events import NARWHALS_TYPES
from pipelines.extracts.landed import LandedFile, LandedSource
from pipelines.extracts.layout import AS_AT, FILE, LINE, LOCAL_ID, PERIOD, SEQUENCE, Extract
from pipelines.extracts.people import without_default_practice
from pipelines.extracts.site_costs import AS_DELIVERED, Prices
from schemas.identifiable import Activity, ContactDetail, PersonRecord, RegisterMerger
from schemas.table import Rows

ROWS_OF_A_FILE = 1 << 40  # more lines than any file has

NOTHING = {kind: nw.lit(None).cast(type_) for kind, type_ in NARWHALS_TYPES.items()}

FILES = pa.schema([(FILE, pa.string()), ("_rank", pa.int64()), (PERIOD, pa.date32())])


class Assembled(NamedTuple):
    """What a source says: `people` has the columns of PersonRecord, `activity` those of Activity. None where it has none."""

    people: nw.LazyFrame[Any] | None
    activity: nw.LazyFrame[Any] | None


def assemble(extract: Extract, landed: LandedSource, engine: Engine, as_at: dt.date) -> Assembled:
    """People and activity of one landed source."""
    return Assembled(assemble_people(extract, landed, engine, as_at), assemble_activity(extract, landed, engine, as_at))


def assemble_people(extract: Extract, landed: LandedSource, engine: Engine, as_at: dt.date) -> nw.LazyFrame[Any] | None:
    """One row per (source, local_patient_id) with the columns of PersonRecord; None where the source has no files."""
    tables = open_tables(landed, engine, as_at)
    people = extract.to_person_records(tables) if tables else None
    if people is None:
        return None
    people = people.rename({LOCAL_ID: "local_patient_id"}).with_columns(source=nw.lit(extract.source))
    there = people.collect_schema().names()
    absent = [name for name in PersonRecord.columns() if name not in there]
    people = people.with_columns(NOTHING[PersonRecord.columns()[name].type].alias(name) for name in absent)
    practice = without_default_practice(nw.col("gp_practice_code"))
    people = people.with_columns(gp_practice_code=practice)
    marks = _marks(landed, engine)
    if marks is not None:
        flagged = marked_people(tables, marks, PROTECT).rename({LOCAL_ID: "local_patient_id"}).with_columns(_flagged=nw.lit(True))
        people = people.join(flagged, on="local_patient_id", how="left")
        people = people.with_columns(protected=nw.coalesce("_flagged", "protected"))
    return people.select(*PersonRecord.columns())


def assemble_contacts(landed: LandedSource, engine: Engine, as_at: dt.date) -> Rows[ContactDetail]:
    """How the people of the landed client index can be reached; no rows where no list came in clear."""
    contacts = asc_person.to_contacts(open_tables(landed, engine, as_at))
    if contacts is None:
        return ContactDetail.empty()
    return ContactDetail.sort(ContactDetail.validate(engine.to_arrow(contacts)))


def assemble_activity(
    extract: Extract, landed: LandedSource, engine: Engine, as_at: dt.date, prices: Prices = AS_DELIVERED
) -> nw.LazyFrame[Any] | None:
    """One row per event up to `as_at` with the columns of Activity; None where the source has no files or no events.

    Events that start after `as_at` are dropped; an end after it is not known yet, so null. An end before the start is
    taken for the start. A sum of prices below nothing is no price. Costs are as `prices` says; without, own prices as delivered.
    """
    events = delivered_events(extract, landed, engine, as_at)
    if events is None:
        return None
    start, end, cost = nw.col("start_date"), nw.col("end_date"), nw.col("cost_pence")
    events = events.filter(start <= nw.col(AS_AT)).with_columns(
        end_date=nw.when(end < start).then(start).otherwise(nw.when(end <= nw.col(AS_AT)).then(end)),
        cost_pence=nw.when(cost >= 0).then(cost),
        cost_source=nw.when(cost >= 0).then(nw.col("cost_source")),
    )
    return with_costs(events, prices, weekly=WEEKLY in extract.attributes).select(*Activity.columns())


def delivered_events(extract: Extract, landed: LandedSource, engine: Engine, as_at: dt.date) -> nw.LazyFrame[Any] | None:
    """One row per event with the columns of Activity and the night's date, as delivered: what cannot be is still among them.

    None where the source has no files or no events.
    """
    tables = open_tables(landed, engine, as_at)
    events = extract.to_activity(tables) if tables else None
    return None if events is None else events.with_columns(source=nw.lit(extract.source))


def register_mergers(landed: LandedSource, engine: Engine) -> Rows[RegisterMerger]:
    """Superseded NHS numbers of the landed register and what replaced them; no rows where no mergers file came."""
    tables = open_tables(landed, engine, dt.date.max)
    mergers = register.to_mergers(tables)
    if mergers is None:
        return RegisterMerger.empty()
    return RegisterMerger.sort(RegisterMerger.validate(engine.to_arrow(mergers)))


def open_tables(landed: LandedSource, engine: Engine, as_at: dt.date) -> dict[str, nw.LazyFrame[Any]]:
    """Each table of a landed source over all its files, with the order of delivery, the period and the as-at date.

    Without the people whom a flag keeps out, whatever other rows say of them.
    """
    tables = _all_rows(landed, engine, as_at)
    marks = _marks(landed, engine)
    if marks is None:
        return tables
    out = marked_people(tables, marks, LEAVE_OUT)
    return {
        name: rows.join(out, on=LOCAL_ID, how="anti") if LOCAL_ID in rows.collect_schema().names() else rows
        for name, rows in tables.items()
    }


def came_back(landed: LandedSource, engine: Engine, as_at: dt.date) -> int:
    """People whom a flag kept out of the source before, and who are in it again without the flag."""
    marks = _marks(landed, engine)
    if marks is None:
        return 0
    back = engine.to_arrow(marked_people(_all_rows(landed, engine, as_at), marks, LEAVE_OUT, taken_back=True))
    return int(back.num_rows)


def _all_rows(landed: LandedSource, engine: Engine, as_at: dt.date) -> dict[str, nw.LazyFrame[Any]]:
    return {table: _open(files, engine, as_at) for table, files in _by_table(landed).items()}


def _by_table(landed: LandedSource) -> dict[str, list[LandedFile]]:
    """The files of each table, in the order in which they overlap: by end of period, then by name."""
    found: dict[str, list[LandedFile]] = {}
    for file in sorted(landed.files, key=lambda file: (file.period or dt.date.min, stem_of(file.name))):
        found.setdefault(file.table, []).append(file)
    return found


def _marks(landed: LandedSource, engine: Engine) -> nw.LazyFrame[Any] | None:
    """Whom flags mark in the source's files, with table and order of delivery; None where they mark nobody."""
    frames = []
    for table, files in _by_table(landed).items():
        for rank, file in enumerate(files):
            if file.marked:
                rows = engine.scan([file.converted_path.with_name(MARKS)])
                sequence = nw.lit(rank * ROWS_OF_A_FILE) + nw.col(LINE)
                frames.append(rows.with_columns(sequence.alias(SEQUENCE), nw.lit(table).alias("_table")))
    return nw.concat(frames) if frames else None


def _open(files: list[LandedFile], engine: Engine, as_at: dt.date) -> nw.LazyFrame[Any]:
    ranks = [{FILE: file.name, "_rank": rank, PERIOD: file.period or as_at} for rank, file in enumerate(files)]
    delivered = engine.from_arrow(pa.Table.from_pylist(ranks, schema=FILES))
    rows = engine.scan([file.converted_path for file in files]).join(delivered, on=FILE, how="inner")
    sequence = nw.col("_rank") * ROWS_OF_A_FILE + nw.col(LINE)
    return rows.with_columns(sequence.alias(SEQUENCE), nw.lit(as_at).alias(AS_AT))
