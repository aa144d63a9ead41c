"""SUS+ outpatient: one row for each appointment, kept or not. No names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.sus_op import APPOINTMENTS
from synthetic_data.calendars import MONTHLY, delivered_until
from synthetic_data.chance import Ints
from synthetic_data.course import Stream, on_working_days
from synthetic_data.days import NEVER, dates
from synthetic_data.diagnosis_lists import OUTPATIENT_FUNCTIONS
from synthetic_data.feeds import Service, Spoil, dated
from synthetic_data.habits import SUS_OP
from synthetic_data.hospital import hospital_rows, identity_columns, spell_keys
from synthetic_data.spells import HOSPITALS, main_hospital
from synthetic_data.world import World

FIRST, FIRST_BY_TELEPHONE = 0.26, 0.15
DID_NOT_ATTEND, WORSE_IN_DEPRIVATION = 0.045, 0.05
CLINICS_OF_A_PERSON = 3
FIRST_PRICE, FOLLOW_UP_PRICE, PROCEDURE_PRICE = 192.0, 98.0, 232.0
PROCEDURES, WITH_PROCEDURE = ("S572", "C871", "M459", "X621", "Q554"), 0.12


def outpatient_service(world: World) -> Service:
    """The files of SUS outpatient."""
    stream = on_working_days(world.course.streams["outpatient"], delivered_until(MONTHLY, world.settings))
    day = stream.day
    clinic = world.chance.whole("clinic", 0, CLINICS_OF_A_PERSON - 1, stream.key)
    hospital = main_hospital(world, stream.person, stream.person * CLINICS_OF_A_PERSON + clinic)
    rows = hospital_rows(world, SUS_OP, person=stream.person, hospital=hospital, day=day, key=stream.key)
    columns = {**identity_columns(world, rows), **_clinic_columns(world, stream, hospital), **_course_columns(world, stream)}
    feed = dated(
        world, "sus_op", APPOINTMENTS, MONTHLY, day=day, key=stream.key, columns=columns, spoil=Spoil("ATTENDED", "Q"),
        provisional="FINAL_PRICE",
    )  # fmt: skip
    return Service("sus_op", (feed,), rows.known, rows.local_patient_id)


def _clinic_columns(world: World, stream: Stream, hospital: Ints) -> dict[str, Any]:
    """Where: each person goes to a few clinics of her own again and again."""
    clinic = world.chance.whole("clinic", 0, CLINICS_OF_A_PERSON - 1, stream.key)
    chosen = world.chance.pick("function of a clinic", [weight for _, weight in OUTPATIENT_FUNCTIONS], stream.person, clinic)
    function = pa.array([code for code, _ in OUTPATIENT_FUNCTIONS]).take(pa.array(chosen))
    provider = pa.array(HOSPITALS).take(pa.array(hospital))
    return {
        "ATTENDKEY": spell_keys(world, "appointment", stream.key),
        "MAINSPEF": function,
        "TRETSPEF": function,
        "PROCODE": provider,
        "PROCODE5": pc.binary_join_element_wise(provider, "00", ""),
        "SITETRET": pc.binary_join_element_wise(provider, "01", ""),
    }


def _course_columns(world: World, stream: Stream) -> dict[str, Any]:
    """What became of it."""
    chance, key = world.chance, stream.key
    day = stream.day
    lot, first = chance.uniform("attended", key), chance.happens("first", FIRST, key)
    by_telephone = chance.happens("by telephone", FIRST_BY_TELEPHONE, key)
    missed = DID_NOT_ATTEND + WORSE_IN_DEPRIVATION * world.places.deprivation(world.people.home[stream.person])
    attended = np.select(
        [lot < missed, lot < missed + 0.025, lot < missed + 0.035, lot < missed + 0.037, lot < missed + 0.08],
        ["3", "2", "4", "7", "6"], "5",
    )  # fmt: skip
    seen = np.isin(attended, ("5", "6"))
    procedure = seen & chance.happens("procedure", WITH_PROCEDURE, key)
    operation = pa.array(PROCEDURES).take(pa.array(chance.whole("which procedure", 0, len(PROCEDURES) - 1, stream.person)))
    price = np.where(procedure, PROCEDURE_PRICE, np.where(first, FIRST_PRICE, FOLLOW_UP_PRICE))
    price = np.round(price * np.exp(0.18 * chance.normal("price of an appointment", key)), 2)
    outcome = chance.pick("outcome", (0.30, 0.45, 0.25), key)
    asked = np.where(first, day - chance.whole("days waited", 14, 160, key), NEVER)
    return {
        "APPTDATE": dates(day),
        "FIRSTATT": pa.array(np.where(first, np.where(by_telephone, "3", "1"), np.where(by_telephone, "4", "2"))),
        "ATTENDED": pa.array(attended),
        "OUTCOME": pc.if_else(pa.array(seen), pa.array(["1", "2", "3"]).take(pa.array(outcome)), None),
        "CONSMED": pa.array(np.where(by_telephone, "02", "01")),
        "OPERTN_01": pc.if_else(pa.array(procedure), operation, None),
        "REQDATE": dates(asked),
        "REFSOURC": pc.if_else(pa.array(first), "03", None),
        "PRIORITY": pc.if_else(pa.array(first), pa.array(["1", "2", "3"]).take(pa.array(outcome)), None),
        "SUSHRG": pa.array(np.where(procedure, "JC43C", np.where(first, "WF01B", "WF01A"))),
        "FINAL_PRICE": pa.array(price, mask=~seen),
    }
