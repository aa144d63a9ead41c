"""The people of one run, from tables: standardised, superseded numbers followed, encoded, the register's records as persons."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import Truth
from linkage.mergers import successions
from linkage.people import People, encode
from linkage.population import Population, find_persons, spread_protection
from linkage.standardise import standardise_distinct
from schemas.identifiable import PersonRecord, RegisterMerger
from schemas.table import Rows

REGISTER = "register"


@dataclass(frozen=True)
class Everybody:
    """`register` and `sources` lie in the order of the population's residents and records; `former` in that of the former rows.

    `is_resident` says which records of the table are the register's; `in_a_cycle` counts superseded numbers whose mergers run
    in a circle.
    """

    population: Population
    register: pa.Table
    sources: pa.Table
    is_resident: Truth
    former: People
    in_a_cycle: int


def everybody(table: Rows[PersonRecord], mergers: Rows[RegisterMerger], former: pa.Table | None = None) -> Everybody:
    """Encode the sorted records of `table`; `former` are more rows of it, as they stand, whose codes are to be comparable.

    The numbers of `former` are taken for current.
    """
    chains = successions(mergers)
    numbers = table["nhs_number"]
    current = chains.follow(numbers)
    rows, all_numbers = table, current
    if former is not None:
        rows = pa.concat_tables([table, PersonRecord.conform(former)])
        all_numbers = pa.chunked_array([*current.chunks, *former["nhs_number"].chunks], pa.string())
    known = standardise_distinct(rows)
    known = known.set_column(known.column_names.index("nhs_number"), "nhs_number", all_numbers)
    people, texts = encode(known)
    is_resident = pc.equal(table["source"], REGISTER)
    register = is_resident.to_numpy()
    whole = people.take(slice(0, table.num_rows))
    residents = whole.take(register)
    superseded = pc.fill_null(pc.not_equal(numbers, current), False).to_numpy()[register]
    person = find_persons(residents.number, superseded)
    residents = dataclasses.replace(residents, protected=spread_protection(residents.protected, person))
    return Everybody(
        population=Population(whole.take(~register), residents, texts, person),
        register=table.filter(is_resident),
        sources=table.filter(pc.invert(is_resident)),
        is_resident=register,
        former=people.take(slice(table.num_rows, None)),
        in_a_cycle=chains.in_a_cycle,
    )
