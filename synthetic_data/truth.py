"""The truth, kept apart from the inbox: who each record really is, what is hard about it, and how much each person needs.

`truth_person.parquet`   one row per identity. `true_person_id` is what linkage should find. Two identities of one person (a
                         changed gender marker) have two ids that must NOT be joined: `former_identity` names the earlier one.
`truth_record.parquet`   one row per record of a source: `source`, `local_patient_id` as the pipeline forms it, `true_person_id`,
                         `traps`, `number_right` (the record's number leads to the right person), and `identifies_one`: whether
                         what is right in the record (number, or names, birth date, gender, postcode) fits exactly one resident.
`truth_need.parquet`     one row per identity and date: log need, and the rate of emergency admissions a year it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from synthetic_data import traps
from synthetic_data.chance import Flags, Ints
from synthetic_data.days import dates, month_start
from synthetic_data.demand import DEMANDS, Habits, yearly_rate
from synthetic_data.feeds import Service
from synthetic_data.identifiers import NO_NUMBER
from synthetic_data.names import NO_NAME
from synthetic_data.recording import Known
from synthetic_data.world import World


def person_ids(person: Ints) -> pa.Array:
    """True person ids; null for a negative position."""
    digits = pc.utf8_lpad(pa.array(np.maximum(person, 0)).cast(pa.string()), width=8, padding="0")
    return pc.if_else(pa.array(person >= 0), pc.binary_join_element_wise("T", digits, ""), None)


def write_truth(world: World, services: Sequence[Service], folder: Path) -> None:
    """Write the three files. Takes every source's records, the register among them."""
    folder.mkdir(parents=True, exist_ok=True)
    records = pa.concat_tables([_records(world, service) for service in services])
    records = records.sort_by([("source", "ascending"), ("local_patient_id", "ascending")])
    register = next(service for service in services if service.source == "register")
    pq.write_table(records, folder / "truth_record.parquet", compression="zstd")
    pq.write_table(_people(world, register.known), folder / "truth_person.parquet", compression="zstd")
    pq.write_table(_needs(world), folder / "truth_need.parquet", compression="zstd")


def _records(world: World, service: Service) -> pa.Table:
    known = service.known
    right = number_right(world, known)
    columns = {
        "source": pa.repeat(service.source, len(known)),
        "local_patient_id": service.local_patient_id,
        "true_person_id": person_ids(known.person),
        "traps": traps.spell(known.traps),
        "number_right": pa.array(right),
        "identifies_one": pa.array((right & ~world.people.visitor[known.person]) | identifies_one(world, known)),
    }
    return pa.table(columns)


def number_right(world: World, known: Known) -> Flags:
    """Whether the number in the record, superseded ones followed, is the person's own."""
    people, number = world.people, known.numbers.number
    joined = people.merged[known.person] <= world.settings.now
    own = (number == people.number[known.person]) | ((number == people.old_number[known.person]) & joined)
    right: Flags = own & (number != NO_NUMBER)
    return right


def identifies_one(world: World, known: Known) -> Flags:
    """Whether the fields that are right in the record fit exactly one person on the register.

    A resident's present and earlier family name and postcode both count as hers.
    """
    people, who = world.people, known.person
    family, home = known.names.family, known.homes.home
    has_names = known.source not in NAMELESS
    agrees = np.column_stack(
        [
            has_names & (known.names.given == people.given[who]) & (known.names.given != NO_NAME),
            has_names & ((family == people.family[who]) | (family == people.former_family[who])),
            known.born == people.born[who],
            pc.equal(known.gender, "1").to_numpy(zero_copy_only=False) == people.male[who],
            (home >= 0) & ((home == people.home[who]) | (home == people.former_home[who])),
        ]
    )
    values = np.column_stack([known.names.given, family, known.born, people.male[who], home])
    faces, whose = _faces(world)
    one = np.zeros(len(known), bool)
    pattern = agrees @ (1 << np.arange(agrees.shape[1]))
    for mask in np.unique(pattern):
        rows = np.flatnonzero(pattern == mask)
        columns = [place for place in range(agrees.shape[1]) if mask >> place & 1]
        if columns:
            one[rows] = _count_of(faces[:, columns], whose, values[rows][:, columns]) == 1
    residents: Flags = one & ~people.visitor[who]
    return residents


NAMELESS = ("sus_apc", "sus_op", "ecds", "cld")


def _faces(world: World) -> tuple[Ints, Ints]:
    """Every combination of present and earlier family name and postcode under which a resident may be met."""
    people = world.people
    here = np.flatnonzero(~people.visitor & (people.entered <= world.settings.now))
    parts = [
        np.column_stack([people.given, family, people.born, people.male, home])[here]
        for family in (people.family, people.former_family)
        for home in (people.home, people.former_home)
    ]
    return np.concatenate(parts), np.tile(here, len(parts))


def _count_of(faces: Ints, whose: Ints, values: Ints) -> Ints:
    """For each row of `values`, how many people have a face equal to it."""
    key, wanted = _hashed(faces), _hashed(values)
    order = np.lexsort((whose, key))
    key, whose = key[order], whose[order]
    fresh = np.concatenate([[True], (key[1:] != key[:-1]) | (whose[1:] != whose[:-1])])
    key = key[fresh]
    count: Ints = np.searchsorted(key, wanted, side="right") - np.searchsorted(key, wanted, side="left")
    return count


def _hashed(columns: Ints) -> Ints:
    """One number for each row: the columns lie in ranges that do not overlap."""
    total = np.zeros(len(columns), np.uint64)
    for column in columns.T:
        total = total * np.uint64(1_000_003) + column.astype(np.int64).astype(np.uint64)
        total ^= total >> np.uint64(29)
        total *= np.uint64(0xBF58476D1CE4E5B9)
    return total


def _people(world: World, register: Known) -> pa.Table:
    people, who = world.people, np.arange(len(world.people))
    entered = people.entered <= world.settings.now
    rows = who[entered]
    found = np.zeros(len(people), np.int64)
    first = register.key % 2 == 0
    found[register.person[first]] = register.traps[first]
    found[people.visitor] = int(traps.Trap.VISITOR)
    last = max(world.course.measured)
    columns = {
        "true_person_id": person_ids(rows),
        "resident": pa.array(~people.visitor[rows]),
        "date_of_birth": dates(people.born[rows]),
        "gender": pa.array(np.where(people.male[rows], "1", "2")),
        "entered": dates(people.entered[rows]),
        "left": dates(people.left[rows]),
        "died": dates(np.where(world.course.died[rows] <= world.settings.now, world.course.died[rows], 10**7)),
        "former_identity": person_ids(people.former[rows]),
        "twin": person_ids(people.twin[rows]),
        "named_after": person_ids(people.namesake[rows]),
        "log_need": pa.array(world.course.measured[last][rows], from_pandas=True),
        "traps": traps.spell(found[rows]),
    }
    return pa.table(columns)


def _needs(world: World) -> pa.Table:
    emergency = next(item for item in DEMANDS if item.name == "emergency")
    own = Habits.draw(world.chance, world.people).own["emergency"]
    tables = []
    for month, need in sorted(world.course.measured.items()):
        rows = np.flatnonzero(~np.isnan(need))
        age = world.age(rows, month_start(month + 1))
        rate = yearly_rate(emergency, need[rows], age, own[rows], month)
        columns = {
            "true_person_id": person_ids(rows),
            "date": dates(np.full(len(rows), month_start(month + 1) - 1)),
            "log_need": pa.array(need[rows]),
            "emergency_admissions_a_year": pa.array(rate),
        }
        tables.append(pa.table(columns))
    return pa.concat_tables(tables)
