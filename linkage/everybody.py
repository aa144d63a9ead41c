"""The people of one run, from tables: standardised, superseded numbers followed, encoded, the register's records as persons."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import Truth
from linkage.changes import Changes
from linkage.encoding import Encoded, encode
from linkage.mergers import Successions, successions
from linkage.people import People, join_people
from linkage.population import Population, find_persons, spread_protection
from linkage.standardise import standardise_distinct
from schemas.identifiable import PersonRecord, RegisterMerger
from schemas.table import Rows

REGISTER = "register"


@dataclass(frozen=True)
class Everybody:
    """`register` and `sources` lie in the order of the population's residents and records; `former` in that of the former rows.

    `is_resident` says which records of the table are the register's; `encoded` are all of them, in its order, for the night
    after; `in_a_cycle` counts superseded numbers whose mergers run in a circle.
    """

    population: Population
    register: pa.Table
    sources: pa.Table
    is_resident: Truth
    former: People
    encoded: Encoded
    in_a_cycle: int


def everybody(
    table: Rows[PersonRecord], mergers: Rows[RegisterMerger], changes: Changes | None = None, before: Encoded | None = None
) -> Everybody:
    """Encode the sorted records of `table`, and behind them the former ones of `changes`, with codes that compare.

    `before` are the records of the night before, encoded: only what changed since is standardised and encoded.
    """
    chains = successions(mergers)
    encoded, superseded = _encoded(table, chains, changes, before)
    people, texts = encoded.people()
    own = _register_rows(table)
    residents = people.take(own)
    person = find_persons(residents.number, superseded[own])
    residents = dataclasses.replace(residents, protected=spread_protection(residents.protected, person))
    is_resident = np.zeros(table.num_rows, dtype=np.bool_)
    is_resident[own] = True
    sources = pa.concat_tables([table.slice(0, own.start), table.slice(own.stop)])
    records = join_people([people.take(slice(0, own.start)), people.take(slice(own.stop, table.num_rows))])
    return Everybody(
        population=Population(records, residents, texts, person),
        register=table.slice(own.start, own.stop - own.start),
        sources=sources,
        is_resident=is_resident,
        former=people.take(slice(table.num_rows, None)),
        encoded=encoded.first(table.num_rows),
        in_a_cycle=chains.in_a_cycle,
    )


def _encoded(table: pa.Table, chains: Successions, changes: Changes | None, before: Encoded | None) -> tuple[Encoded, Truth]:
    """The records and the former ones behind them; and of the records whose number is superseded."""
    current = chains.follow(table["nhs_number"])
    superseded = pc.fill_null(pc.not_equal(table["nhs_number"], current), False).to_numpy()
    if changes is None:
        return encode(_standardised(table, current)), superseded
    if before is None:
        rows = pa.concat_tables([table, PersonRecord.conform(changes.former)])
        numbers = pa.chunked_array([*current.chunks, *changes.former["nhs_number"].chunks], pa.string())
        return encode(_standardised(rows, numbers)), superseded
    changed = np.flatnonzero(changes.is_changed)
    fresh = encode(_standardised(table.take(changed), current.take(changed)), before.values)
    return before.succeeded(place=changes.place, changed=changed, fresh=fresh, former=changes.former_rows), superseded


def _standardised(records: pa.Table, current: pa.ChunkedArray) -> pa.Table:
    """The records ready to encode, with their current numbers."""
    known = standardise_distinct(records)
    return known.set_column(known.column_names.index("nhs_number"), "nhs_number", current)


def _register_rows(table: pa.Table) -> slice:
    """Where the register's records lie in a sorted table: side by side."""
    rows = pc.indices_nonzero(pc.equal(table["source"], REGISTER))
    return slice(rows[0].as_py(), rows[-1].as_py() + 1) if len(rows) else slice(0, 0)
