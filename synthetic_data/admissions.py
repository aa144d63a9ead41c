"""SUS+ admitted patient care: one row for each finished episode, in the month of discharge. No names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.sus_apc import EPISODES
from synthetic_data.calendars import MONTHLY, delivered_until
from synthetic_data.chance import Flags, Floats, Ints
from synthetic_data.days import NEVER, dates
from synthetic_data.diagnoses import Coded, other_diagnoses, primary_diagnoses
from synthetic_data.diagnosis_lists import BIRTH_CODE, DELIVERY_CODES, PLANNED, PRIMARIES
from synthetic_data.feeds import Service, Spoil, dated
from synthetic_data.habits import SUS_APC
from synthetic_data.hospital import hospital_rows, identity_columns, spell_keys
from synthetic_data.spells import BIRTH, DELIVERY, EMERGENCY, HOSPITALS, METHODS, OLD, TRANSFER, Spells
from synthetic_data.spells import PLANNED as FOR_PLANNED
from synthetic_data.world import World

DIAGNOSES, PROCEDURES = 20, 24
EMERGENCY_PROCEDURES = {"S720": "W241", "K359": "H011", "I219": "K751", "K802": "J183", "S525": "W251", "N201": "M273"}
FUNCTIONS_BY_LETTER = {"S": "110", "K": "100", "N": "100", "I": "320", "J": "340", "F": "300", "G": "400"}
HEALTHCARE_RESOURCE_GROUPS = {"I": "EB07E", "J": "DZ11V", "N": "LA04S", "K": "FD10M", "S": "HE71D", "R": "WH09G", "A": "WJ06J"}
DAY_CASE_PRICE, NIGHT_PRICE, SHORT_PRICE, BIRTH_PRICE = 1077.0, 395.0, 825.0, 1450.0  # round about the national averages


def planned_reasons(world: World) -> Ints:
    """A position in PLANNED for each planned admission, among those for the person's age."""
    stream = world.course.streams["planned"]
    age = world.age(stream.person, stream.day)
    weight = np.array([item.weight for item in PLANNED])
    fits = (age[:, None] >= [item.youngest for item in PLANNED]) & (age[:, None] <= [item.oldest for item in PLANNED])
    steps = np.cumsum(np.where(fits, weight, 0.0), axis=1)
    lot = world.chance.uniform("reason of a planned admission", stream.key) * steps[:, -1]
    chosen: Ints = np.minimum((lot[:, None] >= steps).sum(axis=1), len(PLANNED) - 1)
    return chosen


@dataclass(frozen=True)
class Admissions:
    """The spells with what was coded of them. `method` is the admission method code, `primary` a position in PRIMARIES."""

    spells: Spells
    age: Floats
    method: pa.Array
    primary: Ints
    coded: Coded

    @property
    def emergency(self) -> Flags:
        """Spells that began as an emergency, transfers apart."""
        flags: Flags = self.spells.kind == EMERGENCY
        return flags


def code_admissions(world: World, spells: Spells) -> Admissions:
    """Methods and diagnoses of every spell."""
    age = world.age(spells.person, spells.admitted)
    codes = [code for code, _ in METHODS]
    drawn = world.chance.pick("admission method", [share for _, share in METHODS], spells.key)
    waiting = world.chance.pick("planned method", (0.5, 0.3, 0.2), spells.key)
    method = pa.array([*codes, "11", "12", "13", "31", "82", "2C", "2B"])
    home_birth = world.chance.happens("born at home", 0.012, spells.key)
    first = len(codes)
    place = np.select(
        [spells.kind == EMERGENCY, spells.kind == FOR_PLANNED, spells.kind == DELIVERY, spells.kind == BIRTH],
        [drawn, first + waiting, np.full(len(spells), first + 3), first + 4 + home_birth], first + 6,
    )  # fmt: skip
    others = other_diagnoses(
        world.chance, world.health, spells.person, spells.admitted, age=age, need=spells.need, key=spells.key
    )
    primary = primary_diagnoses(world.chance, world.health, spells.person, spells.admitted, age=age, key=spells.key)
    return Admissions(spells, age, method.take(pa.array(place)), primary, Coded(primary, others))


