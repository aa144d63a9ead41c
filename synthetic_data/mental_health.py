"""Mental Health Services Data Set: patients, referrals, contacts, hospital spells and delays of one mental health trust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts import mhsds
from synthetic_data.calendars import MONTHLY, ONCE_A_MONTH, Period, delivered_until
from synthetic_data.chance import Ints
from synthetic_data.course import on_working_days
from synthetic_data.days import NEVER, dates
from synthetic_data.feeds import Feed, Service, Spoil, arrange, dated, standing
from synthetic_data.habits import MHSDS
from synthetic_data.hospital import ethnic_codes, practices, spell_keys
from synthetic_data.places import COUNCILS
from synthetic_data.recording import Known, local_ids, records_of, write_down
from synthetic_data.referrals import Referrals, months_of, referrals_of
from synthetic_data.scribe import COPIES
from synthetic_data.spells import one_at_a_time
from synthetic_data.world import World

PROVIDER = "RZ4"
BLOCK = 12
DELAYED = 0.22  # of spells of two weeks and longer
# Reason of a delay and whom it is attributed to: 04 NHS, 05 social care, 06 both.
DELAY_REASONS = (("03", "05"), ("07", "05"), ("08", "05"), ("09", "06"), ("05", "04"), ("15", "06"), ("18", "05"), ("01", "04"),
                 ("11", "04"), ("98", "04"))  # fmt: skip


@dataclass(frozen=True)
class _Stays:
    """Mental health spells by day of admission; `ready` and `discharged` are NEVER where that is not so."""

    person: Ints
    key: Ints
    admitted: Ints
    ready: Ints
    discharged: Ints


def mental_health_service(world: World) -> Service:
    """The files of the Mental Health Services Data Set."""
    until = delivered_until(MONTHLY, world.settings)
    stream = on_working_days(world.course.streams["mental"], until)
    person, day, key = stream.person, stream.day, stream.key
    stays = _stays(world, until)
    whose, when = np.concatenate([person, stays.person]), np.concatenate([day, stays.admitted])
    referral_key = whose * 1024 + months_of(when) // BLOCK
    referrals, place = referrals_of(
        world.chance, "mhsds", key=referral_key, person=whose, day=when, months=BLOCK, until=until
    )  # fmt: skip
    distinct, record = records_of(referrals.person * COPIES)
    known = write_down(world.chance, world.people, world.places, MHSDS, distinct, now=world.settings.now)
    ids = local_ids(world.chance, "mental health", distinct, "M")
    identifiers = spell_keys(world, "mhsds referral", referrals.key, "Q")
    row_ids = ids.take(pa.array(record[place]))
    of_contact, of_stay = identifiers.take(pa.array(place[: len(person)])), identifiers.take(pa.array(place[len(person) :]))
    feeds = (
        *_standing(world, known, referrals, record, ids),
        _contacts(world, day, key, of_contact, row_ids.slice(0, len(person))),
        *_spell_feeds(world, stays, of_stay, row_ids.slice(len(person))),
    )
    return Service("mhsds", feeds, known, pc.binary_join_element_wise(PROVIDER, ids, ":"))


def _stays(world: World, until: int) -> _Stays:
    stream, chance = world.course.streams["mental_spell"], world.chance
    days = 2 + np.floor(np.exp(3.1 + 0.9 * chance.normal("mental nights", stream.key))).astype(np.int64)
    wait = 3 + np.floor(np.exp(2.4 + 0.8 * chance.normal("mental delay", stream.key))).astype(np.int64)
    delayed = (days >= 14) & chance.happens("mental delayed", DELAYED, stream.key)
    ready = stream.day + np.minimum(days, 300)
    end = np.minimum(ready + np.where(delayed, np.minimum(wait, 120), 0), world.course.died[stream.person])
    kept = one_at_a_time(stream.person, stream.day, end, stream.key)
    kept = kept[np.lexsort((stream.key[kept], stream.day[kept]))]
    kept = kept[stream.day[kept] <= until]
    ready = np.where(delayed & (ready < end), ready, NEVER)
    return _Stays(stream.person[kept], stream.key[kept], stream.day[kept], ready[kept], end[kept])


def _contacts(world: World, day: Ints, key: Ints, referral: pa.Array, ids: pa.Array) -> Feed:
    attended = world.chance.pick("mental attended", (0.83, 0.03, 0.10, 0.04), key)
    medium = world.chance.pick("mental medium", (0.62, 0.30, 0.08), key)
    columns = {
        "UniqCareContID": spell_keys(world, "mhsds contact", key, "W"),
        "UniqServReqID": referral,
        "LocalPatientId": ids,
        "OrgIDProv": pa.repeat(PROVIDER, len(day)),
        "CareContDate": dates(day),
        "AttendStatus": pa.array(["5", "6", "3", "2"]).take(pa.array(attended)),
        "ConsMechanismMH": pa.array(["01", "02", "11"]).take(pa.array(medium)),
    }
    return dated(
        world, "mhsds", mhsds.CONTACTS, MONTHLY, day=day, key=key, columns=columns, spoil=Spoil("AttendStatus", "9Z"),
        provisional="ConsMechanismMH",
    )  # fmt: skip


def _spell_feeds(world: World, stays: _Stays, referral: pa.Array, ids: pa.Array) -> tuple[Feed, Feed]:
    """Spells and waits are sent every month until they end."""
    identifiers = spell_keys(world, "mhsds spell", stays.key, "Z")
    reason = world.chance.whole("reason of a delay", 0, len(DELAY_REASONS) - 1, stays.key)
    council = pa.array([code for code, _ in COUNCILS]).take(pa.array(world.council(stays.person)))
    method = pa.array(["21", "22", "25", "11"]).take(pa.array(world.chance.pick("mental method", (3, 2, 3, 2), stays.key)))

    def common(rows: Ints) -> dict[str, pa.Array]:
        take = pa.array(rows)
        return {
            "UniqHospProvSpellID": identifiers.take(take),
            "LocalPatientId": ids.take(take),
            "OrgIDProv": pa.repeat(PROVIDER, len(rows)),
        }

    def spell_rows(period: Period) -> pa.Table:
        rows = np.flatnonzero((stays.admitted <= period.last) & (stays.discharged >= period.first))
        ended = stays.discharged[rows] <= period.last
        columns = {
            **common(rows),
            "UniqServReqID": referral.take(pa.array(rows)),
            "StartDateHospProvSpell": dates(stays.admitted[rows]),
            "DischDateHospProvSpell": dates(np.where(ended, stays.discharged[rows], NEVER)),
            "MethAdmMHHospProvSpell": method.take(pa.array(rows)),
            "DestOfDischHospProvSpell": pc.if_else(pa.array(ended), "19", None),
        }
        return arrange(mhsds.SPELLS, columns)

    def delay_rows(period: Period) -> pa.Table:
        rows = np.flatnonzero((stays.ready <= period.last) & (stays.discharged >= period.first))
        ended = stays.discharged[rows] <= period.last
        code = pa.array([name for name, _ in DELAY_REASONS]).take(pa.array(reason[rows]))
        columns = {
            **common(rows),
            "StartDateClinReadyforDisch": dates(stays.ready[rows]),
            "EndDateClinReadyforDisch": dates(np.where(ended, stays.discharged[rows], NEVER)),
            "ClinReadyforDischDelayReason": code,
            "AttribToIndic": pa.array([whose for _, whose in DELAY_REASONS]).take(pa.array(reason[rows])),
            "OrgIDRespLAClinReadyforDisch": council.take(pa.array(rows)),
        }
        return arrange(mhsds.DELAYS, columns)

    return (
        Feed("mhsds", mhsds.SPELLS, ONCE_A_MONTH, spell_rows, len(stays.person)),
        Feed("mhsds", mhsds.DELAYS, ONCE_A_MONTH, delay_rows),
    )


def _standing(world: World, known: Known, referrals: Referrals, record: Ints, ids: pa.Array) -> tuple[Feed, ...]:
    """What stood in a period: its referrals, the patients behind them, and their practices."""
    identifiers = spell_keys(world, "mhsds referral", referrals.key, "Q")
    reason = pa.array(["01", "04", "05", "11", "13"]).take(
        pa.array(world.chance.pick("mental reason", (2, 4, 2, 1, 1), referrals.key))
    )
    priority = pa.array(["1", "2", "3"]).take(pa.array(world.chance.pick("mental priority", (1, 3, 6), referrals.key)))

    def referral_rows(period: Period) -> pa.Table:
        rows = referrals.during(period.first, period.last)
        take, closed = pa.array(rows), referrals.closed[rows]
        columns = {
            "UniqServReqID": identifiers.take(take),
            "LocalPatientId": ids.take(pa.array(record[rows])),
            "OrgIDProv": pa.repeat(PROVIDER, len(rows)),
            "ReferralRequestReceivedDate": dates(referrals.received[rows]),
            "ServDischDate": dates(np.where(closed <= period.last, closed, NEVER)),
            "PrimReasonReferralMH": reason.take(take),
            "ClinRespPriorityType": priority.take(take),
        }
        return arrange(mhsds.REFERRALS, columns)

    def patient_rows(period: Period) -> pa.Table:
        rows = np.unique(record[referrals.during(period.first, period.last)])
        return _patients(world, known, rows, ids, period.last)

    def practice_rows(period: Period) -> pa.Table:
        rows = np.unique(record[referrals.during(period.first, period.last)])
        columns = {
            "LocalPatientId": ids.take(pa.array(rows)),
            "OrgIDProv": pa.repeat(PROVIDER, len(rows)),
            "GMPReg": practices(world, known.person[rows], period.last),
        }
        return arrange(mhsds.PRACTICES, columns)

    return (
        standing(world, Feed("mhsds", mhsds.PATIENTS, MONTHLY, patient_rows), "LocalPatientId", "EthnicCategory"),
        Feed("mhsds", mhsds.PRACTICES, ONCE_A_MONTH, practice_rows),
        standing(world, Feed("mhsds", mhsds.REFERRALS, MONTHLY, referral_rows), "UniqServReqID", "ClinRespPriorityType"),
    )


def _patients(world: World, known: Known, rows: Ints, ids: pa.Array, day: int) -> pa.Table:
    take, person = pa.array(rows), known.person[rows]
    died = world.course.died[person]
    columns = {
        "LocalPatientId": ids.take(take),
        "OrgIDProv": pa.repeat(PROVIDER, len(rows)),
        "NHSNumber": known.numbers.text.take(take),
        "NHSNumberStatus": known.numbers.status.take(take),
        "PersonBirthDate": dates(known.born[rows]),
        "Postcode": known.home_at(rows, day),
        "Gender": known.gender.take(take),
        "EthnicCategory": ethnic_codes(world, "mhsds", person),
        "LSOA": known.lsoa_at(world.places, rows, day),
        "PersDeathDate": dates(np.where(died <= day, died, NEVER)),
        "GIVEN_NAME": known.names.given_text.take(take),
        "FAMILY_NAME": known.family_at(rows, day),
    }
    return arrange(mhsds.PATIENTS, columns)
