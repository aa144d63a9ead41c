"""What the hospitals' patient indexes hold, and the columns of SUS that say who somebody is. No names leave a hospital."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data.chance import Flags, Ints
from synthetic_data.days import dates
from synthetic_data.habits import Habits
from synthetic_data.people import ETHNIC_CODES
from synthetic_data.places import NOT_KNOWN_PRACTICE
from synthetic_data.recording import Known, local_ids, records_of, write_down
from synthetic_data.scribe import COPIES
from synthetic_data.spells import HOSPITALS
from synthetic_data.world import World

TWICE_KNOWN = 0.012  # of people: a hospital holds them under two local numbers
USES_SECOND = 0.35
ETHNICITY_NOT_STATED = 0.07


@dataclass(frozen=True)
class HospitalRows:
    """The rows of one hospital source: whose, when, which record (a place in `known`), and the record's local id."""

    known: Known
    person: Ints
    day: Ints
    record: Ints
    ids: pa.Array
    local_patient_id: pa.Array

    @property
    def local_id(self) -> pa.Array:
        """LOCAL PATIENT IDENTIFIER of each row."""
        return self.ids.take(pa.array(self.record))


def hospital_rows(world: World, habits: Habits, *, person: Ints, hospital: Ints, day: Ints, key: Ints) -> HospitalRows:
    """The records behind rows of a hospital source. All sources of one hospital share its patient index and its ids."""
    twice = world.chance.happens("known twice", TWICE_KNOWN, person, hospital)
    second = twice & world.chance.happens("second local number", USES_SECOND, key)
    distinct, record = records_of(person * COPIES + hospital * 2 + second)
    known = write_down(world.chance, world.people, world.places, habits, distinct, now=world.settings.now)
    ids = local_ids(world.chance, "hospitals", distinct, "H")
    provider = pa.array(HOSPITALS).take(pa.array(distinct % COPIES // 2))
    return HospitalRows(known, person, day, record, ids, pc.binary_join_element_wise(provider, ids, ":"))


def identity_columns(world: World, rows: HospitalRows) -> dict[str, Any]:
    """Who it was, in HES names."""
    take, known = pa.array(rows.record), rows.known
    return {
        "NEWNHSNO": known.numbers.text.take(take),
        "NHSNOIND": known.numbers.status.take(take),
        "LOPATID": rows.local_id,
        "DOB": dates(known.born).take(take),
        "SEX": known.gender.take(take),
        "ETHNOS": ethnic_codes(world, known.source, rows.person),
        "HOMEADD": known.home_at(rows.record, rows.day),
        "LSOA11": known.lsoa_at(world.places, rows.record, rows.day),
        "GPPRAC": practices(world, rows.person, rows.day),
    }


def ethnic_codes(world: World, source: str, person: Ints) -> pa.Array:
    """ETHNIC CATEGORY as asked at the desk: for some, not stated."""
    silent = world.chance.happens(f"{source}: ethnicity not stated", ETHNICITY_NOT_STATED, person)
    codes = np.where(silent, ETHNIC_CODES.index("Z"), world.people.ethnic[person])
    return pa.array(ETHNIC_CODES).take(pa.array(codes))


def practices(world: World, person: Ints, day: Ints | int) -> pa.Array:
    """The practice each is registered with on a day; the code for not known where there is none here."""
    people = world.people
    practice = np.where(people.moved[person] <= day, people.practice[person], people.former_practice[person])
    known: Flags = practice >= 0
    return pc.if_else(pa.array(known), world.places.spell_practice(practice), NOT_KNOWN_PRACTICE)


def spell_keys(world: World, what: str, key: Ints, prefix: str = "") -> pa.Array:
    """A long number for each event that says nothing of whose it is."""
    return pc.binary_join_element_wise(prefix, pa.array(world.chance.bits(what, key) >> np.uint64(11)).cast(pa.string()), "")