def admissions_service(world: World, admissions: Admissions) -> Service:
    """The files of SUS admitted patient care."""
    spells = admissions.spells
    until = delivered_until(MONTHLY, world.settings)
    finished = np.flatnonzero((spells.discharged <= until) & (spells.discharged >= world.settings.start))
    episodes = _episodes(world, spells, finished)
    rows = hospital_rows(
        world, SUS_APC, person=spells.person[episodes.spell], hospital=spells.hospital[episodes.spell],
        day=spells.admitted[episodes.spell], key=spells.key[episodes.spell],
    )  # fmt: skip
    columns = {
        **identity_columns(world, rows), **_spell_columns(world, admissions, episodes),
        **_clinical_columns(world, admissions, episodes), **_episode_columns(world, admissions, episodes),
    }  # fmt: skip
    feed = dated(
        world, "sus_apc", EPISODES, MONTHLY, day=spells.discharged[episodes.spell],
        key=spells.key[episodes.spell] * 8 + episodes.order, columns=columns, spoil=Spoil("ADMIDATE", "31/02/2025"),
        provisional="FINAL_PRICE",
    )  # fmt: skip
    return Service("sus_apc", (feed,), rows.known, rows.local_patient_id)


@dataclass(frozen=True)
class _Episodes:
    """One element for each episode: its spell, its number in the spell, how many the spell has."""

    spell: Ints
    order: Ints
    count: Ints


def _episodes(world: World, spells: Spells, finished: Ints) -> _Episodes:
    key, nights = spells.key[finished], (spells.discharged - spells.admitted)[finished]
    several = (nights >= 2) & np.isin(spells.kind[finished], (EMERGENCY, TRANSFER))
    more = several * (world.chance.happens("second episode", 0.26, key) + world.chance.happens("third episode", 0.07, key))
    count = 1 + more
    spell = np.repeat(finished, count)
    order = np.arange(len(spell)) - np.repeat(np.cumsum(count) - count, count) + 1
    return _Episodes(spell, order, np.repeat(count, count))


def _spell_columns(world: World, admissions: Admissions, episodes: _Episodes) -> dict[str, Any]:
    spells, at = admissions.spells.take(episodes.spell), pa.array(episodes.spell)
    day_case = (spells.kind == FOR_PLANNED) & (spells.discharged == spells.admitted)
    patient_class = np.where(day_case, "2", np.where(np.isin(spells.kind, (DELIVERY, BIRTH)), "5", "1"))
    source = np.select([spells.kind == TRANSFER, spells.kind == BIRTH], ["51", "79"], "19")
    delayed = spells.ready < spells.discharged
    noted = world.chance.happens("ready date noted", 0.6, spells.key) & (spells.discharged > spells.admitted)
    return {
        "EPIKEY": spell_keys(world, "episode", spells.key * 8 + episodes.order),
        "PROVSPNOPS": spell_keys(world, "spell", spells.key, "S"),
        "ADMIDATE": dates(spells.admitted),
        "ADMIMETH": admissions.method.take(at),
        "ADMISORC": pa.array(source),
        "CLASSPAT": pa.array(patient_class),
        "DISDATE": dates(spells.discharged),
        "DISREADYDATE": dates(np.where(delayed | noted, spells.ready, NEVER)),
        **_discharge_columns(world, admissions, episodes),
    }


def _discharge_columns(world: World, admissions: Admissions, episodes: _Episodes) -> dict[str, Any]:
    """How and where to. A spell that another hospital takes over ends in a transfer."""
    spells = admissions.spells
    moved_on = np.isin(spells.key, spells.key[spells.kind == TRANSFER] - (1 << 52))
    died = world.course.died[spells.person] <= spells.discharged
    lot, old = world.chance.uniform("destination", spells.key), admissions.age >= OLD
    stay = spells.discharged - spells.admitted
    waited = spells.ready < spells.discharged
    home = np.where(old & (lot < np.where(waited, 0.22, 0.03)), np.where(lot < 0.02, "54", "85"), "19")
    home = np.where(old & (lot > 0.99) & (stay > 3), "88", np.where((lot > 0.975) & ~old, "29", home))
    to = np.where(died, "79", np.where(moved_on, "51", home))[episodes.spell]
    method = np.where(died, "4", np.where(lot > 0.98, "2", "1"))[episodes.spell]
    return {"DISMETH": pa.array(method), "DISDEST": pa.array(to)}


def _clinical_columns(world: World, admissions: Admissions, episodes: _Episodes) -> dict[str, Any]:
    spells, primary = admissions.spells, _primary_codes(world, admissions)
    first = pa.array(primary)
    at = pa.array(episodes.spell)
    columns = {"DIAG_01": first.take(at)}
    follow = pc.coalesce(admissions.coded.column(2, episodes.spell), columns["DIAG_01"])
    columns["DIAG_01"] = pc.if_else(pa.array(episodes.order > 1), follow, columns["DIAG_01"])
    for place in range(2, DIAGNOSES + 1):
        columns[f"DIAG_{place:02}"] = admissions.coded.column(place, episodes.spell)
    done = _procedures(world, spells, primary)
    empty = pa.nulls(len(episodes.spell), pa.string())
    for place in range(1, PROCEDURES + 1):
        columns[f"OPERTN_{place:02}"] = done[place - 1].take(at) if place <= len(done) else empty
    return columns


