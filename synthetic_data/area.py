"""Write the fictional care area: extracts into an inbox, the truth into a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.extracts.asc_person import CLIENTS
from pipelines.extracts.gp import PATIENTS
from synthetic_data.admissions import admissions_service, code_admissions, planned_reasons
from synthetic_data.care_events import make_care_events
from synthetic_data.community import community_service
from synthetic_data.days import date_of
from synthetic_data.emergency_care import emergency_care_service
from synthetic_data.feeds import Service, arrived, write_csv, write_feed
from synthetic_data.general_practice import GpLists, general_practice_service
from synthetic_data.mental_health import mental_health_service
from synthetic_data.outpatients import outpatient_service
from synthetic_data.register_list import known_to_register, register_service, write_register, write_standing_files
from synthetic_data.settings import AreaSettings
from synthetic_data.social_care import SocialCare, client_index, client_level_records, social_care, write_client_level
from synthetic_data.spells import Spells, make_spells
from synthetic_data.truth import write_truth
from synthetic_data.world import World, make_world

__all__ = ["AreaSettings", "AreaSummary", "write_area"]


@dataclass(frozen=True)
class AreaSummary:
    """What was written: people registered and alive on the last day, events of the eight services up to it, files."""

    people: int
    events: int
    files: int


def write_area(settings: AreaSettings, inbox: Path, truth: Path) -> AreaSummary:
    """Write the extracts of the area into `inbox` and its truth into `truth`; the same settings give the same bytes.

    With `settings.night` N only what a following night brings is written: tonight's register and client index, new mergers, and
    the monthly and quarterly files that have become due since the base date and do not lie in the inbox yet. So nights may be
    written one after the other, or some left out. The truth is then that of tonight.
    """
    world = make_world(settings)
    known, numbers = known_to_register(world)
    files = write_register(world, known, inbox)
    if not settings.night:
        files += write_standing_files(world, inbox)
    services = [register_service(known, numbers)]
    events = 0
    spells = make_spells(world, planned_reasons(world))
    for service in _trust_services(world, spells):
        files += sum(write_feed(feed, settings, inbox) for feed in service.feeds)
        events += sum(feed.events for feed in service.feeds)
        services.append(replace(service, feeds=()))  # let go of what is written
    practices = general_practice_service(world)
    files += _write_practices(practices, settings, inbox)
    events += sum(feed.events for feed in practices.service.feeds)
    care = social_care(world, make_care_events(world, spells))
    files += _write_social_care(world, care, inbox)
    events += len(care.events.person)
    services += [practices.service, care.client_index, _client_level_service(world, care)]
    write_truth(world, services, truth)
    return AreaSummary(int(world.registered(settings.now).sum()), events, files)


def _trust_services(world: World, spells: Spells) -> Iterator[Service]:
    """The hospital, community and mental health sources, one after the other so that one at a time is held."""
    admissions = code_admissions(world, spells)
    yield admissions_service(world, admissions)
    yield emergency_care_service(world, admissions)
    yield outpatient_service(world)
    yield community_service(world)
    yield mental_health_service(world)


def _write_practices(practices: GpLists, settings: AreaSettings, inbox: Path) -> int:
    named = [(inbox / "gp" / f"{PATIENTS.name}_{date_of(day):%Y-%m}.csv", table) for day, table in practices.lists]
    missing = [(path, table) for path, table in named if not arrived(settings, path)]
    for path, table in missing:
        write_csv(table, path)
    return len(missing) + sum(write_feed(feed, settings, inbox) for feed in practices.service.feeds)


def _write_social_care(world: World, care: SocialCare, inbox: Path) -> int:
    date = date_of(world.settings.now).isoformat()
    write_csv(client_index(world, care), inbox / "asc_person" / f"{CLIENTS.name}_{date}.csv")
    return 1 + write_client_level(world, care, inbox)


def _client_level_service(world: World, care: SocialCare) -> Service:
    """Client Level Data as a source of the truth file: it forms the same local ids as the client index."""
    return Service("cld", (), client_level_records(world, care), care.local_patient_id)
