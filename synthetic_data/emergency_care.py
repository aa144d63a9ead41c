"""Emergency Care Data Set: one row for each attendance, by residents and by visitors. No names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.ecds import ATTENDANCES
from synthetic_data.admissions import Admissions
from synthetic_data.calendars import MONTHLY, delivered_until
from synthetic_data.chance import Flags, Floats, Ints
from synthetic_data.days import NEVER, dates
from synthetic_data.diagnoses import primary_diagnoses
from synthetic_data.diagnosis_lists import PRIMARIES
from synthetic_data.feeds import Service, Spoil, dated
from synthetic_data.habits import ECDS
from synthetic_data.hospital import ethnic_codes, hospital_rows, practices, spell_keys
from synthetic_data.spells import HOSPITALS, main_hospital, visits
from synthetic_data.world import World

THROUGH_OWN_DEPARTMENT, THROUGH_ANOTHER = "21", "2A"
# Share of arrivals by hour of the day, midnight first.
HOURS = (2, 2, 1, 1, 1, 1, 2, 3, 4, 6, 7, 7, 7, 6, 6, 6, 6, 6, 6, 6, 5, 5, 4, 3)
AMBULANCE, WALKED_IN = "1048031000000100", "1048071000000103"
ATTENDANCE_SOURCES = ("1065391000000104", "1065401000000101", "1077201000000101")
ACUITIES = ("1064891000000107", "1064911000000105", "1064901000000108", "1077241000000103", "1077251000000100")
ADMITTED_TO, HOME = "306706006", "306689006"
TREATED, LEFT_EARLY = "182992009", "1066301000000103"
NO_FOLLOW_UP, PRACTICE_FOLLOW_UP = "281900007", "3780001"
GROUPS = (("VB11Z", 127.0), ("VB09Z", 182.0), ("VB08Z", 269.0), ("VB06Z", 391.0), ("VB03Z", 515.0))


@dataclass(frozen=True)
class _Attendances:
    """One element for each attendance, by day."""

    person: Ints
    day: Ints
    need: Floats
    key: Ints
    hospital: Ints
    admitted: Flags
    primary: Ints


def emergency_care_service(world: World, admissions: Admissions) -> Service:
    """The files of the Emergency Care Data Set."""
    came = _attendances(world, admissions)
    rows = hospital_rows(world, ECDS, person=came.person, hospital=came.hospital, day=came.day, key=came.key)
    take, known = pa.array(rows.record), rows.known
    columns = {
        "NHS_NUMBER": known.numbers.text.take(take),
        "NHS_NUMBER_STATUS_INDICATOR_CODE": known.numbers.status.take(take),
        "LOCAL_PATIENT_IDENTIFIER": rows.local_id,
        "PERSON_BIRTH_DATE": dates(known.born).take(take),
        "PERSON_STATED_GENDER_CODE": known.gender.take(take),
        "ETHNIC_CATEGORY": ethnic_codes(world, "ecds", came.person),
        "POSTCODE_OF_USUAL_ADDRESS": known.home_at(rows.record, came.day),
        "LSOA": known.lsoa_at(world.places, rows.record, came.day),
        "GENERAL_MEDICAL_PRACTICE_CODE": practices(world, came.person, came.day),
        "PROVIDER_CODE": pa.array(HOSPITALS).take(pa.array(came.hospital)),
        **_visit_columns(world, came),
        **_care_columns(world, came),
    }
    feed = dated(
        world, "ecds", ATTENDANCES, MONTHLY, day=came.day, key=came.key, columns=columns,
        spoil=Spoil("ARRIVAL_DATE", "2025-13-45"), provisional="FINAL_PRICE",
    )  # fmt: skip
    return Service("ecds", (feed,), known, rows.local_patient_id)


def _attendances(world: World, admissions: Admissions) -> _Attendances:
    """Those sent home, the visitors, and those who were admitted through a department."""
    stream, strangers, spells = world.course.streams["accident"], visits(world), admissions.spells
    method = np.array(admissions.method.to_pylist())
    through = np.flatnonzero(admissions.emergency & np.isin(method, (THROUGH_OWN_DEPARTMENT, THROUGH_ANOTHER)))
    inside = np.isin(strangers.key, spells.key[through])
    strangers = strangers.where(~inside)
    elsewhere = method[through] == THROUGH_ANOTHER
    person, day, need, key = (
        np.concatenate(part)
        for part in (
            (stream.person, strangers.person, spells.person[through]),
            (stream.day, strangers.day, spells.admitted[through]),
            (stream.need, strangers.need, spells.need[through]),
            (stream.key, strangers.key, spells.key[through]),
        )
    )
    hospital = main_hospital(world, person, key)
    hospital[len(stream) + len(strangers) :] = np.where(elsewhere, 1 - spells.hospital[through], spells.hospital[through])
    admitted = np.arange(len(person)) >= len(stream) + len(strangers)
    sent_home = np.flatnonzero(~admitted)
    age = world.age(person, day)[sent_home]
    home = primary_diagnoses(world.chance, world.health, person[sent_home], day[sent_home], age=age, key=key[sent_home])
    primary = np.concatenate([home, admissions.primary[through]])
    order = np.lexsort((key, day))
    order = order[day[order] <= delivered_until(MONTHLY, world.settings)]
    parts = (person, day, need, key, hospital, admitted, primary)
    return _Attendances(*(part[order] for part in parts))


def _visit_columns(world: World, came: _Attendances) -> dict[str, Any]:
    """When and how the person came and went."""
    chance, key = world.chance, came.key
    minute = chance.pick("hour", HOURS, key) * 60 + chance.whole("minute", 0, 59, key)
    stay = np.exp(4.9 + 0.35 * came.admitted + 0.06 * np.clip(came.need, -1, 3) + 0.55 * chance.normal("minutes", key))
    gone = minute + np.clip(stay, 15, 2400).astype(np.int64)
    decided = np.where(came.admitted, came.day + (minute + (gone - minute) * 2 // 3) // 1440, NEVER)
    major = came.admitted | chance.happens("major department", 0.72, key)
    minor = chance.pick("minor department", (0.05, 0.75, 0.20), key)
    ambulance = chance.happens("ambulance", np.where(came.admitted, 0.62, 0.18), key)
    again = chance.happens("planned return", 0.035, key)
    return {
        "UNIQUE_ATTENDANCE_IDENTIFIER": spell_keys(world, "attendance", key, "E"),
        "ARRIVAL_DATE": dates(came.day),
        "ARRIVAL_TIME": clock(minute),
        "ATTENDANCE_CATEGORY": pa.array(np.where(again & ~came.admitted, "2", "1")),
        "DEPARTMENT_TYPE": pa.array(np.where(major, "01", np.array(["02", "03", "04"])[minor])),
        "ARRIVAL_MODE": pa.array(np.where(ambulance, AMBULANCE, WALKED_IN)),
        "ATTENDANCE_SOURCE": pa.array(ATTENDANCE_SOURCES).take(pa.array(chance.pick("source", (0.75, 0.17, 0.08), key))),
        "DEPARTURE_DATE": dates(came.day + gone // 1440),
        "DEPARTURE_TIME": clock(gone % 1440),
        "DECISION_TO_ADMIT_DATE": dates(decided),
        "DECISION_TO_ADMIT_TIME": pc.if_else(pa.array(came.admitted), clock((minute + (gone - minute) * 2 // 3) % 1440), None),
    }


def _care_columns(world: World, came: _Attendances) -> dict[str, Any]:
    """What was the matter, what was done, and where the person went."""
    chance, key = world.chance, came.key
    level = np.minimum(chance.pick("investigation", (0.26, 0.24, 0.26, 0.14, 0.10), key) + 2 * came.admitted, len(GROUPS) - 1)
    price = np.array([price for _, price in GROUPS])[level] * np.exp(0.05 * chance.normal("price of an attendance", key))
    early = ~came.admitted & chance.happens("left early", 0.04, key)
    second = chance.happens("second diagnosis", 0.16, key)
    other = chance.whole("other diagnosis", 0, len(PRIMARIES) - 1, key)
    finding = pa.array([item.finding for item in PRIMARIES])
    unseen = chance.happens("no diagnosis", 0.06, key)
    return {
        "CHIEF_COMPLAINT": pa.array([item.complaint for item in PRIMARIES]).take(pa.array(came.primary)),
        "ACUITY": pa.array(ACUITIES).take(pa.array(np.clip(3 - came.admitted * 1 + chance.whole("acuity", -1, 1, key), 0, 4))),
        "EMERGENCY_CARE_DIAGNOSIS_01": finding.take(pa.array(came.primary, mask=unseen)),
        "EMERGENCY_CARE_DIAGNOSIS_02": finding.take(pa.array(other, mask=~second | unseen)),
        "DISCHARGE_STATUS": pa.array(np.where(came.admitted, ADMITTED_TO, np.where(early, LEFT_EARLY, TREATED))),
        "DISCHARGE_DESTINATION": pa.array(np.where(came.admitted, ADMITTED_TO, HOME)),
        "DISCHARGE_FOLLOW_UP": pa.array(np.where(chance.happens("followed up", 0.3, key), PRACTICE_FOLLOW_UP, NO_FOLLOW_UP)),
        "HEALTHCARE_RESOURCE_GROUP": pa.array([code for code, _ in GROUPS]).take(pa.array(level)),
        "FINAL_PRICE": pa.array(np.round(price, 2)),
    }


def clock(minutes: Ints) -> pa.Array:
    """Minutes after midnight as HH:MM."""
    return pa.array([f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440)]).take(pa.array(minutes))
