"""Adult social care as it happens: requests, assessments, packages, reablement after hospital, reviews, support of carers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from synthetic_data.care import HOME, NURSING, RESIDENTIAL, Packages
from synthetic_data.chance import Chance, Flags, Ints
from synthetic_data.days import NEVER
from synthetic_data.people import NOBODY
from synthetic_data.spells import EMERGENCY, OLD, Spells
from synthetic_data.world import World

USER, CARER = "Service user", "Unpaid carer"
REABLED = 0.14  # of older people's emergency stays of two nights and more that end at home
HAS_CARER, CARER_SUPPORTED = 0.45, 0.35
DIRECT_PAYMENT = 0.17
HOURLY, WEEKLY, FOUR_WEEKLY, MONTHLY, ANNUAL, ONE_OFF = "Hourly", "Weekly", "4-weekly", "Monthly", "Annual", "One-off"
WEEKS = {WEEKLY: 1.0, FOUR_WEEKLY: 4.0, MONTHLY: 52 / 12, ANNUAL: 52.0}
LONG_TERM = {
    HOME: "Long term support: Community",
    RESIDENTIAL: "Long term support: Residential care",
    NURSING: "Long term support: Nursing care",
}
ST_MAX, LOW_LEVEL, DIRECT_TO_CARER = (
    "Short term support: ST-Max",
    "Short term support: Ongoing low level",
    "Unpaid carer support: Direct to unpaid carer",
)
REQUEST_OUTCOMES = (
    ("Progress to assessment, review or reassessment", 0.42), ("NFA: Information and advice or signposting", 0.33),
    ("NFA: Support declined", 0.06), ("NFA: No services offered for other reason", 0.08),
    ("NFA: Self-funded client or under 12wk disregard", 0.05),
    ("NFA: Referral to other service within the local authority", 0.06),
)  # fmt: skip
ROUTES = ("Community / other route", "Discharge from hospital", "Self-referral")


@dataclass(frozen=True)
class CareEvents:
    """One element for each event. `columns` are those that only some kinds fill; `is_service` may stay open (NEVER)."""

    person: Ints
    start: Ints
    end: Ints
    key: Ints
    is_service: Flags
    columns: pa.Table

    def where(self, keep: Flags) -> CareEvents:
        """The events that `keep` marks."""
        person, start, end, key = (array[keep] for array in (self.person, self.start, self.end, self.key))
        return CareEvents(person, start, end, key, self.is_service[keep], self.columns.filter(pa.array(keep)))


def make_care_events(world: World, spells: Spells) -> CareEvents:
    """Every event of adult social care, by its start."""
    packages = world.course.care.packages(world.people, world.course.died)
    groups = [
        _requests(world), _requests_for_packages(world, packages), _assessments(world, packages), *_packages(world, packages),
        _reablement(world, spells), _equipment(world), _reviews(world, packages), _carers(world, packages),
    ]  # fmt: skip
    table = pa.concat_tables([group.columns for group in groups], promote_options="default")
    arrays = [
        np.concatenate([getattr(group, name) for group in groups]) for name in ("person", "start", "end", "key", "is_service")
    ]
    order = np.lexsort((arrays[3], arrays[1]))
    person, start, end, key, is_service = (array[order] for array in arrays)
    return CareEvents(person, start, end, key, is_service, table.take(pa.array(order)))


def _event(kind: str, person: Ints, start: Ints, end: Ints, key: Ints, *, columns: Mapping[str, Any]) -> CareEvents:
    """Events of one kind. `columns` may give one value for all."""
    filled = {"Event_Type": kind, "Client_Type": USER, **columns}
    table = {name: pa.repeat(value, len(person)) if isinstance(value, str) else pa.array(value) for name, value in filled.items()}
    return CareEvents(person, start, end, key, np.full(len(person), kind == "Service"), pa.table(table))


def _requests(world: World) -> CareEvents:
    """Those who ask, most of them in vain."""
    stream = world.course.streams["asked"]
    outcome = world.chance.pick("outcome of a request", [weight for _, weight in REQUEST_OUTCOMES], stream.key)
    route = world.chance.pick("route", (0.6, 0.15, 0.25), stream.key)
    columns = {
        "Event_Outcome": np.array([name for name, _ in REQUEST_OUTCOMES])[outcome],
        "Request_Route_of_Access": np.array(ROUTES)[route],
    }
    return _event("Request", stream.person, stream.day, stream.day, stream.key, columns=columns)


def _keys(packages: Packages, kind: int) -> Ints:
    keys: Ints = ((packages.person * 4 + packages.level) * 8 + kind) * 50_000 + np.maximum(packages.start + 10_000, 0)
    return keys


def _first(packages: Packages) -> Flags:
    """Packages that did not grow out of a lighter one the same day."""
    ends = packages.person * (4 * NEVER) + packages.end
    return ~np.isin(packages.person * (4 * NEVER) + packages.start, ends)


def _requests_for_packages(world: World, packages: Packages) -> CareEvents:
    rows = np.flatnonzero(_first(packages))
    key, person = _keys(packages, 1)[rows], packages.person[rows]
    day = packages.start[rows] - world.chance.whole("days from request to package", 20, 70, key)
    columns = {
        "Event_Outcome": REQUEST_OUTCOMES[0][0],
        "Request_Route_of_Access": np.array(ROUTES)[world.chance.pick("route", (0.45, 0.4, 0.15), key)],
    }
    return _event("Request", person, day, day, key, columns=columns)


def _assessments(world: World, packages: Packages) -> CareEvents:
    key = _keys(packages, 2)
    start = packages.start - world.chance.whole("days from assessment to package", 3, 19, key)
    end = np.minimum(start + world.chance.whole("days of assessment", 0, 14, key), packages.start)
    columns = {
        "Event_Outcome": "Progress to support planning or services",
        "Assessment_Type": "Long term assessment",
        "Eligible_Needs_Identified": "Yes",
        "Method_of_Assessment": np.where(world.chance.happens("assessed by telephone", 0.2, key), "Telephone", "Face to face"),
    }
    return _event("Assessment", packages.person, start, end, key, columns=columns)


def _packages(world: World, packages: Packages) -> list[CareEvents]:
    """Long-term support at home, in residential and in nursing care."""
    groups = []
    for level, name in LONG_TERM.items():
        rows = np.flatnonzero(packages.level == level)
        person, key = packages.person[rows], _keys(packages, 0)[rows]
        young = world.age(person, np.maximum(packages.start[rows], world.settings.start)) < OLD
        price = _at_home(world, person, key, young) if level == HOME else _in_a_home(world.chance, key, young, level)
        outcome = np.where(
            packages.end[rows] < NEVER, "NFA: Support ended for other reason", "Continuation of support or services"
        )
        columns = {"Service_Type": name, "Event_Outcome": outcome, **price}
        groups.append(_event("Service", person, packages.start[rows], packages.end[rows], key, columns=columns))
    return groups


def _at_home(world: World, person: Ints, key: Ints, young: Flags) -> dict[str, Any]:
    """Home care by the hour; direct payments and supported living by longer periods."""
    direct = world.chance.happens("direct payment", DIRECT_PAYMENT, key)
    need = world.course.fixed[person]
    hours = np.clip(np.round(10 + 4 * need + 6 * world.chance.normal("hours a week", key)), 2, 42)
    rate = np.round(22.5 + 1.8 * world.chance.normal("rate of an hour", key), 2)
    weekly = np.round(np.where(young, 620.0, 11.5 * hours) * np.exp(0.3 * world.chance.normal("week at home", key)), 2)
    frequency = np.where(direct, np.where(world.chance.happens("four weeks", 0.6, key), FOUR_WEEKLY, WEEKLY), HOURLY)
    frequency = np.where(young & ~direct, WEEKLY, frequency)
    periods = np.array([WEEKS.get(name, 0.0) for name in frequency.tolist()])
    by_hour = frequency == HOURLY
    component = np.where(
        direct, "Direct payment", np.where(young, "Community supported living", "Home support or domiciliary care")
    )
    return {
        "Service_Component": component,
        "Delivery_Mechanism": np.where(direct, "Direct payment", "CASSR commissioned support"),
        "Unit_Cost": np.where(by_hour, rate, np.round(weekly * periods, 2)),
        "Cost_Frequency_Unit_Type": frequency,
        "Planned_units_per_week": np.where(by_hour, hours, 1.0),
    }


def _in_a_home(chance: Chance, key: Ints, young: Flags, level: int) -> dict[str, Any]:
    weekly = np.where(young, 1450.0, 880.0 if level == RESIDENTIAL else 1090.0)
    weekly = weekly * np.exp(0.16 * chance.normal("week in a home", key))
    choice = chance.pick("frequency in a home", (0.78, 0.10, 0.07, 0.05), key)
    names = np.array([WEEKLY, FOUR_WEEKLY, MONTHLY, ANNUAL])[choice]
    periods = np.array([WEEKS[name] for name in (WEEKLY, FOUR_WEEKLY, MONTHLY, ANNUAL)])[choice]
    return {
        "Service_Component": "Long term residential care" if level == RESIDENTIAL else "Long term nursing care",
        "Delivery_Mechanism": "CASSR commissioned support",
        "Unit_Cost": np.round(weekly * periods, 2),
        "Cost_Frequency_Unit_Type": names,
        "Planned_units_per_week": np.ones(len(key)),
    }


def _reablement(world: World, spells: Spells) -> CareEvents:
    """ST-Max in the days after an emergency stay: up to six weeks at home."""
    nights = spells.discharged - spells.admitted
    alive = world.course.died[spells.person] > spells.discharged + 3
    old = (world.age(spells.person, spells.admitted) >= OLD) & ~world.people.visitor[spells.person]
    fit = (spells.kind == EMERGENCY) & (nights >= 2) & alive & old & (spells.discharged < world.people.left[spells.person])
    rows = np.flatnonzero(fit & world.chance.happens("reabled", REABLED, spells.key))
    person, key = spells.person[rows], spells.key[rows] + (1 << 54)
    start = spells.discharged[rows] + world.chance.whole("days to reablement", 0, 3, key)
    end = np.minimum(start + world.chance.whole("days of reablement", 10, 42, key), world.course.died[person])
    outcome = world.chance.pick("outcome of reablement", (0.62, 0.22, 0.10, 0.06), key)
    outcomes = ("NFA: Support ended as planned", "Progress to support planning or services", "Admitted to hospital",
                "NFA: Support declined")  # fmt: skip
    columns = {
        "Service_Type": ST_MAX,
        "Service_Component": "Reablement",
        "Delivery_Mechanism": "CASSR commissioned support",
        "Event_Outcome": np.array(outcomes)[outcome],
        "Unit_Cost": np.round(31.0 + 2.0 * world.chance.normal("rate of reablement", key), 2),
        "Cost_Frequency_Unit_Type": HOURLY,
        "Planned_units_per_week": world.chance.whole("hours of reablement", 4, 14, key).astype(float),
    }
    return _event("Service", person, start, end, key, columns=columns)


def _equipment(world: World) -> CareEvents:
    """Some who ask are given equipment."""
    stream = world.course.streams["asked"]
    given = stream.where(world.chance.happens("equipment", 0.25, stream.key))
    day = given.day + world.chance.whole("days to equipment", 5, 40, given.key)
    columns = {
        "Service_Type": LOW_LEVEL,
        "Service_Component": "Equipment",
        "Delivery_Mechanism": "CASSR commissioned support",
        "Event_Outcome": "NFA: Support ended as planned",
        "Unit_Cost": np.round(140 * np.exp(0.6 * world.chance.normal("price of equipment", given.key)), 2),
        "Cost_Frequency_Unit_Type": ONE_OFF,
        "Planned_units_per_week": np.ones(len(given)),
    }
    return _event("Service", given.person, day, day + 14, given.key + (1 << 55), columns=columns)


def _reviews(world: World, packages: Packages) -> CareEvents:
    """Once a year while a package runs, more or less."""
    days = [packages.start + 365 * (year + 1) for year in range(world.settings.years + 6)]
    person, rank, start = [], [], []
    for year, day in enumerate(days):
        moved = day + world.chance.whole("days around a review", -30, 60, _keys(packages, 3), year)
        due = (moved < packages.end) & (moved >= world.settings.start) & (moved <= world.settings.now)
        due &= world.chance.happens("reviewed", 0.8, _keys(packages, 3), year)
        person.append(packages.person[due])
        rank.append(_keys(packages, 3)[due] * 16 + year)
        start.append(moved[due])
    key = np.concatenate(rank)
    planned = world.chance.happens("planned review", 0.75, key)
    columns = {
        "Review_Reason": np.where(planned, "Planned", "Unplanned"),
        "Review_Outcomes_Achieved": np.where(world.chance.happens("achieved", 0.6, key), "Fully achieved", "Partially achieved"),
        "Method_of_Review": np.where(world.chance.happens("reviewed by telephone", 0.3, key), "Telephone", "Face to face"),
        "Event_Outcome": "Continuation of support or services",
    }
    day = np.concatenate(start)
    return _event("Review", np.concatenate(person), day, day, key, columns=columns)


def _carers(world: World, packages: Packages) -> CareEvents:
    """Partners and grown children who care at home, some with support of their own."""
    at_home = np.flatnonzero((packages.level == HOME) & (packages.start >= world.settings.start))
    person = packages.person[at_home]
    house, last = world.people.household, len(world.people) - 1
    beside = np.where(house[np.maximum(person - 1, 0)] == house[person], person - 1, np.minimum(person + 1, last))
    here = (house[beside] == house[person]) & (house[person] != NOBODY)
    start = packages.start[at_home] + 14
    fit = here & (world.age(beside, start) >= 18) & (world.course.died[beside] > start) & (world.people.left[beside] > start)
    rows = np.flatnonzero(fit & world.chance.happens("carer supported", CARER_SUPPORTED, person))
    key = _keys(packages, 4)[at_home][rows]
    end = np.minimum(start[rows] + 180, world.course.died[beside[rows]])
    columns = {
        "Client_Type": CARER,
        "Service_Type": DIRECT_TO_CARER,
        "Service_Component": "Direct payment",
        "Delivery_Mechanism": "Direct payment",
        "Event_Outcome": "NFA: Support ended as planned",
        "Unit_Cost": np.round(250.0 + 60.0 * world.chance.normal("support of a carer", key), 2),
        "Cost_Frequency_Unit_Type": ANNUAL,
        "Planned_units_per_week": np.ones(len(rows)),
    }
    return _event("Service", beside[rows], start[rows], end, key, columns=columns)


def has_carer(world: World, person: Ints) -> Flags:
    """Whether the council knows of somebody who cares unpaid."""
    return world.chance.happens("has a carer", HAS_CARER, person)
