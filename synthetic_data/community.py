"""Community Services Data Set: patients, referrals, teams and care contacts of one community trust."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts import csds
from synthetic_data.calendars import MONTHLY, ONCE_A_MONTH, Period, delivered_until
from synthetic_data.chance import Ints
from synthetic_data.course import on_working_days
from synthetic_data.days import NEVER, dates
from synthetic_data.feeds import Feed, Service, Spoil, arrange, dated, standing
from synthetic_data.habits import CSDS
from synthetic_data.hospital import ethnic_codes, practices, spell_keys
from synthetic_data.recording import Known, local_ids, records_of, write_down
from synthetic_data.referrals import Referrals, months_of, referrals_of
from synthetic_data.scribe import COPIES
from synthetic_data.world import World

PROVIDER = "RZ3"
BLOCK = 6  # months that one referral covers
SECOND_TEAM = 0.25
# Made-up codes of SERVICE OR TEAM TYPE REFERRED TO: health visiting and school nursing for children; then district nursing,
# community matron, physiotherapy, occupational therapy, podiatry, intermediate care, specialist nursing.
CHILDREN = (("43", 0.7), ("45", 0.2), ("31", 0.1))
ADULTS = (("13", 0.40), ("03", 0.05), ("20", 0.17), ("19", 0.09), ("26", 0.12), ("29", 0.09), ("14", 0.08))
DURATIONS = (15, 20, 30, 40, 60)


def community_service(world: World) -> Service:
    """The files of the Community Services Data Set."""
    until = delivered_until(MONTHLY, world.settings)
    stream = on_working_days(world.course.streams["community"], until)
    person, day, key = stream.person, stream.day, stream.key
    team = world.chance.happens("second team", SECOND_TEAM, key).astype(np.int64)
    referral_key = (person * 1024 + months_of(day) // BLOCK) * 2 + team
    referrals, place = referrals_of(
        world.chance, "csds", key=referral_key, person=person, day=day, months=BLOCK, until=until
    )  # fmt: skip
    distinct, record = records_of(referrals.person * COPIES)
    known = write_down(world.chance, world.people, world.places, CSDS, distinct, now=world.settings.now)
    ids = local_ids(world.chance, "community", distinct, "C")
    contacts = _contacts(world, day, key, spell_keys(world, "csds referral", referrals.key[place], "R"))
    feeds = (*_standing(world, known, referrals, record, ids), contacts)
    return Service("csds", feeds, known, pc.binary_join_element_wise(PROVIDER, ids, ":"))


def _contacts(world: World, day: Ints, key: Ints, referral: pa.Array) -> Feed:
    chance = world.chance
    attended = chance.pick("community attended", (0.90, 0.03, 0.05, 0.02), key)
    columns = {
        "CARE_CONTACT_IDENTIFIER": spell_keys(world, "csds contact", key, "K"),
        "SERVICE_REQUEST_IDENTIFIER": referral,
        "PROVIDER_CODE": pa.repeat(PROVIDER, len(day)),
        "CARE_CONTACT_DATE": dates(day),
        "CONSULTATION_MECHANISM": pa.array(["01", "02", "04"]).take(pa.array(chance.pick("csds medium", (0.8, 0.17, 0.03), key))),
        "ATTENDANCE_STATUS": pa.array(["5", "6", "3", "2"]).take(pa.array(attended)),
        "CLINICAL_CONTACT_DURATION": pa.array(DURATIONS).take(pa.array(chance.pick("minutes of care", (2, 3, 4, 2, 1), key))),
    }
    return dated(
        world, "csds", csds.CONTACTS, MONTHLY, day=day, key=key, columns=columns, spoil=Spoil("CARE_CONTACT_DATE", "00/00/2025"),
        provisional="CLINICAL_CONTACT_DURATION",
    )  # fmt: skip


def _standing(world: World, known: Known, referrals: Referrals, record: Ints, ids: pa.Array) -> tuple[Feed, ...]:
    """The tables that say what stood in a period: its referrals, their teams, and the patients behind them."""
    identifiers = spell_keys(world, "csds referral", referrals.key, "R")
    teams = _teams(world, referrals)
    source = pa.array(["03", "06", "11", "15"]).take(pa.array(world.chance.pick("csds source", (5, 2, 2, 1), referrals.key)))
    priority = pa.array(["1", "2", "3"]).take(pa.array(world.chance.pick("csds priority", (8, 2, 1), referrals.key)))

    def referral_rows(period: Period) -> pa.Table:
        rows = referrals.during(period.first, period.last)
        take, closed = pa.array(rows), referrals.closed[rows]
        columns = {
            "SERVICE_REQUEST_IDENTIFIER": identifiers.take(take),
            "LOCAL_PATIENT_IDENTIFIER": ids.take(pa.array(record[rows])),
            "PROVIDER_CODE": pa.repeat(PROVIDER, len(rows)),
            "REFERRAL_REQUEST_RECEIVED_DATE": dates(referrals.received[rows]),
            "SERVICE_DISCHARGE_DATE": dates(np.where(closed <= period.last, closed, NEVER)),
            "SOURCE_OF_REFERRAL": source.take(take),
            "PRIORITY_TYPE": priority.take(take),
        }
        return arrange(csds.REFERRALS, columns)

    def team_rows(period: Period) -> pa.Table:
        take = pa.array(referrals.during(period.first, period.last))
        columns = {
            "SERVICE_REQUEST_IDENTIFIER": identifiers.take(take),
            "PROVIDER_CODE": pa.repeat(PROVIDER, len(take)),
            "SERVICE_OR_TEAM_TYPE_REFERRED_TO": teams.take(take),
        }
        return arrange(csds.TEAMS, columns)

    def patient_rows(period: Period) -> pa.Table:
        rows = np.unique(record[referrals.during(period.first, period.last)])
        return arrange(csds.PATIENTS, _patients(world, known, rows, ids, period.last))

    return (
        standing(world, Feed("csds", csds.PATIENTS, MONTHLY, patient_rows), "LOCAL_PATIENT_IDENTIFIER", "ETHNIC_CATEGORY"),
        standing(world, Feed("csds", csds.REFERRALS, MONTHLY, referral_rows), "SERVICE_REQUEST_IDENTIFIER", "PRIORITY_TYPE"),
        Feed("csds", csds.TEAMS, ONCE_A_MONTH, team_rows),
    )


def _patients(world: World, known: Known, rows: Ints, ids: pa.Array, day: int) -> dict[str, Any]:
    take, person = pa.array(rows), known.person[rows]
    died = world.course.died[person]
    return {
        "LOCAL_PATIENT_IDENTIFIER": ids.take(take),
        "PROVIDER_CODE": pa.repeat(PROVIDER, len(rows)),
        "NHS_NUMBER": known.numbers.text.take(take),
        "NHS_NUMBER_STATUS_INDICATOR_CODE": known.numbers.status.take(take),
        "PERSON_BIRTH_DATE": dates(known.born[rows]),
        "POSTCODE_OF_USUAL_ADDRESS": known.home_at(rows, day),
        "PERSON_STATED_GENDER_CODE": known.gender.take(take),
        "ETHNIC_CATEGORY": ethnic_codes(world, "csds", person),
        "PERSON_DEATH_DATE": dates(np.where(died <= day, died, NEVER)),
        "GENERAL_MEDICAL_PRACTICE_CODE": practices(world, person, day),
        "GIVEN_NAME": known.names.given_text.take(take),
        "FAMILY_NAME": known.family_at(rows, day),
    }


def _teams(world: World, referrals: Referrals) -> pa.Array:
    child = world.age(referrals.person, referrals.received) < 18
    small = world.chance.pick("team for a child", [weight for _, weight in CHILDREN], referrals.key)
    grown = world.chance.pick("team for an adult", [weight for _, weight in ADULTS], referrals.key)
    codes = pa.array([code for code, _ in (*CHILDREN, *ADULTS)])
    return codes.take(pa.array(np.where(child, small, len(CHILDREN) + grown)))
