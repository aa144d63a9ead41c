"""Contradictions found on the way, as rows with a kind; never a silent merge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from linkage.decisions import Decisions
from linkage.engine.key_order import are_repeated
from linkage.everybody import Everybody
from linkage.findings import ONE_NUMBER_TWO_PEOPLE
from linkage.pairs import Pairs
from linkage.population import Population
from linkage.steps.deaths import conflicts_of_death
from schemas.identifiable import Conflict
from schemas.table import Rows


def conflict_rows(everyone: Everybody, decisions: Decisions, last_active: pa.Table | None = None) -> Rows[Conflict]:
    """One row per record, person and kind of contradiction; those of protected identities are counted in the notes only.

    `last_active`: see `linkage.steps.deaths`.
    """
    register, sources = everyone.register, everyone.sources
    ids = register["local_patient_id"].combine_chunks()
    tables = [Conflict.empty(), _shared_numbers(ids, everyone.population, decisions)]
    for kind, rows in conflicts_of_death(register, sources, decisions.resident, last_active).items():
        decisions.contradict(kind, rows)
    for kind, pairs in decisions.conflicts:
        table = named(sources, ids, pairs, decisions)
        table["kind"] = pa.repeat(kind, len(pairs))
        tables.append(Conflict.conform(pa.table(table)))
    return Conflict.sort(Conflict.validate(first_of_each(pa.concat_tables(tables), Conflict.order)))


def _shared_numbers(ids: Any, population: Population, decisions: Decisions) -> pa.Table:
    """Residents of the register who are different persons under one number: each beside the first other."""
    number, people = population.residents.number, population.person
    rows = np.flatnonzero((number >= 0) & (people == np.arange(len(people))))
    rows = rows[are_repeated(number[rows])]
    _, first, place, count = np.unique(number[rows], return_index=True, return_inverse=True, return_counts=True)
    shared = count[place] > 1
    protected = np.zeros(len(count), dtype=np.bool_)
    np.logical_or.at(protected, place, population.residents.protected[rows])
    decisions.notes["conflicts withheld"] += int((shared & protected[place]).sum())
    shown = np.flatnonzero(shared & ~protected[place])
    mine, firsts = rows[shown], rows[first[place[shown]]]
    second = {int(number[row]): int(row) for row in mine[mine != firsts][::-1]}
    other = [second[int(number[row])] if row == other else int(other) for row, other in zip(mine, firsts, strict=True)]
    table = {
        "source": pa.repeat("register", len(mine)),
        "local_patient_id": ids.take(pa.array(mine)),
        "register_id": ids.take(pa.array(other, pa.int64())),
        "kind": pa.repeat(ONE_NUMBER_TWO_PEOPLE, len(mine)),
    }
    return Conflict.conform(pa.table(table))


def named(sources: pa.Table, ids: Any, pairs: Pairs, decisions: Decisions) -> dict[str, Any]:
    """The columns that name a pair: source, local_patient_id and the person's register_id."""
    rows = pa.array(pairs.record)
    return {
        "source": sources["source"].take(rows),
        "local_patient_id": sources["local_patient_id"].take(rows),
        "register_id": ids.take(pa.array(decisions.population.persons(pairs))),
    }


def first_of_each(table: pa.Table, key: tuple[str, ...]) -> pa.Table:
    """The first row of each key."""
    table = table.append_column("_row", pa.array(np.arange(table.num_rows)))
    first = table.group_by(list(key)).aggregate([("_row", "min")])["_row_min"]
    return table.take(first).drop_columns(["_row"])