def _primary_codes(world: World, admissions: Admissions) -> Any:
    spells = admissions.spells
    planned = np.array([item.code for item in PLANNED])[spells.planned]
    delivery = np.array(DELIVERY_CODES)[world.chance.pick("delivery", (6, 2, 3, 1, 1), spells.key)]
    emergency = np.array([item.code for item in PRIMARIES])[admissions.primary]
    kinds = [spells.kind == FOR_PLANNED, spells.kind == DELIVERY, spells.kind == BIRTH]
    return np.select(kinds, [planned, delivery, np.full(len(spells), BIRTH_CODE)], emergency)


def _procedures(world: World, spells: Spells, primary: Any) -> list[pa.Array]:
    """OPCS-4 codes: what a planned admission is for, and what some emergencies need."""
    first = np.array([item.procedures[0] for item in PLANNED], object)[spells.planned]
    second = np.array([(*item.procedures, None)[1] for item in PLANNED], object)[spells.planned]
    planned = spells.kind == FOR_PLANNED
    urgent = np.array([EMERGENCY_PROCEDURES.get(code) for code in primary.tolist()], object)
    urgent[~world.chance.happens("operated", 0.6, spells.key) | (spells.kind != EMERGENCY)] = None
    born = spells.kind == DELIVERY
    return [
        pa.array(np.where(planned, first, np.where(born, "R249", urgent)).tolist(), pa.string()),
        pc.if_else(pa.array(planned), pa.array(second.tolist(), pa.string()), None),
    ]


def _episode_columns(world: World, admissions: Admissions, episodes: _Episodes) -> dict[str, Any]:
    spells = admissions.spells.take(episodes.spell)
    nights = spells.discharged - spells.admitted
    start = spells.admitted + nights * (episodes.order - 1) // episodes.count
    end = spells.admitted + nights * episodes.order // episodes.count
    provider = pa.array(HOSPITALS).take(pa.array(spells.hospital))
    function = _functions(world, admissions, episodes)
    group = [HEALTHCARE_RESOURCE_GROUPS.get(code[0], "WH07G") for code in _primary_codes(world, admissions).tolist()]
    price = np.where(episodes.order == 1, _prices(world, spells), np.nan)
    return {
        "MAINSPEF": function,
        "TRETSPEF": function,
        "PROCODE": provider,
        "PROCODE5": pc.binary_join_element_wise(provider, "00", ""),
        "SITETRET": pc.binary_join_element_wise(provider, "01", ""),
        "EPISTART": dates(start),
        "EPIEND": dates(end),
        "EPIORDER": pa.array(episodes.order),
        "EPISTAT": pa.repeat("3", len(episodes.spell)),
        "SUSHRG": pa.array(group).take(pa.array(episodes.spell)),
        "FINAL_PRICE": pa.array(np.round(price, 2), from_pandas=True),
    }


def _functions(world: World, admissions: Admissions, episodes: _Episodes) -> pa.Array:
    """ACTIVITY TREATMENT FUNCTION CODE, the same for the whole spell."""
    spells, age = admissions.spells, admissions.age
    letters = np.array([FUNCTIONS_BY_LETTER.get(item.code[0], "300") for item in PRIMARIES])[admissions.primary]
    elderly = (age >= 78) & world.chance.happens("elderly medicine", 0.6, spells.key)
    emergency = np.where(age < 17, "420", np.where(elderly, "430", letters))
    planned = np.array([item.function for item in PLANNED])[spells.planned]
    kinds = [spells.kind == FOR_PLANNED, spells.kind == DELIVERY, spells.kind == BIRTH]
    every = np.select(kinds, [planned, np.full(len(spells), "501"), np.full(len(spells), "424")], emergency)
    return pa.array(every).take(pa.array(episodes.spell))


def _prices(world: World, spells: Spells) -> Floats:
    """Pounds of the spell: a base by kind, more for each night, spread by chance."""
    nights = spells.discharged - spells.admitted
    base = np.select(
        [spells.kind == FOR_PLANNED, np.isin(spells.kind, (DELIVERY, BIRTH))],
        [np.where(nights == 0, DAY_CASE_PRICE, 4200.0), np.full(len(spells), BIRTH_PRICE)],
        np.where(nights < 2, SHORT_PRICE, 1900.0),
    )
    price: Floats = (base + NIGHT_PRICE * np.minimum(nights, 40)) * np.exp(0.25 * world.chance.normal("price", spells.key) - 0.03)
    return price
