"""The local register, its mergers, the look-ups and the opt-outs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.lookups import LSOA, PRACTICES
from pipelines.extracts.register import MERGERS, REGISTER
from synthetic_data.chance import Ints
from synthetic_data.days import NEVER, date_of, dates
from synthetic_data.feeds import Service, arrange, write_csv
from synthetic_data.habits import REGISTER as HABITS
from synthetic_data.identifiers import NO_NUMBER, spell_numbers
from synthetic_data.names import lexicon
from synthetic_data.people import ETHNIC_CODES
from synthetic_data.places import COUNCILS, ICB, IMD_EDITION, LOCALITIES
from synthetic_data.recording import Known, write_down
from synthetic_data.scribe import COPIES
from synthetic_data.social_care import addresses, uprns
from synthetic_data.traps import Trap, marked
from synthetic_data.world import World

OPTED_OUT = 0.05
DEATH_KNOWN_AFTER = 4  # days until the register knows


def known_to_register(world: World) -> tuple[Known, pa.Array]:
    """The register's records at the last known day and its local ids: the NHS numbers themselves.

    Some people stand in it twice, under two numbers that are yet to be joined; the second record is the older entry.
    """
    people, now = world.people, world.settings.now
    here = np.flatnonzero(~people.visitor & (people.entered <= now))
    double = here[(people.merged[here] > now) & (people.merged[here] < NEVER)]
    key = np.concatenate([here * COPIES, double * COPIES + 1])
    known = write_down(world.chance, people, world.places, HABITS, key, now=now)
    second = key % COPIES == 1
    number = np.where(second, people.old_number[known.person], people.number[known.person])
    text = spell_numbers(number)
    traps = np.where(second, known.traps | marked(Trap.SUPERSEDED, second), known.traps & ~int(Trap.NO_NUMBER))
    return replace(known, numbers=replace(known.numbers, number=number, text=text), traps=traps), text


def register_rows(world: World, known: Known) -> pa.Table:
    """The full list at the last known day."""
    people, now, who = world.people, world.settings.now, known.person
    record = np.arange(len(known))
    second = known.key % COPIES == 1
    died = np.where(world.course.died[who] + DEATH_KNOWN_AFTER <= now, world.course.died[who], NEVER)
    left = np.minimum(np.where(people.left[who] <= now, people.left[who], NEVER), died)
    renamed = (people.renamed[who] <= now) & (people.former_family[who] != people.family[who])
    moved = (people.moved[who] <= now) & (people.former_home[who] != people.home[who])
    home = np.where(second, people.former_home[who], people.home_on(now)[who])
    former = world.places.spell(people.former_home[who])
    columns = {
        "NHS_NUMBER": known.numbers.text,
        "NHS_NUMBER_STATUS": known.numbers.status,
        "GIVEN_NAME": known.names.given_text,
        "OTHER_GIVEN_NAME": lexicon().spell(people.other[who]),
        "FAMILY_NAME": pc.utf8_upper(known.family_at(record, now)),
        "PREVIOUS_FAMILY_NAME": pc.if_else(pa.array(renamed), pc.utf8_upper(lexicon().spell(people.former_family[who])), None),
        "DATE_OF_BIRTH": dates(known.born),
        "GENDER": known.gender,
        "ETHNIC_CATEGORY": pa.array(ETHNIC_CODES).take(pa.array(people.ethnic[who])),
        "POSTCODE": pc.if_else(pa.array(second), former, known.home_at(record, now)),
        "PREVIOUS_POSTCODE": pc.if_else(pa.array(moved & ~second), former, None),
        "ADDRESS": addresses(world, home, who),
        "UPRN": uprns(home, people.household[who]),
        "LSOA": world.places.spell_lsoa(world.places.lsoa_of(home)),
        "GP_PRACTICE_CODE": world.places.spell_practice(people.practice_on(now)[who]),
        "DATE_OF_DEATH": dates(died),
        "REGISTERED_FROM": dates(people.entered[who] - np.where(second, 900, 0)),
        "REGISTERED_TO": dates(left),
        "SENSITIVE_FLAG": pa.array(np.where(people.protected[who], "Y", "N")),
    }
    order = np.argsort(np.where(second, people.old_number[who], people.number[who]), kind="stable")
    return arrange(REGISTER, columns).take(pa.array(order))


def merger_rows(world: World, since: int) -> pa.Table:
    """Numbers joined after a day, up to the last known one."""
    people, settings = world.people, world.settings
    joined = (people.merged > since) & (people.merged <= settings.now) & (people.entered <= settings.now)
    rows = np.flatnonzero((people.old_number != NO_NUMBER) & joined)
    rows = rows[np.argsort(people.old_number[rows], kind="stable")]
    columns = {
        "OLD_NHS_NUMBER": spell_numbers(people.old_number[rows]),
        "NEW_NHS_NUMBER": spell_numbers(people.number[rows]),
        "MERGED_ON": dates(people.merged[rows]),
    }
    return arrange(MERGERS, columns)


def register_service(known: Known, ids: pa.Array) -> Service:
    """The register as a source of the truth file."""
    return Service("register", (), known, ids)


def write_register(world: World, known: Known, inbox: Path) -> int:
    """Write the list and, where there are any, the mergers; how many files.

    The base area brings all mergers so far; a following night those since the newest list that lies in the inbox.
    """
    settings, folder = world.settings, inbox / "register"
    since = _newest_list(world, folder) if settings.night else -NEVER
    date = date_of(settings.now).isoformat()
    write_csv(register_rows(world, known), folder / f"{REGISTER.name}_{date}.csv")
    mergers = merger_rows(world, since)
    if mergers.num_rows:
        write_csv(mergers, folder / f"{MERGERS.name}_{date}.csv")
    return 2 if mergers.num_rows else 1


def _newest_list(world: World, folder: Path) -> int:
    """Day of the newest list since the base date and before tonight; the base date where there is none."""
    settings = world.settings
    nights = range(settings.today, settings.now)
    there = [when for when in nights if (folder / f"{REGISTER.name}_{date_of(when).isoformat()}.csv").exists()]
    return max(there, default=settings.today)


def opted_out(world: World) -> Ints:
    """NHS numbers of the people who opted out."""
    people = world.people
    chosen = (
        ~people.visitor & (people.entered <= world.settings.today) & world.chance.happens("opted out", OPTED_OUT, people.body)
    )
    return np.sort(people.number[chosen])


def write_standing_files(world: World, inbox: Path) -> int:
    """Look-ups and opt-outs, which come once; how many files."""
    places = world.places
    councils = pa.array([name for _, name in COUNCILS]).take(pa.array(places.lsoa_council))
    areas = {
        "lsoa_code": pa.array(places.lsoa_codes),
        "council": councils,
        "deprivation_decile": pa.array(places.lsoa_decile),
        "imd_edition": pa.repeat(IMD_EDITION, places.lsoas),
    }
    practices = {
        "gp_practice_code": pa.array(places.practice_codes),
        "locality": pa.array(LOCALITIES).take(pa.array(places.practice_locality)),
        "icb": pa.repeat(ICB, places.practices),
    }
    write_csv(arrange(LSOA, areas), inbox / "lookups" / "lsoa.csv")
    write_csv(arrange(PRACTICES, practices), inbox / "lookups" / "practices.csv")
    folder = inbox / "opt_outs"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{number},\n" for number in spell_numbers(opted_out(world)).to_pylist()]
    (folder / f"national_{world.settings.as_at.isoformat()}.csv").write_text("".join(lines), encoding="ascii", newline="")
    return 3
