"""Use across the whole system: every combination of the five sectors, and how much falls on those who use most.

Acute care, community, mental health, primary care and social care make 32 combinations, nobody's among them. Each person is in
exactly one, so people, contacts and cost add up to the whole. Cost is reported beside use; nothing is ranked or chosen by it.
"""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from measures.concentration import Whole, highest
from measures.rows import AREA, Figure, Period, measure_rows, together, year_before
from measures.use import use_per_person
from schemas.activity_types import SECTORS
from schemas.aggregate import Measure
from schemas.table import Rows

COMBINATION, SECTOR, CONCENTRATION = "sector combination", "sector", "concentration"
PEOPLE, CONTACTS, COST, IN_SECTOR = "people", "contacts", "cost_pence", "people_using_sector"
CONTACTS_OF_HIGHEST, COST_OF_HIGHEST = "contacts_of_highest", "cost_of_highest"

# How a combination is written: in the order of SECTORS, and for people who used none of them.
JOINED_BY = " + "
NONE = "none"

# All combinations, nobody's first.
USES = tuple(product((False, True), repeat=len(SECTORS)))


def use_of_sectors(people: nw.LazyFrame[Any], activity: nw.LazyFrame[Any], as_at: dt.date) -> Rows[Measure]:
    """Figures of the area in the year before `as_at`, of people alive and registered at `as_at`.

    By `sector combination`, of all 32: `people`, of everybody; `contacts` and `cost_pence`, per person of the combination.
    By `sector`: `people_using_sector`, of everybody. By `concentration` (`1 %` to `100 %`): `contacts_of_highest` and
    `cost_of_highest`, what the people with most contacts, or most cost, have together, per person; groups of fewer than 20
    people are left out. Contacts without a known cost add nothing to cost.
    """
    groups = _groups(use_per_person(people, activity, as_at))
    year = year_before(as_at)
    return together(_combinations(groups, year), _sectors(groups, year), _concentration(groups, year))


def combination_of(used: tuple[bool, ...]) -> str:
    """The name of a combination: `acute + social_care`, `none`."""
    return JOINED_BY.join(sector for sector, uses in zip(SECTORS, used, strict=True) if uses) or NONE


def _groups(use: nw.LazyFrame[Any]) -> pa.Table:
    """People by what they use: a flag for each sector, contacts, pence, and how many people; in no order."""
    used = use.select(
        *(_total("contacts", services).alias(f"n_{sector}") for sector, services in SECTORS.items()),
        pence=nw.sum_horizontal(*(_total("pence", services) for services in SECTORS.values())).cast(nw.Int64),
    ).with_columns(
        *((nw.col(f"n_{sector}") > 0).alias(sector) for sector in SECTORS),
        contacts=nw.sum_horizontal(*(nw.col(f"n_{sector}") for sector in SECTORS)).cast(nw.Int64),
    )
    grouped = used.group_by(*SECTORS, "contacts", "pence").agg(people=nw.len().cast(nw.Int64))
    return grouped.collect("pyarrow").to_native()


def _total(kind: str, services: tuple[str, ...]) -> nw.Expr:
    return nw.sum_horizontal(*(nw.col(f"{kind}_{service}") for service in services)).cast(nw.Int64)


def _column(groups: pa.Table, name: str) -> Whole:
    return np.asarray(groups[name].to_numpy(), dtype=np.int64)


def _combinations(groups: pa.Table, year: Period) -> Rows[Measure]:
    people, contacts, pence = (_column(groups, name) for name in ("people", "contacts", "pence"))
    place = sum(_column(groups, sector) << bit for bit, sector in enumerate(reversed(SECTORS)))  # the place in USES
    sums = [_sums(place, amount) for amount in (people, contacts * people, pence * people)]
    names, everybody = [combination_of(used) for used in USES], int(people.sum())
    rows = list(zip(names, *sums, strict=True))
    return together(
        measure_rows(PEOPLE, COMBINATION, (Figure(name, AREA, n, everybody) for name, n, _, _ in rows), year),
        measure_rows(CONTACTS, COMBINATION, (Figure(name, AREA, c, n) for name, n, c, _ in rows), year),
        measure_rows(COST, COMBINATION, (Figure(name, AREA, p, n) for name, n, _, p in rows), year),
    )


def _sums(place: Any, amounts: Whole) -> list[int]:
    """The sum of the amounts at each place of USES: whole numbers all the way, as pence outgrow what a float holds."""
    sums = np.zeros(len(USES), np.int64)
    np.add.at(sums, place, amounts)
    return [int(each) for each in sums]


def _sectors(groups: pa.Table, year: Period) -> Rows[Measure]:
    people = _column(groups, "people")
    users = {sector: int((people * _column(groups, sector)).sum()) for sector in SECTORS}
    return measure_rows(IN_SECTOR, SECTOR, (Figure(name, AREA, n, int(people.sum())) for name, n in users.items()), year)


def _concentration(groups: pa.Table, year: Period) -> Rows[Measure]:
    people = _column(groups, "people")

    def measure(name: str, column: str) -> Rows[Measure]:
        found = highest(_column(groups, column), people)
        return measure_rows(name, CONCENTRATION, (Figure(f"{h.percent} %", AREA, h.together, h.people) for h in found), year)

    return together(measure(CONTACTS_OF_HIGHEST, "contacts"), measure(COST_OF_HIGHEST, "pence"))
