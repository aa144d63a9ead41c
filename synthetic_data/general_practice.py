"""GP extracts: a list of patients at the ends of years and of the last months, and appointments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.gp import APPOINTMENTS, PATIENTS
from synthetic_data.calendars import GP_MONTHLY, delivered_until, snapshot_days
from synthetic_data.chance import Flags, Floats, Ints
from synthetic_data.conditions import POSITION, registers
from synthetic_data.course import on_working_days
from synthetic_data.days import YEAR, date_of, dates
from synthetic_data.feeds import Service, arrange, dated
from synthetic_data.habits import GP
from synthetic_data.recording import Known, local_ids, records_of, write_down
from synthetic_data.scribe import COPIES
from synthetic_data.world import World

FORMER_PRACTICE = 2  # unit of the record that the practice of an earlier address keeps
STATUSES, STATUS_WEIGHTS = ("Attended", "DNA", "Cancelled"), (0.905, 0.045, 0.05)
MODES = ("Face-to-Face", "Telephone", "Online", "Home Visit")
EFI_SINCE = 65


@dataclass(frozen=True)
class GpLists:
    """The service, and the patient lists with the days they speak of."""

    service: Service
    lists: tuple[tuple[int, pa.Table], ...]


def general_practice_service(world: World) -> GpLists:
    """Appointments as a feed, patient lists as tables."""
    stream = on_working_days(world.course.streams["gp"], delivered_until(GP_MONTHLY, world.settings))
    person, day, key = stream.person, stream.day, stream.key
    due = snapshot_days(world.settings)
    lists = {when: np.flatnonzero(world.registered(when)) for when in {*due, *snapshot_days(replace(world.settings, night=0))}}
    wanted = [_record_keys(world, person, day), *(_record_keys(world, who, when) for when, who in lists.items())]
    distinct, record = records_of(np.concatenate(wanted))
    record = record[: len(person)]
    known = write_down(world.chance, world.people, world.places, GP, distinct, now=world.settings.now)
    ids = local_ids(world.chance, "practices", distinct, "G")
    practice = _practices_of(world, distinct)
    seen = world.chance.pick("appointment kept", STATUS_WEIGHTS, key)
    columns = {
        "local_patient_id": ids.take(pa.array(record)),
        "practice_code": practice.take(pa.array(record)),
        "start_date": dates(day),
        "appointment_status": pa.array(STATUSES).take(pa.array(seen)),
        "contact_mode": pa.array(MODES).take(pa.array(_modes(world, person, day, key))),
    }
    feed = dated(world, "gp", APPOINTMENTS, GP_MONTHLY, day=day, key=key, columns=columns)
    tables = []
    for when in due:
        kept = (day > when - 365) & (day <= when) & (seen == 0)
        contacts = np.bincount(person[kept], minlength=len(world.people))[lists[when]]
        rows = np.searchsorted(distinct, _record_keys(world, lists[when], when))
        tables.append((when, _list(world, known, rows, ids, practice, when=when, contacts=contacts)))
    service = Service("gp", (feed,), known, pc.binary_join_element_wise(practice, ids, ":"))
    return GpLists(service, tuple(tables))


def _record_keys(world: World, person: Ints, day: Ints | int) -> Ints:
    """The record of the practice that each is registered with on the day."""
    people = world.people
    earlier = (people.moved[person] > day) & (people.former_practice[person] != people.practice[person])
    keys: Ints = person * COPIES + FORMER_PRACTICE * earlier
    return keys


def _practices_of(world: World, keys: Ints) -> pa.Array:
    person = keys // COPIES
    former = keys % COPIES == FORMER_PRACTICE
    return world.places.spell_practice(np.where(former, world.people.former_practice[person], world.people.practice[person]))


def _modes(world: World, person: Ints, day: Ints, key: Ints) -> Ints:
    """The old are visited at home now and then."""
    lot = world.chance.uniform("mode", key)
    visited = 0.09 * (world.age(person, day) >= 80)
    return np.select([lot < visited, lot < 0.62, lot < 0.96], [3, 0, 1], 2)


def _list(world: World, known: Known, rows: Ints, ids: pa.Array, practice: pa.Array, *, when: int, contacts: Ints) -> pa.Table:
    take, person = pa.array(rows), known.person[rows]
    has = world.health.conditions(person, when)
    columns = {
        "local_patient_id": ids.take(take),
        "nhs_number": known.numbers.text.take(take),
        "given_name": known.names.given_text.take(take),
        "family_name": known.family_at(rows, when),
        "practice_code": practice.take(take),
        "date_of_birth": dates(known.born[rows]),
        "sex": known.gender.take(take),
        "postcode": known.home_at(rows, when),
        "extract_date": pa.repeat(pa.scalar(date_of(when)), len(rows)),
        "registers": registers(has),
        "consultations_12m": pa.array(_over_a_year(world, contacts, when)),
        **_measured(world, person, has, when),
    }
    return arrange(PATIENTS, columns)


def _over_a_year(world: World, contacts: Ints, when: int) -> Ints:
    """Before a year of appointments has gone by, the count is scaled up."""
    share = min(1.0, max(30, when - world.settings.start + 1) / 365)
    counted: Ints = np.round(contacts / share).astype(np.int64)
    return counted


def _measured(world: World, person: Ints, has: Flags, when: int) -> dict[str, Any]:
    """What the practice system computes or measures: medicines, frailty index, smoking, body mass."""
    chance, year = world.chance, int(when // YEAR)
    age, burden = world.age(person, when), has.sum(axis=1)
    medicines = chance.poisson("medicines", 0.15 + 1.25 * burden + 0.025 * np.maximum(age - 40, 0), person)
    beyond: Floats = world.health.lasting[person]
    efi = 0.02 + 0.028 * burden + 0.022 * np.clip(beyond, -1.5, 2.0) + 0.0022 * (age - 65) + 0.035 * chance.normal("efi", person)
    smoker = chance.uniform("smoking", person) - 0.12 * (world.places.deprivation(world.people.home[person]) - 0.5)
    unknown = chance.happens("smoking not known", 0.04, person) | (age < 15)
    smoking = np.select([unknown, smoker < 0.13, smoker < 0.38], ["unknown", "current", "ex"], "never")
    heavy = has[:, POSITION["OB"]]
    bmi = np.where(heavy, 33.5, 25.4) + np.where(heavy, 3.0, 2.6) * chance.normal("bmi", person)
    weighed = (age >= 16) & chance.happens("weighed", 0.78, person, year)
    return {
        "repeat_medicines": pa.array(medicines),
        "efi_score": pa.array(np.round(np.clip(efi, 0.0, 0.7), 2), mask=age < EFI_SINCE),
        "smoking": pa.array(smoking),
        "bmi": pa.array(np.round(np.clip(bmi, 14.0, 60.0), 1), mask=~weighed),
    }
