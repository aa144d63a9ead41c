"""The councils' files: the client index with names and addresses, and Client Level Data without names, in both releases."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.asc_person import CLIENTS
from pipelines.extracts.cld import EVENTS
from synthetic_data.calendars import QUARTERLY, Period, periods
from synthetic_data.care import NONE, NURSING, RESIDENTIAL
from synthetic_data.care_events import CareEvents, has_carer
from synthetic_data.chance import Chance, Flags, Ints
from synthetic_data.conditions import POSITION
from synthetic_data.days import NEVER, date_of, dates, day
from synthetic_data.feeds import BAD, Service, Spoil, arrange, arrived, spoiled, write_csv
from synthetic_data.habits import ASC
from synthetic_data.hospital import ethnic_codes, practices, spell_keys
from synthetic_data.name_lists import TRADITIONS
from synthetic_data.places import COUNCILS
from synthetic_data.recording import Known, local_ids, records_of, write_down
from synthetic_data.scribe import COPIES
from synthetic_data.world import World

RELEASE_2_SINCE = day(dt.date(2025, 10, 1))
CLD_NUMBERS = 0.66  # share of people with a number in Client Level Data, fewer than in the index it is drawn from
TWICE_KNOWN = 0.015
KIN = ("daughter", "son", "wife", "husband", "niece", "neighbour")
GENDER_WORDS = ("Male", "Female", "Indeterminate")  # the second council writes words
RELEASE_1_WORDS = {
    "Service user": "Service User", "Unpaid carer": "Carer",
    "Long term support: Community": "Long Term Support: Community",
    "Long term support: Residential care": "Long Term Support: Residential Care",
    "Long term support: Nursing care": "Long Term Support: Nursing Care",
    "Short term support: ST-Max": "Short Term Support: ST-Max",
    "Short term support: Ongoing low level": "Short Term Support: Ongoing Low Level",
    "Unpaid carer support: Direct to unpaid carer": "Carer Support: Direct to Carer",
}  # fmt: skip
ACCOMMODATION = ("Owner occupier or shared ownership scheme", "Tenant: Local authority or other social housing provider",
                 "Tenant: Private landlord", "Sheltered housing, extra care housing or other sheltered housing",
                 "Settled mainstream housing with family or friends", "Registered care home",
                 "Registered nursing home")  # fmt: skip
REASONS = ("Physical Support: Personal care support", "Physical Support: Access & mobility only",
           "Support with Memory & Cognition", "Learning Disability Support", "Mental Health Support",
           "Social Support: Support to Carer", "Sensory Support: Support for visual impairment")  # fmt: skip
STREETS = (
    "Mill",
    "Church",
    "Station",
    "Orchard",
    "Quarry",
    "Meadow",
    "Tanner",
    "Weaver",
    "Harbour",
    "Beacon",
    "Foundry",
    "Abbey",
)
KINDS_OF_STREET = ("Lane", "Road", "Street", "Close", "Avenue", "Drive", "Terrace", "Way")


@dataclass(frozen=True)
class SocialCare:
    """The councils' records and the care events behind them. `record` is the place in `known` of each event's person."""

    known: Known
    ids: pa.Array
    events: CareEvents
    record: Ints
    local_patient_id: pa.Array

    @property
    def client_index(self) -> Service:
        """The client index as a source."""
        return Service("asc_person", (), self.known, self.local_patient_id)


def social_care(world: World, events: CareEvents) -> SocialCare:
    """Everybody whom a council knows by the last known day, under one local id or, now and then, two."""
    events = events.where(events.start <= world.settings.now)
    twice = world.chance.happens("council knows twice", TWICE_KNOWN, events.person)
    second = twice & world.chance.happens("second council number", 0.4, events.key)
    distinct, record = records_of(events.person * COPIES + world.council(events.person) * 2 + second)
    known = write_down(world.chance, world.people, world.places, ASC, distinct, now=world.settings.now)
    ids = local_ids(world.chance, "councils", distinct, "P")
    council = _councils(distinct)
    return SocialCare(known, ids, events, record, pc.binary_join_element_wise(council, ids, ":"))


def _councils(keys: Ints) -> pa.Array:
    return pa.array([code for code, _ in COUNCILS]).take(pa.array(keys % COPIES // 2))


def _genders(known: Known) -> pa.Array:
    words = pc.if_else(pc.equal(known.gender, "1"), GENDER_WORDS[0], pc.if_else(pc.equal(known.gender, "2"), *GENDER_WORDS[1:]))
    return pc.if_else(pc.equal(_councils(known.key), COUNCILS[1][0]), words, known.gender)


def client_index(world: World, care: SocialCare) -> pa.Table:
    """The full list of clients at the last known day."""
    known, chance, now = care.known, world.chance, world.settings.now
    languages = [item.language for item in TRADITIONS]
    asked = chance.happens("language asked", 0.55, known.person)
    telephone = 960_000 + chance.whole("telephone", 0, 999, known.person)  # numbers kept for drama: 01632 960000-960999
    everyone = np.arange(len(known))
    columns = {
        "LA_Code": _councils(known.key),
        "LA_Person_Unique_Identifier": care.ids,
        "NHS_Number": known.numbers.text,
        "Given_Name": known.names.given_text,
        "Family_Name": known.family_at(everyone, now),
        "Alias": _aliases(world, known),
        "Date_of_Birth": dates(known.born),
        "Gender": _genders(known),
        "Address": addresses(world, known.homes.home, known.person),
        "UPRN": uprns(known.homes.home, world.people.household[known.person]),
        "Postcode": known.home_at(everyone, now),
        "GP_Practice_Code": practices(world, known.person, now),
        "Telephone": pc.binary_join_element_wise("01632 ", pa.array(telephone).cast(pa.string()), ""),
        "Preferred_Language": pc.if_else(
            pa.array(asked), pa.array(languages).take(pa.array(world.people.tradition[known.person])), None
        ),
        "Communication_Needs": pc.if_else(pa.array(chance.happens("large print", 0.04, known.person)), "Large print", None),
        "Next_Of_Kin": _next_of_kin(chance, known),
        "Visiting_Warnings": pc.if_else(pa.array(chance.happens("two to a visit", 0.02, known.person)), "Two to a visit", None),
    }
    return arrange(CLIENTS, columns)


def _next_of_kin(chance: Chance, known: Known) -> pa.Array:
    """Who is rung in their place, of about half: relation and telephone."""
    relation = pa.array(KIN).take(pa.array(chance.whole("kin", 0, len(KIN) - 1, known.person)))
    telephone = pa.array(960_000 + chance.whole("kin telephone", 0, 999, known.person)).cast(pa.string())
    told = pc.binary_join_element_wise(relation, pc.binary_join_element_wise("01632 ", telephone, ""), ", ")
    return pc.if_else(pa.array(chance.happens("kin known", 0.5, known.person)), told, None)


def _aliases(world: World, known: Known) -> pa.Array:
    """What else a few are called: mostly the earlier family name."""
    told = world.chance.happens("alias", 0.35, known.person)
    former = world.people.former_family[known.person]
    told &= former != world.people.family[known.person]
    return pc.if_else(pa.array(told), known.names.family_before_text, None)


def addresses(world: World, home: Ints, person: Ints) -> pa.Array:
    """House number and street; null where the home is not known."""
    house = np.where(world.people.household[person] >= 0, world.people.household[person], person)
    place = np.maximum(home, 0)
    street = world.chance.whole("street", 0, len(STREETS) * len(KINDS_OF_STREET) - 1, place)
    names = pa.array([f" {name} {kind}" for name in STREETS for kind in KINDS_OF_STREET]).take(pa.array(street))
    number = pa.array(world.chance.whole("house number", 1, 160, house, place)).cast(pa.string())
    return pc.if_else(pa.array(home >= 0), pc.binary_join_element_wise(number, names, ""), None)


def uprns(home: Ints, household: Ints) -> pa.Array:
    """Twelve made-up digits for each household at each postcode; null where the home is not known."""
    number = 990_000_000_000 + (np.maximum(home, 0) * 100_003 + np.maximum(household, 0)) % 9_999_999_967
    return pc.if_else(pa.array(home >= 0), pa.array(number).cast(pa.string()), None)


def write_client_level(world: World, care: SocialCare, inbox: Path) -> int:
    """Write the Client Level Data files that are due; how many. A year that changes release comes as two files."""
    known = replace(client_level_records(world, care), source="cld")
    due = [period for whole in periods(QUARTERLY, world.settings) for period in _by_release(whole)]
    named = [(period, inbox / "cld" / f"{EVENTS.name}_{period.name}.csv") for period in due]
    missing = [(period, path) for period, path in named if not arrived(world.settings, path)]
    for period, path in missing:
        write_csv(client_level_rows(world, care, known, period), path)
    return len(missing)


def client_level_records(world: World, care: SocialCare) -> Known:
    """The same people as in the client index, with fewer numbers."""
    habits = replace(ASC, number=CLD_NUMBERS)
    return write_down(world.chance, world.people, world.places, habits, care.known.key, now=world.settings.now)


def _by_release(period: Period) -> list[Period]:
    if not period.first < RELEASE_2_SINCE <= period.last:
        return [period]
    middle = RELEASE_2_SINCE - 1
    return [replace(period, name=date_of(middle).strftime("%Y-%m"), last=middle), replace(period, first=RELEASE_2_SINCE)]


def client_level_rows(world: World, care: SocialCare, known: Known, period: Period) -> pa.Table:
    """Services that ran, and requests, assessments and reviews that were completed, in the period."""
    events = care.events
    completed = (events.end >= period.first) & (events.end <= period.last)
    ran = (events.start <= period.last) & (events.end >= period.first)
    rows = np.flatnonzero(np.where(events.is_service, ran, completed))
    first_release = period.last < RELEASE_2_SINCE
    table = events.columns.take(pa.array(rows))
    columns = {name: table[name] for name in table.column_names}
    if first_release:
        columns |= {name: _in_release_1(columns[name]) for name in ("Client_Type", "Service_Type")}
    end = np.where(events.end[rows] <= period.last, events.end[rows], NEVER)
    outcome = pc.if_else(pa.array(events.is_service[rows] & (end == NEVER)), None, columns["Event_Outcome"])
    columns |= _person_columns(world, care, known, rows, period) | {
        "Event_Reference": spell_keys(world, "care event", events.key[rows], "V"),
        "Event_Start_Date": dates(events.start[rows]),
        "Event_End_Date": dates(end),
        "Event_Outcome": outcome,
    }
    if first_release:
        take = pa.array(care.record[rows])
        columns |= {"Given_Name": known.names.given_text.take(take), "Family_Name": known.names.family_text.take(take)}
    bad = world.chance.happens("bad in cld", BAD, events.key[rows])
    return spoiled(arrange(EVENTS, columns), Spoil("Event_Type", "Enquiry"), bad)


def _in_release_1(column: pa.ChunkedArray) -> pa.ChunkedArray:
    encoded = column.combine_chunks().dictionary_encode()
    words = [RELEASE_1_WORDS.get(word, word) for word in encoded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(encoded.indices)


def _person_columns(world: World, care: SocialCare, known: Known, rows: Ints, period: Period) -> dict[str, pa.Array]:
    record, person = care.record[rows], care.events.person[rows]
    take = pa.array(record)
    died = world.course.died[person]
    known_dead: Flags = (died <= period.last) & world.chance.happens("council knows of death", 0.93, person)
    return {
        "LA_Code": _councils(known.key).take(take),
        "Reporting_Period_Start_Date": pa.repeat(pa.scalar(date_of(period.first)), len(rows)),
        "Reporting_Period_End_Date": pa.repeat(pa.scalar(date_of(period.last)), len(rows)),
        "NHS_Number": known.numbers.text.take(take),
        "LA_Person_Unique_Identifier": care.ids.take(take),
        "GP_Practice_Code": practices(world, person, period.last),
        "Gender": _genders(known).take(take),
        "Ethnicity": ethnic_codes(world, "cld", person),
        "Date_of_Birth": dates(known.born[record]),
        "Date_of_Death": dates(np.where(known_dead, died, NEVER)),
        "Postcode": known.home_at(record, period.last),
        **_circumstances(world, care, rows, period),
    }


def _circumstances(world: World, care: SocialCare, rows: Ints, period: Period) -> dict[str, pa.Array]:
    """Where the person lives, with whom, and why she is supported."""
    person, chance = care.events.person[rows], world.chance
    level = world.course.care.level[person] * (world.course.care.since[person] <= period.last)
    own = chance.pick("accommodation", (0.48, 0.24, 0.10, 0.10, 0.08), person)
    home = np.select([level == RESIDENTIAL, level == NURSING], [5, 6], own)
    old, has = world.age(person, period.last) >= 65, world.health.conditions(person, period.last)
    why = chance.pick("support reason", (0.72, 0.20, 0.0, 0.0, 0.05, 0.0, 0.03), person)
    why = np.where(~old & (why == 0) & chance.happens("learning disability", 0.6, person), 3, why)
    why = np.where(has[:, POSITION["LD"]], 3, np.where(has[:, POSITION["DEM"]], 2, np.where(has[:, POSITION["MH"]], 4, why)))
    why = np.where(pc.equal(care.events.columns["Client_Type"], "Unpaid carer").to_numpy()[rows], 5, why)
    carer = np.where(level == NONE, "Unknown", np.where(has_carer(world, person), "Yes", "No"))
    dementia = has[:, POSITION["DEM"]]
    return {
        "Primary_Support_Reason": pa.array(REASONS).take(pa.array(why)),
        "Accommodation_Status": pa.array(ACCOMMODATION).take(pa.array(home)),
        "Has_Unpaid_Carer": pa.array(carer),
        "Dementia": pa.array(np.where(dementia, "Yes", "No")),
        "Client_Funding_Status": pc.if_else(pa.array(level > NONE), "Fully funded by local authority", None),
    }
